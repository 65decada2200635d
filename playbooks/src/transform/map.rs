//! `Map(table)`: a value for a value. An absent value is looked up as null, and else stays absent.

use std::collections::BTreeSet;

use engage_engine::value::fold;
use serde_json::Value;

use super::Untyped;
use crate::types::{Shape, Type, of_constant, united};

pub(super) fn typed(table: &[(Value, Value)], otherwise: Option<&Value>, from: &Type) -> Result<Type, Untyped> {
    if !from.is_scalar() && !matches!(from.shape, Shape::Any | Shape::Null) {
        return Err(Untyped::takes("one value", from));
    }
    if table.is_empty() {
        return Err(Untyped::other("the table is empty", "give it entries: `map(\"from\": \"to\")`"));
    }
    let mut met = BTreeSet::new();
    for (key, _) in table {
        check_key(key, from)?;
        if !met.insert(folded(key)) {
            let message = format!("the key {key} is never met: it stands before, or the same but for case");
            return Err(Untyped::other(&message, "leave one of them out"));
        }
    }
    let results = table.iter().map(|(_, to)| to).chain(otherwise).map(of_constant);
    let Some(mut of) = united(results) else {
        return Err(Untyped::other("the values of the table have no one type", "give values of one type"));
    };
    let has = |wanted: &Value| table.iter().any(|(key, _)| same(key, wanted));
    let covered = otherwise.is_some()
        || match &from.shape {
            Shape::Choice(names) => names.iter().all(|name| has(&Value::from(name.as_str()))),
            Shape::Boolean => has(&Value::Bool(true)) && has(&Value::Bool(false)),
            _ => false,
        };
    let null_stays = (from.optional || from.nullable || from.shape == Shape::Null) && !has(&Value::Null);
    of.optional = !covered || null_stays;
    Ok(of.tainted(from.sensitive.iter().cloned()))
}

/// A key as it is compared: equal for those that are the [`same`].
fn folded(key: &Value) -> String {
    match key {
        Value::String(text) => format!("\"{}", fold(text)),
        Value::Number(number) if number.as_i64().is_none() => format!("{:?}", number.as_f64()),
        Value::Number(number) => format!("{:?}", number.as_i64().map(|whole| whole as f64)),
        other => other.to_string(),
    }
}

/// That a key of the table may be met at all.
pub(super) fn check_key(key: &Value, from: &Type) -> Result<(), Untyped> {
    let Shape::Choice(names) = &from.shape else { return Ok(()) };
    let Some(text) = key.as_str() else {
        return if key.is_null() { Ok(()) } else { Err(Untyped::takes("a key that the value may have", from)) };
    };
    if names.iter().any(|name| fold(name) == fold(text)) {
        return Ok(());
    }
    let mut wrong = Untyped::other(&format!("the value is never `{text}`"), &format!("it is {from}"));
    wrong.suggestion = engage_engine::nearest::nearest(text, names.iter().map(String::as_str));
    Err(wrong)
}

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
