//! Statements that read.

use engage_playbooks::ports::{Entry, JournalError, Lease, Offer, OfferId, RunPage, RunQuery, RunRecord};
use engage_playbooks::run::{RunKey, Tenant};
use jiff::Timestamp;
use sqlx::{Connection, SqlitePool};
use uuid::Uuid;

use super::write::held;
use crate::journal::failure::{Failure, unavailable};
use crate::journal::rows::{self, key_text, limit, page, signed, states, text, word};

const ENTRIES: &str = "
SELECT sequence, fact FROM journal_facts
WHERE number = (SELECT number FROM journal_numbers WHERE tenant = ? AND run = ?) ORDER BY sequence";

const TAILS: &str = "
SELECT (SELECT max(sequence) FROM journal_facts WHERE number =
    (SELECT number FROM journal_numbers WHERE tenant = value->>0 AND run = unhex(value->>1)))
FROM json_each(?) ORDER BY key";

const RUN: &str = "SELECT record FROM journal_runs WHERE tenant = ? AND run = ?";

const RUNS: &str = "
SELECT record FROM journal_runs WHERE tenant = ? AND state = ? AND (started, run) < (?, ?)
ORDER BY started DESC, run DESC LIMIT ?";

const RUNS_OF_PLAYBOOK: &str = "
SELECT record FROM journal_runs WHERE tenant = ? AND state = ? AND (started, run) < (?, ?) AND playbook = ?
ORDER BY started DESC, run DESC LIMIT ?";

const UNFINISHED: &str = "
SELECT record FROM journal_runs WHERE ended IS NULL AND (tenant, run) > (?, ?) ORDER BY tenant, run LIMIT ?";

const OFFERED: &str = "SELECT id, body FROM journal_offers WHERE id > ? ORDER BY id LIMIT ?";

const BLOB: &str = "SELECT bytes FROM journal_blobs WHERE tenant = ? AND digest = ?";

/// Behind every instant.
const LATEST: &str = "~";

pub(super) async fn entries(pool: &SqlitePool, key: &RunKey) -> Result<Vec<Entry>, JournalError> {
    let query = sqlx::query_as(ENTRIES).bind(key.tenant.as_str()).bind(key.run);
    rows::entries(key, query.fetch_all(pool).await.map_err(unavailable)?)
}

/// The number that comes next in each run.
pub(super) async fn tails(pool: &SqlitePool, keys: Vec<RunKey>) -> Result<Vec<(RunKey, u32)>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<_> = keys.iter().map(|key| (key.tenant.as_str(), key.run.simple().to_string())).collect();
    let asked = serde_json::to_string(&asked).map_err(Failure::new)?;
    let last: Vec<Option<i64>> = sqlx::query_scalar(TAILS).bind(asked).fetch_all(pool).await?;
    let next = last.into_iter().map(|last| u32::try_from(last.map_or(0, |last| last + 1)).map_err(Failure::new));
    keys.into_iter().zip(next).map(|(key, next)| Ok((key, next?))).collect()
}

pub(super) async fn run(pool: &SqlitePool, key: &RunKey) -> Result<Option<RunRecord>, JournalError> {
    let query = sqlx::query_scalar(RUN).bind(key.tenant.as_str()).bind(key.run);
    let found: Option<String> = query.fetch_optional(pool).await.map_err(unavailable)?;
    found.map(|record| rows::record(&record)).transpose()
}

pub(super) async fn runs(pool: &SqlitePool, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, JournalError> {
    let most = page(query.most);
    let (started, run) = match query.after {
        Some((started, run)) => (text(started), run),
        None => (LATEST.to_owned(), Uuid::max()),
    };
    let mut connection = pool.acquire().await.map_err(unavailable)?;
    // One view for all questions.
    let mut view = connection.begin().await.map_err(unavailable)?;
    let mut found = Vec::new();
    for state in states(query) {
        let statement = if query.playbook.is_some() { RUNS_OF_PLAYBOOK } else { RUNS };
        let mut asked = sqlx::query_scalar(statement).bind(tenant.as_str()).bind(word(state)).bind(&started).bind(run);
        if let Some(playbook) = &query.playbook {
            asked = asked.bind(playbook.as_str());
        }
        let records: Vec<String> = asked.bind(limit(most + 1)).fetch_all(&mut *view).await.map_err(unavailable)?;
        for record in records {
            found.push(rows::record(&record)?);
        }
    }
    Ok(rows::merged(found, most))
}

pub(super) async fn unfinished(
    pool: &SqlitePool,
    lease: &Lease,
    after: Option<&RunKey>,
    most: usize,
) -> Result<Vec<RunRecord>, JournalError> {
    let mut connection = pool.acquire().await.map_err(unavailable)?;
    leads(&mut connection, lease).await?;
    let (tenant, run) = after.map_or(("", Uuid::nil()), |key| (key.tenant.as_str(), key.run));
    let query = sqlx::query_scalar(UNFINISHED).bind(tenant).bind(run).bind(limit(page(most)));
    let found: Vec<String> = query.fetch_all(&mut *connection).await.map_err(unavailable)?;
    found.iter().map(|record| rows::record(record)).collect()
}

pub(super) async fn offered(
    pool: &SqlitePool,
    lease: &Lease,
    after: Option<OfferId>,
    most: usize,
) -> Result<Vec<(OfferId, Offer)>, JournalError> {
    let mut connection = pool.acquire().await.map_err(unavailable)?;
    leads(&mut connection, lease).await?;
    let after = after.map_or(0, |id| signed(id.0).unwrap_or(i64::MAX));
    let query = sqlx::query_as(OFFERED).bind(after).bind(limit(page(most)));
    let found: Vec<(i64, String)> = query.fetch_all(&mut *connection).await.map_err(unavailable)?;
    found.iter().map(|(id, body)| Ok((OfferId(id.unsigned_abs()), rows::offer(body)?))).collect()
}

pub(super) async fn mark(pool: &SqlitePool, lease: &Lease, name: &str) -> Result<Option<Timestamp>, JournalError> {
    let mut connection = pool.acquire().await.map_err(unavailable)?;
    leads(&mut connection, lease).await?;
    let query = sqlx::query_scalar("SELECT at FROM journal_marks WHERE name = ?").bind(key_text(name));
    let at: Option<String> = query.fetch_optional(&mut *connection).await.map_err(unavailable)?;
    at.map(|at| rows::instant(&at)).transpose()
}

pub(super) async fn blob(pool: &SqlitePool, tenant: &Tenant, digest: &str) -> Result<Option<Vec<u8>>, JournalError> {
    let query = sqlx::query_scalar(BLOB).bind(tenant.as_str()).bind(key_text(digest));
    query.fetch_optional(pool).await.map_err(unavailable)
}

async fn leads(connection: &mut sqlx::SqliteConnection, lease: &Lease) -> Result<(), JournalError> {
    if held(connection, Some(lease.token)).await? { Ok(()) } else { Err(JournalError::Fenced) }
}
