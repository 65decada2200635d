//! A journal in a SQLite file, as commands read it and write to it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{Batch, Halt, Journal, JournalError, Lease, RunRecord};
use engage_playbooks::run::{Fact, FactKind, MAX_INLINE, Record, RunKey, RunOutcome, from_entry, to_entry};
use engage_playbooks::timeline::{LaneState, Timeline};
use engage_store::SqliteJournal;

use crate::exit::Exit;
use crate::failure::Failure;

/// The organisation that the command line runs for.
pub const TENANT: &str = "local";
/// Who this process is to others that would lead.
const HOLDER: &str = "engage run";

/// A journal in a file.
#[derive(Debug, Clone)]
pub struct Book {
    journal: SqliteJournal,
}

impl Book {
    /// Opens the journal in a file, which is made where it is not there. Takes a Tokio runtime.
    ///
    /// # Errors
    /// When the file is something else, or cannot be opened.
    pub async fn open(path: &Path) -> Result<Self, Failure> {
        let opened = SqliteJournal::open(path).await;
        let journal = opened.map_err(|error| told(&error).context(path))?;
        Ok(Self { journal })
    }

    /// Opens the journal in a file that is there already.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when there is no such file.
    pub async fn existing(path: &Path) -> Result<Self, Failure> {
        if path.is_file() {
            return Self::open(path).await;
        }
        let failure = Failure::usage(format!("there is no journal `{}`", path.display()));
        Err(failure.help("`engage run PLAYBOOK --journal FILE` makes one"))
    }

    /// The journal itself.
    pub fn journal(&self) -> &SqliteJournal {
        &self.journal
    }

    /// The facts of a run, in order, with the outputs that stand beside them; none where there is no such run.
    ///
    /// # Errors
    /// When the journal does not answer, or holds what cannot be read.
    pub async fn facts(&self, key: &RunKey) -> Result<Vec<Fact>, Failure> {
        let entries = self.journal.entries(key).await.map_err(|error| told(&error))?;
        let mut facts = Vec::with_capacity(entries.len());
        for entry in &entries {
            facts.push(from_entry(&self.journal, entry).await.map_err(|error| told(&error))?);
        }
        Ok(facts)
    }

    /// Becomes the one that runs what is in the journal; `None` while another process is.
    ///
    /// # Errors
    /// When the journal does not answer.
    pub async fn lead(&self) -> Result<Option<Lease>, Failure> {
        self.journal.lead(HOLDER).await.map_err(|error| told(&error))
    }

    /// Lets another lead. That it cannot be said is no harm: the lease ends with this process.
    pub async fn resign(&self, lease: Lease) {
        let _ = self.journal.resign(lease).await;
    }

    /// Where the facts of a run go that is driven here under a lease, behind those that are there.
    pub fn keep(&self, lease: &Lease, key: &RunKey, facts: Vec<Fact>) -> Kept {
        Kept { book: self.clone(), lease: lease.clone(), key: key.clone(), facts: Mutex::new(facts) }
    }
}

/// Keeps the facts of one run in a journal.
#[derive(Debug)]
pub struct Kept {
    book: Book,
    lease: Lease,
    key: RunKey,
    facts: Mutex<Vec<Fact>>,
}

impl Kept {
    fn batch(&self, new: &[Fact]) -> Result<Batch, JournalError> {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = Batch::default();
        for (position, fact) in new.iter().enumerate() {
            let sequence = u32::try_from(facts.len() + position).unwrap_or(u32::MAX);
            let (entry, blobs) = to_entry(&self.key, sequence, fact, MAX_INLINE)?;
            batch.entries.push(entry);
            batch.blobs.extend(blobs);
        }
        facts.extend_from_slice(new);
        batch.runs.extend(record(&self.key, &facts));
        Ok(batch)
    }
}

#[async_trait]
impl Record for Kept {
    async fn append(&self, facts: &[Fact]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let batch = self.batch(facts)?;
        Ok(self.book.journal.append(&self.lease, &batch).await?)
    }

    async fn may_send(&self) -> Result<(), Halt> {
        self.book.journal.holds(&self.lease).await.map_err(|_| Halt)
    }
}

/// What is known of a run at a glance; `None` of one without facts.
fn record(key: &RunKey, facts: &[Fact]) -> Option<RunRecord> {
    let (first, last) = (facts.first()?, facts.last()?);
    let timeline = Timeline::of(facts, None, last.at);
    let trigger = match &first.kind {
        FactKind::Started(beginning) => beginning.trigger,
        _ => TriggerKind::Manual,
    };
    let failed = timeline.lanes.iter().find(|lane| lane.state == LaneState::Failed);
    let over = timeline.failure.is_some();
    Some(RunRecord {
        key: key.clone(),
        playbook: timeline.playbook.clone()?,
        trigger,
        state: timeline.state,
        started_at: first.at,
        updated_at: last.at,
        wake_at: timeline.lanes.iter().filter_map(|lane| lane.retry_at).min(),
        failed_block: failed_block(last).or_else(|| failed.filter(|_| over).map(|lane| lane.block.clone())),
        reason: timeline.failure.map(|failure| failure.reason),
        entries: u32::try_from(facts.len()).unwrap_or(u32::MAX),
    })
}

fn failed_block(last: &Fact) -> Option<engage_engine::ids::RefId> {
    match &last.kind {
        FactKind::Finished { outcome: RunOutcome::Failed { block, .. } } => block.clone(),
        _ => None,
    }
}

/// A failure that tells why a journal did not do as asked.
pub fn told(error: &JournalError) -> Failure {
    let exit = match error {
        JournalError::Corrupt(_) | JournalError::TooLarge { .. } | JournalError::Busy(_) => Exit::Problems,
        _ => Exit::Outside,
    };
    let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    Failure::new(exit, format!("{error}{source}"))
}

impl Failure {
    /// Says which file it is about.
    fn context(mut self, path: &Path) -> Self {
        self.message = format!("`{}`: {}", path.display(), self.message);
        self
    }
}
