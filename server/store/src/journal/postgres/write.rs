//! Statements that append. A group is one statement, which writes nothing unless the token is the last one given out.

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::journal::failure::Failure;
use crate::journal::rows::{Rows, signed};

/// The row is held until the batch is done: a token given out meanwhile waits for that.
const HELD: &str = "SELECT token FROM journal_lease WHERE token = $1 FOR SHARE";

/// A fact without a number is refused by the table, and with it the statement.
const APPEND: &str = "
WITH held AS (SELECT token FROM journal_lease WHERE token = $1 FOR SHARE),
entries AS (
    SELECT row.* FROM held, unnest($2::text[], $3::uuid[], $4::bigint[], $5::text[]) AS row (tenant, run, sequence, fact)
), fresh AS (
    INSERT INTO journal_numbers (tenant, run) SELECT tenant, run FROM entries WHERE sequence = 0
    RETURNING number, tenant, run
), numbers AS (
    SELECT number, tenant, run FROM fresh
    UNION ALL
    SELECT known.number, known.tenant, known.run
    FROM (SELECT DISTINCT tenant, run FROM entries) asked JOIN journal_numbers known USING (tenant, run)
), facts AS (
    INSERT INTO journal_facts (number, sequence, fact)
    SELECT number, sequence, fact FROM entries LEFT JOIN numbers USING (tenant, run)
), runs AS (
    INSERT INTO journal_runs (tenant, run, playbook, state, started, ended, record)
    SELECT row.* FROM held,
        unnest($6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]) AS row
    ON CONFLICT (tenant, run) DO UPDATE SET playbook = excluded.playbook, state = excluded.state,
        started = excluded.started, ended = excluded.ended, record = excluded.record
), taken AS (
    DELETE FROM journal_offers USING held WHERE id = ANY ($13::bigint[])
), marks AS (
    INSERT INTO journal_marks (name, at) SELECT row.* FROM held, unnest($14::text[], $15::text[]) AS row
    ON CONFLICT (name) DO UPDATE SET at = excluded.at
)
SELECT count(*) FROM held";

const BLOBS: &str = "
WITH blobs AS (
    INSERT INTO journal_blobs (tenant, digest, bytes)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])
    ON CONFLICT DO NOTHING
)
INSERT INTO journal_blob_runs (tenant, run, digest)
SELECT * FROM unnest($4::text[], $5::uuid[], $6::text[])
ON CONFLICT DO NOTHING";

/// Whether a token is the last one given out.
pub(super) async fn held(connection: &mut PgConnection, token: u64) -> Result<bool, Failure> {
    let found: Option<i64> = sqlx::query_scalar(HELD).bind(signed(token)).fetch_optional(connection).await?;
    Ok(found.is_some())
}

/// Appends; `false` when the token is not the last one given out, and then nothing is appended.
pub(super) async fn append(connection: &mut PgConnection, token: u64, rows: &Rows) -> Result<bool, Failure> {
    if rows.brought.is_empty() {
        return table(connection, token, rows).await;
    }
    let mut transaction = connection.begin().await?;
    let held = table(&mut transaction, token, rows).await?;
    if held {
        blobs(&mut transaction, rows).await?;
        transaction.commit().await?;
    }
    Ok(held)
}

/// Everything but blobs.
async fn table(connection: &mut PgConnection, token: u64, rows: &Rows) -> Result<bool, Failure> {
    let entries = &rows.entries;
    let runs = &rows.runs;
    let query = sqlx::query_scalar(APPEND)
        .bind(signed(token))
        .bind(entries.iter().map(|entry| entry.key.tenant.as_str()).collect::<Vec<_>>())
        .bind(entries.iter().map(|entry| entry.key.run).collect::<Vec<Uuid>>())
        .bind(entries.iter().map(|entry| i64::from(entry.sequence)).collect::<Vec<_>>())
        .bind(entries.iter().map(|entry| entry.fact.as_str()).collect::<Vec<_>>())
        .bind(runs.keys().map(|key| key.tenant.as_str()).collect::<Vec<_>>())
        .bind(runs.keys().map(|key| key.run).collect::<Vec<Uuid>>())
        .bind(runs.values().map(|row| row.playbook.as_str()).collect::<Vec<_>>())
        .bind(runs.values().map(|row| row.state).collect::<Vec<_>>())
        .bind(runs.values().map(|row| row.started.as_str()).collect::<Vec<_>>())
        .bind(runs.values().map(|row| row.ended.as_deref()).collect::<Vec<_>>())
        .bind(runs.values().map(|row| row.record.as_str()).collect::<Vec<_>>())
        .bind(rows.taken.as_slice())
        .bind(rows.marks.keys().map(String::as_str).collect::<Vec<_>>())
        .bind(rows.marks.values().map(String::as_str).collect::<Vec<_>>());
    let held: i64 = query.fetch_one(connection).await?;
    Ok(held > 0)
}

async fn blobs(connection: &mut PgConnection, rows: &Rows) -> Result<(), Failure> {
    let query = sqlx::query(BLOBS)
        .bind(rows.blobs.keys().map(|(tenant, _)| tenant.as_str()).collect::<Vec<_>>())
        .bind(rows.blobs.keys().map(|(_, digest)| digest.as_str()).collect::<Vec<_>>())
        .bind(rows.blobs.values().map(Vec::as_slice).collect::<Vec<_>>())
        .bind(rows.brought.iter().map(|(key, _)| key.tenant.as_str()).collect::<Vec<_>>())
        .bind(rows.brought.iter().map(|(key, _)| key.run).collect::<Vec<Uuid>>())
        .bind(rows.brought.iter().map(|(_, digest)| digest.as_str()).collect::<Vec<_>>());
    query.execute(connection).await?;
    Ok(())
}
