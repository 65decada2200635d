//! `Join(separator)`: a list as text. Nulls are left out.

use serde_json::Value;

use super::{TransformErrorKind, Untyped, present, unlike};
use crate::types::{Shape, Type};

pub(super) fn typed(from: &Type) -> Result<Type, Untyped> {
    match &from.shape {
        Shape::List(element) if element.is_scalar() => {
            Ok(Type { shape: Shape::Text(None), sensitive: from.taints(), ..from.clone().read() })
        }
        _ => Err(Untyped::takes("a list of texts, numbers or booleans", from)),
    }
}

pub(super) fn apply(separator: &str, value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    let items = match present(value) {
        None => return Ok(None),
        Some(Value::Array(items)) => items,
        Some(other) => return Err(unlike("a list", &other)),
    };
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::Null => {}
            Value::String(text) => texts.push(text),
            Value::Number(number) => texts.push(number.to_string()),
            Value::Bool(value) => texts.push(value.to_string()),
            other => return Err(unlike("a list of texts, numbers or booleans", &other)),
        }
    }
    Ok(Some(Value::String(texts.join(separator))))
}
