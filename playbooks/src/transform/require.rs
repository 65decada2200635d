//! `Require`, spelled `!`: stops the run when there is no value.

use serde_json::Value;

use super::{TransformErrorKind, present};

pub(super) fn apply(value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    match present(value) {
        None => Err(TransformErrorKind::Absent),
        value => Ok(value),
    }
}
