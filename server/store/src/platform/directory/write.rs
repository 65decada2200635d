//! Writing records.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::members::forget_memberships;
use super::model::{Content, Kind, NewRecord, Realm};
use super::read::{DirectoryReads, text};
use crate::platform::StoreError;
use crate::platform::organisations::found;
use crate::platform::sql::{Scoped, Session, Tx, binds};

macro_rules! insert {
    ($folded:literal) => {
        concat!(
            "INSERT INTO directory_resources (organisation, environment, service, kind, id, domain, created, modified,
               version, user_name, user_name_folded, external_id, display_name_folded, group_name, active, body,
               folded, deactivated_at, purge_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, $8, $9, $10, $11, $12, $13, $14, ",
            $folded,
            ", $16, $17)"
        )
    };
}

macro_rules! replace {
    ($folded:literal) => {
        concat!(
            "UPDATE directory_resources SET version = version + 1, modified = $7, user_name = $8,
               user_name_folded = $9, external_id = $10, display_name_folded = $11, group_name = $12, active = $13,
               body = $14, folded = ",
            $folded,
            ", deactivated_at = $16, purge_at = $17
             WHERE organisation = $1 AND environment = $2 AND service = $3 AND kind = $4 AND id = $5
               AND version = $6 AND deleted_at IS NULL"
        )
    };
}

const INSERT: Scoped = Scoped::two(insert!("$15"), insert!("CAST($15 AS jsonb)"));
const REPLACE: Scoped = Scoped::two(replace!("$15"), replace!("CAST($15 AS jsonb)"));
const DELETE: Scoped = Scoped::new(
    "UPDATE directory_resources SET version = version + 1, deleted_at = $6, purge_at = $7,
       deactivated_at = coalesce(deactivated_at, $6)
     WHERE organisation = $1 AND environment = $2 AND service = $3 AND kind = $4 AND id = $5 AND deleted_at IS NULL",
);
const FORGET: Scoped = Scoped::new(
    "DELETE FROM directory_resources WHERE organisation = $1 AND environment = $2 AND service = $3 AND kind = $4
     AND id = $5 AND deleted_at IS NOT NULL",
);

/// What is done with records.
#[async_trait]
pub trait Directory: DirectoryReads {
    /// Makes a record, of version 1.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a name is taken, [`StoreError::Refused`] where the content cannot be kept.
    async fn insert_record(&mut self, realm: &Realm, new: &NewRecord, at: Timestamp) -> Result<(), StoreError>;

    /// Lets a record say something else, and returns its version.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is no longer of the version that was read, [`StoreError::Absent`] where it is gone;
    /// otherwise as [`insert_record`](Self::insert_record).
    async fn replace_record(
        &mut self,
        realm: &Realm,
        kind: Kind,
        id: Uuid,
        read: i64,
        content: &Content,
        at: Timestamp,
    ) -> Result<i64, StoreError>;

    /// Deletes a record: its names are free, it is in no group, and a tombstone stays until `purge_at`.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where it is gone.
    async fn delete_record(
        &mut self,
        realm: &Realm,
        kind: Kind,
        id: Uuid,
        at: Timestamp,
        purge_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Removes a tombstone at once, because another record goes on with what we know of it.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is none.
    async fn forget_tombstone(&mut self, realm: &Realm, kind: Kind, id: Uuid) -> Result<(), StoreError>;
}

#[async_trait]
impl Directory for Tx {
    async fn insert_record(&mut self, realm: &Realm, new: &NewRecord, at: Timestamp) -> Result<(), StoreError> {
        let mut binds = realm.with(binds![new.kind.as_str(), text(new.id), new.domain, at]);
        binds.extend(new.content.binds(new.kind)?);
        self.of(realm.organisation).execute(&INSERT, binds).await.map(drop)
    }

    async fn replace_record(
        &mut self,
        realm: &Realm,
        kind: Kind,
        id: Uuid,
        read: i64,
        content: &Content,
        at: Timestamp,
    ) -> Result<i64, StoreError> {
        let mut binds = realm.with(binds![kind.as_str(), text(id), read, at]);
        binds.extend(content.binds(kind)?);
        if self.of(realm.organisation).execute(&REPLACE, binds).await? > 0 {
            return Ok(read + 1);
        }
        match self.record(realm, kind, id).await? {
            Some(_) => Err(StoreError::Stale),
            None => Err(StoreError::Absent { what: "record" }),
        }
    }

    async fn delete_record(
        &mut self,
        realm: &Realm,
        kind: Kind,
        id: Uuid,
        at: Timestamp,
        purge_at: Timestamp,
    ) -> Result<(), StoreError> {
        let binds = realm.with(binds![kind.as_str(), text(id), at, purge_at]);
        found("record", self.of(realm.organisation).execute(&DELETE, binds).await?)?;
        forget_memberships(self, realm, id).await
    }

    async fn forget_tombstone(&mut self, realm: &Realm, kind: Kind, id: Uuid) -> Result<(), StoreError> {
        let binds = realm.with(binds![kind.as_str(), text(id)]);
        found("tombstone", self.of(realm.organisation).execute(&FORGET, binds).await?)
    }
}
