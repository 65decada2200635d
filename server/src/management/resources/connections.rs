//! CRMs that are connected, and whether they can be used.

use std::sync::Arc;

use serde_json::json;

use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::management::Management;

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
