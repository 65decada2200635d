//! Which Entra tenants lead where, as the platform's database says.

use async_trait::async_trait;
use engage_identity::{Environment, Mapping, Tenants, Unreadable};
use engage_store::platform::{self, Database, OrganisationReads as _, Tenant};
use uuid::Uuid;

/// The tenants of the platform's database. They are read at every request: what is mapped or taken away holds at once.
#[derive(Debug, Clone)]
pub struct StoredTenants {
    database: Database,
}

impl StoredTenants {
    /// Of a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl Tenants for StoredTenants {
    async fn mappings(&self, tenant: Uuid) -> Result<Vec<Mapping>, Unreadable> {
        let choices = self.database.reader().choices(tenant).await.map_err(|error| {
            tracing::error!(%error, "what a tenant leads to cannot be read");
            Unreadable
        })?;
        Ok(choices.iter().map(mapping).collect())
    }
}

/// The database keeps neither caps nor lists of allowed applications: roles are those of tokens.
fn mapping(choice: &Tenant) -> Mapping {
    let environment = match choice.environment {
        platform::Environment::Dev => Environment::Dev,
        platform::Environment::Test => Environment::Test,
        platform::Environment::Prod => Environment::Prod,
    };
    Mapping { organisation: choice.organisation, environment, cap: None, clients: None }
}
