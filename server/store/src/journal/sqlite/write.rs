//! Statements that write. A group is one transaction, each table of it one statement: rows travel as one JSON text, for a
//! statement costs more than a row.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, SqlitePool};

use crate::journal::failure::Failure;
use crate::journal::rows::{NewEvents, OfferRow, Rows, signed};

const NEXT_TOKEN: &str = "UPDATE journal_lease SET token = token + 1, holder = ? WHERE id = 1 RETURNING token";

const ENTRIES: &str = "
INSERT INTO journal_entries (tenant, run, sequence, fact)
SELECT value->>0, unhex(value->>1), value->>2, value->>3 FROM json_each(?)";

const RUNS: &str = "
INSERT INTO journal_runs (tenant, run, playbook, state, started, ended, record)
SELECT value->>0, unhex(value->>1), value->>2, value->>3, value->>4, value->>5, value->>6 FROM json_each(?)
WHERE true
ON CONFLICT (tenant, run) DO UPDATE SET playbook = excluded.playbook, state = excluded.state,
    started = excluded.started, ended = excluded.ended, record = excluded.record";

const TAKEN: &str = "DELETE FROM journal_offers WHERE id IN (SELECT value FROM json_each(?))";

const MARKS: &str = "
INSERT INTO journal_marks (name, at) SELECT value->>0, value->>1 FROM json_each(?)
WHERE true
ON CONFLICT (name) DO UPDATE SET at = excluded.at";

const BLOB: &str = "INSERT INTO journal_blobs (tenant, digest, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";

const BROUGHT: &str = "
INSERT INTO journal_blob_runs (tenant, run, digest)
SELECT value->>0, unhex(value->>1), value->>2 FROM json_each(?)
WHERE true
ON CONFLICT DO NOTHING";

const EVENTS: &str = "
INSERT INTO journal_events (tenant, event, offered)
SELECT value->>0, value->>1, strftime('%Y-%m-%dT%H:%M:%f', 'now') FROM json_each(?)
WHERE true
ON CONFLICT DO NOTHING
RETURNING tenant, event";

const OFFERS: &str = "
INSERT INTO journal_offers (tenant, event, body)
SELECT value->>0, value->>1, value->>2 FROM json_each(?) ORDER BY key";

/// What became of a group.
pub(super) struct Written {
    /// Whether the lease still was the last one given out. If not, nothing was appended.
    pub(super) held: bool,
    /// Which events had not been offered before.
    pub(super) new: NewEvents,
}

fn json(rows: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(rows).map_err(Failure::new)
}

/// Gives out the next token.
pub(super) async fn next_token(pool: &SqlitePool, holder: &str) -> Result<u64, Failure> {
    let token: i64 = sqlx::query_scalar(NEXT_TOKEN).bind(holder).fetch_one(pool).await?;
    u64::try_from(token).map_err(Failure::new)
}

/// Writes what is to be appended under a token, and what was offered, in one transaction.
pub(super) async fn group(
    pool: &SqlitePool,
    token: Option<u64>,
    rows: &Rows,
    offers: &[&OfferRow],
) -> Result<Written, Failure> {
    let mut connection = pool.acquire().await?;
    if rows.is_empty() && offers.is_empty() {
        return Ok(Written { held: held(&mut connection, token).await?, new: NewEvents::default() });
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let held = held(&mut transaction, token).await?;
    if held {
        append(&mut transaction, rows).await?;
    }
    let new = offer(&mut transaction, offers).await?;
    transaction.commit().await?;
    Ok(Written { held, new })
}

/// Whether a token is the last one given out.
pub(super) async fn held(connection: &mut SqliteConnection, token: Option<u64>) -> Result<bool, Failure> {
    let last: i64 = sqlx::query_scalar("SELECT token FROM journal_lease").fetch_one(connection).await?;
    Ok(token.and_then(signed) == Some(last))
}

async fn append(connection: &mut SqliteConnection, rows: &Rows) -> Result<(), Failure> {
    let hex = |run: &uuid::Uuid| run.simple().to_string();
    let entries = rows.entries.iter();
    let entries: Vec<_> =
        entries.map(|e| (e.key.tenant.as_str(), hex(&e.key.run), e.sequence, e.fact.as_str())).collect();
    all(connection, ENTRIES, &entries).await?;
    let runs = rows.runs.iter();
    let runs: Vec<_> = runs
        .map(|(key, r)| {
            (key.tenant.as_str(), hex(&key.run), &r.playbook, r.state, &r.started, &r.ended, r.record.as_str())
        })
        .collect();
    all(connection, RUNS, &runs).await?;
    all(connection, TAKEN, &rows.taken).await?;
    all(connection, MARKS, &rows.marks.iter().collect::<Vec<_>>()).await?;
    for ((tenant, digest), bytes) in &rows.blobs {
        let blob = sqlx::query(BLOB).bind(tenant.as_str()).bind(digest).bind(bytes.as_slice());
        blob.execute(&mut *connection).await?;
    }
    let brought = rows.brought.iter();
    let brought: Vec<_> = brought.map(|(key, digest)| (key.tenant.as_str(), hex(&key.run), digest)).collect();
    all(connection, BROUGHT, &brought).await
}

/// Writes all rows of a table.
pub(super) async fn all<T: serde::Serialize>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    rows: &[T],
) -> Result<(), Failure> {
    if !rows.is_empty() {
        sqlx::query(statement).bind(json(&rows)?).execute(connection).await?;
    }
    Ok(())
}

/// Takes offers in, and says which events were new.
async fn offer(connection: &mut SqliteConnection, offers: &[&OfferRow]) -> Result<NewEvents, Failure> {
    if offers.is_empty() {
        return Ok(NewEvents::default());
    }
    let events: Vec<_> = offers.iter().filter_map(|row| Some((row.tenant.as_str(), row.event.as_deref()?))).collect();
    let new: Vec<(String, String)> = sqlx::query_as(EVENTS).bind(json(&events)?).fetch_all(&mut *connection).await?;
    let new = NewEvents::from(new);
    let rows = offers.iter().filter(|row| new.has(row));
    let rows: Vec<_> = rows.map(|row| (row.tenant.as_str(), &row.event, row.body.as_str())).collect();
    all(connection, OFFERS, &rows).await?;
    Ok(new)
}
