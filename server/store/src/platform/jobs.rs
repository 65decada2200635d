//! Work in the background: one server at a time does it, and another goes on where that one ends.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use super::organisations::found;
use super::sql::{Global, Row, Session, Tx, Unscoped, binds};

/// A piece of work, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What it is called: `purge`, `outbox`.
    pub name: String,
    /// When it is to be done next; nothing while nobody has planned it.
    pub due: Option<Timestamp>,
    /// Which server has claimed it, and until when.
    pub claimed: Option<(String, Timestamp)>,
    /// When it was last begun.
    pub started: Option<Timestamp>,
    /// When it was last ended.
    pub ended: Option<Timestamp>,
    /// What came of it.
    pub outcome: Option<String>,
}

/// The right to do a job, until an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The job.
    pub name: String,
    /// Grows with every claim: who holds an older one has lost it.
    pub token: i64,
    /// Until when it holds.
    pub until: Timestamp,
}

const LIST: Global =
    Global::new("SELECT name, due, owner, until, started, ended, outcome FROM jobs ORDER BY name LIMIT 1000");
const DUE: Global = Global::new(
    "SELECT name, due, owner, until, started, ended, outcome FROM jobs
     WHERE due <= $1 AND (until IS NULL OR until <= $1) ORDER BY due, name LIMIT $2",
);
/// A job that is planned is done at the earlier of two instants.
const PLAN: Global = Global::new(
    "INSERT INTO jobs (name, due) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET due = CASE WHEN jobs.due < $2 THEN jobs.due ELSE $2 END",
);
const CLAIM: Global = Global::new(
    "UPDATE jobs SET owner = $2, until = $3, token = token + 1, started = $4
     WHERE name = $1 AND (until IS NULL OR until <= $4) RETURNING token",
);
const RENEW: Global = Global::new("UPDATE jobs SET until = $3 WHERE name = $1 AND token = $2 AND until IS NOT NULL");
const END: Global = Global::new(
    "UPDATE jobs SET owner = NULL, until = NULL, ended = $3, outcome = $4, due = $5
     WHERE name = $1 AND token = $2 AND until IS NOT NULL",
);
/// Locks the row, so that nobody claims the job before what is done under this claim is written.
const HOLDS: Global = Global::new("UPDATE jobs SET token = token WHERE name = $1 AND token = $2 AND until IS NOT NULL");

/// What is known of jobs.
#[async_trait]
pub trait JobReads {
    /// Every job.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn jobs(&mut self) -> Result<Vec<Job>, StoreError>;

    /// Jobs that are to be done and that nobody has claimed, or no longer; the longest due first.
    ///
    /// # Errors
    /// Those of the database.
    async fn due_jobs(&mut self, now: Timestamp, most: usize) -> Result<Vec<Job>, StoreError>;
}

/// What is done with jobs.
#[async_trait]
pub trait Jobs: JobReads {
    /// Plans a job, which need not be known before; where it is planned already, the earlier instant counts.
    ///
    /// # Errors
    /// Those of the database.
    async fn plan_job(&mut self, name: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Claims a job for so long; nothing where another server has it. It need not be due.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the time has no end.
    async fn claim_job(
        &mut self,
        name: &str,
        owner: &str,
        now: Timestamp,
        lasting: Duration,
    ) -> Result<Option<Claim>, StoreError>;

    /// Keeps a claim longer, even one that is over, if nobody has taken it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where another server has the job.
    async fn renew_claim(&mut self, claim: &Claim, until: Timestamp) -> Result<Claim, StoreError>;

    /// Fails the transaction where a claim is lost: what is written with it is written by who holds the job.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where another server has the job.
    async fn hold_claim(&mut self, claim: &Claim) -> Result<(), StoreError>;

    /// Gives a claim back: what came of the job, and when it is to be done again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where another server has the job.
    async fn end_job(
        &mut self,
        claim: &Claim,
        outcome: &str,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}

#[async_trait]
impl<S: Session> JobReads for S {
    async fn jobs(&mut self) -> Result<Vec<Job>, StoreError> {
        Unscoped::over(self).all(&LIST, binds![]).await?.iter().map(read).collect()
    }

    async fn due_jobs(&mut self, now: Timestamp, most: usize) -> Result<Vec<Job>, StoreError> {
        Unscoped::over(self).all(&DUE, binds![now, most]).await?.iter().map(read).collect()
    }
}

#[async_trait]
impl Jobs for Tx {
    async fn plan_job(&mut self, name: &str, at: Timestamp) -> Result<(), StoreError> {
        Unscoped::over(self).execute(&PLAN, binds![name, at]).await.map(drop)
    }

    async fn claim_job(
        &mut self,
        name: &str,
        owner: &str,
        now: Timestamp,
        lasting: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        let until = now.checked_add(lasting).map_err(|_| StoreError::Refused { what: "a claim of that length" })?;
        let row = Unscoped::over(self).first(&CLAIM, binds![name, owner, until, now]).await?;
        let claim = |row: Row| Ok(Claim { name: name.to_owned(), token: row.integer(0)?, until });
        row.map(claim).transpose()
    }

    async fn renew_claim(&mut self, claim: &Claim, until: Timestamp) -> Result<Claim, StoreError> {
        let binds = binds![&claim.name, claim.token, until];
        held(Unscoped::over(self).execute(&RENEW, binds).await?)?;
        Ok(Claim { until, ..claim.clone() })
    }

    async fn hold_claim(&mut self, claim: &Claim) -> Result<(), StoreError> {
        held(Unscoped::over(self).execute(&HOLDS, binds![&claim.name, claim.token]).await?)
    }

    async fn end_job(
        &mut self,
        claim: &Claim,
        outcome: &str,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let binds = binds![&claim.name, claim.token, now, outcome, next];
        held(Unscoped::over(self).execute(&END, binds).await?)
    }
}

fn held(changed: u64) -> Result<(), StoreError> {
    found("claim", changed).map_err(|_| StoreError::Fenced)
}

fn read(row: &Row) -> Result<Job, StoreError> {
    Ok(Job {
        name: row.text(0)?,
        due: row.instant_if(1)?,
        claimed: row.text_if(2)?.zip(row.instant_if(3)?),
        started: row.instant_if(4)?,
        ended: row.instant_if(5)?,
        outcome: row.text_if(6)?,
    })
}
