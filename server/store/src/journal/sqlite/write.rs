//! Statements that write. A group is one transaction, each table of it one statement: rows travel as one JSON text, for a
//! statement costs more than a row, and all statements as one text.

use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;

use crate::journal::failure::Failure;
use crate::journal::rows::{NewEvents, OfferRow, Rows, signed};

const NEXT_TOKEN: &str = "UPDATE journal_lease SET token = token + 1, holder = ? WHERE id = 1 RETURNING token";

/// Everything of a group but its blobs: one text, for each statement that is handed to SQLite by itself costs two changes of
/// thread. A fact without a number is refused by its table, and with it the whole group.
const GROUP: &str = "
SELECT token FROM journal_lease;

INSERT INTO journal_numbers (tenant, run) SELECT value->>0, unhex(value->>1) FROM json_each(?) ORDER BY key;

INSERT INTO journal_facts (number, sequence, fact)
SELECT numbers.number, value->>2, value->>3
FROM json_each(?) LEFT JOIN journal_numbers numbers
    ON numbers.tenant = value->>0 AND numbers.run = unhex(value->>1);

INSERT INTO journal_runs (tenant, run, playbook, state, started, ended, record)
SELECT value->>0, unhex(value->>1), value->>2, value->>3, value->>4, value->>5, value->>6 FROM json_each(?)
WHERE true
ON CONFLICT (tenant, run) DO UPDATE SET playbook = excluded.playbook, state = excluded.state,
    started = excluded.started, ended = excluded.ended, record = excluded.record;

DELETE FROM journal_offers WHERE id IN (SELECT value FROM json_each(?));

INSERT INTO journal_marks (name, at) SELECT value->>0, value->>1 FROM json_each(?)
WHERE true
ON CONFLICT (name) DO UPDATE SET at = excluded.at;

INSERT INTO journal_blob_runs (tenant, run, digest)
SELECT value->>0, unhex(value->>1), value->>2 FROM json_each(?)
WHERE true
ON CONFLICT DO NOTHING";

/// What was offered: new events and all requests, and the ids of the new events.
const OFFERS: &str = "
INSERT INTO journal_offers (tenant, event, body)
SELECT value->>0, value->>1, value->>2 FROM json_each(?) offered
WHERE NOT EXISTS (SELECT 1 FROM journal_events known WHERE known.tenant = value->>0 AND known.event = value->>1)
ORDER BY offered.key;

INSERT INTO journal_events (tenant, event, offered)
SELECT value->>0, value->>1, strftime('%Y-%m-%dT%H:%M:%f', 'now') FROM json_each(?) WHERE value->>1 IS NOT NULL
ON CONFLICT DO NOTHING
RETURNING tenant, event";

const BLOB: &str = "INSERT INTO journal_blobs (tenant, digest, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";

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
    begin(&mut connection).await?;
    let written = written(&mut connection, token, rows, offers).await;
    end(&mut connection, written).await
}

async fn written(
    connection: &mut SqliteConnection,
    token: Option<u64>,
    rows: &Rows,
    offers: &[&OfferRow],
) -> Result<Written, Failure> {
    let held = append(connection, token, rows).await?;
    if !held {
        // What was written under another's lease is undone; what was offered is taken in all the same.
        sqlx::query("ROLLBACK").execute(&mut *connection).await?;
        begin(connection).await?;
    }
    let new = offer(connection, offers).await?;
    Ok(Written { held, new })
}

/// Begins to write.
pub(super) async fn begin(connection: &mut SqliteConnection) -> Result<(), Failure> {
    sqlx::query("BEGIN IMMEDIATE").execute(connection).await?;
    Ok(())
}

/// Keeps what was written, or undoes it. In plain statements, for SQLite undoes a transaction by itself where the disk is full or
/// broken, and the library's own transactions do not learn of it: their connection would never begin another.
pub(super) async fn end<T, E: From<Failure>>(connection: &mut SqliteConnection, result: Result<T, E>) -> Result<T, E> {
    let result = match result {
        Ok(done) => {
            sqlx::query("COMMIT").execute(&mut *connection).await.map(|_| done).map_err(|e| Failure::from(e).into())
        }
        Err(error) => Err(error),
    };
    if result.is_err() {
        // There may be nothing left to undo.
        let _ = sqlx::query("ROLLBACK").execute(connection).await;
    }
    result
}

/// Whether a token is the last one given out.
pub(super) async fn held(connection: &mut SqliteConnection, token: Option<u64>) -> Result<bool, Failure> {
    let last: i64 = sqlx::query_scalar("SELECT token FROM journal_lease").fetch_one(connection).await?;
    Ok(token.and_then(signed) == Some(last))
}

/// Appends, and says whether the token was the last one given out.
async fn append(connection: &mut SqliteConnection, token: Option<u64>, rows: &Rows) -> Result<bool, Failure> {
    if rows.is_empty() {
        return held(connection, token).await;
    }
    let hex = |run: &uuid::Uuid| run.simple().to_string();
    let first = rows.entries.iter().filter(|entry| entry.sequence == 0);
    let first: Vec<_> = first.map(|entry| (entry.key.tenant.as_str(), hex(&entry.key.run))).collect();
    let entries = rows.entries.iter();
    let entries: Vec<_> =
        entries.map(|e| (e.key.tenant.as_str(), hex(&e.key.run), e.sequence, e.fact.as_str())).collect();
    let runs = rows.runs.iter();
    let runs: Vec<_> = runs
        .map(|(key, r)| {
            (key.tenant.as_str(), hex(&key.run), &r.playbook, r.state, &r.started, &r.ended, r.record.as_str())
        })
        .collect();
    for ((tenant, digest), bytes) in &rows.blobs {
        let blob = sqlx::query(BLOB).bind(tenant.as_str()).bind(digest).bind(bytes.as_slice());
        blob.execute(&mut *connection).await?;
    }
    let brought = rows.brought.iter();
    let brought: Vec<_> = brought.map(|(key, digest)| (key.tenant.as_str(), hex(&key.run), digest)).collect();
    let group = sqlx::query_scalar(GROUP).bind(json(&first)?).bind(json(&entries)?).bind(json(&runs)?);
    let group = group.bind(json(&rows.taken)?).bind(json(&rows.marks.iter().collect::<Vec<_>>())?);
    let last: Vec<i64> = group.bind(json(&brought)?).fetch_all(connection).await?;
    Ok(token.and_then(signed).is_some_and(|token| last.first() == Some(&token)))
}

/// Takes offers in, and says which events were new.
async fn offer(connection: &mut SqliteConnection, offers: &[&OfferRow]) -> Result<NewEvents, Failure> {
    if offers.is_empty() {
        return Ok(NewEvents::default());
    }
    let rows: Vec<_> = offers.iter().map(|row| (row.tenant.as_str(), &row.event, row.body.as_str())).collect();
    let events: Vec<_> = offers.iter().map(|row| (row.tenant.as_str(), &row.event)).collect();
    let new = sqlx::query_as(OFFERS).bind(json(&rows)?).bind(json(&events)?);
    let new: Vec<(String, String)> = new.fetch_all(connection).await?;
    Ok(NewEvents::from(new))
}

#[cfg(test)]
mod tests {
    use engage_playbooks::ports::{Batch, Entry};
    use engage_playbooks::run::{RunKey, Tenant};

    use super::super::{PATIENCE, migrator};
    use super::*;
    use crate::sqlite;

    fn rows(run: u128, bytes: usize) -> Rows {
        let key = RunKey { tenant: Tenant::new("contoso").unwrap(), run: uuid::Uuid::from_u128(run) };
        let fact = format!("\"{}\"", "x".repeat(bytes));
        Rows::of(&Batch { entries: vec![Entry { key, sequence: 0, fact }], ..Batch::default() }).unwrap()
    }

    #[tokio::test]
    async fn a_disk_that_was_full_is_written_again_once_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let options = sqlite::options(PATIENCE).filename(&path).create_if_missing(true);
        let pool = sqlite::pool(options, 1).await.unwrap();
        migrator().run(&pool).await.unwrap();
        let token = Some(next_token(&pool, "test").await.unwrap());
        let room = async |pages: i64| {
            let set = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
            sqlx::query(set).execute(&pool).await.unwrap();
        };
        room(1).await;
        assert!(group(&pool, token, &rows(1, 1 << 19), &[]).await.is_err());
        room(100_000).await;
        assert!(group(&pool, token, &rows(2, 1 << 19), &[]).await.unwrap().held);
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM journal_facts").fetch_one(&pool).await.unwrap();
        assert_eq!(kept, 1, "of what failed nothing is there");
    }
}
