//! What the operations of the platform side are done with: administration in the caller's name, and what is served for his organisation.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use engage_store::platform::Random;

use super::Management;
use super::ports::Served;
use crate::admin::Admin;
use crate::api::Reason;
use crate::api::call::Call;
use crate::api::fault::Fault;

/// What administration takes that bookings do not.
#[derive(Clone)]
pub struct Administration {
    /// What secrets are drawn from.
    pub random: Arc<dyn Random>,
    /// How long the secret of a directory stays good that was replaced.
    pub overlap: Duration,
}

impl std::fmt::Debug for Administration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Administration").field("overlap", &self.overlap).finish_non_exhaustive()
    }
}

impl Management {
    /// Secrets, tenants, clients and alerts are administered too.
    #[must_use]
    pub fn administering(mut self, administration: Administration) -> Self {
        self.administration = Some(administration);
        self
    }

    /// The workspace of an organisation, its runs and its connections are shown too.
    #[must_use]
    pub fn serving(mut self, served: Served) -> Self {
        self.served = Some(served);
        self
    }

    /// What is written down and told when: at most now, as a store keeps it.
    pub(super) fn administration(&self) -> Result<&Administration, Fault> {
        let missing = || Fault::not_implemented("this server is put together without administration");
        self.administration.as_ref().ok_or_else(missing)
    }

    /// Administration in the name of who calls.
    pub(super) fn admin(&self, call: &Call) -> Result<Admin, Fault> {
        let Administration { random, .. } = self.administration()?;
        Ok(Admin {
            database: self.database.clone(),
            time: Arc::clone(&self.time),
            ids: Arc::clone(&self.ids),
            random: Arc::clone(random),
            actor: call.origin.actor(),
        })
    }

    /// What is served for the organisation of who calls.
    pub(super) fn served(&self, call: &Call) -> Result<&Served, Fault> {
        let ours = |served: &&Served| served.organisation == call.tenancy.organisation;
        self.served.as_ref().filter(ours).ok_or_else(|| {
            let message = "no workspace is served for this organisation: `engage serve --workspace DIR --organisation NAME` serves one";
            Fault::new(StatusCode::NOT_FOUND, message).because(Reason::WorkspaceNotServed)
        })
    }
}
