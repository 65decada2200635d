//! What clients read before anything else (RFC 7644 §4, RFC 7643 §5 to §7): `/ServiceProviderConfig`, `/ResourceTypes`
//! and `/Schemas`, all of them printed from the schemas.
//!
//! `base` is the base URL of the service, without a slash at its end.
//!
//! ```
//! use engage_scim::schema::discovery;
//!
//! let schema = discovery::schema("https://scim.example/rooms", "urn:ietf:params:scim:schemas:core:2.0:User").unwrap();
//! assert_eq!(schema["attributes"][0]["name"], "userName");
//! assert!(discovery::schema("https://scim.example/rooms", "urn:none").is_none());
//! ```

use serde_json::{Map, Value, json};

use super::attribute::{Attribute, Kind};
use super::resource_type::{ResourceType, Schema};
use super::{RESOURCE_TYPES, SCHEMAS};
use crate::list::{DEFAULT_PAGE, ListResponse, MAX_PAGE};

/// The URN of a schema of schemas, resource types or configurations.
fn core(name: &str) -> String {
    format!("urn:ietf:params:scim:schemas:core:2.0:{name}")
}

fn meta(base: &str, kind: &str, place: &str) -> Value {
    json!({ "resourceType": kind, "location": format!("{base}{place}") })
}

/// What the service can do (RFC 7643 §5, with `pagination` of RFC 9865).
#[must_use]
pub fn service_provider_config(base: &str) -> Value {
    let unsupported = json!({ "supported": false });
    json!({
        "schemas": [core("ServiceProviderConfig")],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MAX_PAGE },
        "changePassword": unsupported,
        "sort": unsupported,
        "etag": { "supported": true },
        "pagination": { "cursor": false, "index": true, "defaultPageSize": DEFAULT_PAGE, "maxPageSize": MAX_PAGE },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer secret",
            "description": "The secret of the organisation, sent in the header Authorization as a bearer token",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": meta(base, "ServiceProviderConfig", "/ServiceProviderConfig"),
    })
}

/// The list of all types of resources.
#[must_use]
pub fn resource_types(base: &str) -> Value {
    ListResponse::whole(RESOURCE_TYPES.iter().map(|kind| draw_type(base, kind)).collect()).to_json()
}

/// One type of resources, by its name.
#[must_use]
pub fn resource_type(base: &str, name: &str) -> Option<Value> {
    RESOURCE_TYPES.iter().find(|kind| kind.name == name).map(|kind| draw_type(base, kind))
}

fn draw_type(base: &str, kind: &ResourceType) -> Value {
    let extensions = kind.extensions.iter();
    let extensions: Vec<Value> =
        extensions.map(|extension| json!({ "schema": extension.schema.urn, "required": extension.required })).collect();
    json!({
        "schemas": [core("ResourceType")],
        "id": kind.name,
        "name": kind.name,
        "description": kind.description,
        "endpoint": kind.endpoint,
        "schema": kind.schema.urn,
        "schemaExtensions": extensions,
        "meta": meta(base, "ResourceType", &format!("/ResourceTypes/{}", kind.name)),
    })
}

/// The list of all schemas.
#[must_use]
pub fn schemas(base: &str) -> Value {
    ListResponse::whole(SCHEMAS.iter().map(|schema| draw_schema(base, schema)).collect()).to_json()
}

/// One schema, by its URN in any case.
#[must_use]
pub fn schema(base: &str, urn: &str) -> Option<Value> {
    SCHEMAS.iter().find(|schema| schema.urn.eq_ignore_ascii_case(urn)).map(|schema| draw_schema(base, schema))
}

fn draw_schema(base: &str, schema: &Schema) -> Value {
    json!({
        "schemas": [core("Schema")],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes.iter().map(draw_attribute).collect::<Vec<_>>(),
        "meta": meta(base, "Schema", &format!("/Schemas/{}", schema.urn)),
    })
}

/// An attribute as RFC 7643 §7 wants it: `caseExact` and `uniqueness` say something of texts alone.
fn draw_attribute(attribute: &Attribute) -> Value {
    // Taken apart as a whole, name by name; `absent` and `identity` are no part of the protocol.
    let Attribute { name, description, kind, multi_valued, required, case_exact, mutability, .. } = *attribute;
    let Attribute { returned, uniqueness, canonical_values, absent: _, identity: _, .. } = *attribute;
    let mut drawn = Map::new();
    let mut put = |key: &str, value: Value| drop(drawn.insert(key.to_owned(), value));
    put("name", name.into());
    put("type", kind.name().into());
    put("multiValued", multi_valued.into());
    put("description", description.into());
    put("required", required.into());
    if matches!(kind, Kind::String | Kind::Reference(_) | Kind::Binary) {
        put("caseExact", case_exact.into());
    }
    put("mutability", mutability.name().into());
    put("returned", returned.name().into());
    put("uniqueness", uniqueness.name().into());
    if !canonical_values.is_empty() {
        put("canonicalValues", canonical_values.into());
    }
    match kind {
        Kind::Reference(types) => put("referenceTypes", types.into()),
        Kind::Complex(parts) => put("subAttributes", parts.iter().map(draw_attribute).collect()),
        _ => {}
    }
    Value::Object(drawn)
}
