//! The JSON Schemas of the YAML form and of bundles, for editors: `schema/engage.schema.json` and
//! `schema/engage-bundle.schema.json`.
//!
//! The types here mirror what lowering accepts and exist for their schema alone. They are not used for reading:
//! reading keeps positions, collects problems and suggests names, which no derived reader does. Tests hold both to the
//! same properties.

mod dto;

use serde_json::{Value, json};

/// The schema of one document.
///
/// ```
/// let schema = engage_dsl::schema::schema();
/// assert_eq!(schema["title"], "engage");
/// ```
pub fn schema() -> Value {
    let generated = generated::<dto::Document>();
    let mut schema = json!({
        "$schema": generated.get("$schema"),
        "title": "engage",
        "description": generated.get("description"),
    });
    let document = one_of(&["EntityDefinition", "EntityPattern", "Playbook", "AiCapability", "Mapper"]);
    add(&mut schema, document);
    add(&mut schema, json!({ "$defs": generated.get("$defs") }));
    schema
}

/// The schema of a bundle: `schema/engage-bundle.schema.json`.
///
/// ```
/// let schema = engage_dsl::schema::bundle();
/// assert_eq!(schema["title"], "engage bundle");
/// ```
pub fn bundle() -> Value {
    let generated = generated::<dto::Item>();
    let items = one_of(&["EntityDefinition", "EntityPattern", "Playbook", "AiCapability", "Template"]);
    json!({
        "$schema": generated.get("$schema"),
        "title": "engage bundle",
        "description": "Patterns and playbooks with all that they need, to be brought into another workspace.",
        "type": "object",
        "required": ["kind", "version", "items", "complete"],
        "additionalProperties": false,
        "properties": {
            "kind": { "const": "Bundle" },
            "version": { "const": crate::bundle::VERSION, "description": "The version of this form." },
            "items": { "type": "array", "items": items, "description": "What the bundle holds." },
            "complete": { "const": true, "description": "Stands at the end: what was cut off does not have it." },
        },
        "$defs": generated.get("$defs"),
    })
}

fn generated<T: schemars::JsonSchema>() -> Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let mut generated = generator.into_root_schema_for::<T>().to_value();
    plain(&mut generated);
    generated
}

/// The schema of a document of one of some kinds. It is held against the schema of its kind alone: told that none of them
/// fits, no author would find the slip.
fn one_of(kinds: &[&str]) -> Value {
    let kind = |kind: &&str| {
        json!({
            "if": { "required": ["kind"], "properties": { "kind": { "const": kind } } },
            "then": { "$ref": format!("#/$defs/{kind}") },
        })
    };
    json!({
        "type": "object",
        "required": ["kind"],
        "properties": { "kind": { "enum": kinds, "description": "What the document is." } },
        "allOf": kinds.iter().map(kind).collect::<Vec<_>>(),
    })
}

/// Adds the properties of one object to another, behind its own.
fn add(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

/// Takes away what the generator knows of Rust: formats that no standard names, which strict validators refuse, and
/// `null` as a default, which editors would write into the file.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let kind = object.get("type").cloned().unwrap_or_default();
            if kind.is_string() || kind.is_array() {
                object.shift_remove("format");
            }
            match object.get_mut("default") {
                Some(default @ Value::Null) if kind == json!(["boolean", "null"]) => *default = json!(false),
                Some(Value::Null) => drop(object.shift_remove("default")),
                _ => {}
            }
            object.values_mut().for_each(plain);
        }
        Value::Array(list) => list.iter_mut().for_each(plain),
        _ => {}
    }
}

/// A schema as it is kept in the repository.
pub fn text(schema: &Value) -> String {
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
