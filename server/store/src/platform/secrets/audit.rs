//! What is written down of secrets: who, which, and why; never what they say.

use jiff::Timestamp;
use serde_json::json;

use super::rows::SecretName;
use crate::platform::audit::{AuditEntry, AuditOutcome};

/// Who does something with a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// A person's id, an application, or a job.
    pub who: String,
    /// From which address.
    pub source: Option<String>,
    /// The request that it belongs to.
    pub correlation: Option<String>,
}

/// Why a secret is needed in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// Who needs it.
    pub actor: Actor,
    /// What for: `sign in to the CRM`.
    pub reason: String,
}

pub(super) fn entry(
    name: &SecretName,
    actor: &Actor,
    event: &str,
    outcome: AuditOutcome,
    version: Option<i64>,
    reason: Option<&str>,
    at: Timestamp,
) -> AuditEntry {
    let Actor { who, source, correlation } = actor.clone();
    let details = json!({ "kind": name.kind, "name": name.name, "version": version, "reason": reason });
    let (organisation, event) = (name.organisation, event.to_owned());
    AuditEntry { organisation, at, actor: who, source, correlation, event, outcome, details }
}
