//! Who calls, as far as the platform's database says it: which tenants and clients lead where, and how often they call.
//!
//! | file | what |
//! |---|---|
//! | `assertions` | what employees signed in with, for what is done on their behalf once they were answered |
//! | `cache` | what was read, for half a minute |
//! | `counts` | how often somebody calls, whichever server is asked |
//! | `refusals` | what the audit log has of who is refused |

pub(crate) mod assertions;
mod cache;
mod counts;
mod refusals;

use std::sync::Arc;

use async_trait::async_trait;
use engage_identity::{Clients, Directory, Environment, Mapping, NoRole, Registration, Tenants, Unreadable};
use engage_playbooks::ports::Time;
use engage_store::platform::{self, ClientReads as _, Database, OrganisationReads as _, StoreError, Tenant};
use uuid::Uuid;

pub use assertions::{Assertions, Kept, NotKept};
pub(crate) use cache::Cache;
pub use counts::{BATCH, CountKey, CountSpan, StoredCounts};
pub use refusals::Refusals;

/// Tenants and clients of the platform's database. What was read is kept for half a minute, so that what is changed holds within
/// the minute that [`Tenants`] allows, on every server.
pub struct StoredDirectory {
    database: Database,
    time: Arc<dyn Time>,
    tenants: Cache<Vec<Mapping>>,
    clients: Cache<Option<Registration>>,
}

impl std::fmt::Debug for StoredDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredDirectory")
    }
}

impl StoredDirectory {
    /// Of a database.
    #[must_use]
    pub fn new(database: Database, time: Arc<dyn Time>) -> Self {
        Self { database, time, tenants: Cache::default(), clients: Cache::default() }
    }

    /// The directory that a validator asks.
    #[must_use]
    pub fn directory(self) -> Directory {
        let both = Arc::new(self);
        Directory { tenants: both.clone(), clients: both }
    }
}

#[async_trait]
impl Tenants for StoredDirectory {
    async fn mappings(&self, tenant: Uuid) -> Result<Vec<Mapping>, Unreadable> {
        // Before it is read: what is read is never older than it is taken to be.
        let now = self.time.now();
        if let Some(known) = self.tenants.get(tenant, now) {
            return Ok(known);
        }
        let choices = self.database.reader().choices(tenant).await.map_err(|error| unreadable(&error))?;
        let mappings = choices.iter().map(mapping).collect::<Result<Vec<_>, _>>().map_err(|NoRole| {
            tracing::error!("a tenant is limited to a role that there is not");
            Unreadable
        })?;
        self.tenants.put(tenant, mappings.clone(), !mappings.is_empty(), now);
        Ok(mappings)
    }
}

#[async_trait]
impl Clients for StoredDirectory {
    async fn client(&self, client: Uuid) -> Result<Option<Registration>, Unreadable> {
        let now = self.time.now();
        if let Some(known) = self.clients.get(client, now) {
            return Ok(known);
        }
        let found = self.database.reader().client(client).await.map_err(|error| unreadable(&error))?;
        let found = found.map(|(organisation, of)| Registration { organisation, environment: environment(of) });
        self.clients.put(client, found, found.is_some(), now);
        Ok(found)
    }
}

fn unreadable(error: &StoreError) -> Unreadable {
    tracing::error!(%error, "which tenants and clients lead where cannot be read");
    Unreadable
}

/// What a tenant leads to. A cap that is no role opens nothing.
fn mapping(choice: &Tenant) -> Result<Mapping, NoRole> {
    let cap = choice.limits.cap.as_deref().map(str::parse).transpose()?;
    let (organisation, clients) = (choice.organisation, choice.limits.clients.clone());
    Ok(Mapping { organisation, environment: environment(choice.environment), cap, clients })
}

fn environment(of: platform::Environment) -> Environment {
    match of {
        platform::Environment::Dev => Environment::Dev,
        platform::Environment::Test => Environment::Test,
        platform::Environment::Prod => Environment::Prod,
    }
}
