//! What has happened and has to be told: written with the state that it is about, told until somebody has heard.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::StoreError;
use super::jobs::{Claim, Jobs};
use super::organisations::{Environment, environment};
use super::sql::{Global, Row, Scoped, Session, Tx, Unscoped, binds, json_text};

/// The longest text that tells a subject or a kind, in bytes.
const MAX_KEY: usize = 1024;
/// The longest payload, in bytes.
const MAX_PAYLOAD: usize = 1 << 20;

/// Something that has happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id, the same however often it is told: who hears it twice knows.
    pub id: Uuid,
    /// Whose it is.
    pub organisation: Uuid,
    /// Where it happened.
    pub environment: Environment,
    /// When it happened.
    pub at: Timestamp,
    /// What happened: `EmployeeProvisioned`.
    pub kind: String,
    /// What it happened to. Events of one subject are told one after the other, in the order of their coming.
    pub subject: String,
    /// What there is to say of it.
    pub payload: Value,
}

/// An event that is still to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Where it stands in the order.
    pub number: i64,
    /// How often it could not be told.
    pub attempts: u64,
    /// The event.
    pub event: Event,
}

const APPEND: Scoped = Scoped::new(
    "INSERT INTO outbox (organisation, environment, event, at, kind, subject, payload)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);
const PENDING: Scoped = Scoped::new("SELECT count(*) FROM outbox WHERE organisation = $1");
const OF_SUBJECT: Scoped =
    Scoped::new("SELECT number, payload FROM outbox WHERE organisation = $1 AND subject = $2 ORDER BY number");
const REWRITE: Scoped = Scoped::new("UPDATE outbox SET payload = $3 WHERE organisation = $1 AND number = $2");
const DEPTH: Global = Global::new("SELECT count(*), min(at) FROM outbox");
/// The first in order, but nothing of a subject of which something earlier is put off.
const TAKE: Global = Global::new(
    "SELECT o.number, o.attempts, o.event, o.organisation, o.environment, o.at, o.kind, o.subject, o.payload
     FROM outbox o
     WHERE NOT EXISTS (SELECT 1 FROM outbox p WHERE p.organisation = o.organisation AND p.subject = o.subject
       AND p.number <= o.number AND p.not_before IS NOT NULL AND p.not_before > $1)
     ORDER BY o.number LIMIT $2",
);
const DONE: Global = Global::new("DELETE FROM outbox WHERE number = $1");
const PUT_OFF: Global = Global::new("UPDATE outbox SET attempts = attempts + 1, not_before = $2 WHERE number = $1");

/// What is known of events that are still to be told.
#[async_trait]
pub trait OutboxReads {
    /// How many events of an organisation wait.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn pending_events(&mut self, organisation: Uuid) -> Result<u64, StoreError>;

    /// What there is to say of each event of a subject that waits, by its number, in their order.
    ///
    /// # Errors
    /// Those of the database.
    async fn payloads_of(&mut self, organisation: Uuid, subject: &str) -> Result<Vec<(i64, Value)>, StoreError>;

    /// How many events wait in all, and since when the oldest does.
    ///
    /// # Errors
    /// Those of the database.
    async fn outbox_depth(&mut self) -> Result<(u64, Option<Timestamp>), StoreError>;

    /// The first events in order, as many as `most`: what comes twice is to be heard once. Only who holds the claim of the
    /// job that tells them asks, and tells the events of one subject one after the other.
    ///
    /// # Errors
    /// Those of the database.
    async fn take_events(&mut self, now: Timestamp, most: usize) -> Result<Vec<Waiting>, StoreError>;
}

/// What is done with events.
#[async_trait]
pub trait Outbox: OutboxReads {
    /// Says that something has happened. The job writes the state first: whoever else changes the same subject waits for
    /// that, and so comes later in the order.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it cannot be kept, [`StoreError::Conflict`] where the id was used before.
    async fn append_event(&mut self, event: &Event) -> Result<(), StoreError>;

    /// Lets an event that waits say something else: what is personal in it is to be forgotten, and leaves no trace in the files of
    /// SQLite.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it cannot be kept.
    async fn redact_event(&mut self, organisation: Uuid, number: i64, payload: &Value) -> Result<(), StoreError>;

    /// Removes events that somebody has heard.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where another server tells events now: it may tell these again.
    async fn events_told(&mut self, claim: &Claim, numbers: &[i64]) -> Result<(), StoreError>;

    /// Lets an event, and what comes after it of the same subject, wait until an instant.
    ///
    /// # Errors
    /// As [`events_told`](Self::events_told).
    async fn put_off_event(&mut self, claim: &Claim, number: i64, until: Timestamp) -> Result<(), StoreError>;
}

#[async_trait]
impl<S: Session> OutboxReads for S {
    async fn pending_events(&mut self, organisation: Uuid) -> Result<u64, StoreError> {
        self.of(organisation).only(&PENDING, binds![]).await?.count(0)
    }

    async fn payloads_of(&mut self, organisation: Uuid, subject: &str) -> Result<Vec<(i64, Value)>, StoreError> {
        let rows = self.of(organisation).all(&OF_SUBJECT, binds![subject]).await?;
        rows.iter().map(|row| Ok((row.integer(0)?, row.json(1)?))).collect()
    }

    async fn outbox_depth(&mut self) -> Result<(u64, Option<Timestamp>), StoreError> {
        let row = Unscoped::over(self).first(&DEPTH, binds![]).await?;
        let row = row.ok_or_else(|| StoreError::corrupt("a count without a row"))?;
        Ok((row.count(0)?, row.instant_if(1)?))
    }

    async fn take_events(&mut self, now: Timestamp, most: usize) -> Result<Vec<Waiting>, StoreError> {
        Unscoped::over(self).all(&TAKE, binds![now, most]).await?.iter().map(waiting).collect()
    }
}

#[async_trait]
impl Outbox for Tx {
    async fn append_event(&mut self, event: &Event) -> Result<(), StoreError> {
        let Event { id, organisation, environment, at, kind, subject, payload } = event;
        let payload = json_text(payload)?;
        if kind.len() > MAX_KEY || subject.len() > MAX_KEY || payload.len() > MAX_PAYLOAD {
            return Err(StoreError::Refused { what: "an event of that size" });
        }
        let binds = binds![environment.as_str(), *id, *at, kind, subject, payload];
        self.of(*organisation).execute(&APPEND, binds).await.map(drop)
    }

    async fn redact_event(&mut self, organisation: Uuid, number: i64, payload: &Value) -> Result<(), StoreError> {
        let payload = json_text(payload)?;
        if payload.len() > MAX_PAYLOAD {
            return Err(StoreError::Refused { what: "an event of that size" });
        }
        self.of(organisation).execute(&REWRITE, binds![number, payload]).await?;
        self.erases();
        Ok(())
    }

    async fn events_told(&mut self, claim: &Claim, numbers: &[i64]) -> Result<(), StoreError> {
        self.hold_claim(claim).await?;
        for number in numbers {
            Unscoped::over(self).execute(&DONE, binds![*number]).await?;
        }
        Ok(())
    }

    async fn put_off_event(&mut self, claim: &Claim, number: i64, until: Timestamp) -> Result<(), StoreError> {
        self.hold_claim(claim).await?;
        Unscoped::over(self).execute(&PUT_OFF, binds![number, until]).await.map(drop)
    }
}

fn waiting(row: &Row) -> Result<Waiting, StoreError> {
    let event = Event {
        id: row.id(2)?,
        organisation: row.id(3)?,
        environment: environment(row, 4)?,
        at: row.instant(5)?,
        kind: row.text(6)?,
        subject: row.text(7)?,
        payload: row.json(8)?,
    };
    Ok(Waiting { number: row.integer(0)?, attempts: row.count(1)?, event })
}
