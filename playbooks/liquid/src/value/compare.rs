//! Equality, order and `contains`, as Liquid has them.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

use super::{Text, Value};
use crate::error::RenderErrorKind;
use crate::limits::Meter;

type Outcome<T> = Result<T, RenderErrorKind>;

/// Whether two values are equal. Numbers by what they say, lists and objects by what is in them.
pub(crate) fn equal<'v>(one: &Value<'v>, other: &Value<'v>, meter: &mut Meter<'_>) -> Outcome<bool> {
    deep(one, other, meter, 0)
}

fn deep<'v>(one: &Value<'v>, other: &Value<'v>, meter: &mut Meter<'_>, depth: usize) -> Outcome<bool> {
    if depth > meter.limits.depth() {
        return Err(RenderErrorKind::DepthLimit { max: meter.limits.depth() });
    }
    Ok(match (one, other) {
        (Value::Nil, Value::Nil) | (Value::Empty, Value::Empty) | (Value::Blank, Value::Blank) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Number(first), Value::Number(second)) => {
            meter.touch(one)?;
            meter.touch(other)?;
            first.compare(second) == Some(Ordering::Equal)
        }
        (Value::Text(one), Value::Text(other)) => {
            meter.bytes(one.len().min(other.len()))?;
            **one == **other
        }
        (Value::Range(a, b), Value::Range(c, d)) => (a, b) == (c, d),
        (Value::List(_) | Value::Range(..), Value::List(_) | Value::Range(..)) => {
            return lists(one, other, meter, depth);
        }
        (Value::Object(one), Value::Object(other)) => return objects(one, other, meter, depth),
        (Value::Empty, value) | (value, Value::Empty) => is_empty(value),
        (Value::Blank, value) | (value, Value::Blank) => is_blank(value),
        _ => false,
    })
}

fn lists<'v>(one: &Value<'v>, other: &Value<'v>, meter: &mut Meter<'_>, depth: usize) -> Outcome<bool> {
    if one.length() != other.length() {
        return Ok(false);
    }
    for at in 0..one.length() {
        meter.step()?;
        if !deep(&one.item(at), &other.item(at), meter, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

type Object = Map<String, Json>;

fn objects<'v>(one: &'v Object, other: &'v Object, meter: &mut Meter<'_>, depth: usize) -> Outcome<bool> {
    if one.len() != other.len() {
        return Ok(false);
    }
    for (key, value) in one {
        meter.step()?;
        meter.bytes(key.len())?;
        let Some(same) = other.get(key) else { return Ok(false) };
        if !deep(&Value::from(value), &Value::from(same), meter, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_empty(value: &Value<'_>) -> bool {
    !matches!(value, Value::Blank) && value.is_empty()
}

fn is_blank(value: &Value<'_>) -> bool {
    match value {
        Value::Nil | Value::Bool(false) => true,
        Value::Text(text) => text.trim().is_empty(),
        Value::Empty => false,
        _ => value.is_empty(),
    }
}

/// The order of numbers and of texts; none of anything else.
///
/// # Errors
/// `Order` if one is a text and the other a number: neither order would be what the author meant.
pub(crate) fn order(one: &Value<'_>, other: &Value<'_>, meter: &mut Meter<'_>) -> Outcome<Option<Ordering>> {
    match (one, other) {
        (Value::Number(first), Value::Number(second)) => {
            meter.touch(one)?;
            meter.touch(other)?;
            Ok(first.compare(second))
        }
        (Value::Text(one), Value::Text(other)) => {
            meter.bytes(one.len().min(other.len()))?;
            Ok(Some((**one).cmp(&**other)))
        }
        (Value::Number(_), Value::Text(_)) | (Value::Text(_), Value::Number(_)) => Err(RenderErrorKind::Order),
        _ => Ok(None),
    }
}

/// Whether a text has a part, a list an item, an object a field.
pub(crate) fn contains<'v>(one: &Value<'v>, other: &Value<'v>, meter: &mut Meter<'_>) -> Outcome<bool> {
    if !other.is_truthy() {
        return Ok(false);
    }
    match (one, other) {
        (Value::Text(text), _) => {
            meter.touch(one)?;
            meter.touch(other)?;
            let part = super::print::text(other, meter)?;
            Ok(text.contains(&*part))
        }
        (Value::Object(object), Value::Text(Text::Given(name))) => Ok(object.contains_key(*name)),
        (Value::Object(object), Value::Text(Text::Made(name))) => Ok(object.contains_key(&**name)),
        (Value::List(_) | Value::Range(..), _) => {
            for at in 0..one.length() {
                meter.step()?;
                if deep(&one.item(at), other, meter, 1)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}
