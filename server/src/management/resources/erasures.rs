//! Forgetting a customer, as somebody asks for it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::api::call::{Answer, Call, Reply};
use crate::api::given::{Given, NOTHING};
use crate::management::Management;

/// Whose bookings are to be forgotten.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is read member by member, so that all that is wrong is told at once")]
pub(in crate::management) struct NewErasure {
    /// The customer, as meetings name it. It stands in the body, for addresses are logged.
    #[schemars(length(min = 1, max = 255))]
    customer_id: String,
}

/// What was forgotten.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Erasure {
    /// From how many meetings.
    meetings: u64,
}

pub(super) async fn create(management: Arc<Management>, call: Call) -> Answer {
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let customer = given.text("customerId");
    let customer = given.needed("customerId", customer).filter(|text| !text.is_empty());
    if customer.is_none() && given.value("customerId").is_some_and(|value| value == "") {
        given.wrong("customerId", "it is needed");
    }
    let customer = given.finish(customer)?;
    let meetings = management.by(&call).erase_customer(&call.tenancy, &customer).await?;
    Reply::of(&Erasure { meetings })
}
