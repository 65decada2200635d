//! Statements that remove.

use std::time::Duration;

use engage_playbooks::ports::JournalError;
use engage_playbooks::run::RunKey;
use jiff::Timestamp;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::connect::within;
use super::write::held;
use crate::journal::failure::{Failure, unavailable};
use crate::journal::rows::{limit, text};

const ENDED: &str = "SELECT tenant, run FROM journal_runs WHERE ended < $1 ORDER BY ended LIMIT $2";

const STANDING: &str = "SELECT ended IS NOT NULL FROM journal_runs WHERE tenant = $1 AND run = $2";

/// Everything of some runs but their blobs.
const RUNS: [&str; 3] = [
    "DELETE FROM journal_facts gone
     USING unnest($1::text[], $2::uuid[]) AS of (tenant, run) JOIN journal_numbers numbers USING (tenant, run)
     WHERE gone.number = numbers.number",
    "DELETE FROM journal_numbers gone USING unnest($1::text[], $2::uuid[]) AS of (tenant, run)
     WHERE gone.tenant = of.tenant AND gone.run = of.run",
    "DELETE FROM journal_runs gone USING unnest($1::text[], $2::uuid[]) AS of (tenant, run)
     WHERE gone.tenant = of.tenant AND gone.run = of.run",
];

const BROUGHT: &str = "
DELETE FROM journal_blob_runs gone USING unnest($1::text[], $2::uuid[]) AS of (tenant, run)
WHERE gone.tenant = of.tenant AND gone.run = of.run
RETURNING gone.tenant, gone.digest";

/// Of some blobs those that no run has brought.
const BLOBS: &str = "
DELETE FROM journal_blobs gone USING (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS of (tenant, digest)) of
WHERE gone.tenant = of.tenant AND gone.digest = of.digest
    AND NOT EXISTS (SELECT 1 FROM journal_blob_runs brought
        WHERE brought.tenant = gone.tenant AND brought.digest = gone.digest)";

const EVENTS: &str = "
DELETE FROM journal_events WHERE (tenant, event) IN (
    SELECT tenant, event FROM journal_events known WHERE offered < to_timestamp($1)
        AND NOT EXISTS (SELECT 1 FROM journal_offers waiting
            WHERE waiting.tenant = known.tenant AND waiting.event = known.event)
    ORDER BY offered LIMIT $2)";

/// Removes runs that ended before an instant, the oldest first, and forgets as many events.
pub(super) async fn purge(
    connection: &mut PgConnection,
    patience: Duration,
    token: u64,
    before: Timestamp,
    most: usize,
) -> Result<usize, JournalError> {
    let purge = async {
        let mut transaction = connection.begin().await.map_err(unavailable)?;
        if !held(&mut transaction, token).await? {
            return Err(JournalError::Fenced);
        }
        let ended = sqlx::query_as(ENDED).bind(text(before)).bind(limit(most));
        let gone: Vec<(String, Uuid)> = ended.fetch_all(&mut *transaction).await.map_err(unavailable)?;
        remove(&mut transaction, &gone).await?;
        // Before the years that the database knows there was nothing.
        let seconds = before.as_second().max(0) as f64;
        let events = sqlx::query(EVENTS).bind(seconds).bind(limit(most));
        events.execute(&mut *transaction).await.map_err(unavailable)?;
        transaction.commit().await.map_err(unavailable)?;
        Ok(gone.len())
    };
    in_time(patience, purge).await
}

/// Removes one run that is at an end.
pub(super) async fn erase(
    connection: &mut PgConnection,
    patience: Duration,
    token: u64,
    key: &RunKey,
) -> Result<bool, JournalError> {
    let erase = async {
        let mut transaction = connection.begin().await.map_err(unavailable)?;
        if !held(&mut transaction, token).await? {
            return Err(JournalError::Fenced);
        }
        let standing = sqlx::query_scalar(STANDING).bind(key.tenant.as_str()).bind(key.run);
        match standing.fetch_optional(&mut *transaction).await.map_err(unavailable)? {
            None => return Ok(false),
            Some(false) => return Err(JournalError::Busy(key.clone())),
            Some(true) => {}
        }
        remove(&mut transaction, &[(key.tenant.as_str().to_owned(), key.run)]).await?;
        transaction.commit().await.map_err(unavailable)?;
        Ok(true)
    };
    in_time(patience, erase).await
}

/// Waits for what answers with the journal's own errors.
async fn in_time<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, JournalError>>,
) -> Result<T, JournalError> {
    within(patience, async { Ok::<_, Failure>(asked.await) }).await?
}

async fn remove(connection: &mut PgConnection, runs: &[(String, Uuid)]) -> Result<(), Failure> {
    if runs.is_empty() {
        return Ok(());
    }
    let (tenants, runs): (Vec<&str>, Vec<Uuid>) = runs.iter().map(|(tenant, run)| (tenant.as_str(), *run)).unzip();
    for statement in RUNS {
        sqlx::query(statement).bind(&tenants).bind(&runs).execute(&mut *connection).await?;
    }
    let brought = sqlx::query_as(BROUGHT).bind(&tenants).bind(&runs);
    let unsure: Vec<(String, String)> = brought.fetch_all(&mut *connection).await?;
    let (tenants, digests): (Vec<String>, Vec<String>) = unsure.into_iter().unzip();
    sqlx::query(BLOBS).bind(tenants).bind(digests).execute(connection).await?;
    Ok(())
}
