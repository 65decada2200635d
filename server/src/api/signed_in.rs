//! What the audit log has of those who are let in: each token once by each server, as long as it is remembered there.

use std::net::IpAddr;
use std::sync::Arc;

use engage_identity::{Caller as Identified, Principal};
use engage_store::platform::{Audit as _, AuditEntry, AuditOutcome, Database, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::call::Origin;
use crate::http::RequestId;

/// Writes down that somebody was let in for the first time with a token. That it cannot be written down keeps nobody out: what the call
/// asks for will say that the database is away.
pub(super) async fn write(
    database: &Database,
    principal: &Arc<Principal>,
    from: IpAddr,
    request: Option<&RequestId>,
    now: Timestamp,
) {
    let entry = entry(principal, from, request, now);
    let written = database.write(entry, |tx, entry| Box::pin(async move { tx.append_audit(entry).await }));
    let written: Result<(), StoreError> = written.await;
    if let Err(error) = written {
        tracing::warn!(%error, "it is not written down that somebody has signed in");
    }
}

fn entry(principal: &Arc<Principal>, from: IpAddr, request: Option<&RequestId>, now: Timestamp) -> AuditEntry {
    let environment = principal.environment.as_str();
    let details = match &principal.caller {
        Identified::User(user) => json!({
            "environment": environment, "kind": "user", "tenant": user.tenant, "client": user.client,
            "role": user.role.as_str(),
        }),
        Identified::System(system) => json!({ "environment": environment, "kind": "system", "client": system.client }),
    };
    AuditEntry {
        organisation: principal.organisation,
        at: Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now),
        actor: Origin::new(Arc::clone(principal)).actor().who,
        source: Some(from.to_canonical().to_string()),
        correlation: request.map(|request| request.0.to_string()),
        event: "identity.signed-in".to_owned(),
        outcome: AuditOutcome::Done,
        details,
    }
}
