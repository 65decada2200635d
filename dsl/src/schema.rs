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
    let mut schema = generator.into_root_schema_for::<dto::Document>().to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), json!("engage"));
    }
    schema
}

/// The schema as it is kept in the repository.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
