//! What those who run a customer's platform have to know: one open alert of each kind, however often it is seen.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::StoreError;
use super::organisations::{Environment, environment};
use super::sql::{Global, Row, Scoped, Session, Tx, Unscoped, binds, json_text};

/// The longest kind and the longest details, in bytes.
const MAX_KIND: usize = 200;
const MAX_DETAILS: usize = 16 << 10;

/// An alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Whose it is.
    pub organisation: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Where it was seen.
    pub environment: Environment,
    /// What was seen: `scim.silence`.
    pub kind: String,
    /// When it was first seen.
    pub opened: Timestamp,
    /// When it was last seen.
    pub seen: Timestamp,
    /// How often it was seen.
    pub count: u64,
    /// When it was over.
    pub closed: Option<Timestamp>,
    /// More of it, as a JSON object, as it was last seen.
    pub details: Value,
}

/// Something that is seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Whose it is.
    pub organisation: Uuid,
    /// The id of the alert, if it is the first sighting.
    pub id: Uuid,
    /// Where it is seen.
    pub environment: Environment,
    /// What is seen.
    pub kind: String,
    /// More of it, as a JSON object.
    pub details: Value,
}

const RAISE: Scoped = Scoped::new(
    "INSERT INTO alerts (organisation, id, environment, kind, opened, seen, count, details)
     VALUES ($1, $2, $3, $4, $5, $5, 1, $6)
     ON CONFLICT (organisation, environment, kind) WHERE closed IS NULL
     DO UPDATE SET seen = excluded.seen, count = alerts.count + 1, details = excluded.details
     RETURNING organisation, id, environment, kind, opened, seen, count, closed, details",
);
const CLOSE: Scoped = Scoped::new(
    "UPDATE alerts SET closed = $4 WHERE organisation = $1 AND environment = $2 AND kind = $3 AND closed IS NULL",
);
const LIST: Scoped = Scoped::new(
    "SELECT organisation, id, environment, kind, opened, seen, count, closed, details FROM alerts
     WHERE organisation = $1 AND ($2 = 0 OR closed IS NULL) ORDER BY opened DESC, id LIMIT $3",
);
const UNTOLD: Global = Global::new(
    "SELECT organisation, id, environment, kind, opened, seen, count, closed, details FROM alerts
     WHERE told IS NULL AND opened >= $1 ORDER BY opened, id LIMIT $2",
);
const TOLD: Scoped = Scoped::new("UPDATE alerts SET told = $3 WHERE organisation = $1 AND id = $2 AND told IS NULL");
const OPEN: Global = Global::new("SELECT kind, count(*) FROM alerts WHERE closed IS NULL GROUP BY kind ORDER BY kind");

/// What is known of alerts.
#[async_trait]
pub trait AlertReads {
    /// Alerts of an organisation, the newest first: all of them, or those that are open.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn alerts(&mut self, organisation: Uuid, open: bool, most: usize) -> Result<Vec<Alert>, StoreError>;

    /// How many alerts of each kind are open, of all organisations: for a metric.
    ///
    /// # Errors
    /// Those of the database.
    async fn open_alerts(&mut self) -> Result<Vec<(String, u64)>, StoreError>;

    /// The first alerts since an instant that nobody was told of, of all organisations: only who holds the claim of the job that
    /// tells of them asks.
    ///
    /// # Errors
    /// Those of the database.
    async fn untold_alerts(&mut self, since: Timestamp, most: usize) -> Result<Vec<Alert>, StoreError>;
}

/// What is done with alerts.
#[async_trait]
pub trait Alerts: AlertReads {
    /// Opens an alert, or says that an open one was seen again: then its `count` is more than 1.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it is too long.
    async fn raise_alert(&mut self, seen: &Sighting, at: Timestamp) -> Result<Alert, StoreError>;

    /// Closes the open alert of a kind; whether there was one.
    ///
    /// # Errors
    /// Those of the database.
    async fn close_alert(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        kind: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Writes down that an alert was told of; whether it had not been before.
    ///
    /// # Errors
    /// Those of the database.
    async fn alert_told(&mut self, organisation: Uuid, id: Uuid, at: Timestamp) -> Result<bool, StoreError>;
}

#[async_trait]
impl<S: Session> AlertReads for S {
    async fn alerts(&mut self, organisation: Uuid, open: bool, most: usize) -> Result<Vec<Alert>, StoreError> {
        self.of(organisation).all(&LIST, binds![open, most]).await?.iter().map(read).collect()
    }

    async fn open_alerts(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = Unscoped::over(self).all(&OPEN, binds![]).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.count(1)?))).collect()
    }

    async fn untold_alerts(&mut self, since: Timestamp, most: usize) -> Result<Vec<Alert>, StoreError> {
        Unscoped::over(self).all(&UNTOLD, binds![since, most]).await?.iter().map(read).collect()
    }
}

#[async_trait]
impl Alerts for Tx {
    async fn raise_alert(&mut self, seen: &Sighting, at: Timestamp) -> Result<Alert, StoreError> {
        let Sighting { organisation, id, environment, kind, details } = seen;
        let details = json_text(details)?;
        if kind.len() > MAX_KIND || details.len() > MAX_DETAILS {
            return Err(StoreError::Refused { what: "an alert of that size" });
        }
        let binds = binds![*id, environment.as_str(), kind, at, details];
        read(&self.of(*organisation).only(&RAISE, binds).await?)
    }

    async fn close_alert(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        kind: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.of(organisation).execute(&CLOSE, binds![environment.as_str(), kind, at]).await? > 0)
    }

    async fn alert_told(&mut self, organisation: Uuid, id: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.of(organisation).execute(&TOLD, binds![id, at]).await? > 0)
    }
}

fn read(row: &Row) -> Result<Alert, StoreError> {
    Ok(Alert {
        organisation: row.id(0)?,
        id: row.id(1)?,
        environment: environment(row, 2)?,
        kind: row.text(3)?,
        opened: row.instant(4)?,
        seen: row.instant(5)?,
        count: row.count(6)?,
        closed: row.instant_if(7)?,
        details: row.json(8)?,
    })
}
