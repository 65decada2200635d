//! How connections are opened.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};

/// What the write-ahead log is cut to once it was longer, in bytes.
const LOG_KEPT: &str = "67108864";

/// How a file is opened that has to be there. `patience`: how long to wait for another process that writes.
pub(crate) fn options(patience: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(patience)
        .foreign_keys(true)
        // What is erased is not left to be read in the file.
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", LOG_KEPT)
        .disable_statement_logging()
}

/// At most so many connections.
pub(crate) async fn pool(options: SqliteConnectOptions, most: u32) -> sqlx::Result<SqlitePool> {
    // No connection is ever replaced, so nothing wakes up to look.
    let pool =
        SqlitePoolOptions::new().max_connections(most).idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    pool.connect_with(options).await
}
