//! What is known of secrets, and done with them, without a key: where a key is lost, they are still listed and removed.

use jiff::Timestamp;
use uuid::Uuid;

use super::audit::{Actor, entry};
use super::rows::{self, KeyUse, SecretInfo, SecretName, SecretState};
use crate::platform::StoreError;
use crate::platform::audit::{Audit, AuditOutcome};
use crate::platform::sql::Database;

/// Which secrets there are. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Inventory {
    database: Database,
}

impl Inventory {
    /// Of the secrets in a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// What may be known of the secrets of an organisation, by kind, name and version; not more than so many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list(&self, organisation: Uuid, most: usize) -> Result<Vec<SecretInfo>, StoreError> {
        rows::list(&mut self.database.reader(), organisation, most).await
    }

    /// The same of those of one kind.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of_kind(&self, organisation: Uuid, kind: &str, most: usize) -> Result<Vec<SecretInfo>, StoreError> {
        rows::of_kind(&mut self.database.reader(), organisation, kind, most).await
    }

    /// The same of those of one kind whose names begin with a text.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn beginning(
        &self,
        organisation: Uuid,
        (kind, text): (&str, &str),
        most: usize,
    ) -> Result<Vec<SecretInfo>, StoreError> {
        rows::beginning(&mut self.database.reader(), organisation, (kind, text), most).await
    }

    /// The same of those of other kinds than two: there may be so many of a kind that no others would be among those that are listed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of_other_kinds(
        &self,
        organisation: Uuid,
        kinds: [&str; 2],
        most: usize,
    ) -> Result<Vec<SecretInfo>, StoreError> {
        rows::of_other_kinds(&mut self.database.reader(), organisation, kinds, most).await
    }

    /// The version of a secret that is in use.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn current(&self, name: &SecretName) -> Result<Option<SecretInfo>, StoreError> {
        let found = rows::find(&mut self.database.reader(), name, SecretState::Current).await?;
        Ok(found.map(|found| found.info))
    }

    /// The keys that something is wrapped by, by name, and how much.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keys(&self) -> Result<Vec<KeyUse>, StoreError> {
        rows::keys(&mut self.database.reader()).await
    }

    /// Removes every version of a secret, and writes down who did.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is none.
    pub async fn remove(&self, name: &SecretName, actor: &Actor, at: Timestamp) -> Result<(), StoreError> {
        self.removed(name, None, actor, at).await
    }

    /// The same, as long as the version in use is one that was looked at.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is none, [`StoreError::Stale`] where another is in use by now.
    pub async fn remove_unchanged(&self, seen: &SecretInfo, actor: &Actor, at: Timestamp) -> Result<(), StoreError> {
        self.removed(&seen.name, Some(seen.version), actor, at).await
    }

    async fn removed(
        &self,
        name: &SecretName,
        version: Option<i64>,
        actor: &Actor,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let input = (name.clone(), actor.clone());
        let work = self.database.write(input, move |tx, (name, actor)| {
            Box::pin(async move {
                if let Some(version) = version {
                    let current = rows::find(tx, name, SecretState::Current).await?;
                    if current.is_some_and(|current| current.info.version != version) {
                        return Err(StoreError::Stale);
                    }
                }
                if rows::remove_all(tx, name).await? == 0 {
                    return Err(StoreError::Absent { what: "secret" });
                }
                tx.append_audit(&entry(name, actor, "secret.removed", AuditOutcome::Done, None, None, at)).await
            })
        });
        work.await
    }
}
