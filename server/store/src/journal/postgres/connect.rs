//! Connections: how they are opened, how long they may keep us waiting.

use std::future::Future;
use std::time::Duration;

use engage_playbooks::ports::JournalError;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgPool, SqlSafeStr};

use crate::journal::failure::{Failure, unavailable};
use crate::postgres;

/// Every migration, in order. None is ever changed or removed.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "journal", include_str!("../../../migrations/postgres/0001_journal.sql")),
    (2, "numbers", include_str!("../../../migrations/postgres/0002_numbers.sql")),
];

pub(super) fn options(url: &str) -> Result<PgConnectOptions, JournalError> {
    postgres::options(url).ok_or_else(|| Failure::new("the address of the database is none").into())
}

pub(super) async fn pool(options: PgConnectOptions, most: u32, patience: Duration) -> Result<PgPool, JournalError> {
    // One more for who leads: it listens there.
    postgres::pool(most.saturating_add(1), patience).connect_with(options).await.map_err(unavailable)
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
