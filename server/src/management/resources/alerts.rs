//! What those who run an organisation have to know.

use std::sync::Arc;

use engage_store::platform::{self, Acknowledged, AlertPlace, AlertQuery, AlertReads as _};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::management::Management;
use crate::management::page::{self, Page, Paged as _, words};
use crate::management::values::Told;
use crate::openapi::{Described, Shape};

/// Something that somebody has to know. Of each kind and subject one is open at most, however often it is seen.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Alert {
    /// Its id.
    id: Uuid,
    /// What was seen, such as `scim.silence` or `credential.ends`.
    kind: String,
    /// Of which of several things; `null` where there is but one.
    subject: Option<String>,
    /// When it was first seen.
    opened: Told<Timestamp>,
    /// When it was last seen.
    seen: Told<Timestamp>,
    /// How often it was seen.
    count: u64,
    /// When it was over; `null`: it is open.
    closed: Option<Told<Timestamp>>,
    /// Who has said first that they have seen it; it stays open.
    acknowledged: Option<Acknowledgement>,
    /// More of it, as it was last seen: what is in it depends on the kind.
    details: Value,
}

/// That somebody has seen an alert.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Acknowledgement {
    /// When they said so.
    at: Told<Timestamp>,
    /// Who, as the audit log calls them.
    by: String,
}

impl From<platform::Alert> for Alert {
    fn from(alert: platform::Alert) -> Self {
        let platform::Alert { id, kind, subject, opened, seen, count, closed, acknowledged, details, .. } = alert;
        Self {
            id,
            kind,
            subject: Some(subject).filter(|subject| !subject.is_empty()),
            opened: Told(opened),
            seen: Told(seen),
            count,
            closed: closed.map(Told),
            acknowledged: acknowledged.map(|Acknowledged { at, by }| Acknowledgement { at: Told(at), by }),
            details,
        }
    }
}

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    let states = [("Open", Some(true)), ("Closed", Some(false)), ("All", None)];
    let open = page::named(&mut call.query, "state", &states).unwrap_or(Some(true));
    let acknowledged = call.query.flag("acknowledged");
    let (most, after) = (page::limit(&mut call.query), page::after(&mut call.query));
    call.query.finish()?;
    let after = after.map(|(opened, id)| AlertPlace { opened, id });
    let wanted = AlertQuery { open, acknowledged, after };
    let (organisation, environment) = (call.tenancy.organisation, call.tenancy.environment);
    let found = management.database.reader().alerts_page(organisation, environment, &wanted, most + 1).await?;
    Reply::of(&Page::of(found, most, |alert| page::place(alert.opened, alert.id), Alert::from))
}

pub(super) async fn get(management: Arc<Management>, call: Call) -> Answer {
    let (organisation, environment) = (call.tenancy.organisation, call.tenancy.environment);
    let found = management.database.reader().alert(organisation, environment, call.id()?).await?;
    Reply::of(&Alert::from(found.ok_or_else(Fault::absent)?))
}

pub(super) async fn acknowledge(management: Arc<Management>, call: Call) -> Answer {
    let (organisation, environment) = (call.tenancy.organisation, call.tenancy.environment);
    let seen = management.admin(&call)?.acknowledge_alert(organisation, environment, call.id()?).await?;
    Reply::of(&Alert::from(seen))
}

const TAG: &str = "Alerts";

/// What operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let (one, page) = (Shape::of::<Alert>(), Shape::of::<Page<Alert>>());
    vec![
        Described::new("Alerts_list", TAG, "List alerts")
            .says("The newest first.")
            .query::<AlertState>("state", "Those that are open, those that are over, or all.")
            .otherwise("Open")
            .flag("acknowledged", "Those alone that somebody has seen, or has not.")
            .paged()
            .answers(200, page, json!({"items": [example()], "next": null})),
        Described::new("Alerts_get", TAG, "Read an alert").answers(200, one, example()),
        Described::new("Alerts_acknowledge", TAG, "Say that one has seen an alert")
            .says("It stays open. Who was first to say so stays.")
            .answers(200, one, example()),
    ]
}

words! {
    AlertState: ["Open", "Closed", "All"], "Which alerts.";
}

fn example() -> Value {
    json!({
        "id": "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001",
        "kind": "credential.ends",
        "subject": "client-secret 0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0002 0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0003",
        "opened": "2026-05-28T06:00:00Z",
        "seen": "2026-05-28T06:00:00Z",
        "count": 1,
        "closed": null,
        "acknowledged": null,
        "details": {"credential": "client-secret", "days": 30, "ends": "2026-06-27T06:00:00Z"},
    })
}
