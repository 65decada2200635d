//! Who did what: written once, never changed.

mod find;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::StoreError;
use super::organisations::Environment;
use super::sql::{Global, Row, Scoped, Session, Tx, Unscoped, binds, json_text};

/// The longest text of an entry, in bytes, and the longest details.
const MAX_TEXT: usize = 1024;
const MAX_DETAILS: usize = 16 << 10;

/// What became of what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Refused,
    /// It was tried and failed.
    Failed,
}

impl AuditOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    fn read(text: &str) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|outcome| outcome.as_str() == text);
        known.ok_or_else(|| StoreError::corrupt("an outcome that is none"))
    }
}

/// An entry of the audit log. It holds no secret, and no value of a customer's records.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// In whose name.
    pub organisation: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who: a person's id, an application, a token by its id, or a job.
    pub actor: String,
    /// From which address.
    pub source: Option<String>,
    /// The request that it belongs to.
    pub correlation: Option<String>,
    /// What: `secret.revealed`.
    pub event: String,
    /// What became of it.
    pub outcome: AuditOutcome,
    /// More of it, as a JSON object: names and versions, never values.
    pub details: Value,
}

/// Where a page of the log goes on: behind this entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditPlace {
    /// When the entry was made.
    pub at: Timestamp,
    /// Its number.
    pub number: i64,
}

/// Which entries are asked for: all that hold of what is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Those that say no environment, and those that say this one.
    pub environment: Environment,
    /// Made at this instant or later.
    pub from: Timestamp,
    /// Made before this instant.
    pub until: Timestamp,
    /// By this actor, as entries say it.
    pub actor: Option<String>,
    /// Of this event.
    pub event: Option<String>,
    /// With this text as a value in their details: an id, or a name.
    pub target: Option<String>,
    /// With this outcome.
    pub outcome: Option<AuditOutcome>,
    /// Behind this place, which is to say before it.
    pub before: Option<AuditPlace>,
}

const APPEND: Scoped = Scoped::new(
    "INSERT INTO audit (organisation, at, actor, source, correlation, event, outcome, details)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING number",
);
const NAME: Scoped =
    Scoped::new("INSERT INTO audit_targets (organisation, target, at, number) VALUES ($1, $2, $3, $4)");
const PAGE: Scoped = Scoped::new(
    "SELECT number, organisation, at, actor, source, correlation, event, outcome, details FROM audit
     WHERE organisation = $1 AND at >= $2 AND at < $3 AND (at, number) > ($4, $5) ORDER BY at, number LIMIT $6",
);
/// The oldest of all organisations, as many as are removed in one transaction.
const FORGET: Global =
    Global::new("DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE at < $1 ORDER BY at LIMIT $2)");

/// What is known of what was done.
#[async_trait]
pub trait AuditReads {
    /// Entries of an organisation from one instant to before another, in the order of their time, behind a place.
    ///
    /// # Errors
    /// Those of the database.
    async fn audit_page(
        &mut self,
        organisation: Uuid,
        from: Timestamp,
        until: Timestamp,
        after: Option<AuditPlace>,
        most: usize,
    ) -> Result<Vec<(AuditPlace, AuditEntry)>, StoreError>;

    /// Entries of an organisation that are asked for, the newest first. It reads by an index of what is given of target, actor and
    /// event, in this order, and of the time.
    ///
    /// # Errors
    /// Those of the database.
    async fn audit_found(
        &mut self,
        organisation: Uuid,
        query: &AuditQuery,
        most: usize,
    ) -> Result<Vec<(AuditPlace, AuditEntry)>, StoreError>;
}

/// Writing it down.
#[async_trait]
pub trait Audit: AuditReads {
    /// Adds an entry.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it is too long.
    async fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// Removes entries of all organisations that are older than they are to be kept; how many.
    ///
    /// # Errors
    /// Those of the database.
    async fn forget_audit(&mut self, before: Timestamp, most: usize) -> Result<u64, StoreError>;
}

#[async_trait]
impl<S: Session> AuditReads for S {
    async fn audit_page(
        &mut self,
        organisation: Uuid,
        from: Timestamp,
        until: Timestamp,
        after: Option<AuditPlace>,
        most: usize,
    ) -> Result<Vec<(AuditPlace, AuditEntry)>, StoreError> {
        let AuditPlace { at, number } = after.unwrap_or(AuditPlace { at: from, number: 0 });
        let rows = self.of(organisation).all(&PAGE, binds![from, until, at, number, most]).await?;
        rows.iter().map(read).collect()
    }

    async fn audit_found(
        &mut self,
        organisation: Uuid,
        query: &AuditQuery,
        most: usize,
    ) -> Result<Vec<(AuditPlace, AuditEntry)>, StoreError> {
        let (statement, binds) = find::asked(query, most);
        self.of(organisation).all(statement, binds).await?.iter().map(read).collect()
    }
}

#[async_trait]
impl Audit for Tx {
    async fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let AuditEntry { organisation, at, actor, source, correlation, event, outcome, details } = entry;
        let targets = find::targets(details);
        let details = json_text(details)?;
        let texts = [Some(actor), source.as_ref(), correlation.as_ref(), Some(event)];
        if details.len() > MAX_DETAILS || texts.into_iter().flatten().any(|text| text.len() > MAX_TEXT) {
            return Err(StoreError::Refused { what: "an audit entry of that size" });
        }
        let (source, correlation) = (source.as_deref(), correlation.as_deref());
        let binds = binds![*at, actor, source, correlation, event, outcome.as_str(), details];
        let number = self.of(*organisation).only(&APPEND, binds).await?.integer(0)?;
        for target in targets {
            self.of(*organisation).execute(&NAME, binds![target, *at, number]).await?;
        }
        Ok(())
    }

    async fn forget_audit(&mut self, before: Timestamp, most: usize) -> Result<u64, StoreError> {
        Unscoped::over(self).execute(&FORGET, binds![before, most]).await
    }
}

fn read(row: &Row) -> Result<(AuditPlace, AuditEntry), StoreError> {
    let entry = AuditEntry {
        organisation: row.id(1)?,
        at: row.instant(2)?,
        actor: row.text(3)?,
        source: row.text_if(4)?,
        correlation: row.text_if(5)?,
        event: row.text(6)?,
        outcome: AuditOutcome::read(&row.text(7)?)?,
        details: row.json(8)?,
    };
    Ok((AuditPlace { at: entry.at, number: row.integer(0)? }, entry))
}
