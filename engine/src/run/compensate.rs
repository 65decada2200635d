//! Undoes what took effect before a later group failed: newest first, and only what this execution made.

use std::time::Duration;

use super::error::{Compensated, Undo};
use super::observe::{Audit, AuditAction};
use super::outcome::Done;
use super::progress::{Entry, Progress};
use super::retry::Backoff;
use super::session::Session;
use crate::adapter::{AdapterError, AdapterErrorKind, Record, Write, WriteAction, WriteGroup};
use crate::catalog::Pattern;

/// Undoing has time of its own: a deadline that has passed is often why there is something to undo.
const TIME: Duration = Duration::from_secs(30);

/// Removes the records that this execution made, each guarded by the version it left behind.
pub(super) async fn compensate(session: &Session<'_>, pattern: &Pattern, progress: &Progress) -> Vec<Compensated> {
    let session = session.with_time(TIME);
    let mut report = Vec::new();
    let mut removals: Vec<&Entry> = Vec::new();
    let most = session.capabilities().write_batch.max.max(1);
    for entry in progress.log.iter().rev() {
        if entry.done == Done::Created && entry.own && entry.id.is_some() {
            removals.push(entry);
            if removals.len() == most {
                remove(&session, pattern, progress, &mut removals, &mut report).await;
            }
        } else if entry.own && !made_by_us(progress, entry) {
            report.extend(compensated(pattern, entry, Undo::NotUndone));
        }
    }
    remove(&session, pattern, progress, &mut removals, &mut report).await;
    report
}

/// A change to a record that goes away as a whole.
fn made_by_us(progress: &Progress, entry: &Entry) -> bool {
    let same = |other: &&Entry| (other.part, other.index) == (entry.part, entry.index);
    entry.done == Done::Updated
        && progress.log.iter().filter(same).any(|other| other.done == Done::Created && other.own)
}

fn compensated(pattern: &Pattern, entry: &Entry, result: Undo) -> Option<Compensated> {
    let part = pattern.parts.get(entry.part)?.ref_id.clone();
    Some(Compensated { part, position: entry.index, id: entry.id.clone(), result })
}

/// Sends the removals gathered so far, again as often as the policy allows: a removal can be repeated.
async fn remove(
    session: &Session<'_>,
    pattern: &Pattern,
    progress: &Progress,
    removals: &mut Vec<&Entry>,
    report: &mut Vec<Compensated>,
) {
    let mut backoff = Backoff::new(session.retry);
    while !removals.is_empty() {
        let writes = removals.iter().filter_map(|entry| removal(session, pattern, progress, entry)).collect();
        let group = WriteGroup { atomic: false, writes };
        let results = match session.write(&group).await {
            Ok(results) if results.len() == removals.len() => results,
            Ok(_) => vec![Err(AdapterError::new(AdapterErrorKind::Unknown)); removals.len()],
            Err(failed) => vec![Err(failed.error); removals.len()],
        };
        let mut again = Vec::new();
        let mut cause = None;
        for (entry, result) in removals.drain(..).zip(results) {
            let failure = result.err().filter(|error| error.kind != AdapterErrorKind::NotFound);
            audit(session, pattern, entry, failure.as_ref());
            match failure {
                None => report.extend(compensated(pattern, entry, Undo::Removed)),
                Some(error) if error.is_retryable() || error.kind == AdapterErrorKind::Unknown => {
                    again.push(entry);
                    cause = Some(error);
                }
                Some(error) => report.extend(compensated(pattern, entry, Undo::Failed(error.kind))),
            }
        }
        if let Some(cause) = cause {
            if session.pause(&mut backoff, &cause).await {
                removals.extend(again);
            } else {
                let failed = |entry: &Entry| compensated(pattern, entry, Undo::Failed(cause.kind.clone()));
                report.extend(again.into_iter().filter_map(failed));
            }
        }
    }
}

fn removal(session: &Session<'_>, pattern: &Pattern, progress: &Progress, entry: &Entry) -> Option<Write> {
    let etag = progress.etag(entry.part, entry.index).filter(|_| session.capabilities().etags);
    let record = Record::Id(entry.id.clone()?);
    Some(Write {
        entity: pattern.parts.get(entry.part)?.entity.clone(),
        action: WriteAction::Delete { record, etag: etag.cloned() },
        fields: Vec::new(),
        embedded: Vec::new(),
    })
}

fn audit(session: &Session<'_>, pattern: &Pattern, entry: &Entry, failure: Option<&AdapterError>) {
    let Some(part) = pattern.parts.get(entry.part) else { return };
    tracing::debug!(run = %session.run, part = %part.ref_id, entity = %part.entity.id, ok = failure.is_none(), "undo");
    session.audit(|| Audit {
        run: &session.run,
        identity: &session.identity,
        part: &part.ref_id,
        position: Some(entry.index),
        entity: &part.entity,
        action: AuditAction::Delete,
        fields: &[],
        id: entry.id.as_deref(),
        failure: failure.map(|error| &error.kind),
    });
}
