//! `Extract(path)`: what stands at a path.

use serde_json::Value;

use super::{TransformErrorKind, Untyped, present, unlike};
use crate::model::Path;
use crate::types::{self, Type};

pub(super) fn typed(path: &Path, from: &Type) -> Result<Type, Untyped> {
    if !matches!(from.shape, crate::types::Shape::Object(_) | crate::types::Shape::List(_)) {
        return Err(Untyped::takes("an object or a list", from));
    }
    let found = types::at(&from.clone().present(), path).map_err(|missing| Untyped::path(path, missing))?;
    Ok(Type { optional: found.optional || from.optional, ..found })
}

pub(super) fn apply(path: &Path, value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    match present(value) {
        None => Ok(None),
        Some(value) if value.is_object() || value.is_array() => Ok(present(path.find(&value))),
        Some(other) => Err(unlike("an object or a list", &other)),
    }
}
