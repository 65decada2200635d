//! The one task that writes. What comes while it writes is written together next, in one transaction and with one sync.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{SqlSafeStr, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use crate::platform::StoreError;
use crate::platform::sql::job::{Work, attempt};
use crate::platform::sql::session::{Hold, Tx};
use crate::sqlite;

/// The most jobs of a group.
const MAX_GROUP: usize = 256;

/// When nobody asks for anything, how long until the log is emptied again that could not be.
const AGAIN: Duration = Duration::from_mins(1);

const BEGIN: &str = "BEGIN IMMEDIATE";

/// A job, whatever its types.
#[async_trait]
pub(super) trait Job: Send {
    /// Whether somebody still waits for it.
    fn wanted(&self) -> bool;
    /// Does it, and keeps what came of it; whether it went well.
    async fn run(&mut self, tx: &mut Tx, patience: Duration) -> bool;
    /// Answers: what came of it where it was written or had failed by itself, or else why it was not written.
    fn answer(self: Box<Self>, written: Result<(), StoreError>);
}

/// A job and where its answer goes.
pub(super) struct Asked<I, T, E, W> {
    input: I,
    work: W,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<I, T, E, W> Asked<I, T, E, W> {
    pub(super) fn new(input: I, work: W, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { input, work, outcome: None, reply }
    }
}

#[async_trait]
impl<I, T, E, W> Job for Asked<I, T, E, W>
where
    I: Send + Sync,
    T: Send,
    E: From<StoreError> + Send,
    W: Work<I, T, E>,
{
    fn wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    async fn run(&mut self, tx: &mut Tx, patience: Duration) -> bool {
        let outcome = attempt(tx, &self.input, &self.work, patience).await;
        let well = outcome.is_ok();
        self.outcome = Some(outcome);
        well
    }

    fn answer(self: Box<Self>, written: Result<(), StoreError>) {
        let answer = match (self.outcome, written) {
            // It failed by itself, whatever became of the others.
            (Some(Err(error)), _) => Err(error),
            (Some(outcome), Ok(())) => outcome,
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(StoreError::Broken.into()),
        };
        // Who asked may be gone.
        drop(self.reply.send(answer));
    }
}

pub(super) struct Writer {
    pool: SqlitePool,
    patience: Duration,
    /// How many statements all transactions have asked.
    written: Arc<AtomicU64>,
    /// What was removed may still stand in the log.
    stale: bool,
}

impl Writer {
    pub(super) fn new(pool: SqlitePool, patience: Duration, written: Arc<AtomicU64>) -> Self {
        Self { pool, patience, written, stale: false }
    }

    /// Works until nobody can ask any more.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Box<dyn Job>>) {
        let mut group = Vec::new();
        while self.next(&mut inbox, &mut group).await > 0 {
            group.retain(|job| job.wanted());
            let written = self.write(&mut group).await;
            self.tidy(&inbox).await;
            for job in group.drain(..) {
                job.answer(written.clone());
            }
        }
    }

    /// Waits for jobs, and says how many there are: none once nobody can ask any more.
    async fn next(&mut self, inbox: &mut mpsc::Receiver<Box<dyn Job>>, group: &mut Vec<Box<dyn Job>>) -> usize {
        while self.stale {
            match tokio::time::timeout(AGAIN, inbox.recv_many(group, MAX_GROUP)).await {
                Ok(jobs) => return jobs,
                Err(_) => self.tidy(inbox).await,
            }
        }
        inbox.recv_many(group, MAX_GROUP).await
    }

    /// Empties the log of what was removed, where nobody waits meanwhile. Where somebody reads something older, or the disk
    /// does not do, it is tried again behind what is asked next.
    async fn tidy(&mut self, inbox: &mpsc::Receiver<Box<dyn Job>>) {
        if self.stale && inbox.is_empty() {
            self.stale = !sqlite::empty_log(&self.pool, self.patience).await.unwrap_or(false);
        }
    }

    /// Writes a group: all that went well, or nothing.
    async fn write(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        if group.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let written = match self.jobs(&mut tx, group).await {
            Ok(true) => execute(&mut tx, "COMMIT").await.map_err(StoreError::of_commit),
            Ok(false) => return rollback(&mut tx).await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            rollback(&mut tx).await?;
        }
        self.stale |= written.is_ok() && tx.erases;
        written
    }

    async fn begin(&self) -> Result<Tx, StoreError> {
        let mut tx = Tx::new(Hold::Sqlite(self.pool.acquire().await?), self.written.clone());
        if execute(&mut tx, BEGIN).await.is_err() {
            // What the last group could not undo is undone now, or says what is wrong.
            rollback(&mut tx).await?;
            execute(&mut tx, BEGIN).await?;
        }
        Ok(tx)
    }

    /// Does every job; whether any went well. What fails is undone alone.
    async fn jobs(&self, tx: &mut Tx, group: &mut [Box<dyn Job>]) -> Result<bool, StoreError> {
        // A job that is alone is undone with the transaction.
        if let [job] = group {
            return Ok(job.run(tx, self.patience).await);
        }
        let mut any = false;
        for job in group {
            execute(tx, "SAVEPOINT job").await?;
            if job.run(tx, self.patience).await {
                any = true;
            } else {
                let why = tx.failed.take();
                // Of an error after which SQLite undoes everything (a full disk) there is no savepoint any more: that error is why.
                if let Err(error) = execute(tx, "ROLLBACK TO job").await {
                    return Err(why.unwrap_or_else(|| error.into()));
                }
            }
            execute(tx, "RELEASE job").await?;
        }
        Ok(any)
    }
}

async fn execute(tx: &mut Tx, statement: &'static str) -> sqlx::Result<()> {
    tx.link().execute(statement.into_sql_str(), Vec::new()).await.map(drop)
}

/// Undoes the transaction, if there is one: of some errors (a full disk) SQLite has undone it already (SQLite,
/// "Response To Errors Within A Transaction"), and the library's own transactions would not notice.
async fn rollback(tx: &mut Tx) -> Result<(), StoreError> {
    match execute(tx, "ROLLBACK").await {
        Err(sqlx::Error::Database(said)) if said.message().contains("no transaction is active") => Ok(()),
        answer => Ok(answer?),
    }
}
