//! Names of choices as their types spell them. Whoever sends a value may write them in any case.

use std::borrow::Cow;

use engage_engine::value::fold;
use serde_json::Value;

use super::{Rest, Shape, Type};

/// A value with each choice in it as its type spells it; the value itself where all are.
pub(super) fn spelled<'v>(value: &'v Value, of: &Type) -> Cow<'v, Value> {
    if right(value, of) {
        return Cow::Borrowed(value);
    }
    let mut value = value.clone();
    respell(&mut value, of);
    Cow::Owned(value)
}

/// The name of a choice that a text stands for and is not.
fn meant<'t>(text: &str, of: &'t Type) -> Option<&'t String> {
    let Shape::Choice(names) = &of.shape else { return None };
    if names.contains(text) {
        return None;
    }
    let wanted = fold(text);
    names.iter().find(|name| fold(name) == wanted)
}

/// Whether nothing has to be spelled otherwise. As deep as the type, which is bounded.
fn right(value: &Value, of: &Type) -> bool {
    match (value, &of.shape) {
        (Value::String(text), Shape::Choice(_)) => meant(text, of).is_none(),
        (Value::Array(items), Shape::List(element)) => items.iter().all(|item| right(item, element)),
        (Value::Object(map), Shape::Object(object)) => map.iter().all(|(key, value)| {
            let rest = if let Rest::Map(rest) = &object.rest { Some(&**rest) } else { None };
            object.fields.get(key).or(rest).is_none_or(|of| right(value, of))
        }),
        _ => true,
    }
}

fn respell(value: &mut Value, of: &Type) {
    match (value, &of.shape) {
        (Value::String(text), Shape::Choice(_)) => {
            if let Some(name) = meant(text, of) {
                text.clone_from(name);
            }
        }
        (Value::Array(items), Shape::List(element)) => items.iter_mut().for_each(|item| respell(item, element)),
        (Value::Object(map), Shape::Object(object)) => {
            let rest = if let Rest::Map(rest) = &object.rest { Some(&**rest) } else { None };
            for (key, value) in map.iter_mut() {
                if let Some(of) = object.fields.get(key).or(rest) {
                    respell(value, of);
                }
            }
        }
        _ => {}
    }
}
