//! `Split(separator)`: text as a list, its elements trimmed. Of text without anything but blanks there is none.

use serde_json::Value;

use super::{TransformErrorKind, Untyped, present, unlike};
use crate::types::{Shape, Type};

pub(super) fn typed(separator: &str, from: &Type) -> Result<Type, Untyped> {
    if separator.is_empty() {
        return Err(Untyped::other("the separator is empty", "give the text that stands between two elements"));
    }
    if !from.is_text() {
        return Err(Untyped::takes("text", from));
    }
    Ok(Type { shape: Shape::List(Box::new(Type::text())), ..from.clone().read() })
}

pub(super) fn apply(separator: &str, value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    match present(value) {
        None => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Some(Value::Array(Vec::new()))),
        // The checker lets no empty separator through; split by it, every letter would be an element.
        Some(Value::String(text)) if separator.is_empty() => {
            Ok(Some(Value::Array(vec![Value::String(text.trim().to_owned())])))
        }
        Some(Value::String(text)) => {
            let items = text.split(separator).map(|item| Value::String(item.trim().to_owned()));
            Ok(Some(Value::Array(items.collect())))
        }
        Some(other) => Err(unlike("text", &other)),
    }
}
