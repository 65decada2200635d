//! What the audit log has of those who are let in, and of those who are not: of who is, each token once for each organisation by each
//! server, as long as it is remembered there; of who is not, what [`Refusals`] lets through.

use std::net::IpAddr;
use std::sync::Arc;

use engage_identity::{Caller as Identified, Known, Principal, Reason};
use engage_store::platform::{Actor, Audit as _, AuditEntry, AuditOutcome, Database, StoreError};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Origin;
use crate::http::RequestId;
use crate::identity::Refusals;

/// Writes down who signs in.
#[derive(Debug, Clone)]
pub(crate) struct SignIns {
    database: Database,
    refusals: Refusals,
}

/// From where a request came, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whence<'r> {
    pub(super) address: IpAddr,
    pub(super) request: Option<&'r RequestId>,
    pub(super) at: Timestamp,
}

impl SignIns {
    pub(super) fn new(database: Database) -> Self {
        Self { refusals: Refusals::new(database.clone()), database }
    }

    /// Writes down that somebody was let in for the first time with a token. That it cannot be written down keeps nobody out: what the
    /// call asks for will say that the database is away.
    pub(super) async fn let_in(&self, principal: &Arc<Principal>, from: Whence<'_>) {
        let environment = principal.environment.as_str();
        let details = match &principal.caller {
            Identified::User(user) => json!({
                "environment": environment, "kind": "user", "tenant": user.tenant, "client": user.client,
                "role": user.role.as_str(),
            }),
            Identified::System(system) => {
                json!({ "environment": environment, "kind": "system", "client": system.client })
            }
        };
        let who = Origin::new(Arc::clone(principal)).actor().who;
        let entry = from.entry(principal.organisation, who, "identity.signed-in", AuditOutcome::Done, details);
        let work = self.database.write(entry, |tx, entry| Box::pin(async move { tx.append_audit(entry).await }));
        let written: Result<(), StoreError> = work.await;
        if let Err(error) = written {
            tracing::warn!(%error, "it is not written down that somebody has signed in");
        }
    }

    /// Writes down that somebody was not let in whose token is proven. That a token has ended is no refusal of anybody: so programs learn
    /// that they need the next one.
    pub(super) async fn refused(&self, reason: Reason, known: &Known, from: Whence<'_>) {
        if !super::door::is_refusal(reason) || reason == Reason::Expired {
            return;
        }
        let who = match known.object {
            Some(object) => format!("user {}/{object}", known.tenant),
            None => format!("tenant {}", known.tenant),
        };
        let details = json!({
            "environment": known.environment.as_str(), "tenant": known.tenant, "reason": reason.code(),
        });
        for organisation in &known.organisations {
            let (who, details) = (who.clone(), details.clone());
            let outcome = AuditOutcome::Refused;
            self.refusals.write(from.entry(*organisation, who, "identity.sign-in-refused", outcome, details)).await;
        }
    }

    /// Writes down that nothing is done on behalf of a user, as what he brought for that is refused.
    pub(super) async fn behalf_refused(&self, reason: Reason, origin: &Origin, at: Timestamp) {
        let Principal { organisation, environment, .. } = *origin.principal;
        let Actor { who, source, correlation } = origin.actor();
        let details = json!({ "environment": environment.as_str(), "reason": reason.code() });
        self.refusals
            .write(AuditEntry {
                organisation,
                at: kept(at),
                actor: who,
                source,
                correlation,
                event: "identity.on-behalf-refused".to_owned(),
                outcome: AuditOutcome::Refused,
                details,
            })
            .await;
    }
}

impl Whence<'_> {
    fn entry(&self, of: Uuid, actor: String, event: &str, outcome: AuditOutcome, details: Value) -> AuditEntry {
        AuditEntry {
            organisation: of,
            at: kept(self.at),
            actor,
            source: Some(self.address.to_canonical().to_string()),
            correlation: self.request.map(|request| request.0.to_string()),
            event: event.to_owned(),
            outcome,
            details,
        }
    }
}

/// An instant as a store keeps it.
fn kept(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
