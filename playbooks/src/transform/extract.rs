//! `Extract(path)`: what stands at a path.

use serde_json::Value;

use super::{TransformErrorKind, present, unlike};
use crate::model::Path;

pub(super) fn apply(path: &Path, value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    match present(value) {
        None => Ok(None),
        Some(value) if value.is_object() || value.is_array() => Ok(present(path.find(&value))),
        Some(other) => Err(unlike("an object or a list", &other)),
    }
}
