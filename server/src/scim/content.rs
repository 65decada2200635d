//! Between a resource and the record of a store.

use std::time::Duration;

use engage_scim::filter::fold;
use engage_scim::schema::{Attribute, Kind as Type, ResourceType, Schema};
use engage_scim::{Meta, Resource, ScimError};
use engage_store::platform::{Content, Record};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::answer::Fault;
use super::type_of;

/// What is kept apart from the body: it is made anew for every answer.
const APART: [&str; 4] = ["id", "meta", "members", "groups"];

/// What a record says of a resource that is written at an instant. `was`: whether it counted before and since when it did not, for
/// a resource that was there.
pub(super) fn content(resource: &Resource, was: Option<&Record>, now: Timestamp, kept: Duration) -> Content {
    let active = resource.as_user().is_none_or(|user| user.active());
    let (deactivated_at, purge_at) = match was {
        _ if active => (None, None),
        // What was never active was never deactivated: it waits for its first day.
        None => (None, None),
        Some(was) if was.active => (Some(now), now.checked_add(kept).ok()),
        Some(was) => (was.deactivated_at, was.purge_at),
    };
    let mut body = resource.body().clone();
    body.retain(|name, _| !APART.contains(&name.as_str()));
    Content {
        user_name: resource.as_user().map(|user| user.user_name().to_owned()),
        external_id: resource.text("externalId").map(str::to_owned),
        display_name: resource.text("displayName").map(str::to_owned),
        active,
        folded: Value::Object(folded(resource.kind(), &body)),
        body: Value::Object(body),
        deactivated_at,
        purge_at,
    }
}

/// The resource of a record, without members and groups.
pub(super) fn resource(record: Record, base: &str) -> Result<Resource, Fault> {
    let Record { id, kind, body, version, created, modified, .. } = record;
    let kind = type_of(kind);
    let read = Resource::from_stored(kind, body).map_err(|error: ScimError| {
        tracing::error!(detail = error.detail, "a stored resource cannot be read");
        Fault::status(
            engage_scim::Status::InternalServerError,
            "something went wrong on our side; the request id finds it in our logs",
        )
    })?;
    let id = id.hyphenated().to_string();
    let meta = Meta {
        created: created.to_string(),
        last_modified: modified.to_string(),
        location: format!("{base}{}/{id}", kind.endpoint),
        version: version.unsigned_abs(),
    };
    Ok(read.identified(&id, &meta))
}

/// The body with each text in lower case whose case does not count.
fn folded(kind: &'static ResourceType, body: &Map<String, Value>) -> Map<String, Value> {
    let fields = body.iter().map(|(name, value)| {
        let value = match (kind.extension(name), kind.attribute(name)) {
            (Some(schema), _) => of_extension(schema, value),
            (None, Some(attribute)) => of_attribute(attribute, value),
            (None, None) => value.clone(),
        };
        (name.clone(), value)
    });
    fields.collect()
}

fn of_extension(schema: &'static Schema, value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let fields = fields.iter().map(|(name, value)| {
        let folded = schema.attribute(name).map(|attribute| of_attribute(attribute, value));
        (name.clone(), folded.unwrap_or_else(|| value.clone()))
    });
    Value::Object(fields.collect())
}

fn of_attribute(attribute: &Attribute, value: &Value) -> Value {
    match (value, attribute.kind) {
        (Value::Array(items), _) => items.iter().map(|item| of_attribute(attribute, item)).collect(),
        (Value::Object(fields), Type::Complex(_)) => {
            let fields = fields.iter().map(|(name, value)| {
                let folded = attribute.part(name).map(|part| of_attribute(part, value));
                (name.clone(), folded.unwrap_or_else(|| value.clone()))
            });
            Value::Object(fields.collect())
        }
        (Value::String(text), _) if !attribute.case_exact => Value::String(fold(text)),
        _ => value.clone(),
    }
}
