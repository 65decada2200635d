//! Becoming the one who leads.
//!
//! The lock ends with the connection of who holds it. A process that is there but does nothing (stopped, swapped out, cut
//! off) keeps its connection, so a stand-by asks it for a sign of life, and ends its connection when none comes. Nobody
//! has to show signs of life that nobody asks for: where nothing is due and nobody stands by, nothing happens.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, PgPool};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::connect::within;
use super::listen::{self, ALIVE, CHANNEL};
use super::writer::Writer;
use crate::journal::desk::{Desk, desk};
use crate::journal::failure::Failure;

/// The names of the locks: ours among all of the database, and which of ours.
pub(super) const LOCKS: i32 = 0x656e_6761;
const LEAD: i32 = 1;
pub(super) const INTAKE: i32 = 2;

const LOCK: &str = "SELECT pg_try_advisory_lock($1, $2)";

const ASK: &str = "
UPDATE journal_standby SET asked = coalesce(asked, clock_timestamp())
RETURNING clock_timestamp() - asked > make_interval(secs => $1)";

const ANSWERED: &str = "UPDATE journal_standby SET asked = NULL";

/// Ends the connection that holds the lock, and waits until it is gone.
const END: &str = "
SELECT pg_terminate_backend(pid, $3) FROM pg_locks
WHERE locktype = 'advisory' AND classid = $1::oid AND objid = $2::oid AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

const NEXT_TOKEN: &str = "UPDATE journal_lease SET token = token + 1, holder = $1 RETURNING token";

/// What this process leads with. Dropping it lets another lead.
pub(super) struct Leader {
    pub(super) token: u64,
    pub(super) desk: Desk,
    listener: AbortHandle,
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Leader {
    pub(super) fn start(
        token: u64,
        connection: PgConnection,
        patience: Duration,
        pool: &PgPool,
        news: &Arc<Notify>,
    ) -> Self {
        let (desk, inbox) = desk();
        tokio::spawn(Writer::new(token, connection, patience, news.clone()).run(inbox));
        let listener = tokio::spawn(listen::run(pool.clone(), news.clone(), desk.weak()));
        Self { token, desk, listener: listener.abort_handle() }
    }
}

/// Takes the lead: its token, and the connection that it lives with. `None` while another leads.
pub(super) async fn take(
    options: &PgConnectOptions,
    patience: Duration,
    holder: &str,
) -> Result<Option<(u64, PgConnection)>, Failure> {
    let mut connection = within(patience, PgConnection::connect_with(options)).await?;
    if !within(patience, lock(&mut connection)).await? {
        let gone = within(patience, silent(&mut connection, patience)).await?;
        if !gone {
            return Ok(None);
        }
        // Twice: waiting for the end of a connection takes as long as it takes.
        within(patience * 2, end(&mut connection, patience)).await?;
        if !within(patience, lock(&mut connection)).await? {
            return Ok(None);
        }
    }
    let token = within(patience, next_token(&mut connection, &crate::journal::rows::key_text(holder))).await?;
    within(patience, answer(&mut connection)).await?;
    Ok(Some((token, connection)))
}

async fn lock(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar(LOCK).bind(LOCKS).bind(LEAD).fetch_one(connection).await
}

/// Gives the lock back.
pub(super) async fn unlock(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_unlock($1, $2)").bind(LOCKS).bind(LEAD).execute(connection).await.map(drop)
}

/// Asks for a sign of life; whether none has come for too long.
async fn silent(connection: &mut PgConnection, patience: Duration) -> sqlx::Result<bool> {
    let silent = sqlx::query_scalar(ASK).bind(patience.as_secs_f64()).fetch_one(&mut *connection).await?;
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(ALIVE).execute(connection).await?;
    Ok(silent)
}

async fn end(connection: &mut PgConnection, patience: Duration) -> sqlx::Result<()> {
    let wait = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
    sqlx::query(END).bind(LOCKS).bind(LEAD).bind(wait).fetch_all(connection).await.map(drop)
}

/// Shows that who leads is alive.
pub(super) async fn answer(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query(ANSWERED).execute(connection).await.map(drop)
}

/// Gives out the next token.
pub(super) async fn next_token(connection: &mut PgConnection, holder: &str) -> Result<u64, Failure> {
    let token: i64 = sqlx::query_scalar(NEXT_TOKEN).bind(holder).fetch_one(connection).await?;
    u64::try_from(token).map_err(Failure::new)
}
