//! What an organisation sets up for bookings: documents by kind, and labels on them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Tenancy;
use crate::platform::StoreError;
use crate::platform::directory::Service;
use crate::platform::organisations::found;
use crate::platform::sql::{Bind, Row, Scoped, Session, Tx, binds, json_text};

/// The longest kind and the longest key, in bytes: an index of PostgreSQL takes no more than 2,704.
const MAX_KEY: usize = 1024;
/// The longest document, in bytes.
const MAX_BODY: usize = 512 << 10;
/// The most documents of a kind.
const MAX_DOCUMENTS: u64 = 50_000;

/// Something that is set up, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it is: `topic`.
    pub kind: String,
    /// Its id, for ever.
    pub id: Uuid,
    /// What no other of its kind has; case counts.
    pub key: Option<String>,
    /// All that it says.
    pub body: Value,
    /// How often it was written.
    pub version: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was written last.
    pub modified: Timestamp,
}

/// Something that is to be set up, or to say something else.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDocument {
    /// What it is.
    pub kind: &'static str,
    /// Its id.
    pub id: Uuid,
    /// What no other of its kind may have.
    pub key: Option<String>,
    /// All that it says.
    pub body: Value,
    /// The labels on it, by their ids.
    pub labels: Vec<Uuid>,
}

macro_rules! documents {
    ($more:literal) => {
        concat!(
            "SELECT kind, id, key, body, version, created, modified FROM booking_documents
             WHERE organisation = $1 AND environment = $2",
            $more
        )
    };
}

const REVISION: Scoped =
    Scoped::new("SELECT revision FROM booking_revisions WHERE organisation = $1 AND environment = $2");
const RAISE: Scoped = Scoped::new(
    "INSERT INTO booking_revisions (organisation, environment, revision) VALUES ($1, $2, 1)
     ON CONFLICT (organisation, environment) DO UPDATE SET revision = booking_revisions.revision + 1
     RETURNING revision",
);
const ALL: Scoped = Scoped::new(documents!(" ORDER BY created, id"));
const OF_KIND: Scoped = Scoped::new(documents!(" AND kind = $3 ORDER BY created, id"));
const ONE: Scoped = Scoped::new(documents!(" AND kind = $3 AND id = $4"));
const COUNT: Scoped =
    Scoped::new("SELECT count(*) FROM booking_documents WHERE organisation = $1 AND environment = $2 AND kind = $3");
const INSERT: Scoped = Scoped::new(
    "INSERT INTO booking_documents (organisation, environment, kind, id, key, body, version, created, modified)
     VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)",
);
const REPLACE: Scoped = Scoped::new(
    "UPDATE booking_documents SET key = $5, body = $6, version = version + 1, modified = $7
     WHERE organisation = $1 AND environment = $2 AND kind = $3 AND id = $4",
);
const REMOVE: Scoped =
    Scoped::new("DELETE FROM booking_documents WHERE organisation = $1 AND environment = $2 AND kind = $3 AND id = $4");
const LABEL_USES: Scoped = Scoped::new(
    "SELECT label, count(*) FROM booking_labels WHERE organisation = $1 AND environment = $2 GROUP BY label",
);
const LABEL: Scoped = Scoped::new(
    "INSERT INTO booking_labels (organisation, environment, label, kind, id) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (organisation, environment, label, kind, id) DO NOTHING",
);
const UNLABEL: Scoped =
    Scoped::new("DELETE FROM booking_labels WHERE organisation = $1 AND environment = $2 AND kind = $3 AND id = $4");
const PEOPLE: Scoped = Scoped::new(
    "SELECT domain FROM directory_resources WHERE organisation = $1 AND environment = $2 AND service = $3
     AND kind = 'user' AND deleted_at IS NULL AND version > 0 ORDER BY domain",
);
const IS_THERE: Scoped = Scoped::new(
    "SELECT count(*) FROM directory_resources WHERE organisation = $1 AND environment = $2 AND service = $3
     AND kind = 'user' AND domain = $4 AND deleted_at IS NULL",
);

/// What is known of what is set up.
#[async_trait]
pub trait BookingConfigurationReads {
    /// How often anything that is set up was changed: what was read before is old once this has grown.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn booking_revision(&mut self, tenancy: &Tenancy) -> Result<i64, StoreError>;

    /// Every document, of one instant, by age.
    ///
    /// # Errors
    /// Those of the database.
    async fn every_document(&mut self, tenancy: &Tenancy) -> Result<Vec<Document>, StoreError>;

    /// The documents of a kind, by age.
    ///
    /// # Errors
    /// Those of the database.
    async fn documents(&mut self, tenancy: &Tenancy, kind: &'static str) -> Result<Vec<Document>, StoreError>;

    /// One document.
    ///
    /// # Errors
    /// Those of the database.
    async fn document(
        &mut self,
        tenancy: &Tenancy,
        kind: &'static str,
        id: Uuid,
    ) -> Result<Option<Document>, StoreError>;

    /// On how many things each label is that is on any.
    ///
    /// # Errors
    /// Those of the database.
    async fn label_uses(&mut self, tenancy: &Tenancy) -> Result<BTreeMap<Uuid, u64>, StoreError>;

    /// The users of a directory that are not deleted, by the ids of what we know of them.
    ///
    /// # Errors
    /// Those of the database.
    async fn directory_domains(&mut self, tenancy: &Tenancy, service: Service) -> Result<Vec<Uuid>, StoreError>;

    /// Whether such a user is in a directory and not deleted.
    ///
    /// # Errors
    /// Those of the database.
    async fn directory_has(&mut self, tenancy: &Tenancy, service: Service, domain: Uuid) -> Result<bool, StoreError>;
}

/// What is done with what is set up.
#[async_trait]
pub trait BookingConfiguration: BookingConfigurationReads {
    /// Says that something changes, and waits for whoever else changes something. Every job that writes a document does
    /// this before it reads what it decides by.
    ///
    /// # Errors
    /// Those of the database.
    async fn raise_booking_revision(&mut self, tenancy: &Tenancy) -> Result<i64, StoreError>;

    /// Makes a document, of version 1, with its labels.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where its key or id is taken, [`StoreError::Refused`] where it is too large or there are too
    /// many, [`StoreError::Absent`] where a label is not there.
    async fn insert_document(&mut self, tenancy: &Tenancy, new: &NewDocument, at: Timestamp) -> Result<(), StoreError>;

    /// Lets a document say something else, with other labels.
    ///
    /// # Errors
    /// As [`insert_document`](Self::insert_document); [`StoreError::Absent`] where it is gone, too.
    async fn replace_document(&mut self, tenancy: &Tenancy, new: &NewDocument, at: Timestamp)
    -> Result<(), StoreError>;

    /// Removes a document, and its labels from it.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where it is gone, or is a label that is on something.
    async fn remove_document(&mut self, tenancy: &Tenancy, kind: &'static str, id: Uuid) -> Result<(), StoreError>;
}

#[async_trait]
impl<S: Session> BookingConfigurationReads for S {
    async fn booking_revision(&mut self, tenancy: &Tenancy) -> Result<i64, StoreError> {
        let row = self.of(tenancy.organisation).first(&REVISION, tenancy.with(binds![])).await?;
        row.map_or(Ok(0), |row| row.integer(0))
    }

    async fn every_document(&mut self, tenancy: &Tenancy) -> Result<Vec<Document>, StoreError> {
        let rows = self.of(tenancy.organisation).all(&ALL, tenancy.with(binds![])).await?;
        rows.iter().map(document).collect()
    }

    async fn documents(&mut self, tenancy: &Tenancy, kind: &'static str) -> Result<Vec<Document>, StoreError> {
        let rows = self.of(tenancy.organisation).all(&OF_KIND, tenancy.with(binds![kind])).await?;
        rows.iter().map(document).collect()
    }

    async fn document(
        &mut self,
        tenancy: &Tenancy,
        kind: &'static str,
        id: Uuid,
    ) -> Result<Option<Document>, StoreError> {
        let row = self.of(tenancy.organisation).first(&ONE, tenancy.with(binds![kind, id])).await?;
        row.as_ref().map(document).transpose()
    }

    async fn label_uses(&mut self, tenancy: &Tenancy) -> Result<BTreeMap<Uuid, u64>, StoreError> {
        let rows = self.of(tenancy.organisation).all(&LABEL_USES, tenancy.with(binds![])).await?;
        rows.iter().map(|row| Ok((row.id(0)?, row.count(1)?))).collect()
    }

    async fn directory_domains(&mut self, tenancy: &Tenancy, service: Service) -> Result<Vec<Uuid>, StoreError> {
        let rows = self.of(tenancy.organisation).all(&PEOPLE, tenancy.with(binds![service.as_str()])).await?;
        rows.iter().map(|row| row.id(0)).collect()
    }

    async fn directory_has(&mut self, tenancy: &Tenancy, service: Service, domain: Uuid) -> Result<bool, StoreError> {
        let binds = tenancy.with(binds![service.as_str(), domain]);
        Ok(self.of(tenancy.organisation).only(&IS_THERE, binds).await?.count(0)? > 0)
    }
}

#[async_trait]
impl BookingConfiguration for Tx {
    async fn raise_booking_revision(&mut self, tenancy: &Tenancy) -> Result<i64, StoreError> {
        self.of(tenancy.organisation).only(&RAISE, tenancy.with(binds![])).await?.integer(0)
    }

    async fn insert_document(&mut self, tenancy: &Tenancy, new: &NewDocument, at: Timestamp) -> Result<(), StoreError> {
        let there = self.of(tenancy.organisation).only(&COUNT, tenancy.with(binds![new.kind])).await?.count(0)?;
        if there >= MAX_DOCUMENTS {
            return Err(StoreError::Refused { what: "more than 50,000 of a kind" });
        }
        self.of(tenancy.organisation).execute(&INSERT, tenancy.with(columns(new, at)?)).await?;
        label(self, tenancy, new).await
    }

    async fn replace_document(
        &mut self,
        tenancy: &Tenancy,
        new: &NewDocument,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        found("document", self.of(tenancy.organisation).execute(&REPLACE, tenancy.with(columns(new, at)?)).await?)?;
        self.of(tenancy.organisation).execute(&UNLABEL, tenancy.with(binds![new.kind, new.id])).await?;
        label(self, tenancy, new).await
    }

    async fn remove_document(&mut self, tenancy: &Tenancy, kind: &'static str, id: Uuid) -> Result<(), StoreError> {
        for (statement, what) in [(&UNLABEL, None), (&REMOVE, Some("document"))] {
            let removed = self.of(tenancy.organisation).execute(statement, tenancy.with(binds![kind, id])).await?;
            what.map_or(Ok(()), |what| found(what, removed))?;
        }
        Ok(())
    }
}

async fn label(tx: &mut Tx, tenancy: &Tenancy, new: &NewDocument) -> Result<(), StoreError> {
    for label in &new.labels {
        let binds = tenancy.with(binds![*label, new.kind, new.id]);
        tx.of(tenancy.organisation).execute(&LABEL, binds).await?;
    }
    Ok(())
}

fn columns(new: &NewDocument, at: Timestamp) -> Result<Vec<Bind>, StoreError> {
    let body = json_text(&new.body)?;
    if body.len() > MAX_BODY || new.key.as_ref().is_some_and(|key| key.len() > MAX_KEY) {
        return Err(StoreError::Refused { what: "a document of that size" });
    }
    Ok(binds![new.kind, new.id, new.key.as_deref(), body, at])
}

fn document(row: &Row) -> Result<Document, StoreError> {
    Ok(Document {
        kind: row.text(0)?,
        id: row.id(1)?,
        key: row.text_if(2)?,
        body: row.json(3)?,
        version: row.integer(4)?,
        created: row.instant(5)?,
        modified: row.instant(6)?,
    })
}
