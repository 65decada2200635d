//! Who is let in, and how often: one door for the surfaces of a server, so that a caller has one rate whichever he asks.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use engage_identity::{Caller as Identified, Choice, Denied, Presented, Principal, Proven, Reason, Validator};
use engage_playbooks::ports::Time;

use super::call::Origin;
use super::fault::Fault;
use super::limits::Limiter;
use super::signed_in::{SignIns, Whence};
use crate::http::{Caller, RequestId, Stood};
use crate::identity::CountKey;

/// Who calls, or why nobody is let in.
#[derive(Clone)]
pub(super) struct Admitted {
    pub(super) principal: Result<Arc<Principal>, Reason>,
    /// Who he is, where he has still to choose where he works.
    proven: Result<Arc<Proven>, Reason>,
}

impl Admitted {
    /// Where a user may go who has chosen nothing yet.
    pub(super) fn choices(&self) -> Result<Vec<Choice>, Reason> {
        let choices = self.proven.clone()?.choices().map_err(|denied| denied.reason)?;
        // Wherever his tenant leads, he may not go there with what he uses.
        if choices.is_empty() { Err(Reason::ClientNotAllowed) } else { Ok(choices) }
    }
}

/// Says who calls, counts it, and has it written down.
#[derive(Clone)]
pub struct Door {
    pub(crate) validator: Validator,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) time: Arc<dyn Time>,
    /// The audit log that has who was let in, and who was not.
    pub(crate) audit: Option<SignIns>,
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
        let token = token(&request);
        if let Some(standing) = token.as_ref().and_then(|token| self.limiter.shut(from, token, now)) {
            standing.tell(&stood);
            return Fault::later(standing.wait.unwrap_or_default()).into_response();
        }
        let presented = Presented { headers: request.headers(), query: request.uri().query() };
        let (admitted, denied) = self.asked(presented).await;
        if token.is_some() && denied.as_ref().is_some_and(|denied| is_refusal(denied.reason)) {
            self.limiter.refused(from, now);
        }
        let key = admitted.principal.as_ref().map_or(CountKey::Address(from), |who| key(who));
        let standing = self.limiter.take(key, now).await;
        standing.tell(&stood);
        if let Some(seconds) = standing.wait {
            return Fault::later(seconds).into_response();
        }
        if let Some(token) = &token {
            let from = Whence { address: from, request: request.extensions().get::<RequestId>(), at: now };
            self.written_down(token, &admitted, denied.as_ref(), from).await;
        }
        request.extensions_mut().insert(admitted);
        next.run(request).await
    }

    /// Has it written down who is let in with a token, or is not.
    async fn written_down(&self, token: &[u8], admitted: &Admitted, denied: Option<&Denied>, from: Whence<'_>) {
        let audit = self.audit.as_ref();
        match (&admitted.principal, denied) {
            (Ok(who), _) => {
                // It is remembered even where nothing is written down: who was let in is not shut out.
                let is_new = self.limiter.admitted(token, who.organisation);
                if let Some(audit) = audit.filter(|_| is_new) {
                    audit.let_in(who, from).await;
                }
            }
            (Err(reason), Some(Denied { known: Some(known), .. })) => {
                if let Some(audit) = audit {
                    audit.refused(*reason, known, from).await;
                }
            }
            (Err(_), _) => {}
        }
    }

    /// Has it written down that nothing is done on behalf of who calls.
    pub(super) async fn behalf_refused(&self, reason: Reason, origin: &Origin) {
        if let Some(audit) = self.audit.as_ref().filter(|_| is_refusal(reason)) {
            audit.behalf_refused(reason, origin, self.time.timestamp()).await;
        }
    }

    /// Who calls; and why he is refused.
    async fn asked(&self, presented: Presented<'_>) -> (Admitted, Option<Denied>) {
        let proven = self.validator.prove(presented).await.map(Arc::new);
        let principal = proven.as_ref().map_err(Clone::clone).and_then(|proven| proven.principal(presented.headers));
        let denied = principal.as_ref().err().cloned();
        if let Some(Denied { reason, facts, .. }) = &denied {
            tracing::info!(reason = reason.code(), ?facts, "a caller is not let in");
        }
        let reason = |denied: Denied| denied.reason;
        (Admitted { principal: principal.map(Arc::new).map_err(reason), proven: proven.map_err(reason) }, denied)
    }
}

/// Whether a token is refused: not where nobody can be asked, which is not the caller's doing, nor where all that is missing is where
/// he means to work.
pub(super) fn is_refusal(reason: Reason) -> bool {
    matches!(reason.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// The token of a request, as it was sent, without its scheme: who spells that otherwise comes with the same token.
fn token(request: &Request) -> Option<Vec<u8>> {
    let value = request.headers().get(header::AUTHORIZATION)?.as_bytes();
    let token = value.splitn(2, |byte| *byte == b' ').last().unwrap_or(value);
    Some(token.trim_ascii().to_vec())
}

fn key(principal: &Principal) -> CountKey {
    let client = match &principal.caller {
        Identified::User(user) => user.client,
        Identified::System(system) => system.client,
    };
    CountKey::Client { organisation: principal.organisation, client }
}
