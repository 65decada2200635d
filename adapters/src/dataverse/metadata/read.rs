//! Table definitions as Dataverse sends them ("Query table definitions using the Web API").

use std::collections::HashMap;

use serde::Deserialize;

use super::{Column, Table};

/// What is asked for a table: its names, columns, relationships and keys, in one request that is never paged.
const QUERY: &str = "?$select=LogicalName,EntitySetName,PrimaryIdAttribute,IsIntersect\
    &$expand=Attributes($select=LogicalName,AttributeType,RequiredLevel,IsValidForCreate,IsValidForUpdate),\
    ManyToOneRelationships($select=ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName),\
    OneToManyRelationships($select=ReferencingEntity,ReferencingAttribute,ReferencedEntityNavigationPropertyName),\
    Keys($select=KeyAttributes)";

/// A table definition that cannot be read. It names the table, nothing of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the definition of table `{table}` cannot be read")]
pub struct MetadataError {
    /// The table asked for.
    pub table: String,
}

/// Path and query that ask for a table, below the service root.
pub(in crate::dataverse) fn target(logical_name: &str) -> String {
    // A logical name is letters, digits and underscores; anything else names no table, and never reaches a URL.
    let name: String = logical_name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    format!("EntityDefinitions(LogicalName='{name}'){QUERY}")
}

/// Reads a table definition.
///
/// # Errors
/// [`MetadataError`] when it is none.
pub(in crate::dataverse) fn table(asked: &str, body: &[u8]) -> Result<Table, MetadataError> {
    let definition: Definition = serde_json::from_slice(body).map_err(|_| MetadataError { table: asked.to_owned() })?;
    let mut columns: HashMap<String, Column> = definition.attributes.into_iter().map(column).collect();
    let mut to_one = HashMap::new();
    for one in definition.many_to_one {
        let Some(column) = columns.get_mut(&one.column) else { continue };
        // An owner is a user or a team, and its property takes both.
        let targets = match one.target.as_str() {
            "owner" => vec!["systemuser".to_owned(), "team".to_owned()],
            _ => vec![one.target],
        };
        for target in targets {
            column.targets.push(target.clone());
            to_one.insert((one.column.clone(), target), one.navigation.clone());
        }
    }
    columns.values_mut().for_each(|column| column.targets.sort_unstable());
    let to_many = definition.one_to_many.into_iter().filter_map(|many| {
        // A collection without a name cannot be asked for.
        Some(((many.table, many.column), many.navigation.filter(|name| !name.is_empty())?))
    });
    let keys = definition.keys.into_iter().map(|key| {
        let mut columns = key.columns;
        columns.sort_unstable();
        columns
    });
    Ok(Table {
        logical_name: definition.logical_name,
        entity_set: definition.entity_set,
        primary_id: definition.primary_id,
        columns,
        to_one,
        to_many: to_many.collect(),
        keys: keys.collect(),
        intersect: definition.intersect,
    })
}

fn column(attribute: Attribute) -> (String, Column) {
    let column = Column {
        attribute_type: attribute.attribute_type.unwrap_or_default(),
        targets: Vec::new(),
        create: attribute.create,
        update: attribute.update,
        system_required: attribute.required.is_some_and(|level| level.value == "SystemRequired"),
    };
    (attribute.logical_name, column)
}

#[derive(Deserialize)]
struct Definition {
    #[serde(rename = "LogicalName")]
    logical_name: String,
    #[serde(rename = "EntitySetName")]
    entity_set: String,
    #[serde(rename = "PrimaryIdAttribute")]
    primary_id: String,
    #[serde(rename = "IsIntersect", default)]
    intersect: bool,
    #[serde(rename = "Attributes", default)]
    attributes: Vec<Attribute>,
    #[serde(rename = "ManyToOneRelationships", default)]
    many_to_one: Vec<ManyToOne>,
    #[serde(rename = "OneToManyRelationships", default)]
    one_to_many: Vec<OneToMany>,
    #[serde(rename = "Keys", default)]
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(rename = "LogicalName")]
    logical_name: String,
    #[serde(rename = "AttributeType")]
    attribute_type: Option<String>,
    #[serde(rename = "IsValidForCreate", default)]
    create: bool,
    #[serde(rename = "IsValidForUpdate", default)]
    update: bool,
    #[serde(rename = "RequiredLevel")]
    required: Option<Level>,
}

#[derive(Deserialize)]
struct Level {
    #[serde(rename = "Value", default)]
    value: String,
}

#[derive(Deserialize)]
struct ManyToOne {
    #[serde(rename = "ReferencingAttribute")]
    column: String,
    #[serde(rename = "ReferencedEntity")]
    target: String,
    #[serde(rename = "ReferencingEntityNavigationPropertyName")]
    navigation: String,
}

#[derive(Deserialize)]
struct OneToMany {
    #[serde(rename = "ReferencingEntity")]
    table: String,
    #[serde(rename = "ReferencingAttribute")]
    column: String,
    #[serde(rename = "ReferencedEntityNavigationPropertyName")]
    navigation: Option<String>,
}

#[derive(Deserialize)]
struct Key {
    #[serde(rename = "KeyAttributes", default)]
    columns: Vec<String>,
}
