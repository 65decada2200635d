//! Connections: how they are opened, how long they may keep us waiting.

use std::future::Future;
use std::str::FromStr;
use std::time::Duration;

use engage_playbooks::ports::JournalError;
use sqlx::ConnectOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, SqlSafeStr};

use crate::journal::failure::{Failure, unavailable};

/// Every migration, in order. None is ever changed or removed.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "journal", include_str!("../../../migrations/postgres/0001_journal.sql")),
    (2, "numbers", include_str!("../../../migrations/postgres/0002_numbers.sql")),
];

/// What a session is set to. A partner who vanished without a word is noticed in 25 seconds.
const SETTINGS: [(&str, &str); 4] = [
    ("synchronous_commit", "on"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
];

pub(super) fn options(url: &str) -> Result<PgConnectOptions, JournalError> {
    // The library's error could show the address, and with it a password.
    let options = PgConnectOptions::from_str(url).map_err(|_| Failure::new("the address of the database is none"))?;
    Ok(options.options(SETTINGS).application_name("engage").disable_statement_logging())
}

pub(super) async fn pool(options: PgConnectOptions, most: u32, patience: Duration) -> Result<PgPool, JournalError> {
    // One more for who leads: it listens there.
    let pool = PgPoolOptions::new()
        .max_connections(most.saturating_add(1))
        .acquire_timeout(patience)
        .idle_timeout(None)
        .max_lifetime(None);
    pool.connect_with(options).await.map_err(unavailable)
}

/// Brings the tables up to date; of several processes one at a time.
pub(super) async fn migrate(pool: &PgPool) -> Result<(), JournalError> {
    let migrations = MIGRATIONS.map(|(number, name, sql)| {
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.to_vec()).run(pool).await.map_err(unavailable)
}

/// Waits for a database, but not for ever.
pub(super) async fn within<T, E: Into<Failure>>(
    patience: Duration,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(patience, asked).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(Failure::new("the database did not answer in time")),
    }
}
