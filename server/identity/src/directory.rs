//! Who leads where: tenants to organisations, clients to organisations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use uuid::Uuid;

use crate::principal::Environment;
use crate::role::Role;

/// What the users of a tenant lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The organisation.
    pub organisation: Uuid,
    /// Its environment.
    pub environment: Environment,
    /// What they may do there at most, whatever role their token says; none where their token alone says it.
    pub cap: Option<Role>,
    /// The applications that they may use; none where they may use any that their tenant has consented to.
    pub clients: Option<BTreeSet<Uuid>>,
}

/// What a client leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registration {
    /// The organisation.
    pub organisation: Uuid,
    /// Its environment.
    pub environment: Environment,
}

/// The directory cannot be read at present. Why is for its own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the directory of tenants and clients cannot be read")]
pub struct Unreadable;

/// Which tenants lead where. It is asked at every request and nothing of it is kept here: an implementation may keep what it has
/// read for up to 60 seconds, within which a change has to take effect.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// What the users of a tenant lead to: nothing that is disabled. Anybody can make us ask for any tenant, so this has to be
    /// cheap, and the same for tenants that are nobody's.
    ///
    /// # Errors
    /// [`Unreadable`], and the caller is asked to come back.
    async fn mappings(&self, tenant: Uuid) -> Result<Vec<Mapping>, Unreadable>;
}

/// Which clients lead where; asked as [`Tenants`] are, but only for tokens that the platform's tenant has signed.
#[async_trait]
pub trait Clients: Send + Sync {
    /// What a client leads to; nothing where it is unknown or disabled.
    ///
    /// # Errors
    /// [`Unreadable`], and the caller is asked to come back.
    async fn client(&self, client: Uuid) -> Result<Option<Registration>, Unreadable>;
}

/// Who leads where.
#[derive(Clone)]
pub struct Directory {
    /// Users, by their tenants.
    pub tenants: Arc<dyn Tenants>,
    /// Back-ends, by their clients.
    pub clients: Arc<dyn Clients>,
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Directory")
    }
}

impl From<Arc<Listed>> for Directory {
    fn from(listed: Arc<Listed>) -> Self {
        Self { tenants: listed.clone(), clients: listed }
    }
}

/// A directory in memory, for tests and for programs that keep none.
///
/// ```
/// use engage_identity::{Environment, Listed, Mapping};
/// use uuid::Uuid;
///
/// let (tenant, organisation) = (Uuid::from_u128(1), Uuid::from_u128(2));
/// let directory = Listed::default();
/// directory.map(tenant, Mapping { organisation, environment: Environment::Prod, cap: None, clients: None });
/// directory.unmap(tenant, organisation);
/// ```
#[derive(Debug, Default)]
pub struct Listed {
    lists: Mutex<Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    tenants: BTreeMap<Uuid, Vec<Mapping>>,
    clients: BTreeMap<Uuid, Registration>,
}

impl Listed {
    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a tenant lead somewhere.
    pub fn map(&self, tenant: Uuid, mapping: Mapping) {
        self.lists().tenants.entry(tenant).or_default().push(mapping);
    }

    /// Takes away that a tenant leads to an organisation.
    pub fn unmap(&self, tenant: Uuid, organisation: Uuid) {
        self.lists().tenants.entry(tenant).or_default().retain(|mapping| mapping.organisation != organisation);
    }

    /// Registers a client; one that is registered leads to the new place.
    pub fn register(&self, client: Uuid, registration: Registration) {
        self.lists().clients.insert(client, registration);
    }

    /// Takes away a client.
    pub fn disable(&self, client: Uuid) {
        self.lists().clients.remove(&client);
    }
}

#[async_trait]
impl Tenants for Listed {
    async fn mappings(&self, tenant: Uuid) -> Result<Vec<Mapping>, Unreadable> {
        Ok(self.lists().tenants.get(&tenant).cloned().unwrap_or_default())
    }
}

#[async_trait]
impl Clients for Listed {
    async fn client(&self, client: Uuid) -> Result<Option<Registration>, Unreadable> {
        Ok(self.lists().clients.get(&client).copied())
    }
}
