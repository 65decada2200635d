//! The journal: facts of runs, and what waits to become one. The truth about every run is in here and nowhere else.

use async_trait::async_trait;
use engage_engine::ids::{RefId, SemanticId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::TriggerKind;
use crate::run::{RunKey, RunState, Tenant};

/// A store of journals.
///
/// # Contract
/// * **One writer.** Facts are appended under a [`Lease`] alone. At most one lease is valid at a time; each later one has a
///   greater token, and what comes under an older one changes nothing and fails with [`JournalError::Fenced`].
/// * **Durable.** Once [`append`](Journal::append) or [`offer`](Journal::offer) returns `Ok`, what it was given survives
///   the loss of the process and of the machine's power.
/// * **Atomic.** A batch is there whole or not at all.
/// * **Dropping a future** may leave its effect done or undone, never half.
/// * **Tenants.** Nothing is found without naming the tenant, except what only a leader may ask for.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Becomes the one writer; `None` while a lease is valid, one of this handle included. `holder` names this process for
    /// people.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`] when the store cannot be asked.
    async fn lead(&self, holder: &str) -> Result<Option<Lease>, JournalError>;

    /// Whether the lease is still valid, asked of the store itself: before every effect on the outside.
    ///
    /// # Errors
    /// [`JournalError::Fenced`] when it is not.
    async fn holds(&self, lease: &Lease) -> Result<(), JournalError>;

    /// Lets another lead at once. Without it the lease ends with the connection, or when the store sees the holder gone.
    ///
    /// # Errors
    /// [`JournalError::Fenced`] when it was not valid any more; another when the store cannot be asked: the lease then ends
    /// by itself.
    async fn resign(&self, lease: Lease) -> Result<(), JournalError>;

    /// Appends a batch.
    ///
    /// # Errors
    /// [`JournalError::Fenced`]; [`JournalError::Sequence`] when an entry does not follow the last one of its run;
    /// [`JournalError::TooLarge`] as [`Batch::check_limits`] says; [`JournalError::Unavailable`]: whether the batch is there is not known, and asking for the facts tells.
    async fn append(&self, lease: &Lease, batch: &Batch) -> Result<(), JournalError>;

    /// The entries of a run, in order; none where there is no such run.
    ///
    /// # Errors
    /// [`JournalError`] when the store cannot be asked or holds what cannot be read.
    async fn entries(&self, key: &RunKey) -> Result<Vec<Entry>, JournalError>;

    /// What is known of a run at a glance.
    ///
    /// # Errors
    /// As [`entries`](Journal::entries).
    async fn run(&self, key: &RunKey) -> Result<Option<RunRecord>, JournalError>;

    /// Runs of a tenant, newest first.
    ///
    /// # Errors
    /// As [`entries`](Journal::entries).
    async fn runs(&self, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, JournalError>;

    /// Runs of all tenants that are not at an end, by key, those behind `after`: for a leader that takes over.
    ///
    /// # Errors
    /// As [`entries`](Journal::entries).
    async fn unfinished(
        &self,
        lease: &Lease,
        after: Option<&RunKey>,
        most: usize,
    ) -> Result<Vec<RunRecord>, JournalError>;

    /// Takes events and requests in, from anybody: no lease is needed. Answers per offer whether it is new; an event whose
    /// id the tenant has offered before is known, and nothing happens.
    ///
    /// # Errors
    /// [`JournalError::TooLarge`] as [`Offer::to_json`] says, and nothing is taken in; [`JournalError::Unavailable`]: offering
    /// again is safe.
    async fn offer(&self, offers: &[Offer]) -> Result<Vec<bool>, JournalError>;

    /// What was offered and is not taken yet, oldest first, those behind `after`. It is taken by the batch that names it.
    ///
    /// # Errors
    /// As [`entries`](Journal::entries).
    async fn offered(
        &self,
        lease: &Lease,
        after: Option<OfferId>,
        most: usize,
    ) -> Result<Vec<(OfferId, Offer)>, JournalError>;

    /// Returns when something may have been offered since the last time, by this process or by another; it may return
    /// without reason. Waiting costs no polling where the store can tell.
    async fn news(&self);

    /// The instant kept under a name; schedules keep there up to when they have fired.
    ///
    /// # Errors
    /// As [`entries`](Journal::entries).
    async fn mark(&self, lease: &Lease, name: &str) -> Result<Option<Timestamp>, JournalError>;

    /// A stored output.
    ///
    /// # Errors
    /// As [`entries`](Journal::entries).
    async fn blob(&self, tenant: &Tenant, digest: &str) -> Result<Option<Vec<u8>>, JournalError>;

    /// Removes up to `most` runs that ended before an instant, with all that only they refer to; answers how many. The ids
    /// of events that were taken in before that instant, by the clock of the store, may be forgotten once nothing waits for
    /// them.
    ///
    /// # Errors
    /// [`JournalError`]; what is removed stays so.
    async fn purge(&self, lease: &Lease, ended_before: Timestamp, most: usize) -> Result<usize, JournalError>;

    /// Removes one run that is at an end, whatever its age; answers whether it was there.
    ///
    /// # Errors
    /// [`JournalError::Busy`] while it runs.
    async fn erase(&self, lease: &Lease, key: &RunKey) -> Result<bool, JournalError>;
}

/// The right to append. Only a [`Journal`] gives one out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Grows with every lease given out.
    pub token: u64,
    /// Who holds it.
    pub holder: String,
}

/// What is appended together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Entries, in order; those of one run follow each other.
    pub entries: Vec<Entry>,
    /// What is known of runs at a glance, by key: replaces what was.
    pub runs: Vec<RunRecord>,
    /// Offers that are dealt with by this batch.
    pub taken: Vec<OfferId>,
    /// Instants to keep under names.
    pub marks: Vec<(String, Timestamp)>,
    /// Outputs that entries refer to.
    pub blobs: Vec<Blob>,
}

/// One entry of a journal: a fact, as JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The run.
    pub key: RunKey,
    /// From 0, without a gap.
    pub sequence: u32,
    /// The fact.
    pub fact: String,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("key", &self.key).field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

/// An output that was too long for an entry, kept once per tenant and digest, as long as a run is there that brought it.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    /// The run whose entries refer to it.
    pub key: RunKey,
    /// SHA-256 of the bytes, in lower-case hexadecimal.
    pub digest: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blob").field("digest", &self.digest).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// What is known of a run at a glance. No values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The run.
    pub key: RunKey,
    /// Its playbook.
    pub playbook: SemanticId,
    /// What started it.
    pub trigger: TriggerKind,
    /// Where it stands.
    pub state: RunState,
    /// When it began.
    pub started_at: Timestamp,
    /// When what is said here last changed: of a run that is under way, not with every fact.
    pub updated_at: Timestamp,
    /// When it goes on by itself, of one that waits for a time.
    pub wake_at: Option<Timestamp>,
    /// The block that failed, of one that did.
    pub failed_block: Option<RefId>,
    /// Why it failed, in a word that programs may match on.
    pub reason: Option<String>,
    /// Entries in its journal, at that time.
    pub entries: u32,
}

/// Which runs are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunQuery {
    /// Of this playbook.
    pub playbook: Option<SemanticId>,
    /// In one of these states; none: in any.
    pub states: Vec<RunState>,
    /// Behind this one: when the last of the page before began, and its id. It may be gone by now.
    pub after: Option<(Timestamp, Uuid)>,
    /// The most; at least one is given where there is one.
    pub most: usize,
}

/// A page of runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunPage {
    /// Newest first; of those that began at one instant, the greater id first.
    pub runs: Vec<RunRecord>,
    /// Whether there are more behind the last.
    pub more: bool,
}

/// The number of an offer: grows with every offer taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OfferId(pub u64);

/// What anybody may hand to the leader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Offer {
    /// Something happened.
    Event(Event),
    /// Something is wanted of a run.
    Request(Request),
}

/// Something that happened: starts every playbook whose trigger it meets.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Whose.
    pub tenant: Tenant,
    /// Makes it the same as one that was offered before; at most 200 bytes.
    pub id: String,
    /// Its kind.
    pub kind: TriggerKind,
    /// What it is about (a meeting); `None`: what its data says, see [`triggers::subject`](crate::triggers::subject). Events about one
    /// subject take effect in order: their runs wait for those of earlier ones, of whichever playbook.
    pub subject: Option<String>,
    /// The one playbook it is for: manual starts, schedules, webhooks.
    pub playbook: Option<SemanticId>,
    /// The employee who acts, by the platform's id for them.
    pub employee: Option<String>,
    /// The data.
    pub data: serde_json::Value,
    /// What `Input` blocks are given, by block.
    pub given: serde_json::Value,
    /// When it happened.
    pub at: Timestamp,
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Something that is wanted of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// That it stops: what is on its way ends, nothing further is sent.
    Cancel {
        /// The run.
        key: RunKey,
        /// By whom.
        by: String,
    },
    /// That a failed or cancelled run goes on.
    Retry {
        /// The run.
        key: RunKey,
        /// From this block: what it and those behind it gave is forgotten; `None`: from what failed.
        from: Option<RefId>,
        /// By whom.
        by: String,
    },
    /// That a run which waits for its employee goes on.
    Identify {
        /// The run.
        key: RunKey,
    },
    /// That a run which is at an end is removed, whatever its age. Nothing happens to any other.
    Erase {
        /// The run.
        key: RunKey,
        /// By whom.
        by: String,
    },
}

/// Why a journal did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another leads now: stop at once, nothing may be appended or sent.
    #[error("the lease is no longer valid: another process leads")]
    Fenced,
    /// An entry does not follow the last one of its run.
    #[error("run {key}: entry {found} came where {expected} had to come")]
    Sequence {
        /// The run.
        key: RunKey,
        /// The number that had to come.
        expected: u32,
        /// The number that came.
        found: u32,
    },
    /// The run is not at an end.
    #[error("run {0} is not at an end")]
    Busy(RunKey),
    /// The store cannot be asked now.
    #[error("the journal is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored makes no sense.
    #[error("the journal holds what cannot be read: {0}")]
    Corrupt(String),
    /// Something is larger than a store takes.
    #[error("{size} {what}, at most {most} are allowed")]
    TooLarge {
        /// What is counted: `bytes in an entry`.
        what: &'static str,
        /// How many there are.
        size: usize,
        /// How many there may be.
        most: usize,
    },
}
