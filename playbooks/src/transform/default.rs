//! `Default(value)`: a value where there is none. `Default(null)` is how a mapping clears a field.

use serde_json::Value;

use super::present;

pub(super) fn apply(default: &Value, value: Option<Value>) -> Option<Value> {
    Some(present(value).unwrap_or_else(|| default.clone()))
}
