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
        let input = (name.clone(), actor.clone());
        let work = self.database.write(input, move |tx, (name, actor)| {
            Box::pin(async move {
                if rows::remove_all(tx, name).await? == 0 {
                    return Err(StoreError::Absent { what: "secret" });
                }
                tx.append_audit(&entry(name, actor, "secret.removed", AuditOutcome::Done, None, None, at)).await
            })
        });
        work.await
    }
}
