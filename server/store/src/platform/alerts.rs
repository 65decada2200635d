//! What those who run a customer's platform have to know: one open alert of each kind, however often it is seen.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::StoreError;
use super::organisations::{Environment, environment};
use super::sql::{Global, Row, Scoped, Session, Tx, Unscoped, binds, json_text};

/// The longest kind, the longest subject and the longest details, in bytes.
const MAX_KIND: usize = 200;
const MAX_SUBJECT: usize = 500;
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
    /// Of which of several things; empty where there is but one.
    pub subject: String,
    /// When it was first seen.
    pub opened: Timestamp,
    /// When it was last seen.
    pub seen: Timestamp,
    /// How often it was seen.
    pub count: u64,
    /// When it was over.
    pub closed: Option<Timestamp>,
    /// Who has said first that they have seen it; it stays open.
    pub acknowledged: Option<Acknowledged>,
    /// More of it, as a JSON object, as it was last seen.
    pub details: Value,
}

/// That somebody has seen an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// When they said so.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// Where a page of alerts goes on: behind this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertPlace {
    /// When it was opened.
    pub opened: Timestamp,
    /// Its id.
    pub id: Uuid,
}

/// Which alerts are asked for: all that hold of what is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertQuery {
    /// Whether they are open.
    pub open: Option<bool>,
    /// Whether somebody has acknowledged them.
    pub acknowledged: Option<bool>,
    /// Behind this place.
    pub after: Option<AlertPlace>,
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
    /// Of which of several things; empty where there is but one.
    pub subject: String,
    /// More of it, as a JSON object.
    pub details: Value,
}

/// The columns that an alert is read from.
macro_rules! columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " organisation, id, environment, kind, opened, seen, count, closed, details, subject, acknowledged, acknowledged_by ",
            $after
        )
    };
}

const RAISE: Scoped = Scoped::new(columns!(
    "INSERT INTO alerts (organisation, id, environment, kind, opened, seen, count, details, subject)
     VALUES ($1, $2, $3, $4, $5, $5, 1, $6, $7)
     ON CONFLICT (organisation, environment, kind, subject) WHERE closed IS NULL
     DO UPDATE SET seen = excluded.seen, count = alerts.count + 1, details = excluded.details
     RETURNING",
    ""
));
const CLOSE: Scoped = Scoped::new(
    "UPDATE alerts SET closed = $4 WHERE organisation = $1 AND environment = $2 AND kind = $3 AND subject = ''
     AND closed IS NULL",
);
const CLOSE_ONE: Scoped =
    Scoped::new("UPDATE alerts SET closed = $3 WHERE organisation = $1 AND id = $2 AND closed IS NULL");
const LIST: Scoped = Scoped::new(columns!(
    "SELECT",
    "FROM alerts WHERE organisation = $1 AND ($2 = 0 OR closed IS NULL) ORDER BY opened DESC, id LIMIT $3"
));
const PAGE: Scoped = Scoped::new(columns!(
    "SELECT",
    "FROM alerts WHERE organisation = $1 AND environment = $2 AND (opened, id) < ($3, $4)
     AND ($5 IS NULL OR (closed IS NULL) = ($5 = 1)) AND ($6 IS NULL OR (acknowledged IS NULL) = ($6 = 0))
     ORDER BY opened DESC, id DESC LIMIT $7"
));
const ONE: Scoped =
    Scoped::new(columns!("SELECT", "FROM alerts WHERE organisation = $1 AND environment = $2 AND id = $3"));
const OPEN_OF_KIND: Scoped = Scoped::new(columns!(
    "SELECT",
    "FROM alerts WHERE organisation = $1 AND kind = $2 AND closed IS NULL ORDER BY environment, subject LIMIT $3"
));
const ACKNOWLEDGE: Scoped = Scoped::new(columns!(
    "UPDATE alerts SET acknowledged = coalesce(acknowledged, $4), acknowledged_by = coalesce(acknowledged_by, $5)
     WHERE organisation = $1 AND environment = $2 AND id = $3 RETURNING",
    ""
));
const UNTOLD: Global =
    Global::new(columns!("SELECT", "FROM alerts WHERE told IS NULL AND opened >= $1 ORDER BY opened, id LIMIT $2"));
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

    /// Alerts of an environment, the newest first, behind a place.
    ///
    /// # Errors
    /// Those of the database.
    async fn alerts_page(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        wanted: &AlertQuery,
        most: usize,
    ) -> Result<Vec<Alert>, StoreError>;

    /// One alert of an environment.
    ///
    /// # Errors
    /// Those of the database.
    async fn alert(&mut self, of: Uuid, environment: Environment, id: Uuid) -> Result<Option<Alert>, StoreError>;

    /// The open alerts of a kind, of all environments of an organisation.
    ///
    /// # Errors
    /// Those of the database.
    async fn open_alerts_of(&mut self, organisation: Uuid, kind: &str, most: usize) -> Result<Vec<Alert>, StoreError>;

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

    /// Closes the open alert of a kind that has no subject; whether there was one.
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

    /// Closes an alert; whether it was open.
    ///
    /// # Errors
    /// Those of the database.
    async fn close_one_alert(&mut self, organisation: Uuid, id: Uuid, at: Timestamp) -> Result<bool, StoreError>;

    /// Writes down who has seen an alert, unless somebody has before; what is known of it then.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the environment has no such alert.
    async fn acknowledge_alert(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        id: Uuid,
        by: &Acknowledged,
    ) -> Result<Alert, StoreError>;

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

    async fn alerts_page(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        wanted: &AlertQuery,
        most: usize,
    ) -> Result<Vec<Alert>, StoreError> {
        let AlertQuery { open, acknowledged, after } = wanted;
        let AlertPlace { opened, id } = after.unwrap_or(AlertPlace { opened: Timestamp::MAX, id: Uuid::max() });
        let binds = binds![environment.as_str(), opened, id, *open, *acknowledged, most];
        self.of(organisation).all(&PAGE, binds).await?.iter().map(read).collect()
    }

    async fn alert(&mut self, of: Uuid, environment: Environment, id: Uuid) -> Result<Option<Alert>, StoreError> {
        self.of(of).first(&ONE, binds![environment.as_str(), id]).await?.as_ref().map(read).transpose()
    }

    async fn open_alerts_of(&mut self, organisation: Uuid, kind: &str, most: usize) -> Result<Vec<Alert>, StoreError> {
        self.of(organisation).all(&OPEN_OF_KIND, binds![kind, most]).await?.iter().map(read).collect()
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
        let Sighting { organisation, id, environment, kind, subject, details } = seen;
        let details = json_text(details)?;
        if kind.len() > MAX_KIND || subject.len() > MAX_SUBJECT || details.len() > MAX_DETAILS {
            return Err(StoreError::Refused { what: "an alert of that size" });
        }
        let binds = binds![*id, environment.as_str(), kind, at, details, subject];
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

    async fn close_one_alert(&mut self, organisation: Uuid, id: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.of(organisation).execute(&CLOSE_ONE, binds![id, at]).await? > 0)
    }

    async fn acknowledge_alert(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        id: Uuid,
        by: &Acknowledged,
    ) -> Result<Alert, StoreError> {
        let binds = binds![environment.as_str(), id, by.at, &by.by];
        let row = self.of(organisation).first(&ACKNOWLEDGE, binds).await?;
        read(&row.ok_or(StoreError::Absent { what: "alert" })?)
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
        subject: row.text(9)?,
        acknowledged: acknowledged(row)?,
    })
}

fn acknowledged(row: &Row) -> Result<Option<Acknowledged>, StoreError> {
    let (at, by) = (row.instant_if(10)?, row.text_if(11)?);
    Ok(at.zip(by).map(|(at, by)| Acknowledged { at, by }))
}
