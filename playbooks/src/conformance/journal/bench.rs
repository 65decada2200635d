//! What every test stands on: short ways to write, read and compare.

use std::fmt;
use std::sync::Arc;

use engage_engine::ids::SemanticId;
use jiff::Timestamp;
use uuid::Uuid;

use super::Store;
use crate::model::TriggerKind;
use crate::ports::{Batch, Blob, Entry, Event, Journal, JournalError, Lease, Offer, OfferId, RunRecord};
use crate::run::{RunKey, RunState, Tenant};

pub(super) type Outcome<T = ()> = Result<T, String>;

/// A store with a journal that leads.
pub(super) struct Bench {
    pub(super) store: Arc<dyn Store>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) lease: Lease,
}

/// Texts that something on the way may trip over.
pub(super) const HOSTILE: [&str; 12] = [
    "'; DROP TABLE journal_runs; --",
    "\"quoted\" and \\escaped\\",
    "a line\nand a\ttab",
    "nothing\u{0}behind",
    "$1 ? :name %s {} ${x}",
    " spaces ",
    "ø 漢字 🦀 \u{202e}",
    "Case",
    "case",
    "e\u{301}",
    "\u{e9}",
    "",
];

pub(super) fn ensure(holds: bool, why: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(why()) }
}

pub(super) fn same<T: PartialEq + fmt::Debug>(what: &str, got: &T, wanted: &T) -> Outcome {
    ensure(got == wanted, || format!("{what}: expected {wanted:?}, got {got:?}"))
}

/// Entries do not show their facts, so they are compared by hand.
pub(super) fn same_entries(what: &str, got: &[Entry], wanted: &[Entry]) -> Outcome {
    same(what, &got.len(), &wanted.len())?;
    for (got, wanted) in got.iter().zip(wanted) {
        ensure(got == wanted, || format!("{what}: expected {wanted:?} {}, got {got:?} {}", wanted.fact, got.fact))?;
    }
    Ok(())
}

pub(super) fn ok<T>(what: &str, got: Result<T, JournalError>) -> Outcome<T> {
    got.map_err(|error| format!("{what}: {error}"))
}

pub(super) fn fenced<T>(what: &str, got: Result<T, JournalError>) -> Outcome {
    fails(what, got, |error| matches!(error, JournalError::Fenced))
}

pub(super) fn too_large<T>(what: &str, got: Result<T, JournalError>) -> Outcome {
    fails(what, got, |error| matches!(error, JournalError::TooLarge { .. }))
}

/// That a call failed as it should.
pub(super) fn fails<T>(what: &str, got: Result<T, JournalError>, kind: fn(&JournalError) -> bool) -> Outcome {
    match got {
        Ok(_) => Err(format!("{what}: it was accepted")),
        Err(error) if kind(&error) => Ok(()),
        Err(error) => Err(format!("{what}: failed as `{error}`")),
    }
}

pub(super) fn tenant(id: &str) -> Outcome<Tenant> {
    Tenant::new(id).map_err(|error| error.to_string())
}

pub(super) fn key(of: &str, run: u128) -> Outcome<RunKey> {
    Ok(RunKey { tenant: tenant(of)?, run: Uuid::from_u128(run) })
}

pub(super) fn playbook(id: &str) -> Outcome<SemanticId> {
    SemanticId::new(id).map_err(|error| error.to_string())
}

/// The instant some seconds and one nanosecond behind a day of 2026.
pub(super) fn at(seconds: i64) -> Outcome<Timestamp> {
    Timestamp::new(1_767_225_600 + seconds, 1).map_err(|error| error.to_string())
}

pub(super) fn entry(key: &RunKey, sequence: u32) -> Entry {
    Entry { key: key.clone(), sequence, fact: format!("{{\"fact\":{sequence}}}") }
}

pub(super) fn entries(key: &RunKey, sequences: std::ops::Range<u32>) -> Vec<Entry> {
    sequences.map(|sequence| entry(key, sequence)).collect()
}

/// A batch of entries alone.
pub(super) fn batch(entries: Vec<Entry>) -> Batch {
    Batch { entries, ..Batch::default() }
}

/// What is known of a run that began and changed at these seconds.
pub(super) fn record(key: &RunKey, state: RunState, started: i64, updated: i64) -> Outcome<RunRecord> {
    Ok(RunRecord {
        key: key.clone(),
        playbook: playbook("portal-lead")?,
        trigger: TriggerKind::PortalMeetings,
        state,
        started_at: at(started)?,
        updated_at: at(updated)?,
        wake_at: None,
        failed_block: None,
        reason: None,
        entries: 1,
    })
}

pub(super) fn blob(key: &RunKey, digest: char, bytes: &[u8]) -> Blob {
    Blob { key: key.clone(), digest: String::from(digest).repeat(64), bytes: bytes.to_vec() }
}

pub(super) fn event(of: &str, id: &str) -> Outcome<Offer> {
    Ok(Offer::Event(Event {
        tenant: tenant(of)?,
        id: id.to_owned(),
        kind: TriggerKind::Webhook,
        subject: Some("meeting 1".to_owned()),
        playbook: Some(playbook("portal-lead")?),
        employee: None,
        data: serde_json::json!({ "Amount": 1.5, "Texts": HOSTILE }),
        given: serde_json::Value::Null,
        at: at(0)?,
    }))
}

impl Bench {
    pub(super) async fn new(store: Arc<dyn Store>) -> Outcome<Self> {
        let journal = store.open().await;
        let lease = lead(&*journal).await?;
        Ok(Self { store, journal, lease })
    }

    pub(super) async fn append(&self, batch: Batch) -> Outcome {
        ok("a batch", self.journal.append(&self.lease, &batch).await)
    }

    /// Appends what is known of a run together with its first entry.
    pub(super) async fn begin(&self, record: RunRecord) -> Outcome {
        let entries = vec![entry(&record.key, 0)];
        self.append(Batch { entries, runs: vec![record], ..Batch::default() }).await
    }

    pub(super) async fn entries(&self, key: &RunKey) -> Outcome<Vec<Entry>> {
        ok("entries", self.journal.entries(key).await)
    }

    pub(super) async fn run(&self, key: &RunKey) -> Outcome<Option<RunRecord>> {
        ok("a run", self.journal.run(key).await)
    }

    pub(super) async fn offer(&self, offers: &[Offer]) -> Outcome<Vec<bool>> {
        ok("offers", self.journal.offer(offers).await)
    }

    pub(super) async fn offered(&self, after: Option<OfferId>, most: usize) -> Outcome<Vec<(OfferId, Offer)>> {
        ok("what was offered", self.journal.offered(&self.lease, after, most).await)
    }

    pub(super) async fn blob(&self, of: &str, digest: char) -> Outcome<Option<Vec<u8>>> {
        ok("a blob", self.journal.blob(&tenant(of)?, &String::from(digest).repeat(64)).await)
    }
}

pub(super) async fn lead(journal: &dyn Journal) -> Outcome<Lease> {
    let lease = ok("a lease", journal.lead("the suite").await)?;
    lease.ok_or_else(|| "nobody leads, and there was no lease".to_owned())
}
