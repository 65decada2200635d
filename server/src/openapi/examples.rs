//! Examples, as a version has them: a version that does not know a member does not show it, and spells words as it does.

use serde_json::{Map, Value};

/// Fits every example below a place to the schema beside it.
pub(super) fn fitted(value: &mut Value, schemas: &Map<String, Value>) {
    match value {
        Value::Object(members) => {
            if let Some(schema) = members.get("schema").cloned() {
                members.get_mut("example").into_iter().for_each(|example| fit(example, &schema, schemas));
            }
            members.values_mut().for_each(|value| fitted(value, schemas));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fitted(item, schemas)),
        _ => {}
    }
}

fn fit(example: &mut Value, schema: &Value, schemas: &Map<String, Value>) {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next()) {
        schemas.get(name).into_iter().for_each(|schema| fit(example, schema, schemas));
        return;
    }
    // Where members are named beside, the choice is among what is needed of them.
    let either = schema.get("anyOf").filter(|_| schema.get("properties").is_none());
    for one in either.and_then(Value::as_array).into_iter().flatten() {
        if takes(one, example, schemas) {
            fit(example, one, schemas);
        }
    }
    match example {
        Value::Object(members) => {
            let Some(known) = schema.get("properties").and_then(Value::as_object) else { return };
            members.retain(|name, _| known.contains_key(name));
            for (name, value) in members {
                known.get(name).into_iter().for_each(|schema| fit(value, schema, schemas));
            }
        }
        Value::Array(items) => {
            let of = schema.get("items");
            items.iter_mut().for_each(|item| of.into_iter().for_each(|schema| fit(item, schema, schemas)));
        }
        Value::String(text) => {
            let words = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let word = words.into_iter().find(|word| word.eq_ignore_ascii_case(text)).map(str::to_owned);
            word.into_iter().for_each(|word| *text = word);
        }
        _ => {}
    }
}

/// Whether one of several schemas could be what an example is of.
fn takes(schema: &Value, example: &Value, schemas: &Map<String, Value>) -> bool {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next()) {
        return schemas.get(name).is_some_and(|schema| takes(schema, example, schemas));
    }
    let has = |name: &Value| name.as_str().is_some_and(|name| example.get(name).is_some());
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => example.is_array(),
        Some("null") => example.is_null(),
        Some("object") => schema.get("required").and_then(Value::as_array).is_none_or(|needed| needed.iter().all(has)),
        _ => !example.is_null() && !example.is_array(),
    }
}
