//! Describes told in full, for verification.

use std::collections::BTreeSet;

use engage_engine::model::WireValue;
use engage_engine::verify::{ColumnFacts, ColumnKind, TableFacts};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{ID, MetadataError};

/// The facts of an object out of its describe.
///
/// # Errors
/// [`MetadataError`] when it is none.
pub(in crate::salesforce) fn facts(asked: &str, describe: &Json) -> Result<TableFacts, MetadataError> {
    let describe = Describe::deserialize(describe).map_err(|_| MetadataError { object: asked.to_owned() })?;
    // Only what is unique is a key: other external ids may lead to several records.
    let unique = describe.fields.iter().filter(|field| field.external_id && field.unique);
    Ok(TableFacts {
        primary_key: ID.to_owned(),
        keys: unique.map(|field| BTreeSet::from([field.name.clone()])).collect(),
        columns: describe.fields.into_iter().map(column).collect(),
        // A junction is an object like any.
        links_only: false,
    })
}

fn column(field: Field) -> (String, ColumnFacts) {
    let kind = field.kind();
    // A picklist that is not restricted takes other values too ("Field" of the describe).
    let choices = field.values.into_iter().filter(|value| value.active && field.restricted);
    let facts = ColumnFacts {
        kind,
        // What has no default and may not be empty is needed ("Required Fields").
        required: field.create && !field.nillable && !field.defaulted,
        create: field.create,
        update: field.update,
        max_length: Some(field.length).filter(|length| *length > 0 && kind == ColumnKind::Text),
        targets: field.targets.into_iter().collect(),
        choices: choices.map(|value| WireValue::Text(value.value)).collect(),
        type_name: field.type_name,
    };
    (field.name, facts)
}

impl Field {
    fn kind(&self) -> ColumnKind {
        match self.type_name.as_str() {
            "id" => ColumnKind::Id,
            "string" | "textarea" | "phone" | "url" | "email" | "encryptedstring" => ColumnKind::Text,
            "boolean" => ColumnKind::Boolean,
            "int" | "long" => ColumnKind::Int,
            // Numbers have a declared count of decimals; without any they are whole.
            "double" if self.scale == 0 => ColumnKind::Int,
            "double" | "currency" | "percent" => ColumnKind::Decimal,
            "date" => ColumnKind::Date,
            "datetime" => ColumnKind::DateTime,
            "picklist" | "combobox" => ColumnKind::Choice,
            "multipicklist" => ColumnKind::MultiChoice,
            "reference" => ColumnKind::Reference,
            _ => ColumnKind::Other,
        }
    }
}

#[derive(Deserialize)]
struct Describe {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(rename = "createable", default)]
    create: bool,
    #[serde(rename = "updateable", default)]
    update: bool,
    #[serde(default)]
    nillable: bool,
    #[serde(rename = "defaultedOnCreate", default)]
    defaulted: bool,
    #[serde(default)]
    length: u32,
    #[serde(default)]
    scale: u32,
    #[serde(rename = "referenceTo", default)]
    targets: Vec<String>,
    #[serde(rename = "externalId", default)]
    external_id: bool,
    #[serde(default)]
    unique: bool,
    #[serde(rename = "restrictedPicklist", default)]
    restricted: bool,
    #[serde(rename = "picklistValues", default)]
    values: Vec<PicklistValue>,
}

#[derive(Deserialize)]
struct PicklistValue {
    value: String,
    #[serde(default)]
    active: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_describe_as_facts() {
        let describe = json!({"fields": [
            {"name": "Id", "type": "id", "length": 18, "nillable": false, "defaultedOnCreate": true},
            {"name": "Name", "type": "string", "createable": true, "updateable": true, "length": 255},
            {"name": "Ext__c", "type": "string", "externalId": true, "unique": true, "nillable": true},
            {"name": "Number__c", "type": "double", "scale": 0, "nillable": true, "externalId": true},
            {"name": "Amount", "type": "currency", "scale": 2, "nillable": true},
            {"name": "ShowAs", "type": "picklist", "restrictedPicklist": true,
             "picklistValues": [{"value": "Busy", "active": true}, {"value": "Old", "active": false}]},
            {"name": "WhatId", "type": "reference", "referenceTo": ["Account", "Case"], "nillable": true},
        ]});
        let facts = facts("Event", &describe).unwrap();
        let of = |name: &str| &facts.columns[name];
        assert_eq!(facts.keys, [BTreeSet::from(["Ext__c".to_owned()])]);
        assert_eq!((of("Id").kind, of("Id").required), (ColumnKind::Id, false));
        assert_eq!((of("Name").required, of("Name").max_length), (true, Some(255)));
        assert_eq!((of("Number__c").kind, of("Amount").kind), (ColumnKind::Int, ColumnKind::Decimal));
        assert_eq!(of("ShowAs").choices, [WireValue::Text("Busy".to_owned())]);
        assert_eq!(of("WhatId").targets.len(), 2);
        assert!(super::facts("Event", &json!([])).is_err());
    }
}
