//! The tables of a file, brought up to date.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnectOptions;

use super::file::{beside, lock};
use super::open::pool;

/// How often to look whether another process is done with the migrations.
const LOOK: Duration = Duration::from_millis(20);

/// Why tables are not up to date.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unmigrated {
    /// Another process does it, and takes longer than was to be waited.
    #[error("another process is still at the migrations")]
    Busy,
    /// The lock of who does it cannot be had.
    #[error(transparent)]
    Lock(io::Error),
    /// The file cannot be opened.
    #[error(transparent)]
    Open(sqlx::Error),
    /// A migration cannot be applied.
    #[error(transparent)]
    Migration(#[from] MigrateError),
}

/// Brings the tables of a file up to date; of several processes one at a time, and others wait so long for it.
pub(crate) async fn migrate(
    path: &Path,
    options: SqliteConnectOptions,
    migrator: &Migrator,
    wait: Duration,
) -> Result<(), Unmigrated> {
    let beside = beside(path, ".migrate");
    let _lock = tokio::time::timeout(wait, locked(&beside)).await.map_err(|_| Unmigrated::Busy)??;
    // A pool of one, for a future that borrows a bare connection here cannot be sent to another thread.
    let only = pool(options.filename(path), 1).await.map_err(Unmigrated::Open)?;
    let migrated = migrator.run(&only).await;
    only.close().await;
    Ok(migrated?)
}

async fn locked(path: &Path) -> Result<File, Unmigrated> {
    loop {
        if let Some(file) = lock(path).map_err(Unmigrated::Lock)? {
            return Ok(file);
        }
        tokio::time::sleep(LOOK).await;
    }
}
