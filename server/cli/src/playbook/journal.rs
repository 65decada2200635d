//! A journal, as commands read it and write to it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_playbooks::Compiled;
use engage_playbooks::ports::{Batch, Halt, Journal, JournalError, Lease, RunRecord};
use engage_playbooks::run::{Fact, MAX_INLINE, Machine, Record, RunKey, facts_of, to_entry};
use jiff::Timestamp;

use super::place::Place;
use crate::exit::Exit;
use crate::failure::Failure;

/// The organisation that the command line runs for.
pub const TENANT: &str = "local";
/// Who this process is to others that would lead.
const HOLDER: &str = "engage run";

/// A journal. Cheap to clone: clones are one process.
#[derive(Clone)]
pub struct Book {
    journal: Arc<dyn Journal>,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Book").finish_non_exhaustive()
    }
}

impl Book {
    /// Opens a journal; a file is made where it is not there. Takes a Tokio runtime.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub async fn open(place: &Place) -> Result<Self, Failure> {
        Ok(Self { journal: place.open().await? })
    }

    /// Opens the journal that the command line names, else `ENGAGE_JOURNAL`, and that is there already.
    ///
    /// # Errors
    /// As [`Place::existing`], and when nothing names one.
    pub async fn existing(place: Option<&Place>) -> Result<Self, Failure> {
        Ok(Self { journal: Place::find(place)?.existing().await? })
    }

    /// The journal itself.
    pub fn journal(&self) -> &dyn Journal {
        &*self.journal
    }

    /// The facts of a run, in order, with the outputs that stand beside them; none where there is no such run.
    ///
    /// # Errors
    /// When the journal does not answer, or holds what cannot be read.
    pub async fn facts(&self, key: &RunKey) -> Result<Vec<Fact>, Failure> {
        facts_of(self.journal(), key).await.map_err(|error| told(&error))
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
