//! The JSON Schema of the YAML form, for editors: `schema/engage.schema.json`.
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
    let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let mut generated = generator.into_root_schema_for::<dto::Document>().to_value();
    plain(&mut generated);
    let kinds = ["EntityDefinition", "EntityPattern", "Playbook", "AiCapability", "Mapper"];
    json!({
        "$schema": generated.get("$schema"),
        "title": "engage",
        "description": generated.get("description"),
        "type": "object",
        "required": ["kind"],
        "properties": { "kind": { "enum": kinds, "description": "What the document is." } },
        // A document is held against the schema of its kind alone: told that none of them fits, no author would find
        // the slip.
        "allOf": kinds.map(|kind| json!({
            "if": { "required": ["kind"], "properties": { "kind": { "const": kind } } },
            "then": { "$ref": format!("#/$defs/{kind}") },
        })),
        "$defs": generated.get("$defs"),
    })
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

/// The schema as it is kept in the repository.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
