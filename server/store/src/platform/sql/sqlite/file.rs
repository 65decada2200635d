//! The file: how it is opened, whose it is, who brings it up to date.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlitePool};

use crate::platform::StoreError;
use crate::platform::sql::Options;
use crate::platform::sql::migrate::migrator;

/// What the write-ahead log is cut to once it was longer, in bytes.
const LOG_KEPT: &str = "67108864";
/// Pages that a connection keeps: 16 MiB.
const CACHE: &str = "-16384";
/// How often to look whether another process is done with the migrations.
const LOOK: Duration = Duration::from_millis(20);

pub(super) fn options(patience: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(patience)
        .foreign_keys(true)
        // What is erased is not left to be read in the file.
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", LOG_KEPT)
        .pragma("cache_size", CACHE)
        .disable_statement_logging()
}

pub(super) async fn pool(options: SqliteConnectOptions, most: u32) -> Result<SqlitePool, StoreError> {
    // No connection is ever replaced, so nothing wakes up to look.
    let pool =
        SqlitePoolOptions::new().max_connections(most).idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    Ok(pool.connect_with(options).await?)
}

/// Makes the file where it is not there; SQLite gives what it puts beside it the same permissions.
pub(super) fn make(path: &Path) -> std::io::Result<()> {
    own(path).map(drop)
}

/// A file that only this user reads, made where it is not there.
pub(super) fn own(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A path beside the file.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Brings the tables up to date; of several processes one at a time.
pub(super) async fn migrate(path: &Path, options: &Options) -> Result<(), StoreError> {
    let beside = beside(path, ".migrate");
    let lock = tokio::time::timeout(options.migration_patience, lock(&beside));
    let _lock = lock.await.map_err(|_| StoreError::unavailable("another process is still at the migrations"))??;
    let mut connection = self::options(options.patience).filename(path).connect().await?;
    migrator(false).run(&mut connection).await?;
    Ok(connection.close().await?)
}

/// The lock of who migrates: the system gives it back whatever becomes of the process.
async fn lock(path: &Path) -> Result<File, StoreError> {
    let file = own(path).map_err(StoreError::unavailable)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOOK).await,
            Err(TryLockError::Error(error)) => return Err(StoreError::unavailable(error)),
        }
    }
}
