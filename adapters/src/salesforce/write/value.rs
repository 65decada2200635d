//! Values in bodies and addresses.

use engage_engine::adapter::{AdapterError, AdapterErrorKind, Write, WriteValue};
use engage_engine::catalog::EntityField;
use engage_engine::model::WireValue;
use engage_engine::value::Value;
use serde_json::{Number, Value as Json, json};

use crate::guard::unsupported;
use crate::salesforce::NAME;
use crate::salesforce::id::canonical;
use crate::salesforce::literal::{segment, stored, text, wire};
use crate::salesforce::metadata::{Column, Object};

/// An id that somebody gives; what is no id is no record's.
pub(super) fn own(id: &str) -> Result<String, AdapterError> {
    canonical(id).ok_or_else(|| AdapterError {
        kind: AdapterErrorKind::NotFound,
        details: Some("no record has such an id".to_owned()),
    })
}

/// The address of a record by a key: a column and its value ("sObject Rows by External ID").
pub(super) fn keyed(object: &Object, write: &Write, key: &[usize]) -> Result<String, AdapterError> {
    let [position] = key else { return Err(unsupported("address a record by several columns", NAME)) };
    let field = write.entity.fields.get(*position);
    let value = write.fields.iter().find(|(field, _)| field == position).map(|(_, value)| value);
    let (Some(field), Some(WriteValue::Value(value))) = (field, value) else {
        return Err(unsupported("use a key without its value", NAME));
    };
    let (name, column) = object.write_column(field)?;
    if !column.key {
        return Err(unsupported("address a record by a column that is no external id", NAME));
    }
    let stored = store(column, field, value).filter(|value| !value.is_null());
    let text = stored.and_then(|stored| match stored {
        Json::String(text) => segment(&text),
        other => segment(&other.to_string()),
    });
    let text = text.ok_or_else(|| unsupported("use such a value in a key", NAME))?;
    Ok(format!("{name}/{text}"))
}

/// Inside a composite request `@{` begins a reference, and nothing can be written for it ("Send Multiple Requests
/// Using Composite"): such a text would be replaced by something else.
pub(super) fn plain(field: &EntityField, value: Json) -> Result<Json, AdapterError> {
    if value.as_str().is_some_and(|text| text.contains("@{")) {
        return Err(AdapterError {
            kind: AdapterErrorKind::Rejected { field: Some(field.name.to_string()) },
            details: Some("a text with `@{` would be taken for a reference".to_owned()),
        });
    }
    Ok(value)
}

/// A value as the column stores it; `None` where it stores no such value.
pub(super) fn store(column: &Column, field: &EntityField, value: &Value) -> Option<Json> {
    let option = |name: &str| Some(stored(column, &wire(field, name)?));
    Some(match value {
        Value::Choice(name) => match option(name)? {
            WireValue::Int(number) => json!(number),
            WireValue::Text(text) => json!(text),
            WireValue::Boolean(flag) => json!(flag),
        },
        Value::MultiChoice(names) if names.is_empty() => Json::Null,
        Value::MultiChoice(names) => {
            let options: Option<Vec<String>> = names.iter().map(|name| Some(text(&option(name)?))).collect();
            json!(options?.join(";"))
        }
        // A decimal keeps its digits: a float would round them.
        Value::Decimal(number) => Json::Number(serde_json::from_str::<Number>(&number.to_string()).ok()?),
        other => other.to_json(),
    })
}
