//! SQLite: one task writes, in groups; others read beside it.

mod copy;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::{mpsc, oneshot};

pub(super) use copy::{backup_file, restore, status};
use writer::{Asked, Job, Writer};

use super::Options;
use super::job::Work;
use super::migrate::migrator;
use super::session::{Pool, Reader};
use crate::platform::StoreError;
use crate::sqlite;

/// How many jobs may wait; more wait in front of the queue.
const WAITING: usize = 1024;
/// Pages that a connection keeps: 16 MiB.
const CACHE: &str = "-16384";

fn options(patience: Duration) -> SqliteConnectOptions {
    sqlite::options(patience).pragma("cache_size", CACHE)
}

pub(super) struct Sqlite {
    reads: SqlitePool,
    jobs: mpsc::Sender<Box<dyn Job>>,
    patience: Duration,
    asked: Arc<AtomicU64>,
    written: Arc<AtomicU64>,
}

impl Sqlite {
    pub(super) async fn open(path: &Path, options: &Options) -> Result<Self, StoreError> {
        sqlite::make(path).map_err(StoreError::unavailable)?;
        Self::migrate(path, options).await?;
        let connect = || self::options(options.patience).filename(path);
        let writes = sqlite::pool(connect(), 1).await?;
        let reads = sqlite::pool(connect().read_only(true), options.connections.max(1)).await?;
        Ok(Self::start(writes, reads, options))
    }

    async fn migrate(path: &Path, options: &Options) -> Result<(), StoreError> {
        let connect = self::options(options.patience);
        Ok(sqlite::migrate(path, connect, &migrator(false), options.migration_patience).await?)
    }

    pub(super) async fn in_memory(options: &Options) -> Result<Self, StoreError> {
        let only = sqlite::pool(self::options(options.patience).in_memory(true), 1).await?;
        migrator(false).run(&only).await?;
        Ok(Self::start(only.clone(), only, options))
    }

    fn start(writes: SqlitePool, reads: SqlitePool, options: &Options) -> Self {
        let (jobs, inbox) = mpsc::channel(WAITING);
        let written = Arc::<AtomicU64>::default();
        tokio::spawn(Writer::new(writes, options.patience, written.clone()).run(inbox));
        Self { reads, jobs, patience: options.patience, asked: Arc::default(), written }
    }

    pub(super) fn reader(&self) -> Reader {
        Reader { pool: Pool::Sqlite(self.reads.clone()), patience: self.patience, asked: self.asked.clone() }
    }

    pub(super) fn written(&self) -> &AtomicU64 {
        &self.written
    }

    pub(super) async fn write<I, T, E>(&self, input: I, work: impl Work<I, T, E>) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::unavailable("the writer is gone: its runtime ended");
        self.jobs.send(Box::new(Asked::new(input, work, reply))).await.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone().into()))
    }

    pub(super) async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        copy::backup(&self.reads, to).await
    }
}
