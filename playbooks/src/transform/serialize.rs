//! `Serialize`: anything as compact JSON text, keys sorted, so that equal values give equal text.

use serde_json::Value;

use super::{TransformErrorKind, present};
use crate::types::{Shape, Type};

/// How deeply a value may be nested. What comes from outside is less deep than that.
const MAX_DEPTH: usize = 512;

pub(super) fn typed(from: &Type) -> Type {
    Type { shape: Shape::Text(None), sensitive: from.taints(), ..from.clone().read() }
}

pub(super) fn apply(value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    match present(value) {
        None => Ok(None),
        Some(value) => to_canonical_text(&value).map(|text| Some(Value::String(text))).ok_or(TransformErrorKind::Depth),
    }
}

/// A value as compact JSON text, the keys of every object sorted; `None` when it is nested more than 512 deep.
///
/// ```
/// use engage_playbooks::transform::to_canonical_text;
/// let value = serde_json::json!({"b": [1.50, null], "a": "x"});
/// assert_eq!(to_canonical_text(&value).as_deref(), Some(r#"{"a":"x","b":[1.5,null]}"#));
/// ```
pub fn to_canonical_text(value: &Value) -> Option<String> {
    let mut text = String::new();
    write(value, &mut text, MAX_DEPTH)?;
    Some(text)
}

fn write(value: &Value, text: &mut String, depth: usize) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(item, text, depth)?;
            }
            text.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (position, (key, item)) in entries.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                write(item, text, depth)?;
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
    Some(())
}
