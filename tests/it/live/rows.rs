//! What is in the sandbox, by abstract fields: read from its rows, past everything that speaks a protocol.

use engage_engine::catalog::{Entity, EntityField};
use engage_engine::model::WireValue;
use engage_engine::{FieldType, typing};
use engage_sandbox::store::{Row, Value};
use serde_json::{Map, Value as Json, json};

use super::harness::Live;
use super::ids::table;

/// Every record by entity, fields without a value left out; names stand in place of the ids that have one.
pub fn state(live: &Live) -> Map<String, Json> {
    let store = live.service().store();
    let entities = live.loaded.catalog.entities(live.crm);
    let all = entities.map(|entity| {
        let rows = store.read(|state| {
            state.rows(&entity.crm_type).filter(|row| !is_platforms(row)).map(|row| record(live, entity, row)).collect()
        });
        (entity.id.to_string(), live.ids.named(&Json::Array(rows)))
    });
    all.collect()
}

/// A relation that Salesforce keeps for what stands in the event itself; nobody was invited.
fn is_platforms(row: &Row) -> bool {
    let is = |flag: &str| row.get(flag) == Some(&Value::Bool(true));
    (is("IsParent") || is("IsWhat")) && !is("IsInvitee")
}

fn record(live: &Live, entity: &Entity, row: &Row) -> Json {
    let value = |field: &EntityField| {
        let value = match field.read_column.as_deref() {
            _ if field.name.is_id() => json!(row.id.as_str()),
            column => abstracted(live, entity, field, row.get(column.unwrap_or_default())?)?,
        };
        Some((field.name.to_string(), value))
    };
    Json::Object(entity.fields.iter().filter_map(value).collect())
}

/// A cell as the field shows it; `None` where it shows nothing, as for a reference to another table.
fn abstracted(live: &Live, entity: &Entity, field: &EntityField, cell: &Value) -> Option<Json> {
    if let FieldType::Choice = field.field_type {
        return Some(json!(choice(field, cell)));
    }
    let json = match cell {
        Value::Ref(to) => {
            if to.table != table(&live.loaded.catalog, entity, field) {
                return None;
            }
            json!(to.id.as_str())
        }
        Value::Id(id) => json!(id.as_str()),
        Value::Text(text) => json!(text),
        Value::Int(number) => json!(number),
        Value::Decimal(number) => json!(number.to_string()),
        Value::Double(number) => json!(number),
        Value::Bool(flag) => json!(flag),
        Value::Moment(moment) => json!(moment.to_string()),
        Value::Date(date) => json!(date.to_string()),
        Value::Choices(_) => panic!("the starter has no such field"),
    };
    let typed = typing::from_json(field, &json).unwrap_or_else(|error| panic!("{}.{}: {error}", entity.id, field.name));
    Some(typed.to_json())
}

/// The name of a stored choice, or what is stored where the definition does not name it.
fn choice(field: &EntityField, cell: &Value) -> String {
    let stored = match cell {
        Value::Int(number) => WireValue::Int(*number),
        Value::Bool(flag) => WireValue::Boolean(*flag),
        Value::Text(text) => WireValue::Text(text.clone()),
        other => panic!("a choice is stored as {}", other.type_name()),
    };
    let declared = field.choices.iter().find(|choice| choice.wire_value() == stored);
    declared.map_or_else(
        || match stored {
            WireValue::Int(number) => number.to_string(),
            WireValue::Boolean(flag) => flag.to_string(),
            WireValue::Text(text) => text,
        },
        |choice| choice.name.clone(),
    )
}
