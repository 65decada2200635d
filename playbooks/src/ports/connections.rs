//! How a tenant's CRM is reached, and under whose identity.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::acting::Identity;
use engage_engine::adapter::Adapter;
use engage_engine::ids::CrmName;

use crate::run::Tenant;

/// The CRMs of tenants.
#[async_trait]
pub trait Connections: Send + Sync {
    /// An adapter of a tenant's CRM that can act under an identity now. Cheap: asked for before every attempt, and
    /// adapters are kept.
    ///
    /// # Errors
    /// [`ConnectionError`].
    async fn connect(
        &self,
        tenant: &Tenant,
        crm: &CrmName,
        identity: &Identity,
    ) -> Result<Arc<dyn Adapter>, ConnectionError>;
}

/// Why a CRM is not reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// The employee has to sign in first.
    #[error("the employee has to sign in")]
    NeedsIdentity,
    /// The tenant has no such CRM, or it is not set up to act like this.
    #[error("the CRM is not connected")]
    NotConnected,
    /// It cannot be said now.
    #[error("the connection is not available")]
    Unavailable {
        /// How long to wait, where that is known.
        after: Option<Duration>,
    },
}
