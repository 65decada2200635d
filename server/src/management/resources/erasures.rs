//! Forgetting a customer, as somebody asks for it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::call::{Answer, Call, Reply};
use crate::api::given::{Given, NOTHING};
use crate::management::Management;
use crate::openapi::{Described, Shape};

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

/// What the operation says of itself.
pub(super) fn described() -> Vec<Described> {
    vec![
        Described::new("Erasures_create", "Privacy", "Forget a customer")
            .says(
                "Takes at once from every meeting with the customer what is personal: title, description, addresses, what was filled in, \
                 who else came; another name stands for the customer from then on. Times, employees, types and topics stay. What waits to \
                 be told of the meetings forgets it too. Copies of the database are out of reach.",
            )
            .takes(Shape::of::<NewErasure>(), json!({"customerId": "account-7"}))
            .answers(200, Shape::of::<Erasure>(), json!({"meetings": 3})),
    ]
}
