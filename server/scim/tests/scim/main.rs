//! What the language of SCIM does, asked as a server would ask.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

mod dialect;
mod discovery;
mod filters;
mod large;
mod lists;
mod matrix;
mod projections;
mod properties;
mod reference;
mod refusals;
mod resources;
mod samples;

use engage_scim::schema::{GROUP, ResourceType, USER};
use engage_scim::{Meta, Outcome, Patch, Resource, ScimError};
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A resource as POST makes it.
fn made(kind: &'static ResourceType, sent: Value) -> Resource {
    Resource::read(kind, sent).unwrap()
}

/// A user with these attributes besides its name.
fn user(more: Value) -> Resource {
    let mut sent = json!({ "userName": "bo@x.dk" });
    sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    made(&USER, sent)
}

/// A group with these members.
fn group(members: &[&str]) -> Resource {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    made(&GROUP, json!({ "displayName": "g", "members": members }))
}

fn meta() -> Meta {
    Meta {
        created: "2026-01-31T08:00:00Z".to_owned(),
        last_modified: "2026-02-28T09:30:00+01:00".to_owned(),
        location: "https://x/Users/u1".to_owned(),
        version: 3,
    }
}

fn patched(resource: &Resource, operations: Value) -> Result<Outcome, ScimError> {
    Patch::read(json!({ "Operations": operations }))?.apply(resource)
}

/// The word and the detail of an error.
fn kind_of(error: &ScimError) -> &'static str {
    error.scim_type.map_or("", engage_scim::ScimType::name)
}
