//! PostgreSQL: a transaction for each job, on a pool of connections.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, PgPool};
use tokio::sync::Mutex;

use super::Options;
use super::job::{Work, attempt};
use super::migrate::{Status, TABLE, migrator};
use super::session::{Hold, Pool, Reader, Tx};
use crate::platform::StoreError;
use crate::postgres;

/// How often a job is done again because another transaction was in the way.
const ATTEMPTS: usize = 16;

/// Two transactions that change the same row come after each other: the second is told, and does its work again on what
/// the first has left (PostgreSQL's manual, "Repeatable Read Isolation Level").
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";

pub(super) struct Postgres {
    pool: PgPool,
    patience: Duration,
    asked: Arc<AtomicU64>,
    written: Arc<AtomicU64>,
    /// Whose work another transaction was in the way of does it again when it is its turn: many who want one row would keep each
    /// other from it, and all of this process but the first would have tried in vain.
    turns: Mutex<()>,
}

fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    postgres::options(url).ok_or(StoreError::Refused { what: "the address" })
}

/// The database itself gives up what has lasted too long, so that nobody's locks stay.
fn patient(options: PgConnectOptions, patience: Duration) -> PgConnectOptions {
    let limit = patience.as_millis().to_string();
    let names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
    options.options(names.map(|name| (name, limit.clone())))
}

/// Waits for a database, but not for ever.
async fn within<T, E>(patience: Duration, asked: impl Future<Output = Result<T, E>>) -> Result<T, StoreError>
where
    StoreError: From<E>,
{
    match tokio::time::timeout(patience, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(StoreError::unavailable("the database did not answer in time")),
    }
}

impl Postgres {
    pub(super) async fn connect(url: &str, options: &Options) -> Result<Self, StoreError> {
        let connect = self::options(url)?;
        migrate(&connect, options).await?;
        let pool = postgres::pool(options.connections, options.patience);
        let pool = pool.connect_with(patient(connect, options.patience)).await?;
        Ok(Self {
            pool,
            patience: options.patience,
            asked: Arc::default(),
            written: Arc::default(),
            turns: Mutex::default(),
        })
    }

    pub(super) fn reader(&self) -> Reader {
        Reader { pool: Pool::Postgres(self.pool.clone()), patience: self.patience, asked: self.asked.clone() }
    }

    pub(super) fn written(&self) -> &AtomicU64 {
        &self.written
    }

    pub(super) async fn write<I, T, E>(&self, input: I, work: impl Work<I, T, E>) -> Result<T, E>
    where
        I: Send + Sync,
        E: From<StoreError>,
    {
        let mut turn = None;
        for again in 0..ATTEMPTS {
            if again == 1 {
                turn = Some(self.turns.lock().await);
            }
            let transaction = within(self.patience, self.pool.begin_with(BEGIN)).await?;
            let mut tx = Tx::new(Hold::Postgres(transaction), self.written.clone());
            let answer = attempt(&mut tx, &input, &work, self.patience).await;
            let contended = matches!(tx.failed, Some(StoreError::Contended));
            match answer {
                Ok(done) => match self.commit(tx).await {
                    Ok(()) => return Ok(done),
                    Err(StoreError::Contended) => {}
                    Err(error) => return Err(error.into()),
                },
                Err(error) => {
                    self.undo(tx).await;
                    if !contended {
                        return Err(error);
                    }
                }
            }
        }
        drop(turn);
        Err(StoreError::Contended.into())
    }

    async fn commit(&self, tx: Tx) -> Result<(), StoreError> {
        #[cfg_attr(
            not(feature = "sqlite"),
            expect(clippy::infallible_destructuring_match, reason = "with SQLite there is a second")
        )]
        let transaction = match tx.hold {
            Hold::Postgres(transaction) => transaction,
            #[cfg(feature = "sqlite")]
            Hold::Sqlite(_) => return Err(StoreError::Broken),
        };
        match tokio::time::timeout(self.patience, transaction.commit()).await {
            Ok(answer) => answer.map_err(StoreError::of_commit),
            Err(_) => Err(StoreError::Unknown(crate::platform::Failure::new("the database did not answer in time"))),
        }
    }

    /// Undoes what was done. Where that cannot be said to the database, the connection is dropped, which says it too.
    async fn undo(&self, tx: Tx) {
        match tx.hold {
            Hold::Postgres(transaction) => drop(within(self.patience, transaction.rollback()).await),
            #[cfg(feature = "sqlite")]
            Hold::Sqlite(_) => {}
        }
    }
}

/// Brings the tables up to date. Of several processes one at a time: the library holds an advisory lock meanwhile, on a
/// connection that ends with this.
async fn migrate(connect: &PgConnectOptions, options: &Options) -> Result<(), StoreError> {
    let mut connection = within(options.patience, PgConnection::connect_with(connect)).await?;
    within(options.migration_patience, migrator(true).run(&mut connection)).await?;
    within(options.patience, connection.close()).await
}

pub(super) async fn status(url: &str, options: &Options) -> Result<Status, StoreError> {
    let connect = self::options(url)?;
    let mut connection = within(options.patience, PgConnection::connect_with(&connect)).await?;
    let status = within(options.patience, applied(&mut connection)).await?;
    within(options.patience, connection.close()).await?;
    Ok(status)
}

async fn applied(connection: &mut PgConnection) -> Result<Status, StoreError> {
    let there = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(TABLE);
    let there: bool = there.fetch_one(&mut *connection).await?;
    if !there {
        return Ok(Status::of(0));
    }
    let applied = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _engage_platform");
    Ok(Status::of(applied.fetch_one(connection).await?))
}
