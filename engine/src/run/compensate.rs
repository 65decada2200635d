//! Undoes what took effect before a later group failed: newest first, and only what this execution made.

use std::collections::HashSet;
use std::time::Duration;

use super::error::{Compensated, RunErrorKind, Undo};
use super::observe::{Audit, AuditAction};
use super::outcome::Done;
use super::progress::{Entry, Progress};
use super::retry::Backoff;
use super::session::{Pause, Session};
use crate::adapter::{AdapterError, AdapterErrorKind, Record, Write, WriteAction, WriteGroup, WriteValue, Written};
use crate::catalog::Pattern;
use crate::value::Value;

/// Undoing has time of its own: a deadline that has passed is often why there is something to undo.
const TIME: Duration = Duration::from_secs(30);

/// Removes the records that this execution made, each guarded by the version it left behind.
pub(super) async fn compensate(
    session: &Session<'_>,
    pattern: &Pattern,
    progress: Progress,
    failed: &RunErrorKind,
) -> Vec<Compensated> {
    let session = session.with_time(TIME);
    let quota = match failed {
        RunErrorKind::Adapter(error) if is_quota(error) => Some(error.clone()),
        _ => None,
    };
    let mut undoing = Undoing { session: &session, pattern, report: Vec::new(), removals: Vec::new(), progress, quota };
    let most = session.capabilities().write_batch.max.max(1);
    let log = std::mem::take(&mut undoing.progress.log);
    let made = |entry: &&Entry| entry.own && entry.done == Done::Created && entry.id.is_some();
    let made: HashSet<_> = log.iter().filter(made).map(|entry| (entry.part, entry.index)).collect();
    for entry in log.into_iter().rev().filter(|entry| entry.own) {
        let made_here = made.contains(&(entry.part, entry.index));
        if made_here && entry.done == Done::Created {
            undoing.removals.push(entry);
            if undoing.removals.len() == most {
                undoing.remove().await;
            }
        } else if made_here {
            // A change to a record that goes away as a whole.
            if entry.deferred.is_empty() {
                continue;
            }
            // The CRM would clear the reference itself when what it leads to goes, and so give the record that has it
            // a version of which nobody knows that it is ours.
            undoing.remove().await;
            undoing.unlink(&entry).await;
        } else {
            undoing.tell(&entry, Undo::NotUndone);
        }
    }
    undoing.remove().await;
    undoing.report
}

struct Undoing<'a> {
    session: &'a Session<'a>,
    pattern: &'a Pattern,
    progress: Progress,
    report: Vec<Compensated>,
    /// Gathered for one request.
    removals: Vec<Entry>,
    /// The CRM's quota is used up: nothing more is sent.
    quota: Option<AdapterError>,
}

impl Undoing<'_> {
    fn tell(&mut self, entry: &Entry, result: Undo) {
        let part = self.pattern.parts.get(entry.part).map(|part| part.ref_id.clone());
        let told = |part| Compensated { part, position: entry.index, id: entry.id.clone(), result };
        self.report.extend(part.map(told));
    }

    /// Sends the removals gathered so far, again as often as the policy allows: a removal can be repeated.
    async fn remove(&mut self) {
        let mut backoff = Backoff::new(self.session.retry);
        while !self.removals.is_empty() {
            let entries = std::mem::take(&mut self.removals);
            let writes = entries.iter().filter_map(|entry| self.write(entry)).collect();
            let results = self.send(writes, entries.len()).await;
            let mut cause: Option<AdapterError> = None;
            for (entry, result) in entries.into_iter().zip(results) {
                let failure = result.err().filter(|error| error.kind != AdapterErrorKind::NotFound);
                audit(self.session, self.pattern, &entry, failure.as_ref());
                match failure {
                    None => self.tell(&entry, Undo::Removed),
                    // An older record may only be kept by a newer one whose turn comes again.
                    Some(error) if cause.is_some() || is_passing(&error) => {
                        self.removals.push(entry);
                        cause.get_or_insert(error);
                    }
                    Some(error) => self.tell(&entry, Undo::Failed(error.kind)),
                }
            }
            if let Some(cause) = cause
                && !matches!(self.session.pause(&mut backoff, &cause).await, Pause::Over)
            {
                for entry in std::mem::take(&mut self.removals) {
                    self.tell(&entry, Undo::Failed(cause.kind.clone()));
                }
            }
        }
    }

    /// Clears the deferred references that a record made here was given; the record itself goes in its turn. A
    /// failure shows when that turn comes.
    async fn unlink(&mut self, entry: &Entry) {
        let mut backoff = Backoff::new(self.session.retry);
        while let Some(write) = self.write(entry) {
            let error = match self.send(vec![write], 1).await.pop() {
                Some(Ok(written)) => {
                    audit(self.session, self.pattern, entry, None);
                    return self.progress.turned(entry.part, entry.index, written.etag);
                }
                Some(Err(error)) => error,
                None => return,
            };
            audit(self.session, self.pattern, entry, Some(&error));
            if !error.is_retryable() || !matches!(self.session.pause(&mut backoff, &error).await, Pause::Over) {
                return;
            }
        }
    }

    async fn send(&mut self, writes: Vec<Write>, count: usize) -> Vec<Result<Written, AdapterError>> {
        if let Some(quota) = &self.quota {
            return vec![Err(quota.clone()); count];
        }
        let results = self.sent(writes, count).await;
        let mut failures = results.iter().filter_map(|result| result.as_ref().err());
        self.quota = failures.find(|error| is_quota(error)).cloned();
        results
    }

    async fn sent(&self, writes: Vec<Write>, count: usize) -> Vec<Result<Written, AdapterError>> {
        match self.session.write(&WriteGroup { atomic: false, writes }).await {
            Ok(results) if results.len() == count => results,
            Ok(_) => vec![Err(AdapterError::new(AdapterErrorKind::Unknown)); count],
            Err(failed) => vec![Err(failed.error); count],
        }
    }

    /// What undoes an effect: the record goes, or its deferred references do.
    fn write(&self, entry: &Entry) -> Option<Write> {
        let etag = self.progress.etag(entry.part, entry.index).filter(|_| self.session.capabilities().etags).cloned();
        let record = Record::Id(entry.id.clone()?);
        let cleared = entry.deferred.iter().map(|field| (*field, WriteValue::Value(Value::Null)));
        let action = if entry.deferred.is_empty() {
            WriteAction::Delete { record, etag }
        } else {
            WriteAction::Update { record, etag }
        };
        Some(Write {
            entity: self.pattern.parts.get(entry.part)?.entity.clone(),
            action,
            fields: cleared.collect(),
            embedded: Vec::new(),
        })
    }
}

fn is_quota(error: &AdapterError) -> bool {
    matches!(error.kind, AdapterErrorKind::QuotaExhausted { .. })
}

fn is_passing(error: &AdapterError) -> bool {
    error.is_retryable() || error.kind == AdapterErrorKind::Unknown
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
        action: if entry.deferred.is_empty() { AuditAction::Delete } else { AuditAction::Update },
        fields: &entry.deferred,
        id: entry.id.as_deref(),
        failure: failure.map(|error| &error.kind),
    });
}
