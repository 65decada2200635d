//! Where a user may go, for a page that lets him choose after he has signed in.

use std::sync::Arc;

use engage_identity::Choice;
use engage_store::platform::OrganisationReads as _;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::call::{Answer, Reply};
use crate::management::Management;
use crate::openapi::{Described, Shape};

/// An organisation that the user may choose, by `X-Engage-Organization`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Customer {
    /// The id of the organisation.
    id: Uuid,
    /// What the organisation is called.
    name: String,
    /// Its environment: `dev`, `test` or `prod`.
    environment: &'static str,
    /// What the user may do there: `Customer`, `Employee`, `Manager`, `Configurator` or `Admin`.
    role: &'static str,
}

pub(super) async fn customers(management: Arc<Management>, choices: Vec<Choice>) -> Answer {
    let (mut reader, mut told) = (management.database.reader(), Vec::new());
    for Choice { organisation, environment, role } in choices {
        // One that is gone since is no choice any more.
        let Some(found) = reader.organisation(organisation).await? else { continue };
        let (environment, role) = (environment.as_str(), role.as_str());
        told.push(Customer { id: organisation, name: found.name, environment, role });
    }
    Reply::of(&told)
}

/// What the operation says of itself.
pub(super) fn described() -> Vec<Described> {
    let example = json!([{
        "id": "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001",
        "name": "Contoso",
        "environment": "prod",
        "role": "Manager",
    }]);
    vec![
        Described::new("Me_customers", "Me", "List the organisations that the caller may choose")
            .says("For a page that lets people choose after they have signed in. `X-Engage-Organization` is not looked at.")
            .answers(200, Shape::of::<Vec<Customer>>(), example),
    ]
}
