//! Statements that remove.

use engage_playbooks::ports::JournalError;
use engage_playbooks::run::RunKey;
use jiff::Timestamp;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::write::{begin, end, held};
use crate::journal::failure::{Failure, unavailable};
use crate::journal::rows::{limit, text};

const ENDED: &str = "SELECT tenant, run FROM journal_runs WHERE ended < ? ORDER BY ended LIMIT ?";

const STANDING: &str = "SELECT ended IS NOT NULL FROM journal_runs WHERE tenant = ? AND run = ?";

/// Everything of some runs, and the blobs that no other run has brought. In this order: what refers goes first.
const REMOVALS: [&str; 5] = [
    "DELETE FROM journal_facts WHERE number IN (SELECT number FROM journal_numbers
     WHERE (tenant, run) IN (SELECT value->>0, unhex(value->>1) FROM json_each(?)))",
    "DELETE FROM journal_numbers
     WHERE (tenant, run) IN (SELECT value->>0, unhex(value->>1) FROM json_each(?))",
    "DELETE FROM journal_runs
     WHERE (tenant, run) IN (SELECT value->>0, unhex(value->>1) FROM json_each(?))",
    "INSERT INTO temp.journal_unsure (tenant, digest)
     SELECT tenant, digest FROM journal_blob_runs
     WHERE (tenant, run) IN (SELECT value->>0, unhex(value->>1) FROM json_each(?))",
    "DELETE FROM journal_blob_runs
     WHERE (tenant, run) IN (SELECT value->>0, unhex(value->>1) FROM json_each(?))",
];

const UNSURE: &str =
    "CREATE TEMP TABLE IF NOT EXISTS journal_unsure (tenant TEXT NOT NULL, digest TEXT NOT NULL) STRICT";

const BLOBS: &str = "
DELETE FROM journal_blobs
WHERE (tenant, digest) IN (SELECT tenant, digest FROM temp.journal_unsure)
    AND NOT EXISTS (SELECT 1 FROM journal_blob_runs brought
        WHERE brought.tenant = journal_blobs.tenant AND brought.digest = journal_blobs.digest)";

const EVENTS: &str = "
DELETE FROM journal_events WHERE (tenant, event) IN (
    SELECT tenant, event FROM journal_events known WHERE offered < ?
        AND NOT EXISTS (SELECT 1 FROM journal_offers waiting
            WHERE waiting.tenant = known.tenant AND waiting.event = known.event)
    ORDER BY offered LIMIT ?)";

/// Removes runs that ended before an instant, the oldest first, and forgets as many events.
pub(super) async fn purge(
    pool: &SqlitePool,
    token: Option<u64>,
    before: Timestamp,
    most: usize,
) -> Result<usize, JournalError> {
    let mut connection = pool.acquire().await.map_err(unavailable)?;
    begin(&mut connection).await?;
    let purged = purged(&mut connection, token, before, most).await;
    end(&mut connection, purged).await
}

async fn purged(
    connection: &mut SqliteConnection,
    token: Option<u64>,
    before: Timestamp,
    most: usize,
) -> Result<usize, JournalError> {
    if !held(connection, token).await? {
        return Err(JournalError::Fenced);
    }
    let (before, most) = (text(before), limit(most));
    let ended = sqlx::query_as(ENDED).bind(&before).bind(most);
    let gone: Vec<(String, Uuid)> = ended.fetch_all(&mut *connection).await.map_err(unavailable)?;
    remove(connection, &gone).await?;
    sqlx::query(EVENTS).bind(&before).bind(most).execute(connection).await.map_err(unavailable)?;
    Ok(gone.len())
}

/// Removes one run that is at an end.
pub(super) async fn erase(pool: &SqlitePool, token: Option<u64>, key: &RunKey) -> Result<bool, JournalError> {
    let mut connection = pool.acquire().await.map_err(unavailable)?;
    begin(&mut connection).await?;
    let erased = erased(&mut connection, token, key).await;
    end(&mut connection, erased).await
}

async fn erased(connection: &mut SqliteConnection, token: Option<u64>, key: &RunKey) -> Result<bool, JournalError> {
    if !held(connection, token).await? {
        return Err(JournalError::Fenced);
    }
    let standing = sqlx::query_scalar(STANDING).bind(key.tenant.as_str()).bind(key.run);
    match standing.fetch_optional(&mut *connection).await.map_err(unavailable)? {
        None => return Ok(false),
        Some(false) => return Err(JournalError::Busy(key.clone())),
        Some(true) => {}
    }
    remove(connection, &[(key.tenant.as_str().to_owned(), key.run)]).await?;
    Ok(true)
}

async fn remove(connection: &mut SqliteConnection, runs: &[(String, Uuid)]) -> Result<(), Failure> {
    if runs.is_empty() {
        return Ok(());
    }
    let runs: Vec<_> = runs.iter().map(|(tenant, run)| (tenant, run.simple().to_string())).collect();
    let runs = serde_json::to_string(&runs).map_err(Failure::new)?;
    sqlx::query(UNSURE).execute(&mut *connection).await?;
    for statement in REMOVALS {
        sqlx::query(statement).bind(&runs).execute(&mut *connection).await?;
    }
    sqlx::query(BLOBS).execute(&mut *connection).await?;
    sqlx::query("DELETE FROM temp.journal_unsure").execute(connection).await?;
    Ok(())
}
