//! Describes as Salesforce sends them ("sObject Describe").

use serde::Deserialize;

use super::{Column, Object};

/// A describe that cannot be read. It names the object, nothing of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the describe of object `{object}` cannot be read")]
pub struct MetadataError {
    /// The object asked for.
    pub object: String,
}

/// The path that asks for an object, below the version.
pub(in crate::salesforce) fn target(object: &str) -> String {
    // Anything but a name names no object, and never reaches a URL.
    let name: String = object.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    format!("sobjects/{name}/describe")
}

/// Reads a describe.
///
/// # Errors
/// [`MetadataError`] when it is none.
pub(in crate::salesforce) fn object(asked: &str, describe: &serde_json::Value) -> Result<Object, MetadataError> {
    let unread = || MetadataError { object: asked.to_owned() };
    let describe = Describe::deserialize(describe).map_err(|_| unread())?;
    if !is_name(&describe.name) {
        return Err(unread());
    }
    let columns = describe.fields.into_iter().filter(|field| is_name(&field.name)).map(column);
    let children = describe.children.into_iter().filter_map(|child| {
        let relationship = child.relationship.filter(|name| is_name(name))?;
        Some(((child.object, child.field?), relationship))
    });
    Ok(Object {
        key_prefix: describe.key_prefix,
        columns: columns.collect(),
        children: children.collect(),
        name: describe.name,
    })
}

/// Names stand in statements as they are: letters, digits, underscores.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn column(field: Field) -> (String, Column) {
    let column = Column {
        kind: field.kind,
        create: field.create,
        update: field.update,
        filter: field.filter,
        sort: field.sort,
        targets: field.targets,
        relationship: field.relationship.filter(|name| is_name(name)),
        key: field.external_id || field.id_lookup,
    };
    (field.name, column)
}

#[derive(Deserialize)]
struct Describe {
    name: String,
    #[serde(rename = "keyPrefix")]
    key_prefix: Option<String>,
    fields: Vec<Field>,
    #[serde(rename = "childRelationships", default)]
    children: Vec<Child>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "createable", default)]
    create: bool,
    #[serde(rename = "updateable", default)]
    update: bool,
    #[serde(rename = "filterable", default = "yes")]
    filter: bool,
    #[serde(rename = "sortable", default = "yes")]
    sort: bool,
    #[serde(rename = "referenceTo", default)]
    targets: Vec<String>,
    #[serde(rename = "relationshipName")]
    relationship: Option<String>,
    #[serde(rename = "externalId", default)]
    external_id: bool,
    #[serde(rename = "idLookup", default)]
    id_lookup: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Child {
    #[serde(rename = "childSObject")]
    object: String,
    field: Option<String>,
    #[serde(rename = "relationshipName")]
    relationship: Option<String>,
}
