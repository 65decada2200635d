//! What the answer to a group as a whole means: done, again, or failed. Where it is not known whether a write took
//! effect, its keys tell.

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
    let again = |error, doubt| Round { again: slots.clone(), cause: Some(error), doubt };
    if error.is_retryable() {
        return Ok(again(error, Vec::new()));
    }
    match error.kind {
        AdapterErrorKind::NotFound => match gone(lowered, culprit) {
            // What is to be removed is gone already: the rest of the group does not have to fail for it.
            Some(position) => {
                sender.gone(lowered, position);
                let rest = slots.iter().enumerate().filter(|(other, _)| *other != position);
                Ok(Round { again: rest.map(|(_, slot)| *slot).collect(), cause: None, doubt: Vec::new() })
            }
            None => Err(sender.failure(RunErrorKind::Adapter(error), at)),
        },
        AdapterErrorKind::Duplicate | AdapterErrorKind::Unknown => {
            let unknown = error.kind == AdapterErrorKind::Unknown;
            if unknown {
                unanswered.extend(slots);
            }
            match took_effect(sender, lowered, &error, at, unanswered).await.inspect_err(unsure)? {
                Told::Took => Ok(Round { again: Vec::new(), cause: None, doubt: Vec::new() }),
                Told::Not if unknown => Ok(again(error, Vec::new())),
                Told::Harmless if unknown => Ok(again(error, slots.clone())),
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

/// What tells whether an atomic group took effect.
enum Told {
    /// It did, and is booked.
    Took,
    /// It did not.
    Not,
    /// Nothing tells, and a repeat does no harm.
    Harmless,
    /// Nothing tells.
    Nothing,
}

/// Whether an atomic group took effect; then it is booked, as this execution's `own` or as an earlier attempt's.
async fn took_effect(
    sender: &Sender<'_>,
    lowered: &Lowered,
    error: &AdapterError,
    at: Slot,
    unanswered: &HashSet<Slot>,
) -> Result<Told, Failure> {
    let unknown = error.kind == AdapterErrorKind::Unknown;
    let keyed: Vec<usize> =
        (0..lowered.slots.len()).filter(|write| lowered.keys.get(*write).is_some_and(Option::is_some)).collect();
    if keyed.is_empty() {
        let creates = lowered.group.writes.iter().any(|write| matches!(write.action, WriteAction::Create { .. }));
        if creates || !unknown {
            return Ok(Told::Nothing);
        }
        return guarded(sender, lowered, at).await;
    }
    let there = ours(sender, lowered, &keyed).await.map_err(|kind| settled(sender, kind, error, at))?;
    if there.is_empty() {
        return Ok(Told::Not);
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
    Ok(Told::Took)
}

/// A look-up that fails leaves the outcome as unknown as it was.
pub(super) fn settled(sender: &Sender<'_>, kind: RunErrorKind, error: &AdapterError, at: Slot) -> Failure {
    tracing::debug!(run = %sender.session.run, cause = %kind, "the look-up of the keys failed");
    let unknown = error.kind == AdapterErrorKind::Unknown;
    sender.failure(if unknown { RunErrorKind::OutcomeUnknown(error.clone()) } else { kind }, at)
}

pub(super) fn written(row: &Row) -> Written {
    Written { id: row.id.clone(), created: true, etag: row.etag.clone() }
}

/// An atomic group of changes alone, after no answer: one that is guarded tells whether all took effect. Without a
/// guard a repeat does no harm.
async fn guarded(sender: &Sender<'_>, lowered: &Lowered, at: Slot) -> Result<Told, Failure> {
    for position in 0..lowered.slots.len() {
        match changed(sender, lowered, position, at).await? {
            Some(true) => {
                (0..lowered.slots.len()).for_each(|position| sender.wrote_unseen(lowered, position, true));
                return Ok(Told::Took);
            }
            Some(false) => return Ok(Told::Not),
            None => {}
        }
    }
    Ok(Told::Harmless)
}

/// Whether a guarded change took effect; `None`: it is not guarded.
pub(super) async fn changed(
    sender: &Sender<'_>,
    lowered: &Lowered,
    position: usize,
    at: Slot,
) -> Result<Option<bool>, Failure> {
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
pub(super) async fn ours(
    sender: &Sender<'_>,
    lowered: &Lowered,
    keyed: &[usize],
) -> Result<HashMap<usize, Row>, RunErrorKind> {
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
