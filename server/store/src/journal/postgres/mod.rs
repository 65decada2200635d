//! The journal in a PostgreSQL database: one leads, others stand by.
//!
//! Who leads holds an advisory lock on a connection of its own, and appends on that very connection: once the database
//! has let another have the lock, the connection is gone and with it every way to append. Each batch asks for the token
//! too, which holds where something stands between (a pool of connections that hands sessions around).

mod connect;
mod intake;
mod lead;
mod listen;
mod read;
mod remove;
mod write;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use engage_playbooks::ports::{
    Batch, Entry, Journal, JournalError, Lease, Offer, OfferId, RunPage, RunQuery, RunRecord,
};
use engage_playbooks::run::{RunKey, Tenant};
use jiff::Timestamp;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::Notify;

use super::desk::{Append, Ask, Desk, Job, desk};
use super::failure::{Failure, unavailable};
use super::rows::{OfferRow, Rows};
use lead::Leader;

/// How a database is used.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The most connections for reading and for taking offers in; who leads has two more.
    pub connections: u32,
    /// How long the database may take for an answer, and how long who leads may leave a stand-by without a sign of life
    /// before it is taken to be gone. The stand-by has to ask ([`Journal::lead`]) at least twice.
    pub patience: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { connections: 8, patience: Duration::from_secs(15) }
    }
}

/// A journal in a PostgreSQL database. Cheap to clone: clones are one process.
#[derive(Clone)]
pub struct PostgresJournal(Arc<Inner>);

struct Inner {
    pool: PgPool,
    connect: PgConnectOptions,
    patience: Duration,
    intake: Desk,
    news: Arc<Notify>,
    leader: Mutex<Option<Leader>>,
}

impl std::fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresJournal")
    }
}

impl PostgresJournal {
    /// Connects to a database by its address: `postgres://user@host/database?sslmode=verify-full`. One journal per
    /// database. Must be called on a Tokio runtime; what works for the journal lives on it, and ends when the last clone
    /// is dropped.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`] when the address is none or the database cannot be asked.
    pub async fn connect(url: &str, options: PostgresOptions) -> Result<Self, JournalError> {
        let PostgresOptions { connections, patience } = options;
        let connect = connect::options(url)?;
        let pool = connect::pool(connect.clone(), connections, patience).await?;
        connect::migrate(&pool).await?;
        let (intake, inbox) = desk();
        let news = Arc::new(Notify::new());
        tokio::spawn(intake::run(pool.clone(), patience, news.clone(), inbox));
        Ok(Self(Arc::new(Inner { pool, connect, patience, intake, news, leader: Mutex::default() })))
    }

    /// The way to the writer of a lease, where this process leads with it.
    fn writer(&self, lease: &Lease) -> Result<Desk, JournalError> {
        let leader = self.0.leader.lock().unwrap_or_else(PoisonError::into_inner);
        let leader = leader.as_ref().filter(|leader| leader.token == lease.token && leader.desk.open());
        leader.map(|leader| leader.desk.clone()).ok_or(JournalError::Fenced)
    }

    async fn ask<T, R>(&self, lease: &Lease, wrap: fn(Ask<T, R>) -> Job, what: T) -> Result<R, JournalError> {
        // A writer that is gone has lost its connection, and with it the lease.
        self.writer(lease)?.ask(wrap, what).await.unwrap_or(Err(JournalError::Fenced))
    }
}

#[async_trait]
impl Journal for PostgresJournal {
    async fn lead(&self, holder: &str) -> Result<Option<Lease>, JournalError> {
        let leads = |leader: &Option<Leader>| leader.as_ref().is_some_and(|leader| leader.desk.open());
        if leads(&self.0.leader.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(None);
        }
        let inner = &*self.0;
        let Some((token, connection)) = lead::take(&inner.connect, inner.patience, holder).await? else {
            return Ok(None);
        };
        // From here on nothing waits, so a dropped future cannot leave a lease that nobody knows of.
        let leader = Leader::start(token, connection, inner.patience, &inner.pool, &inner.news);
        *inner.leader.lock().unwrap_or_else(PoisonError::into_inner) = Some(leader);
        Ok(Some(Lease { token, holder: holder.to_owned() }))
    }

    async fn holds(&self, lease: &Lease) -> Result<(), JournalError> {
        self.ask(lease, Job::Holds, lease.clone()).await
    }

    async fn resign(&self, lease: Lease) -> Result<(), JournalError> {
        self.ask(&lease, Job::Resign, lease.clone()).await
    }

    async fn append(&self, lease: &Lease, batch: &Batch) -> Result<(), JournalError> {
        let rows = Rows::of(batch)?;
        self.ask(lease, Job::Append, Append { lease: lease.clone(), rows }).await
    }

    async fn entries(&self, key: &RunKey) -> Result<Vec<Entry>, JournalError> {
        read::entries(&self.0.pool, key).await
    }

    async fn run(&self, key: &RunKey) -> Result<Option<RunRecord>, JournalError> {
        read::run(&self.0.pool, key).await
    }

    async fn runs(&self, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, JournalError> {
        read::runs(&self.0.pool, tenant, query).await
    }

    async fn unfinished(
        &self,
        lease: &Lease,
        after: Option<&RunKey>,
        most: usize,
    ) -> Result<Vec<RunRecord>, JournalError> {
        self.writer(lease)?;
        read::unfinished(&self.0.pool, lease, after, most).await
    }

    async fn offer(&self, offers: &[Offer]) -> Result<Vec<bool>, JournalError> {
        let rows = offers.iter().map(OfferRow::of).collect::<Result<Vec<_>, _>>()?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self.0.intake.ask(Job::Offer, rows).await;
        answer.unwrap_or_else(|| Err(unavailable(Failure::new("the intake is gone: its runtime ended"))))
    }

    async fn offered(
        &self,
        lease: &Lease,
        after: Option<OfferId>,
        most: usize,
    ) -> Result<Vec<(OfferId, Offer)>, JournalError> {
        self.writer(lease)?;
        read::offered(&self.0.pool, lease, after, most).await
    }

    async fn news(&self) {
        self.0.news.notified().await;
    }

    async fn mark(&self, lease: &Lease, name: &str) -> Result<Option<Timestamp>, JournalError> {
        self.writer(lease)?;
        read::mark(&self.0.pool, lease, name).await
    }

    async fn blob(&self, tenant: &Tenant, digest: &str) -> Result<Option<Vec<u8>>, JournalError> {
        read::blob(&self.0.pool, tenant, digest).await
    }

    async fn purge(&self, lease: &Lease, ended_before: Timestamp, most: usize) -> Result<usize, JournalError> {
        self.ask(lease, Job::Purge, (lease.clone(), ended_before, most)).await
    }

    async fn erase(&self, lease: &Lease, key: &RunKey) -> Result<bool, JournalError> {
        self.ask(lease, Job::Erase, (lease.clone(), key.clone())).await
    }
}
