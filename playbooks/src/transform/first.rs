//! `First`: the first element of a list; absent when there is none, or null stands there.

use serde_json::Value;

use super::{TransformErrorKind, Untyped, present, unlike};
use crate::types::{Shape, Type};

pub(super) fn typed(from: &Type) -> Result<Type, Untyped> {
    match &from.shape {
        Shape::List(element) => Ok((**element).clone().optional().read().tainted(from.sensitive.iter().cloned())),
        _ => Err(Untyped::takes("a list", from)),
    }
}

pub(super) fn apply(value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    match present(value) {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(present(items.into_iter().next())),
        Some(other) => Err(unlike("a list", &other)),
    }
}
