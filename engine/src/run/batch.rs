//! What the answers to writes that stand alone mean, each by itself: done, again, or failed.

use std::collections::HashSet;
use std::time::Duration;

use super::error::{Failure, RunErrorKind};
use super::lower::{Lowered, Slot};
use super::send::{Round, Sender};
use super::settle::{changed, known_id, ours, settled, written};
use crate::adapter::{AdapterError, AdapterErrorKind, Record, WriteAction, WriteValue, Written};
use crate::value::Value;

/// Writes that stand alone, each with its own answer.
pub(super) async fn one_by_one(
    sender: &Sender<'_>,
    lowered: &Lowered,
    results: Vec<Result<Written, AdapterError>>,
    unanswered: &mut HashSet<Slot>,
) -> Result<Round, Failure> {
    let mut batch = Batch { again: Vec::new(), cause: None, failed: None, unsure: Vec::new(), doubt: Vec::new() };
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
    let doubt: Vec<Slot> =
        batch.doubt.iter().filter_map(|(position, _)| lowered.slots.get(*position)).copied().collect();
    if let (Some(_), Some((position, error))) = (&batch.failed, batch.doubt.first().cloned()) {
        // It will not be repeated, so that nobody will know.
        sender.unsure(&doubt);
        batch.fail(position, RunErrorKind::OutcomeUnknown(error));
    }
    match batch.failed {
        Some((position, kind)) => Err(match lowered.slots.get(position) {
            Some(slot) => sender.failure(kind, *slot),
            None => kind.into(),
        }),
        None => {
            batch.again.sort_unstable();
            let again = batch.again.iter().filter_map(|position| lowered.slots.get(*position)).copied().collect();
            Ok(Round { again, cause: batch.cause, doubt })
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
    /// Writes without an answer that are sent again because that does no harm.
    doubt: Vec<(usize, AdapterError)>,
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
            (AdapterErrorKind::Unknown, _) => {
                self.doubt.push((position, error.clone()));
                self.repeat(position, error);
            }
            (AdapterErrorKind::Duplicate, _) => self.fail(position, RunErrorKind::Duplicate(error)),
            _ => self.fail(position, RunErrorKind::Adapter(error)),
        }
    }

    fn repeat(&mut self, position: usize, error: AdapterError) {
        self.again.push(position);
        // Who asks for the longest pause gets it.
        let longer = |error: &AdapterError| match &error.kind {
            AdapterErrorKind::Throttled { after } => after.unwrap_or_default(),
            _ => Duration::ZERO,
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
