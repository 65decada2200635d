//! Where compiled playbooks stand.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use engage_playbooks::compiled::Compiled;
use engage_playbooks::run::Tenant;

/// Playbooks of tenants, in memory.
///
/// # Contract
/// A run goes on with the version that it began with: a version stays until no unfinished run is of it, and comes back with
/// its process. A run whose version is not there is left where it is, and holds up nobody, until [`Runner::refresh`].
///
/// [`Runner::refresh`]: crate::Runner::refresh
pub trait Shelf: Send + Sync {
    /// The tenants that have playbooks.
    fn tenants(&self) -> Vec<Tenant>;

    /// The playbooks of a tenant that are switched on, each on the CRM that it runs on.
    fn on(&self, tenant: &Tenant) -> Vec<Arc<Compiled>>;

    /// A version, switched on or not.
    fn pinned(&self, tenant: &Tenant, digest: &str) -> Option<Arc<Compiled>>;
}

/// A shelf that keeps every version that was put on it.
#[derive(Debug, Default)]
pub struct MemoryShelf(RwLock<BTreeMap<Tenant, Stock>>);

#[derive(Debug, Default)]
struct Stock {
    on: Vec<Arc<Compiled>>,
    versions: HashMap<String, Arc<Compiled>>,
}

impl MemoryShelf {
    /// Switches these playbooks of a tenant on, and all others off.
    pub fn put(&self, tenant: &Tenant, playbooks: Vec<Arc<Compiled>>) {
        let mut stocks = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let stock = stocks.entry(tenant.clone()).or_default();
        stock.versions.extend(playbooks.iter().map(|playbook| (playbook.digest.clone(), playbook.clone())));
        stock.on = playbooks;
    }

    /// Keeps versions that are switched on, and of all others those that are still needed.
    pub fn tidy(&self, tenant: &Tenant, needed: impl Fn(&Compiled) -> bool) {
        let mut stocks = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(Stock { on, versions }) = stocks.get_mut(tenant) {
            versions.retain(|digest, version| on.iter().any(|one| one.digest == *digest) || needed(version));
        }
    }
}

impl Shelf for MemoryShelf {
    fn tenants(&self) -> Vec<Tenant> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn on(&self, tenant: &Tenant) -> Vec<Arc<Compiled>> {
        let stocks = self.0.read().unwrap_or_else(PoisonError::into_inner);
        stocks.get(tenant).map(|stock| stock.on.clone()).unwrap_or_default()
    }

    fn pinned(&self, tenant: &Tenant, digest: &str) -> Option<Arc<Compiled>> {
        let stocks = self.0.read().unwrap_or_else(PoisonError::into_inner);
        stocks.get(tenant)?.versions.get(digest).cloned()
    }
}
