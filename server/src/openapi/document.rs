//! The document, of the rows of a table and what they say of themselves.

use serde_json::{Map, Value, json};

use super::common::{self, ANYWHERE, OPEN, WITH_BODY};
use super::described::{Body, Parameter, Place};
use super::examples;
use super::schemas::Schemas;
use super::{Described, Row, Shape, Surface};

/// The OpenAPI 3.1 document of a surface. Paths are in the order of the rows.
///
/// What is described and has no row is left out, for the version has no such operation: whoever makes the pairs sees to it that every
/// row is described.
#[must_use]
pub fn document(surface: &Surface<'_>, operations: &[(Row<'_>, Described)]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for (row, described) in operations {
        let operation = operation(&mut schemas, surface, row, described);
        let path = paths.entry(row.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(row.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    let mut paths = Value::Object(paths);
    let mut named = schemas.finish(surface, &mut paths);
    examples::fitted(&mut paths, &named);
    named.extend(common::schemas(surface));
    let tag = |(name, description): &(&str, &str)| json!({"name": name, "description": description});
    let used = |(name, _): &&(&str, &str)| operations.iter().any(|(_, described)| described.tag == *name);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": surface.title,
            "version": surface.version,
            "description": surface.description,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": surface.prefix, "description": "The server that this document comes from."}],
        "security": [{"bearer": []}, {"oauth2": []}],
        "tags": surface.tags.iter().filter(used).map(tag).collect::<Vec<_>>(),
        "components": common::components(named, &paths),
        "paths": paths,
    })
}

fn operation(schemas: &mut Schemas, surface: &Surface<'_>, row: &Row<'_>, described: &Described) -> Value {
    let mut all = Map::new();
    let mut add = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
    add("operationId", row.id.into());
    add("tags", json!([described.tag]));
    add("summary", described.summary.into());
    if !described.description.is_empty() {
        add("description", described.description.into());
    }
    match row.requirement {
        Some(requirement) => add(
            "x-roles",
            json!({
                "minimum": requirement.minimum.map(engage_identity::Role::as_str),
                "system": requirement.system,
                "customersAreHeldToWhatCustomersMayDo": row.customer_mode,
            }),
        ),
        None => add("security", json!([])),
    }
    let parameters = parameters(schemas, surface, row, described);
    if !parameters.is_empty() {
        add("parameters", Value::Array(parameters));
    }
    if let Some(body) = body(schemas, &described.bodies) {
        add("requestBody", body);
    }
    add("responses", Value::Object(responses(schemas, row, described)));
    Value::Object(all)
}

/// Parameters: names of the path in its order, those of the query, and the header that chooses an organisation.
fn parameters(schemas: &mut Schemas, surface: &Surface<'_>, row: &Row<'_>, described: &Described) -> Vec<Value> {
    let names = row.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<Value> = Vec::new();
    for name in names {
        let said = described.parameters.iter().find(|one| one.place == Place::Path && one.name == name);
        all.push(match said {
            Some(said) => parameter(schemas, said),
            None => json!({
                "name": name,
                "in": "path",
                "required": true,
                "description": "An id.",
                "schema": schemas.read(Shape::of::<uuid::Uuid>()),
            }),
        });
    }
    let query = described.parameters.iter().filter(|one| one.place == Place::Query);
    all.extend(query.map(|one| parameter(schemas, one)));
    for shape in &described.queries {
        let mut schema = schemas.read(*shape);
        (surface.reshape)(&mut schema);
        all.extend(members(schema));
    }
    if row.requirement.is_some() {
        all.push(json!({"$ref": "#/components/parameters/Organization"}));
    }
    all
}

fn parameter(schemas: &mut Schemas, said: &Parameter) -> Value {
    let mut schema = schemas.read(said.shape);
    if let (Some(default), Some(members)) = (&said.default, schema.as_object_mut()) {
        members.insert("default".to_owned(), default.clone());
    }
    placed(said.place, said.name, said.description, said.required, schema, said.example.clone())
}

fn placed(place: Place, name: &str, description: &str, required: bool, schema: Value, example: Option<Value>) -> Value {
    let is_list = schema.get("type").is_some_and(|kind| kind == "array");
    let mut all = Map::new();
    let mut add = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
    add("name", name.into());
    add("in", if place == Place::Path { "path" } else { "query" }.into());
    add("required", required.into());
    add("description", description.into());
    if place == Place::Query && is_list {
        add("style", "form".into());
        add("explode", false.into());
    }
    add("schema", schema);
    example.into_iter().for_each(|example| add("example", example));
    Value::Object(all)
}

/// The members of a type as parameters. What a parameter has not is left out: none is `null`.
fn members(schema: Value) -> Vec<Value> {
    let needed: Vec<Value> = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let members = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let one = |(name, mut schema): (String, Value)| {
        let (mut description, mut example) = (String::new(), None);
        if let Some(said) = schema.as_object_mut() {
            description =
                said.remove("description").and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default();
            example = said.remove("examples").and_then(|all| all.get(0).cloned());
        }
        let required = needed.iter().any(|needed| *needed == name);
        let is_list = schema.get("type").is_some_and(|kind| kind == "array");
        if let (true, true, Some(said)) = (is_list, required, schema.as_object_mut()) {
            said.insert("minItems".to_owned(), 1.into());
        }
        placed(Place::Query, &name, &description, required, present(schema), example)
    };
    members.into_iter().map(one).collect()
}

/// A schema without `null`.
fn present(mut schema: Value) -> Value {
    let Some(members) = schema.as_object_mut() else { return schema };
    if let Some(Value::Array(types)) = members.get("type") {
        let others: Vec<Value> = types.iter().filter(|kind| **kind != "null").cloned().collect();
        if let [one] = others.as_slice() {
            members.insert("type".to_owned(), one.clone());
        }
    }
    let either = members.get("anyOf").and_then(Value::as_array);
    let others = either.map(|all| all.iter().filter(|one| one["type"] != "null").cloned().collect::<Vec<_>>());
    if let Some([Value::Object(one)]) = others.as_deref() {
        let one = one.clone();
        members.remove("anyOf");
        members.extend(one);
    }
    schema
}

fn body(schemas: &mut Schemas, bodies: &[Body]) -> Option<Value> {
    let required = bodies.first()?.required;
    let one = |body: &Body| (body.media.to_owned(), media(schemas.read(body.shape), body.example.as_ref()));
    let content: Map<String, Value> = bodies.iter().map(one).collect();
    Some(json!({"required": required, "content": content}))
}

fn media(schema: Value, example: Option<&Value>) -> Value {
    let mut all = json!({"schema": schema});
    if let (Some(members), Some(example)) = (all.as_object_mut(), example) {
        members.insert("example".to_owned(), example.clone());
    }
    all
}

fn responses(schemas: &mut Schemas, row: &Row<'_>, described: &Described) -> Map<String, Value> {
    let mut all = Map::new();
    for success in &described.successes {
        let there = all.entry(success.status.to_string()).or_insert_with(|| answered(success.status));
        if let (Some((name, shape)), Some(members)) = (success.content, there.as_object_mut()) {
            let media = media(schemas.written(shape), success.example.as_ref());
            let content = members.entry("content").or_insert_with(|| json!({}));
            if let Some(content) = content.as_object_mut() {
                content.insert(name.to_owned(), media);
            }
        }
    }
    let anywhere: &[u16] = if row.requirement.is_some() { &ANYWHERE } else { &OPEN };
    let body: &[u16] = if described.bodies.is_empty() { &[] } else { &WITH_BODY };
    let mut refusals: Vec<u16> = anywhere.iter().chain(body).chain(&described.refusals).copied().collect();
    refusals.sort_unstable();
    refusals.dedup();
    let refusal = |status: u16| Some((status.to_string(), common::refusal(status)?));
    all.extend(refusals.into_iter().filter_map(refusal));
    all
}

fn answered(status: u16) -> Value {
    let mut headers = common::headers();
    if status == 201 {
        headers.insert("Location".to_owned(), json!({"$ref": "#/components/headers/Location"}));
    }
    let description = match status {
        201 => "It was made.",
        202 => "It is begun.",
        204 => "It is done.",
        304 => "It is as the caller knows it.",
        _ => "All is well.",
    };
    json!({"description": description, "headers": headers})
}
