//! In which CRM an organisation keeps its records, as far as callers have to know.

use std::sync::Arc;

use engage_playbooks::ports::Time;
use engage_store::platform::{Database, OrganisationReads as _};
use uuid::Uuid;

use super::fault::Fault;
use crate::identity::Cache;

/// The CRM whose records meetings have to name: how else it is called here, `salesforceId`, says why.
const NAMED: &str = "salesforce";
/// The CRM that takes tokens of Entra: those of users are exchanged for it.
const EXCHANGING: &str = "dataverse";

/// The CRMs of organisations, as the platform's database says. What was read is kept for half a minute.
pub struct StoredCrms {
    database: Database,
    time: Arc<dyn Time>,
    kept: Cache<Option<String>>,
}

impl std::fmt::Debug for StoredCrms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredCrms")
    }
}

impl StoredCrms {
    /// Of a database.
    #[must_use]
    pub fn new(database: Database, time: Arc<dyn Time>) -> Self {
        Self { database, time, kept: Cache::default() }
    }

    /// Whether meetings of an organisation name their record of the CRM.
    pub(super) async fn names_records(&self, organisation: Uuid) -> Result<bool, Fault> {
        Ok(self.crm(organisation).await?.as_deref() == Some(NAMED))
    }

    /// Whether what employees of an organisation sign in with is exchanged for tokens of its CRM.
    pub(super) async fn exchanges(&self, organisation: Uuid) -> Result<bool, Fault> {
        Ok(self.crm(organisation).await?.as_deref() == Some(EXCHANGING))
    }

    async fn crm(&self, organisation: Uuid) -> Result<Option<String>, Fault> {
        // Before it is read: what is read is never older than it is taken to be.
        let now = self.time.now();
        if let Some(known) = self.kept.get(organisation, now) {
            return Ok(known);
        }
        let crm = self.database.reader().crm(organisation).await.map_err(engage_bookme::Error::from)?;
        self.kept.put(organisation, crm.clone(), true, now);
        Ok(crm)
    }
}
