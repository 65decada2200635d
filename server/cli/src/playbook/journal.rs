//! A journal in a SQLite file, as commands read it and write to it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_playbooks::Compiled;
use engage_playbooks::ports::{Batch, Halt, Journal, JournalError, Lease, RunRecord};
use engage_playbooks::run::{Fact, MAX_INLINE, Machine, Record, RunKey, facts_of, to_entry};
use engage_store::SqliteJournal;
use jiff::Timestamp;

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
        facts_of(&self.journal, key).await.map_err(|error| told(&error))
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

    /// Where the facts of a run go that is driven here under a lease, behind the `entries` that are there: those that its
    /// machine knows.
    pub fn keep(&self, lease: &Lease, key: &RunKey, machine: Machine, entries: usize) -> Kept {
        Kept { book: self.clone(), lease: lease.clone(), key: key.clone(), run: Mutex::new((machine, entries)) }
    }
}

/// Keeps the facts of one run in a journal.
#[derive(Debug)]
pub struct Kept {
    book: Book,
    lease: Lease,
    key: RunKey,
    /// The run as far as it is kept, and how many facts that is.
    run: Mutex<(Machine, usize)>,
}

impl Kept {
    fn batch(&self, new: &[Fact]) -> Result<Batch, Box<dyn std::error::Error + Send + Sync>> {
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let (machine, entries) = &mut *run;
        let mut batch = Batch::default();
        for fact in new {
            let (entry, blobs) = to_entry(&self.key, count(*entries), fact, MAX_INLINE)?;
            batch.entries.push(entry);
            batch.blobs.extend(blobs);
            machine.step(fact)?;
            *entries += 1;
        }
        let now = new.last().map_or(Timestamp::UNIX_EPOCH, |last| last.at);
        batch.runs.extend(RunRecord::of(&self.key, machine, now, count(*entries)));
        Ok(batch)
    }
}

fn count(entries: usize) -> u32 {
    u32::try_from(entries).unwrap_or(u32::MAX)
}

/// The machine of a run, out of what its journal holds.
///
/// # Errors
/// When that is no run of the playbook.
pub fn replay(compiled: &Arc<Compiled>, facts: &[Fact]) -> Result<Machine, Failure> {
    Machine::of_facts(Arc::clone(compiled), facts).map_err(|error| Failure::outside(format!("the journal: {error}")))
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
