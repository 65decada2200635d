//! The journal in a SQLite file: write-ahead log, `synchronous=FULL`.
//!
//! One task writes, through one connection; others read beside it. Another process may read and offer on the same file,
//! and leads once this one does not.

mod news;
mod read;
mod remove;
mod tables;
mod write;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engage_playbooks::ports::{
    Batch, Entry, Journal, JournalError, Lease, Offer, OfferId, RunPage, RunQuery, RunRecord,
};
use engage_playbooks::run::{RunKey, Tenant};
use jiff::Timestamp;
use sqlx::SqlitePool;
use tokio::sync::Notify;

use super::desk::{Append, Ask, Desk, Job, desk};
use super::failure::{Failure, unavailable};
use super::rows::{OfferRow, Rows};
use crate::sqlite;
use tables::migrator;

/// How many read at once.
const READERS: u32 = 4;
/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for another process that brings the tables up to date.
const MIGRATION: Duration = Duration::from_mins(5);

/// A journal in a SQLite file. Cheap to clone: clones are one process.
#[derive(Clone)]
pub struct SqliteJournal {
    reads: SqlitePool,
    desk: Desk,
    news: Arc<Notify>,
    /// The token that this process leads with; 0 where it does not.
    token: Arc<AtomicU64>,
}

impl std::fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteJournal")
    }
}

impl SqliteJournal {
    /// Opens the journal in a file, which is made when it is not there, for this user alone. Must be called on a Tokio
    /// runtime; the writer lives on it, and ends when the last clone is dropped.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`] when the file cannot be opened or holds something else.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref();
        sqlite::make(path).map_err(unavailable)?;
        let options = || sqlite::options(PATIENCE).filename(path);
        sqlite::migrate(path, options(), &migrator(), MIGRATION).await.map_err(unavailable)?;
        let writes = sqlite::pool(options(), 1).await.map_err(unavailable)?;
        let reads = sqlite::pool(options().read_only(true), READERS).await.map_err(unavailable)?;
        Ok(Self::start(writes, reads, Some(path.to_owned())))
    }

    /// A journal in memory, for as long as it is not dropped. As [`open`](Self::open) otherwise.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`] when there is no memory.
    pub async fn in_memory() -> Result<Self, JournalError> {
        let only = sqlite::pool(sqlite::options(PATIENCE).in_memory(true), 1).await.map_err(unavailable)?;
        migrator().run(&only).await.map_err(unavailable)?;
        Ok(Self::start(only.clone(), only, None))
    }

    fn start(writes: SqlitePool, reads: SqlitePool, path: Option<PathBuf>) -> Self {
        let (desk, inbox) = desk();
        let (news, token) = (Arc::new(Notify::new()), Arc::default());
        tokio::spawn(writer::Writer::new(writes, path, news.clone(), Arc::clone(&token)).run(inbox));
        Self { reads, desk, news, token }
    }

    async fn ask<T, R>(&self, wrap: fn(Ask<T, R>) -> Job, what: T) -> Result<R, JournalError> {
        let answer = self.desk.ask(wrap, what).await;
        answer.unwrap_or_else(|| Err(Failure::new("the writer is gone: its runtime ended").into()))
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn lead(&self, holder: &str) -> Result<Option<Lease>, JournalError> {
        self.ask(Job::Lead, holder.to_owned()).await
    }

    /// Asks no file: the system's lock on the one beside it cannot be lost while this process lives, asleep or awake, and whoever
    /// got around it is found by the next append, which looks at the token that is kept.
    async fn holds(&self, lease: &Lease) -> Result<(), JournalError> {
        let ours = lease.token == self.token.load(Ordering::Acquire);
        if ours { Ok(()) } else { Err(JournalError::Fenced) }
    }

    async fn resign(&self, lease: Lease) -> Result<(), JournalError> {
        self.ask(Job::Resign, lease).await
    }

    async fn append(&self, lease: &Lease, batch: &Batch) -> Result<(), JournalError> {
        let rows = Rows::of(batch)?;
        self.ask(Job::Append, Append { lease: lease.clone(), rows }).await
    }

    async fn entries(&self, key: &RunKey) -> Result<Vec<Entry>, JournalError> {
        read::entries(&self.reads, key).await
    }

    async fn run(&self, key: &RunKey) -> Result<Option<RunRecord>, JournalError> {
        read::run(&self.reads, key).await
    }

    async fn runs(&self, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, JournalError> {
        read::runs(&self.reads, tenant, query).await
    }

    async fn unfinished(
        &self,
        lease: &Lease,
        after: Option<&RunKey>,
        most: usize,
    ) -> Result<Vec<RunRecord>, JournalError> {
        read::unfinished(&self.reads, lease, after, most).await
    }

    async fn offer(&self, offers: &[Offer]) -> Result<Vec<bool>, JournalError> {
        let rows = offers.iter().map(OfferRow::of).collect::<Result<Vec<_>, _>>()?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.ask(Job::Offer, rows).await
    }

    async fn offered(
        &self,
        lease: &Lease,
        after: Option<OfferId>,
        most: usize,
    ) -> Result<Vec<(OfferId, Offer)>, JournalError> {
        read::offered(&self.reads, lease, after, most).await
    }

    async fn news(&self) {
        self.news.notified().await;
    }

    async fn mark(&self, lease: &Lease, name: &str) -> Result<Option<Timestamp>, JournalError> {
        read::mark(&self.reads, lease, name).await
    }

    async fn blob(&self, tenant: &Tenant, digest: &str) -> Result<Option<Vec<u8>>, JournalError> {
        read::blob(&self.reads, tenant, digest).await
    }

    async fn purge(&self, lease: &Lease, ended_before: Timestamp, most: usize) -> Result<usize, JournalError> {
        self.ask(Job::Purge, (lease.clone(), ended_before, most)).await
    }

    async fn erase(&self, lease: &Lease, key: &RunKey) -> Result<bool, JournalError> {
        self.ask(Job::Erase, (lease.clone(), key.clone())).await
    }
}
