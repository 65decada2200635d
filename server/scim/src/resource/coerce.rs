//! From a value as some client sends it to one of the type of its attribute; nothing else about it changes.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::compare::key;
use super::{MAX_ELEMENTS, MAX_MEMBERS, MAX_STRING};
use crate::error::{ScimError, echo};
use crate::filter::boolean;
use crate::schema::{Attribute, Kind};

/// Who wrote a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A client: what only the server writes is dropped.
    Client,
    /// The server.
    Server,
}

/// The fields of an object. A name that stands twice in different case is one attribute with two values.
pub(crate) fn distinct(fields: Map<String, Value>) -> Result<Map<String, Value>, ScimError> {
    let mut seen = HashSet::with_capacity(fields.len());
    match fields.keys().find(|name| !seen.insert(name.to_ascii_lowercase())) {
        Some(twice) => Err(ScimError::syntax(format!("{} stands twice in one object", echo(twice)))),
        None => Ok(fields),
    }
}

/// An attribute under its canonical name, if it may be written and is assigned.
pub(crate) fn named(
    attribute: &'static Attribute,
    value: Value,
    origin: Origin,
) -> Result<Option<(String, Value)>, ScimError> {
    if origin == Origin::Client && attribute.is_read_only() {
        return Ok(None);
    }
    Ok(self::attribute(attribute, value, origin)?.map(|value| (attribute.name.to_owned(), value)))
}

/// The value of an attribute; nothing where it is unassigned.
pub(crate) fn attribute(
    attribute: &'static Attribute,
    value: Value,
    origin: Origin,
) -> Result<Option<Value>, ScimError> {
    if !attribute.multi_valued {
        return single(attribute, value, origin);
    }
    let list = elements(attribute, value, origin)?;
    let list = checked(attribute, list)?;
    Ok((!list.is_empty()).then_some(Value::Array(list)))
}

/// One value: clients send it in a list of one too, and in an object with the one field `value`.
fn single(attribute: &'static Attribute, value: Value, origin: Origin) -> Result<Option<Value>, ScimError> {
    let value = match unwrap(attribute, value)? {
        Value::Object(mut fields) if !attribute.is_complex() => match take(&mut fields, "value") {
            Some(value) => value,
            None => return Err(wrong(attribute)),
        },
        value => value,
    };
    if value.is_null() {
        return Ok(None);
    }
    one(attribute, value, origin)
}

/// What stands in a list of one.
pub(crate) fn unwrap(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    let Value::Array(mut list) = value else { return Ok(value) };
    match (list.pop(), list.is_empty()) {
        (None, _) => Ok(Value::Null),
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(ScimError::value(format!("`{}` takes one value and not several", attribute.name))),
    }
}

/// The field of this name, in any case.
fn take(fields: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let found = fields.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
    fields.remove(&found)
}

/// One value or element that is not null.
fn one(attribute: &'static Attribute, value: Value, origin: Origin) -> Result<Option<Value>, ScimError> {
    if !attribute.is_complex() {
        return scalar(attribute, value).map(Some);
    }
    let fields = object(attribute, value)?;
    let mut values = Map::new();
    for (name, value) in distinct(fields)? {
        if let Some(part) = attribute.part(&name) {
            values.extend(named(part, value, origin).map_err(|error| error.at(attribute.name))?);
        }
    }
    Ok((!values.is_empty()).then_some(Value::Object(values)))
}

/// The parts of a complex value; a text alone is its part `value`.
pub(crate) fn object(attribute: &Attribute, value: Value) -> Result<Map<String, Value>, ScimError> {
    match value {
        Value::Object(fields) => Ok(fields),
        Value::String(_) if attribute.part("value").is_some() => Ok(Map::from_iter([("value".to_owned(), value)])),
        _ => Err(wrong(attribute)),
    }
}

fn scalar(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    match (attribute.kind, &value) {
        (Kind::Boolean, Value::String(text)) => {
            return boolean(text).map(Value::Bool).ok_or_else(|| wrong(attribute));
        }
        (Kind::Boolean, Value::Bool(_)) | (Kind::Decimal, Value::Number(_)) => {}
        (Kind::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {}
        (Kind::DateTime, Value::String(text)) if text.parse::<Timestamp>().is_ok() => {}
        (Kind::Binary, Value::String(text)) if is_base64(text) => return measured(attribute, value),
        (Kind::String | Kind::Reference(_), Value::String(_)) => return measured(attribute, value),
        _ => return Err(wrong(attribute)),
    }
    Ok(value)
}

fn measured(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    let length = value.as_str().map_or(0, str::len);
    if length > MAX_STRING {
        return Err(ScimError::value(format!("`{}` is longer than {MAX_STRING} bytes", attribute.name)));
    }
    if length == 0 && attribute.required {
        return Err(ScimError::value(format!("`{}` may not be empty", attribute.name)));
    }
    Ok(value)
}

/// Base64 with either alphabet (RFC 4648 §4 and §5).
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    digits.bytes().all(known) && padding <= 2 && digits.len() % 4 != 1 && (padding == 0 || text.len().is_multiple_of(4))
}

fn wrong(attribute: &Attribute) -> ScimError {
    let wanted = match attribute.kind {
        Kind::String => "a string",
        Kind::Boolean => "`true` or `false`",
        Kind::Decimal => "a number",
        Kind::Integer => "an integer",
        Kind::DateTime => "a time with its offset, such as \"2026-01-31T08:00:00Z\"",
        Kind::Binary => "Base64 text",
        Kind::Reference(_) => "a URI as a string",
        Kind::Complex(_) => "an object",
    };
    ScimError::value(format!("`{}` takes {wanted}", attribute.name))
}

/// The elements of a list; one that stands alone is a list of one, and null is none.
pub(crate) fn elements(attribute: &'static Attribute, value: Value, origin: Origin) -> Result<Vec<Value>, ScimError> {
    let list = match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list,
        alone => vec![alone],
    };
    let assigned = list.into_iter().filter(|element| !element.is_null());
    assigned.filter_map(|element| one(attribute, element, origin).transpose()).collect()
}

/// A list in normal form: no element twice, at most one primary, none without what tells it apart, and not too many.
pub(crate) fn checked(attribute: &'static Attribute, mut list: Vec<Value>) -> Result<Vec<Value>, ScimError> {
    let mut seen = HashSet::with_capacity(list.len());
    list.retain(|element| seen.insert(key(attribute, element)));
    let primaries = list.iter().filter(|element| is_primary(element)).count();
    if primaries > 1 {
        return Err(ScimError::value(format!("`{}` has more than one element with `primary`", attribute.name)));
    }
    let anonymous = |part: &str| list.iter().any(|element| element.get(part).is_none());
    if let Some(part) = attribute.identity.filter(|part| anonymous(part)) {
        return Err(ScimError::value(format!("every element of `{}` needs `{part}`", attribute.name)));
    }
    let most = most(attribute);
    if list.len() > most {
        return Err(ScimError::value(format!("`{}` holds more than {most} elements", attribute.name)));
    }
    Ok(list)
}

/// How many elements a list may hold.
pub(crate) fn most(attribute: &Attribute) -> usize {
    if attribute.identity.is_some() { MAX_MEMBERS } else { MAX_ELEMENTS }
}

/// Whether an element is the preferred one.
pub(crate) fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}
