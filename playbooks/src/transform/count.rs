//! `Count`: how many elements a list has, nulls among them.

use serde_json::Value;

use super::{TransformErrorKind, present, unlike};

pub(super) fn apply(value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    match present(value) {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(Value::from(items.len()))),
        Some(other) => Err(unlike("a list", &other)),
    }
}
