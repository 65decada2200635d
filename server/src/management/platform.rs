//! What the operations of the platform side are done with: administration in the caller's name, and what is served for his organisation.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use engage_identity::Caller;
use engage_store::platform::Random;
use jiff::SignedDuration;

use super::Management;
use super::ports::Served;
use crate::admin::Admin;
use crate::api::Reason;
use crate::api::call::Call;
use crate::api::fault::Fault;

/// How long ago somebody may have signed in who writes what is secret.
const SIGNED_IN: SignedDuration = SignedDuration::from_mins(10);

/// How an application is told that its user has to sign in again (RFC 9470 §3), in seconds.
const SIGN_IN: &str = "Bearer error=\"insufficient_user_authentication\", \
    error_description=\"a more recent sign-in is needed\", max_age=\"600\"";

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

    /// What administration takes; 501 where a server is put together without it.
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

    /// Administration of what is secret: whoever asks for it has just signed in, where his token says when. Tokens of Entra say it
    /// where the optional claim `auth_time` is configured for the Management API's application.
    pub(super) fn secret_admin(&self, call: &Call) -> Result<Admin, Fault> {
        let signed_in = match &call.origin.principal.caller {
            Caller::User(user) => user.signed_in,
            Caller::System(_) => None,
        };
        let age = signed_in.map(|at| self.time.timestamp().duration_since(at));
        if age.is_some_and(|age| age > SIGNED_IN) {
            return Err(Fault::sign_in_again(SIGN_IN));
        }
        self.admin(call)
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
