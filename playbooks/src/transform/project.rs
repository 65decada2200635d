//! `Project(fields…)`: of an object, or of each object of a list, these fields alone.

use serde_json::{Map, Value};

use super::{TransformErrorKind, present, unlike};

pub(super) fn apply(fields: &[String], value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    Ok(match present(value) {
        None => None,
        Some(Value::Array(items)) => {
            let items = items.into_iter().map(|item| match item {
                Value::Null => Ok(Value::Null),
                item => project(fields, item),
            });
            Some(Value::Array(items.collect::<Result<_, _>>()?))
        }
        Some(value) => Some(project(fields, value)?),
    })
}

fn project(fields: &[String], value: Value) -> Result<Value, TransformErrorKind> {
    match value {
        Value::Object(mut map) => {
            let kept = fields.iter().filter_map(|field| Some((field.clone(), map.remove(field)?)));
            Ok(Value::Object(kept.collect::<Map<_, _>>()))
        }
        other => Err(unlike("an object", &other)),
    }
}
