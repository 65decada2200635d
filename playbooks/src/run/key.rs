//! Whose a run is, and which.

use std::fmt;
use std::sync::Arc;

use engage_engine::ids::SemanticId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The organisation a run belongs to, by the host's id for it: 1 to 100 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tenant(Arc<str>);

/// Why a text names no tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant is named by 1 to 100 printable ASCII characters without spaces")]
pub struct TenantError;

impl Tenant {
    /// A tenant by its id.
    ///
    /// # Errors
    /// [`TenantError`] when the text is empty, too long, or holds anything but printable ASCII.
    pub fn new(id: &str) -> Result<Self, TenantError> {
        let good = (1..=100).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        if good { Ok(Self(Arc::from(id))) } else { Err(TenantError) }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Tenant {
    type Error = TenantError;

    fn try_from(id: String) -> Result<Self, TenantError> {
        Self::new(&id)
    }
}

impl From<Tenant> for String {
    fn from(tenant: Tenant) -> Self {
        tenant.as_str().to_owned()
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A run: its tenant and its id. Nothing finds a run without both.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunKey {
    /// Whose.
    pub tenant: Tenant,
    /// Which; also the operation key of everything that the run writes.
    pub run: Uuid,
}

/// The name space of ids of runs that events start.
const RUNS: Uuid = Uuid::from_u128(0x8a5f_0d52_6b1c_4f0e_9d39_52d0_57a1_c3e4);

impl RunKey {
    /// The run that an event starts of a playbook: the same event never starts another.
    ///
    /// ```
    /// use engage_engine::SemanticId;
    /// use engage_playbooks::run::{RunKey, Tenant};
    /// let (tenant, playbook) = (Tenant::new("contoso").unwrap(), SemanticId::new("portal-lead").unwrap());
    /// let key = RunKey::of_event(&tenant, &playbook, "event-1");
    /// assert_eq!(key, RunKey::of_event(&tenant, &playbook, "event-1"));
    /// assert_ne!(key, RunKey::of_event(&tenant, &playbook, "event-2"));
    /// ```
    pub fn of_event(tenant: &Tenant, playbook: &SemanticId, event: &str) -> Self {
        // None of the first two holds a line break, so no two triples give one text.
        let name = format!("{tenant}\n{playbook}\n{event}");
        Self { tenant: tenant.clone(), run: Uuid::new_v5(&RUNS, name.as_bytes()) }
    }
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.run.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_printable_and_short() {
        assert!(Tenant::new("contoso-7").is_ok());
        for bad in ["", "a b", "a\nb", "ø", &"a".repeat(101)] {
            assert!(Tenant::new(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<Tenant>("\"a b\"").is_err());
    }
}
