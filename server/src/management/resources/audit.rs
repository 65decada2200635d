//! Who did what.

use std::sync::Arc;

use engage_store::platform::{AuditEntry, AuditOutcome, AuditPlace, AuditQuery, AuditReads as _};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::call::{Answer, Call, Reply};
use crate::management::Management;
use crate::management::page::{self, Page, Paged as _, words};
use crate::management::values::Told;
use crate::openapi::{Described, Shape};

/// How much time is looked at where nobody says, and at most.
const USUAL: SignedDuration = SignedDuration::from_hours(30 * 24);
const MOST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Something that was done, or was not allowed. It holds no secret, and no value of a customer's records.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditEntry")]
pub(in crate::management) struct Entry {
    /// When.
    at: Told<Timestamp>,
    /// Who: `user TENANT/OBJECT`, `client CLIENT`, `command line`, or a job of the platform.
    actor: String,
    /// From which address, where that is known.
    source: Option<String>,
    /// The request that it belongs to, by its id in the log.
    correlation: Option<String>,
    /// What was done, such as `scim-token.issued`.
    action: String,
    /// What became of it.
    outcome: Outcome,
    /// More of it: names, ids and versions.
    details: Value,
}

/// What became of what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AuditOutcome")]
pub(in crate::management) enum Outcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Refused,
    /// It was tried and failed.
    Failed,
}

impl From<AuditEntry> for Entry {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { at, actor, source, correlation, event, outcome, details, .. } = entry;
        let outcome = match outcome {
            AuditOutcome::Done => Outcome::Done,
            AuditOutcome::Refused => Outcome::Refused,
            AuditOutcome::Failed => Outcome::Failed,
        };
        Self { at: Told(at), actor, source, correlation, action: event, outcome, details }
    }
}

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    let (from, until) = between(&mut call, management.time.timestamp());
    let outcomes = AuditOutcome::ALL.map(|outcome| (outcome.as_str(), outcome));
    let outcome = page::named(&mut call.query, "outcome", &outcomes);
    let (actor, event, target) = (call.query.text("actor"), call.query.text("action"), call.query.text("target"));
    let (most, before) = (page::limit(&mut call.query), page::after(&mut call.query));
    call.query.finish()?;
    let before = before.map(|(at, number)| AuditPlace { at, number });
    let environment = call.tenancy.environment;
    let query = AuditQuery { environment, from, until, actor, event, target, outcome, before };
    let found = management.database.reader().audit_found(call.tenancy.organisation, &query, most + 1).await?;
    Reply::of(&Page::of(found, most, |(place, _)| page::place(place.at, place.number), |(_, entry)| Entry::from(entry)))
}

/// From when until when: the last thirty days where nobody says, a year at most.
fn between(call: &mut Call, now: Timestamp) -> (Timestamp, Timestamp) {
    let (from, until) = (call.query.instant("from"), call.query.instant("until"));
    // What is done at this very instant is there too.
    let until = until.unwrap_or_else(|| now.checked_add(SignedDuration::from_secs(1)).unwrap_or(now));
    let from = from.unwrap_or_else(|| until.checked_sub(USUAL).unwrap_or(Timestamp::MIN));
    if from >= until {
        call.query.add("from", "it is before `until`");
    } else if until.duration_since(from) > MOST {
        call.query.add("from", "it is no more than 366 days before `until`");
    }
    (from, until)
}

/// What the operation says of itself.
pub(super) fn described() -> Vec<Described> {
    let entry = json!({
        "at": "2026-05-28T06:00:00Z",
        "actor": "user 0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001/0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0002",
        "source": "192.0.2.1",
        "correlation": null,
        "action": "client.disabled",
        "outcome": "Done",
        "details": {"client": "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0003"},
    });
    vec![
        Described::new("Audit_list", "Audit", "Search the audit log")
            .says("The newest first; all that is given has to hold. A search spans 366 days at most.")
            .query::<Told<Timestamp>>("from", "Done at this instant or later; left out: thirty days before `until`.")
            .query::<Told<Timestamp>>("until", "Done before this instant; left out: until now.")
            .query::<String>("actor", "Who did it, as entries say it.")
            .query::<String>("action", "What was done.")
            .such_as("client.disabled")
            .query::<String>("target", "An id or a name that stands in the details of an entry.")
            .query::<OutcomeName>("outcome", "What became of it.")
            .paged()
            .answers(200, Shape::of::<Page<Entry>>(), json!({"items": [entry], "next": null})),
    ]
}

words! {
    OutcomeName: ["Done", "Refused", "Failed"], "What became of something.";
}
