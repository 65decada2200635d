//! Values and rows as Salesforce writes them.

use serde_json::{Map, Number, Value as Json, json};

use crate::schema::{Column, Kind, Table};
use crate::store::{Row, Value};

/// The value of a column as JSON.
pub(crate) fn value(column: &Column, value: Option<&Value>) -> Json {
    match value {
        None if column.kind == Kind::Bool => Json::Bool(false),
        None => Json::Null,
        Some(value) => plain(value),
    }
}

/// A value as JSON.
pub(crate) fn plain(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Int(int) => json!(int),
        Value::Decimal(decimal) => number(*decimal),
        Value::Double(double) => json!(double),
        Value::Bool(bool) => json!(bool),
        Value::Moment(moment) => json!(moment.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()),
        Value::Date(date) => json!(date.to_string()),
        Value::Id(id) => json!(id.as_str()),
        Value::Ref(reference) => json!(reference.id.as_str()),
        Value::Choices(choices) => json!(choices.join(";")),
    }
}

/// Numbers with decimals always show a point.
fn number(decimal: rust_decimal::Decimal) -> Json {
    let mut text = decimal.normalize().to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    serde_json::from_str::<Number>(&text).map_or(Json::Null, Json::Number)
}

/// The cell of a row as JSON, compound columns included.
pub(crate) fn cell(table: &Table, row: &Row, column: &Column) -> Json {
    if column.name == table.id {
        return json!(row.id.as_str());
    }
    match column.kind {
        Kind::Virtual => compound(table, row, column),
        _ => value(column, row.get(&column.name)),
    }
}

/// An address from the columns it is made of; null when all of them are empty.
fn compound(table: &Table, row: &Row, column: &Column) -> Json {
    let prefix = column.name.strip_suffix("Address").unwrap_or(&column.name);
    let mut parts = Map::new();
    let names = ["City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street"];
    for name in names {
        let part = table.column(&format!("{prefix}{name}"));
        let mut key = name.to_owned();
        key.get_mut(..1).into_iter().for_each(str::make_ascii_lowercase);
        parts.insert(key, part.map_or(Json::Null, |part| value(part, row.get(&part.name))));
    }
    match parts.values().all(Json::is_null) {
        true => Json::Null,
        false => Json::Object(parts),
    }
}

/// `attributes` of a record.
pub(crate) fn attributes(root: &str, kind: &str, table: &str, id: &str) -> Json {
    json!({"type": kind, "url": format!("{root}/sobjects/{table}/{id}")})
}

/// A whole record.
pub(crate) fn record(root: &str, table: &Table, row: &Row) -> Json {
    let mut record = Map::new();
    record.insert("attributes".into(), attributes(root, &table.name, &table.name, row.id.as_str()));
    record.insert(table.id.clone(), json!(row.id.as_str()));
    for column in table.columns.values().filter(|column| column.read && column.name != table.id) {
        record.insert(column.name.clone(), cell(table, row, column));
    }
    Json::Object(record)
}
