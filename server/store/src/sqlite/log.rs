//! The write-ahead log. A page that was overwritten stands there as it was before, until the log begins anew.

use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, SqlitePool};

/// Brings what the log holds into the file and cuts the log to nothing, so that what was removed is in neither; whether that
/// came to its end. Whoever reads something older, or writes in another process, keeps it from that and is not waited for: the
/// one who asks is the one who writes. `patience`: how long the connection otherwise waits for others.
pub(crate) async fn empty_log(pool: &SqlitePool, patience: Duration) -> sqlx::Result<bool> {
    let mut connection = pool.acquire().await?;
    wait_for_others(&mut connection, Duration::ZERO).await?;
    let emptied = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
    wait_for_others(&mut connection, patience).await?;
    let (busy, ..): (i64, i64, i64) = emptied?;
    Ok(busy == 0)
}

async fn wait_for_others(connection: &mut SqliteConnection, patience: Duration) -> sqlx::Result<()> {
    let set = format!("PRAGMA busy_timeout = {}", patience.as_millis());
    sqlx::query(AssertSqlSafe(set)).execute(connection).await.map(drop)
}
