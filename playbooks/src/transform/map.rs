//! `Map(table)`: a value for a value. An absent value is looked up as null, and else stays absent.

use engage_engine::value::fold;
use serde_json::Value;

pub(super) fn apply(table: &[(Value, Value)], otherwise: Option<&Value>, value: Option<Value>) -> Option<Value> {
    let value = value.unwrap_or(Value::Null);
    let found = table.iter().find(|(from, _)| same(from, &value)).map(|(_, to)| to);
    let otherwise = otherwise.filter(|_| !value.is_null());
    found.or(otherwise).cloned()
}

/// Whether two values are the same: texts without regard to case, numbers by their value.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => fold(a) == fold(b),
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64() == b.as_f64(),
        },
        (a, b) => a == b,
    }
}
