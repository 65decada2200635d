//! The file: how it is opened, whose it is, what stands beside it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use engage_playbooks::ports::JournalError;
use sqlx::ConnectOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, SqlitePool};

use crate::journal::failure::{Failure, unavailable};

/// How many read at once.
pub(super) const READERS: u32 = 4;
/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often several processes that open a new file at once may come into each other's way.
const ATTEMPTS: usize = 8;
/// What the write-ahead log is cut to once it was longer, in bytes.
const LOG_KEPT: &str = "67108864";

/// Every migration, in order. None is ever changed or removed.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "journal", include_str!("../../../migrations/sqlite/0001_journal.sql")),
    (2, "numbers", include_str!("../../../migrations/sqlite/0002_numbers.sql")),
];

pub(super) fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .foreign_keys(true)
        // What is erased is not left to be read in the file.
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", LOG_KEPT)
        .disable_statement_logging()
}

pub(super) async fn pool(options: SqliteConnectOptions, most: u32) -> Result<SqlitePool, JournalError> {
    // No connection is ever replaced, so nothing wakes up to look.
    let pool =
        SqlitePoolOptions::new().max_connections(most).idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    pool.connect_with(options).await.map_err(unavailable)
}

/// Brings the tables up to date. Another process may be doing the same.
pub(super) async fn migrate(pool: &SqlitePool) -> Result<(), JournalError> {
    let migrations = MIGRATIONS.map(|(number, name, sql)| {
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(migrations.to_vec());
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match migrator.run(pool).await {
            Ok(()) => return Ok(()),
            Err(error) => last = Some(Failure::from(error)),
        }
    }
    Err(last.unwrap_or_else(|| Failure::new("no migration was tried")).into())
}

/// Makes the file where it is not there; SQLite gives what it puts beside it the same permissions.
pub(super) fn make(path: &Path) -> std::io::Result<()> {
    own(path).map(drop)
}

/// A file that only this user reads, made where it is not there.
fn own(path: &Path) -> std::io::Result<File> {
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

/// The lock of who leads: the system gives it back whatever becomes of the process. `None` while another holds it.
pub(super) fn lock(path: &Path) -> Result<Option<File>, Failure> {
    let file = own(&beside(path, ".lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
