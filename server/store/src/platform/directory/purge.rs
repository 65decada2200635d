//! Removing records whose time is over.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::members::forget_memberships;
use super::model::{Kind, Realm, Service, Tombstone, id};
use super::read::text;
use crate::platform::StoreError;
use crate::platform::organisations::environment;
use crate::platform::sql::{Global, Row, Scoped, Session, Tx, Unscoped, binds};

/// Of all organisations: one server does it for all of them.
const DUE: Global = Global::new(
    "SELECT organisation, environment, service, kind, id, domain, coalesce(deleted_at, deactivated_at, purge_at),
       purge_at
     FROM directory_resources WHERE purge_at IS NOT NULL AND purge_at <= $1 ORDER BY purge_at, id LIMIT $2",
);
const PURGE: Scoped = Scoped::new(
    "DELETE FROM directory_resources WHERE organisation = $1 AND environment = $2 AND service = $3 AND kind = $4
     AND id = $5 AND purge_at IS NOT NULL AND purge_at <= $6",
);

/// What is due.
#[async_trait]
pub trait PurgeReads {
    /// Records and tombstones whose time is over, of all organisations, the longest over first. Of a record that is not
    /// deleted `deleted_at` is when it was deactivated.
    ///
    /// # Errors
    /// Those of the database.
    async fn due_for_purge(&mut self, now: Timestamp, most: usize)
    -> Result<Vec<(Realm, Kind, Tombstone)>, StoreError>;
}

/// Removing it.
#[async_trait]
pub trait Purge: PurgeReads {
    /// Removes a record whose time is over, and its memberships; whether it was there and still due.
    ///
    /// # Errors
    /// Those of the database.
    async fn purge_record(&mut self, realm: &Realm, kind: Kind, id: Uuid, now: Timestamp) -> Result<bool, StoreError>;
}

#[async_trait]
impl<S: Session> PurgeReads for S {
    async fn due_for_purge(
        &mut self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(Realm, Kind, Tombstone)>, StoreError> {
        let rows = Unscoped::over(self).all(&DUE, binds![now, most]).await?;
        rows.iter().map(due).collect()
    }
}

fn due(row: &Row) -> Result<(Realm, Kind, Tombstone), StoreError> {
    let service = Service::read(&row.text(2)?)?;
    let realm = Realm { organisation: row.id(0)?, environment: environment(row, 1)?, service };
    let (deleted_at, purge_at) = (row.instant(6)?, row.instant_if(7)?);
    Ok((realm, Kind::read(&row.text(3)?)?, Tombstone { id: id(row, 4)?, domain: row.id(5)?, deleted_at, purge_at }))
}

#[async_trait]
impl Purge for Tx {
    async fn purge_record(&mut self, realm: &Realm, kind: Kind, id: Uuid, now: Timestamp) -> Result<bool, StoreError> {
        let binds = realm.with(binds![kind.as_str(), text(id), now]);
        if self.of(realm.organisation).execute(&PURGE, binds).await? == 0 {
            return Ok(false);
        }
        forget_memberships(self, realm, id).await?;
        self.erases();
        Ok(true)
    }
}
