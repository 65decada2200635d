//! CRMs that are connected, and whether they can be used.

use std::sync::Arc;

use serde_json::json;

use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::management::Management;
use crate::management::ports::{Connection, Tested, Verified};
use crate::openapi::{Described, Shape};

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    Reply::of(&management.served(&call)?.connections.list())
}

fn crm(call: &Call) -> &str {
    call.named.first().map_or("", String::as_str)
}

/// That somebody has asked a CRM is written down: it counts against what the CRM allows.
async fn noted(management: &Management, call: &Call, event: &str, passed: bool) -> Result<(), Fault> {
    let details = json!({ "crm": crm(call), "passed": passed });
    Ok(management.admin(call)?.note(call.tenancy.organisation, event, details).await?)
}

pub(super) async fn test(management: Arc<Management>, call: Call) -> Answer {
    let tested = management.served(&call)?.connections.test(crm(&call)).await.ok_or_else(Fault::absent)?;
    noted(&management, &call, "connection.tested", tested.passed).await?;
    Reply::of(&tested)
}

pub(super) async fn verify(management: Arc<Management>, call: Call) -> Answer {
    let verified = management.served(&call)?.connections.verify(crm(&call)).await.ok_or_else(Fault::absent)?;
    noted(&management, &call, "connection.verified", verified.passed).await?;
    Reply::of(&verified)
}

const TAG: &str = "Connections";

/// What operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let check = json!({"check": "Application", "outcome": "Passed", "reason": null, "detail": "its token is taken"});
    let connection = json!({
        "crm": "dataverse",
        "name": "Dataverse Web API v9.2",
        "reach": "Live",
        "actsForEmployees": true,
        "expectedUser": null,
    });
    let verified = json!({
        "passed": true,
        "checks": [check],
        "definitions": 12,
        "errors": 0,
        "warnings": 0,
        "problems": [],
    });
    vec![
        Described::new("Connections_list", TAG, "List the CRMs that are connected")
            .says("No credential is told.")
            .answers(200, Shape::of::<Vec<Connection>>(), json!([connection])),
        Described::new("Connections_test", TAG, "Test whether a CRM is reached, and takes who signs in")
            .says("Nothing is changed there. That it does not answer is an answer: see `passed`.")
            .path::<String>("crm", "The CRM.")
            .answers(200, Shape::of::<Tested>(), json!({"passed": true, "checks": [check]})),
        Described::new("Connections_verify", TAG, "Hold the definitions against a CRM")
            .says("Nothing is changed there. What differs is told at the lines of the definitions.")
            .path::<String>("crm", "The CRM.")
            .answers(200, Shape::of::<Verified>(), verified),
    ]
}
