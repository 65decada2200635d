//! Statements that read.

use engage_playbooks::ports::{Entry, JournalError, Lease, Offer, OfferId, RunPage, RunQuery, RunRecord};
use engage_playbooks::run::{RunKey, Tenant};
use jiff::Timestamp;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, PgPool};
use uuid::Uuid;

use super::write::held;
use crate::journal::failure::{Failure, unavailable};
use crate::journal::rows::{self, key_text, limit, page, signed, states, text, word};

const ENTRIES: &str = "
SELECT sequence, fact FROM journal_facts JOIN journal_numbers USING (number)
WHERE tenant = $1 AND run = $2 ORDER BY sequence";

const TAILS: &str = "
SELECT last.sequence FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS asked (tenant, run, place)
LEFT JOIN journal_numbers numbers ON numbers.tenant = asked.tenant AND numbers.run = asked.run
LEFT JOIN LATERAL (
    SELECT sequence FROM journal_facts fact WHERE fact.number = numbers.number ORDER BY sequence DESC LIMIT 1
) last ON true
ORDER BY place";

const RUN: &str = "SELECT record FROM journal_runs WHERE tenant = $1 AND run = $2";

const RUNS: &str = "
SELECT record FROM journal_runs WHERE tenant = $1 AND state = $2 AND (started, run) < ($3, $4)
ORDER BY started DESC, run DESC LIMIT $5";

const RUNS_OF_PLAYBOOK: &str = "
SELECT record FROM journal_runs WHERE tenant = $1 AND state = $2 AND (started, run) < ($3, $4) AND playbook = $5
ORDER BY started DESC, run DESC LIMIT $6";

const UNFINISHED: &str = "
SELECT record FROM journal_runs WHERE ended IS NULL AND (tenant, run) > ($1, $2) ORDER BY tenant, run LIMIT $3";

const OFFERED: &str = "SELECT id, body FROM journal_offers WHERE id > $1 ORDER BY id LIMIT $2";

const BLOB: &str = "SELECT bytes FROM journal_blobs WHERE tenant = $1 AND digest = $2";

/// Behind every instant.
const LATEST: &str = "~";

pub(super) async fn entries(pool: &PgPool, key: &RunKey) -> Result<Vec<Entry>, JournalError> {
    let query = sqlx::query_as(ENTRIES).bind(key.tenant.as_str()).bind(key.run);
    rows::entries(key, query.fetch_all(pool).await.map_err(unavailable)?)
}

/// The number that comes next in each run.
pub(super) async fn tails(connection: &mut PgConnection, keys: Vec<RunKey>) -> Result<Vec<(RunKey, u32)>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let tenants: Vec<&str> = keys.iter().map(|key| key.tenant.as_str()).collect();
    let runs: Vec<Uuid> = keys.iter().map(|key| key.run).collect();
    let last: Vec<Option<i64>> = sqlx::query_scalar(TAILS).bind(tenants).bind(runs).fetch_all(connection).await?;
    let next = last.into_iter().map(|last| u32::try_from(last.map_or(0, |last| last + 1)).map_err(Failure::new));
    keys.into_iter().zip(next).map(|(key, next)| Ok((key, next?))).collect()
}

pub(super) async fn run(pool: &PgPool, key: &RunKey) -> Result<Option<RunRecord>, JournalError> {
    let query = sqlx::query_scalar(RUN).bind(key.tenant.as_str()).bind(key.run);
    let found: Option<String> = query.fetch_optional(pool).await.map_err(unavailable)?;
    found.map(|record| rows::record(&record)).transpose()
}

pub(super) async fn runs(pool: &PgPool, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, JournalError> {
    let most = page(query.most);
    let (started, run) = match query.after {
        Some((started, run)) => (text(started), run),
        None => (LATEST.to_owned(), Uuid::max()),
    };
    let mut connection = pool.acquire().await.map_err(unavailable)?;
    // One view for all questions.
    let view = connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await;
    let mut view = view.map_err(unavailable)?;
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
    pool: &PgPool,
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
    pool: &PgPool,
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

pub(super) async fn mark(pool: &PgPool, lease: &Lease, name: &str) -> Result<Option<Timestamp>, JournalError> {
    let mut connection = pool.acquire().await.map_err(unavailable)?;
    leads(&mut connection, lease).await?;
    let query = sqlx::query_scalar("SELECT at FROM journal_marks WHERE name = $1").bind(key_text(name));
    let at: Option<String> = query.fetch_optional(&mut *connection).await.map_err(unavailable)?;
    at.map(|at| rows::instant(&at)).transpose()
}

pub(super) async fn blob(pool: &PgPool, tenant: &Tenant, digest: &str) -> Result<Option<Vec<u8>>, JournalError> {
    let query = sqlx::query_scalar(BLOB).bind(tenant.as_str()).bind(key_text(digest));
    query.fetch_optional(pool).await.map_err(unavailable)
}

async fn leads(connection: &mut PgConnection, lease: &Lease) -> Result<(), JournalError> {
    if held(connection, lease.token).await? { Ok(()) } else { Err(JournalError::Fenced) }
}
