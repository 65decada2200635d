//! Table definitions told in full, for verification: option values and lengths need a request per kind of column,
//! since they are properties of derived types ("Query table definitions using the Web API").

use std::collections::BTreeSet;

use engage_engine::model::WireValue;
use engage_engine::verify::{ColumnFacts, ColumnKind, TableFacts};
use serde::Deserialize;

use super::{Column, Table, target};

/// Columns that have options, by their derived types.
const OPTIONS: [&str; 4] = ["Picklist", "State", "Status", "MultiSelectPicklist"];
/// Columns that have a length.
const TEXTS: [&str; 2] = ["String", "Memo"];

/// What is asked about a table beside its definition, in order.
pub(in crate::dataverse) fn targets(logical_name: &str) -> Vec<String> {
    let table = target(logical_name);
    let table = table.split('?').next().unwrap_or_default();
    let cast =
        |kind: &str, query: &str| format!("{table}/Attributes/Microsoft.Dynamics.CRM.{kind}AttributeMetadata?{query}");
    let options = OPTIONS.iter().map(|kind| cast(kind, "$select=LogicalName&$expand=OptionSet,GlobalOptionSet"));
    let texts = TEXTS.iter().map(|kind| cast(kind, "$select=LogicalName,MaxLength"));
    options.chain(texts).chain([cast("DateTime", "$select=LogicalName,DateTimeBehavior")]).collect()
}

/// The facts of a table out of its definition and the answers to [`targets`].
pub(in crate::dataverse) fn facts(table: &Table, answers: &[&str]) -> TableFacts {
    let mut facts = TableFacts {
        primary_key: table.primary_id.clone(),
        columns: table.columns.iter().map(|(name, column)| (name.clone(), plain(table, name, column))).collect(),
        keys: table.keys.iter().map(|key| key.iter().cloned().collect()).collect(),
        links_only: table.intersect,
    };
    for answer in answers {
        let details: Details = serde_json::from_str(answer).unwrap_or_default();
        for detail in details.value {
            let Some(column) = facts.columns.get_mut(&detail.logical_name) else { continue };
            column.max_length = column.max_length.or(detail.max_length);
            let options = [detail.own, detail.global].into_iter().flatten().flat_map(|set| set.options);
            column.choices.extend(options.map(|option| WireValue::Int(option.value)));
            if detail.several == Some(true) {
                column.kind = ColumnKind::MultiChoice;
            }
            if detail.behavior.is_some_and(|behavior| behavior.value == "DateOnly") {
                column.kind = ColumnKind::Date;
            }
        }
    }
    facts
}

fn plain(table: &Table, name: &str, column: &Column) -> ColumnFacts {
    ColumnFacts {
        kind: if name == table.primary_id { ColumnKind::Id } else { kind(&column.attribute_type) },
        type_name: column.attribute_type.clone(),
        // The CRM fills in the owner, the states, and what is a choice or a number by its default.
        required: column.system_required
            && matches!(
                column.attribute_type.as_str(),
                "String" | "Memo" | "Lookup" | "Customer" | "DateTime" | "Decimal" | "Money"
            ),
        create: column.create,
        update: column.update,
        max_length: None,
        targets: column.targets.iter().cloned().collect::<BTreeSet<String>>(),
        choices: Vec::new(),
    }
}

fn kind(attribute_type: &str) -> ColumnKind {
    match attribute_type {
        "String" | "Memo" => ColumnKind::Text,
        "Integer" | "BigInt" => ColumnKind::Int,
        "Decimal" | "Money" => ColumnKind::Decimal,
        "Double" => ColumnKind::Double,
        "Boolean" => ColumnKind::Boolean,
        // A column of days alone has this type too; its behaviour tells, where that is asked.
        "DateTime" => ColumnKind::DateTime,
        "Picklist" | "State" | "Status" => ColumnKind::Choice,
        "Lookup" | "Customer" | "Owner" => ColumnKind::Reference,
        "Uniqueidentifier" => ColumnKind::Id,
        _ => ColumnKind::Other,
    }
}

#[derive(Default, Deserialize)]
struct Details {
    #[serde(default)]
    value: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(rename = "LogicalName")]
    logical_name: String,
    #[serde(rename = "MaxLength")]
    max_length: Option<u32>,
    #[serde(rename = "DateTimeBehavior")]
    behavior: Option<Behavior>,
    #[serde(rename = "OptionSet")]
    own: Option<OptionSet>,
    #[serde(rename = "GlobalOptionSet")]
    global: Option<OptionSet>,
    #[serde(rename = "@odata.type", default, deserialize_with = "multi_select")]
    several: Option<bool>,
}

#[derive(Deserialize)]
struct Behavior {
    #[serde(rename = "Value", default)]
    value: String,
}

#[derive(Default, Deserialize)]
struct OptionSet {
    #[serde(rename = "Options", default)]
    options: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(rename = "Value")]
    value: i64,
}

fn multi_select<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    Ok(name.map(|name| name.ends_with("MultiSelectPicklistAttributeMetadata")))
}
