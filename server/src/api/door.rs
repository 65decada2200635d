//! Who is let in, and how often: one door for the surfaces of a server, so that a caller has one rate whichever he asks.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use engage_identity::{Caller as Identified, Choice, Presented, Principal, Reason, Validator};
use engage_playbooks::ports::Time;
use engage_store::platform::Database;

use super::fault::Fault;
use super::limits::Limiter;
use super::signed_in;
use crate::http::{Caller, RequestId, Stood};
use crate::identity::CountKey;

/// Who calls, or why nobody is let in.
#[derive(Clone)]
pub(super) struct Admitted(pub(super) Result<Arc<Principal>, Reason>);

/// Says who calls, counts it, and has it written down.
#[derive(Clone)]
pub struct Door {
    pub(crate) validator: Validator,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) time: Arc<dyn Time>,
    /// Whose audit log has who was let in.
    pub(crate) audit: Option<Database>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl Door {
    /// Finds out who calls, holds them to their rate, and says on every answer how they stand. Whoever is not let in is counted by
    /// where he calls from; where too many tokens came from there that were refused, no further one is looked at.
    pub(super) async fn counted(&self, mut request: Request, next: Next) -> Response {
        // Whoever is not known to call from anywhere calls from nowhere, with all others of whom that is so.
        let nowhere = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        let from = request.extensions().get::<Caller>().map_or(nowhere, |caller| caller.0);
        let stood = request.extensions().get::<Stood>().cloned().unwrap_or_default();
        let now = self.time.timestamp();
        let token = request.headers().get(header::AUTHORIZATION).cloned();
        if let Some(standing) = token.as_ref().and_then(|token| self.limiter.shut(from, token.as_bytes(), now)) {
            standing.tell(&stood);
            return Fault::later(standing.wait.unwrap_or_default()).into_response();
        }
        let presented = Presented { headers: request.headers(), query: request.uri().query() };
        let admitted = self.authenticated(presented).await;
        // That nobody can be asked is not the caller's doing.
        let is_bad = |reason: &Reason| reason.status() != StatusCode::SERVICE_UNAVAILABLE;
        if token.is_some() && admitted.as_ref().is_err_and(is_bad) {
            self.limiter.refused(from, now);
        }
        let key = admitted.as_ref().map_or(CountKey::Address(from), |who| key(who));
        let standing = self.limiter.take(key, now).await;
        standing.tell(&stood);
        if let Some(seconds) = standing.wait {
            return Fault::later(seconds).into_response();
        }
        if let (Some(token), Ok(principal)) = (&token, &admitted)
            && self.limiter.admitted(token.as_bytes())
            && let Some(audit) = &self.audit
        {
            signed_in::write(audit, principal, from, request.extensions().get::<RequestId>(), now).await;
        }
        request.extensions_mut().insert(Admitted(admitted));
        next.run(request).await
    }

    async fn authenticated(&self, presented: Presented<'_>) -> Result<Arc<Principal>, Reason> {
        self.validator.authenticate(presented).await.map(Arc::new).map_err(|denied| {
            tracing::info!(reason = denied.reason.code(), facts = ?denied.facts, "a caller is not let in");
            denied.reason
        })
    }

    /// Where a user may go who has chosen nothing yet.
    pub(super) async fn choices(&self, presented: Presented<'_>) -> Result<Vec<Choice>, Reason> {
        let choices = self.validator.choices(presented).await.map_err(|denied| denied.reason)?;
        // Wherever his tenant leads, he may not go there with what he uses.
        if choices.is_empty() { Err(Reason::ClientNotAllowed) } else { Ok(choices) }
    }
}

fn key(principal: &Principal) -> CountKey {
    let client = match &principal.caller {
        Identified::User(user) => user.client,
        Identified::System(system) => system.client,
    };
    CountKey::Client { organisation: principal.organisation, client }
}
