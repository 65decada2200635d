//! When values are the same.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::filter::fold_text;
use crate::schema::Attribute;

/// Whether it is as good as not there (RFC 7643 §2.5).
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// A text that two elements of a list share exactly if one of them is enough.
pub(crate) fn key(attribute: &Attribute, element: &Value) -> String {
    let identity = attribute.identity.and_then(|name| Some((attribute.part(name)?, element.get(name)?.as_str()?)));
    match identity {
        // Names of parts never begin so: an element without identity has another key than any with one.
        Some((part, text)) => format!("={}", fold_text(part, text)),
        None => canonical(element),
    }
}

/// The same JSON whatever the order of its fields.
fn canonical(value: &Value) -> String {
    let Value::Object(fields) = value else { return value.to_string() };
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    fields.into_iter().fold(String::new(), |mut text, (name, value)| {
        // Writing into a string does not fail.
        let _ = write!(text, "{name}:{},", canonical(value));
        text
    })
}

/// Whether two objects are the same but for the order of their fields and lists, which has no meaning (RFC 7643 §2.4).
pub(crate) fn same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let counterpart = |(name, value): (&String, &Value)| other.get(name).is_some_and(|other| same_value(value, other));
    one.len() == other.len() && one.iter().all(counterpart)
}

fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => same(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one == other || (one.len() == other.len() && counted(one) == counted(other))
        }
        _ => one == other,
    }
}

fn counted(list: &[Value]) -> HashMap<String, usize> {
    let mut counts = HashMap::with_capacity(list.len());
    list.iter().for_each(|element| *counts.entry(canonical(element)).or_default() += 1);
    counts
}
