//! What an answer means: done, again, or failed. Where it is not known whether a write took effect, its keys tell.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::error::{Failure, RunErrorKind};
use super::fetch::lookup;
use super::lower::{Lowered, Slot};
use super::send::{Round, Sender};
use crate::adapter::{
    AdapterError, AdapterErrorKind, GroupError, Record, Row, Write, WriteAction, WriteValue, Written,
};
use crate::catalog::Entity;
use crate::ids::FieldName;
use crate::value::{Value, fold};

/// The Id that a write names, where it names one.
pub(super) fn known_id(write: &Write) -> Option<&str> {
    match &write.action {
        WriteAction::Update { record: Record::Id(id), .. } | WriteAction::Delete { record: Record::Id(id), .. } => {
            Some(id)
        }
        _ => None,
    }
}

/// An atomic group that failed as a whole.
pub(super) async fn atomic(
    sender: &Sender<'_>,
    lowered: &Lowered,
    failed: GroupError,
    unanswered: &mut HashSet<Slot>,
) -> Result<Round, Failure> {
    let GroupError { error, culprit } = failed;
    let slots = &lowered.slots;
    let at = culprit.and_then(|culprit| slots.get(culprit)).or(slots.first()).copied();
    let Some(at) = at else { return Err(RunErrorKind::Internal("an empty group").into()) };
    let unsure = |failure: &Failure| {
        if failure.kind.is_unsure() {
            sender.unsure(slots);
        }
    };
    let again = |cause: Option<AdapterError>| Round { again: slots.clone(), cause };
    if error.is_retryable() {
        return Ok(again(Some(error)));
    }
    match error.kind {
        AdapterErrorKind::NotFound => match gone(lowered, culprit) {
            // What is to be removed is gone already: the rest of the group does not have to fail for it.
            Some(position) => {
                sender.gone(lowered, position);
                let rest = slots.iter().enumerate().filter(|(other, _)| *other != position);
                Ok(Round { again: rest.map(|(_, slot)| *slot).collect(), cause: None })
            }
            None => Err(sender.failure(RunErrorKind::Adapter(error), at)),
        },
        AdapterErrorKind::Duplicate | AdapterErrorKind::Unknown => {
            let unknown = error.kind == AdapterErrorKind::Unknown;
            if unknown {
                unanswered.extend(slots);
            }
            match took_effect(sender, lowered, &error, at, unanswered).await.inspect_err(unsure)? {
                Some(true) => Ok(Round { again: Vec::new(), cause: None }),
                Some(false) if unknown => Ok(again(Some(error))),
                _ if unknown => {
                    let failure = sender.failure(RunErrorKind::OutcomeUnknown(error), at);
                    unsure(&failure);
                    Err(failure)
                }
                _ => Err(sender.failure(RunErrorKind::Duplicate(error), at)),
            }
        }
        _ => Err(sender.failure(RunErrorKind::Adapter(error), at)),
    }
}

/// The removal that failed because there is nothing to remove.
fn gone(lowered: &Lowered, culprit: Option<usize>) -> Option<usize> {
    let removal = |position: &usize| {
        matches!(lowered.group.writes.get(*position).map(|write| &write.action), Some(WriteAction::Delete { .. }))
    };
    match culprit {
        Some(culprit) => Some(culprit).filter(removal),
        None if lowered.slots.len() == 1 => Some(0).filter(removal),
        None => None,
    }
}

/// Whether an atomic group took effect; then it is booked, as this execution's `own` or as an earlier attempt's.
/// `None`: nothing tells.
async fn took_effect(
    sender: &Sender<'_>,
    lowered: &Lowered,
    error: &AdapterError,
    at: Slot,
    unanswered: &HashSet<Slot>,
) -> Result<Option<bool>, Failure> {
    let unknown = error.kind == AdapterErrorKind::Unknown;
    let keyed: Vec<usize> =
        (0..lowered.slots.len()).filter(|write| lowered.keys.get(*write).is_some_and(Option::is_some)).collect();
    if keyed.is_empty() {
        let creates = lowered.group.writes.iter().any(|write| matches!(write.action, WriteAction::Create { .. }));
        if creates || !unknown {
            return Ok(None);
        }
        return guarded(sender, lowered, at).await.map(Some);
    }
    let there = ours(sender, lowered, &keyed).await.map_err(|kind| settled(sender, kind, error, at))?;
    if there.is_empty() {
        return Ok(Some(false));
    }
    if there.len() < keyed.len() {
        let mut ids: Vec<String> = there.into_values().map(|row| row.id).collect();
        ids.sort_unstable();
        return Err(sender.failure(RunErrorKind::Partial { ids }, at));
    }
    for (position, slot) in lowered.slots.iter().enumerate() {
        let own = unanswered.contains(slot);
        match there.get(&position) {
            Some(row) => sender.wrote(lowered, position, written(row), own),
            None => sender.wrote_unseen(lowered, position, own),
        }
    }
    Ok(Some(true))
}

/// A look-up that fails leaves the outcome as unknown as it was.
fn settled(sender: &Sender<'_>, kind: RunErrorKind, error: &AdapterError, at: Slot) -> Failure {
    tracing::debug!(run = %sender.session.run, cause = %kind, "the look-up of the keys failed");
    let unknown = error.kind == AdapterErrorKind::Unknown;
    sender.failure(if unknown { RunErrorKind::OutcomeUnknown(error.clone()) } else { kind }, at)
}

fn written(row: &Row) -> Written {
    Written { id: row.id.clone(), created: true, etag: row.etag.clone() }
}

/// An atomic group of changes alone, after no answer: one that is guarded tells whether all took effect. Without a
/// guard a repeat does no harm.
async fn guarded(sender: &Sender<'_>, lowered: &Lowered, at: Slot) -> Result<bool, Failure> {
    for position in 0..lowered.slots.len() {
        match changed(sender, lowered, position, at).await? {
            Some(true) => {
                (0..lowered.slots.len()).for_each(|position| sender.wrote_unseen(lowered, position, true));
                return Ok(true);
            }
            Some(false) => return Ok(false),
            None => {}
        }
    }
    Ok(false)
}

/// Whether a guarded change took effect; `None`: it is not guarded.
async fn changed(sender: &Sender<'_>, lowered: &Lowered, position: usize, at: Slot) -> Result<Option<bool>, Failure> {
    let Some(write) = lowered.group.writes.get(position) else { return Ok(None) };
    let WriteAction::Update { record: Record::Id(id), etag: Some(etag) } = &write.action else { return Ok(None) };
    let unknown = || AdapterError::new(AdapterErrorKind::Unknown);
    let Some(field) = write.entity.position(FieldName::ID) else { return Ok(None) };
    let select: Vec<usize> = write.fields.iter().map(|(field, _)| *field).filter(|other| *other != field).collect();
    let part = &sender.part(at)?.ref_id;
    let rows = lookup(sender.session, part, &write.entity, field, &select, vec![Value::Id(id.clone())]).await;
    let rows = rows.map_err(|kind| settled(sender, kind, &unknown(), at))?;
    let Some(row) = rows.first() else {
        let error = AdapterError::new(AdapterErrorKind::NotFound);
        return Err(sender.failure(RunErrorKind::Adapter(error), at));
    };
    if row.etag.as_ref() == Some(etag) {
        return Ok(Some(false));
    }
    let holds = |(field, value): &(usize, WriteValue)| {
        let name = write.entity.fields.get(*field).map(|field| field.name.as_str()).unwrap_or_default();
        let found = row.values.get(name).unwrap_or(&Value::Null);
        matches!(value, WriteValue::Value(value) if value.same(found))
    };
    if write.fields.iter().all(holds) {
        return Ok(Some(true));
    }
    let error = AdapterError::new(AdapterErrorKind::Conflict);
    Err(sender.failure(RunErrorKind::Adapter(error), at))
}

/// The keyed creates of one entity.
struct Asked<'l> {
    at: Slot,
    entity: &'l Arc<Entity>,
    /// Positions in the group by key, folded.
    positions: BTreeMap<String, (&'l String, usize)>,
}

/// Which of these creates are there, by their keys.
async fn ours(sender: &Sender<'_>, lowered: &Lowered, keyed: &[usize]) -> Result<HashMap<usize, Row>, RunErrorKind> {
    let mut asked: BTreeMap<&str, Asked<'_>> = BTreeMap::new();
    for position in keyed {
        let (Some(write), Some(Some(key)), Some(slot)) =
            (lowered.group.writes.get(*position), lowered.keys.get(*position), lowered.slots.get(*position))
        else {
            continue;
        };
        let new = || Asked { at: *slot, entity: &write.entity, positions: BTreeMap::new() };
        let entity = asked.entry(write.entity.id.as_str()).or_insert_with(new);
        entity.positions.insert(fold(key), (key, *position));
    }
    let mut there = HashMap::new();
    for Asked { at, entity, positions } in asked.into_values() {
        let caller_ids = sender.session.capabilities().caller_ids;
        let id = entity.position(FieldName::ID);
        let Some(field) = (if caller_ids { id } else { entity.idempotency }) else { continue };
        let select: Vec<usize> = Some(field).filter(|field| Some(*field) != id).into_iter().collect();
        let value = |key: &String| if caller_ids { Value::Id(key.clone()) } else { Value::String(key.clone()) };
        let values = positions.values().map(|(key, _)| value(key)).collect();
        for row in lookup(sender.session, &sender.part(at)?.ref_id, entity, field, &select, values).await? {
            let name = entity.fields.get(field).map(|field| field.name.as_str()).unwrap_or_default();
            let key = match row.values.get(name) {
                Some(Value::String(key)) if !caller_ids => fold(key),
                _ => fold(&row.id),
            };
            if let Some((_, position)) = positions.get(&key) {
                there.insert(*position, row);
            }
        }
    }
    Ok(there)
}

/// Writes that stand alone, each with its own answer.
pub(super) async fn one_by_one(
    sender: &Sender<'_>,
    lowered: &Lowered,
    results: Vec<Result<Written, AdapterError>>,
    unanswered: &mut HashSet<Slot>,
) -> Result<Round, Failure> {
    let mut batch = Batch { again: Vec::new(), cause: None, failed: None, unsure: Vec::new() };
    let done: Vec<bool> = results.iter().map(Result::is_ok).collect();
    let undone = lowered.keys.iter().zip(&done).filter(|(_, done)| !**done);
    let undone: HashSet<&str> = undone.filter_map(|(key, _)| key.as_deref()).collect();
    for (position, result) in results.into_iter().enumerate() {
        match result {
            Ok(written) => sender.wrote(lowered, position, written, true),
            // It only fails because what it refers to did: its turn comes once that is settled.
            Err(error) if !may_be_there(&error) && leans_on(lowered, position, &done, &undone) => {
                batch.again.push(position)
            }
            Err(error) => batch.take(sender, lowered, position, error),
        }
    }
    batch.settle(sender, lowered, unanswered).await?;
    match batch.failed {
        Some((position, kind)) => Err(match lowered.slots.get(position) {
            Some(slot) => sender.failure(kind, *slot),
            None => kind.into(),
        }),
        None => {
            batch.again.sort_unstable();
            let again = batch.again.iter().filter_map(|position| lowered.slots.get(*position)).copied().collect();
            Ok(Round { again, cause: batch.cause })
        }
    }
}

fn may_be_there(error: &AdapterError) -> bool {
    matches!(error.kind, AdapterErrorKind::Unknown | AdapterErrorKind::Duplicate)
}

/// Whether a write refers to an earlier one that has not been done: by its place, or by the key it would have had.
fn leans_on(lowered: &Lowered, position: usize, done: &[bool], undone: &HashSet<&str>) -> bool {
    let Some(write) = lowered.group.writes.get(position) else { return false };
    let undone = |id: &String| undone.contains(id.as_str());
    let record = match &write.action {
        WriteAction::Update { record: Record::Back(back), .. } => done.get(back.0) == Some(&false),
        WriteAction::Update { record: Record::Id(id), .. } => undone(id),
        _ => false,
    };
    let embedded = write.embedded.iter().flat_map(|embedded| embedded.rows.iter().flatten());
    let leans = |(_, value): &(usize, WriteValue)| match value {
        WriteValue::Back(back) => done.get(back.0) == Some(&false),
        WriteValue::Value(Value::Id(id)) => undone(id),
        WriteValue::Value(_) => false,
    };
    record || write.fields.iter().chain(embedded).any(leans)
}

struct Batch {
    /// Positions in the group.
    again: Vec<usize>,
    cause: Option<AdapterError>,
    /// The first that failed for good.
    failed: Option<(usize, RunErrorKind)>,
    /// Keyed creates after a duplicate or no answer.
    unsure: Vec<(usize, AdapterError)>,
}

impl Batch {
    fn take(&mut self, sender: &Sender<'_>, lowered: &Lowered, position: usize, error: AdapterError) {
        let (Some(slot), Some(write)) = (lowered.slots.get(position), lowered.group.writes.get(position)) else {
            return;
        };
        sender.audit(*slot, write, known_id(write), Some(&error.kind));
        let keyed = lowered.keys.get(position).is_some_and(Option::is_some);
        let create = matches!(write.action, WriteAction::Create { .. });
        match (&error.kind, &write.action) {
            _ if error.is_retryable() => self.repeat(position, error),
            (AdapterErrorKind::NotFound, WriteAction::Delete { .. }) => sender.gone(lowered, position),
            (AdapterErrorKind::Duplicate | AdapterErrorKind::Unknown, _) if keyed => {
                self.unsure.push((position, error))
            }
            (AdapterErrorKind::Unknown, WriteAction::Update { etag: Some(_), .. }) => {
                self.unsure.push((position, error))
            }
            (AdapterErrorKind::Unknown, _) if create => {
                sender.unsure(&[*slot]);
                self.fail(position, RunErrorKind::OutcomeUnknown(error));
            }
            (AdapterErrorKind::Unknown, _) => self.repeat(position, error),
            (AdapterErrorKind::Duplicate, _) => self.fail(position, RunErrorKind::Duplicate(error)),
            _ => self.fail(position, RunErrorKind::Adapter(error)),
        }
    }

    fn repeat(&mut self, position: usize, error: AdapterError) {
        self.again.push(position);
        // Who asks for the longest pause gets it.
        let longer = |error: &AdapterError| match &error.kind {
            AdapterErrorKind::Throttled { after } => after.unwrap_or_default(),
            _ => std::time::Duration::ZERO,
        };
        if self.cause.as_ref().is_none_or(|cause| longer(cause) < longer(&error)) {
            self.cause = Some(error);
        }
    }

    /// The worst counts, of those alike the first.
    fn fail(&mut self, position: usize, kind: RunErrorKind) {
        if self.failed.as_ref().is_none_or(|(_, failed)| kind.is_unsure() && !failed.is_unsure()) {
            self.failed = Some((position, kind));
        }
    }

    /// Asks the keys of those that may or may not be there.
    async fn settle(
        &mut self,
        sender: &Sender<'_>,
        lowered: &Lowered,
        unanswered: &mut HashSet<Slot>,
    ) -> Result<(), Failure> {
        let asked = std::mem::take(&mut self.unsure);
        let slot = |position: usize| lowered.slots.get(position).copied();
        let unknown = asked.iter().filter(|(_, error)| error.kind == AdapterErrorKind::Unknown);
        unanswered.extend(unknown.filter_map(|(position, _)| slot(*position)));
        let is_keyed = |position: &usize| lowered.keys.get(*position).is_some_and(Option::is_some);
        let keyed: Vec<usize> = asked.iter().map(|(position, _)| *position).filter(is_keyed).collect();
        let at = asked.first().and_then(|(position, error)| Some((slot(*position)?, error.clone())));
        let Some((at, first)) = at else { return Ok(()) };
        let unsure = |failure: &Failure| {
            if failure.kind.is_unsure() {
                sender.unsure(&asked.iter().filter_map(|(position, _)| slot(*position)).collect::<Vec<_>>());
            }
        };
        let there = ours(sender, lowered, &keyed).await.map_err(|kind| settled(sender, kind, &first, at));
        let there = there.inspect_err(unsure)?;
        for (position, error) in &asked {
            let unknown = error.kind == AdapterErrorKind::Unknown;
            let Some(slot) = slot(*position) else { continue };
            match there.get(position) {
                Some(row) => sender.wrote(lowered, *position, written(row), unanswered.contains(&slot)),
                None if is_keyed(position) && unknown => self.repeat(*position, error.clone()),
                None if is_keyed(position) => self.fail(*position, RunErrorKind::Duplicate(error.clone())),
                None => match changed(sender, lowered, *position, slot).await.inspect_err(unsure)? {
                    Some(true) => sender.wrote_unseen(lowered, *position, true),
                    _ => self.repeat(*position, error.clone()),
                },
            }
        }
        Ok(())
    }
}
