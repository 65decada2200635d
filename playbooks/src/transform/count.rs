//! `Count`: how many elements a list has, nulls among them.

use serde_json::Value;

use super::{TransformErrorKind, Untyped, present, unlike};
use crate::types::{Shape, Type};

/// How many there are tells nothing of the values.
pub(super) fn typed(from: &Type) -> Result<Type, Untyped> {
    match &from.shape {
        Shape::List(_) => Ok(Type { optional: from.optional || from.nullable, ..Type::of(Shape::Int) }),
        _ => Err(Untyped::takes("a list", from)),
    }
}

pub(super) fn apply(value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    match present(value) {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(Value::from(items.len()))),
        Some(other) => Err(unlike("a list", &other)),
    }
}
