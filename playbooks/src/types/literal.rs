//! The types of constants.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Object, Rest, Shape, Type};

/// How deeply values of a constant may stand in each other; further in, anything may be.
const MAX_DEPTH: usize = 128;

/// The type of a constant. Text is a choice of one, so that it fits where just this text does.
///
/// ```
/// use engage_playbooks::types::{Type, fits, of_constant};
/// let day = of_constant(&serde_json::json!("2026-11-24"));
/// assert!(fits(&day, &Type::of(engage_playbooks::types::Shape::Date)).is_ok());
/// ```
pub fn of_constant(value: &Value) -> Type {
    constant(value, MAX_DEPTH)
}

fn constant(value: &Value, depth: usize) -> Type {
    let Some(depth) = depth.checked_sub(1) else { return Type::any().nullable() };
    Type::of(match value {
        Value::Null => return Type::of(Shape::Null).nullable(),
        Value::Bool(_) => Shape::Boolean,
        Value::Number(number) if number.as_i64().is_some() => Shape::Int,
        Value::Number(number) if number.as_f64().is_some_and(f64::is_finite) => Shape::Double,
        // Nothing takes it: it is out of the range of every type.
        Value::Number(_) => Shape::Any,
        Value::String(text) => Shape::Choice(BTreeSet::from([text.clone()])),
        Value::Array(items) => {
            let element =
                united(items.iter().map(|item| constant(item, depth))).unwrap_or_else(|| Type::any().nullable());
            Shape::List(Box::new(element))
        }
        Value::Object(map) => {
            let fields = map.iter().map(|(key, value)| (key.clone(), constant(value, depth))).collect();
            Shape::Object(std::sync::Arc::new(Object { fields, rest: Rest::Closed }))
        }
    })
}

/// The narrowest type of which all the types are, as far as there is one beside any value; `None` where there is none.
/// Of no types it is an empty choice, which fits wherever one value goes.
pub fn united(types: impl IntoIterator<Item = Type>) -> Option<Type> {
    let mut united: Option<Type> = None;
    for of in types {
        united = Some(match united {
            None => of,
            Some(before) => unite(before, of)?,
        });
    }
    Some(united.unwrap_or_else(|| Type::of(Shape::Choice(BTreeSet::new()))))
}

fn unite(a: Type, b: Type) -> Option<Type> {
    let (optional, nullable) = (a.optional || b.optional, a.nullable || b.nullable);
    let mut sensitive = a.sensitive;
    sensitive.extend(b.sensitive);
    let shape = match (a.shape, b.shape) {
        (a, b) if a == b => a,
        (Shape::Null, other) | (other, Shape::Null) => other,
        (Shape::Choice(mut a), Shape::Choice(b)) => {
            a.extend(b);
            Shape::Choice(a)
        }
        (Shape::Int, Shape::Double) | (Shape::Double, Shape::Int) => Shape::Double,
        (Shape::List(a), Shape::List(b)) => Shape::List(Box::new(unite(*a, *b)?)),
        (Shape::Object(a), Shape::Object(b)) if a.rest == Rest::Closed && b.rest == Rest::Closed => {
            let keys: BTreeSet<&String> = a.fields.keys().chain(b.fields.keys()).collect();
            let mut fields = std::collections::BTreeMap::new();
            for key in keys {
                let field = match (a.fields.get(key), b.fields.get(key)) {
                    (Some(a), Some(b)) => unite(a.clone(), b.clone())?,
                    (Some(one), None) | (None, Some(one)) => one.clone().optional(),
                    (None, None) => continue,
                };
                fields.insert(key.clone(), field);
            }
            Shape::Object(std::sync::Arc::new(Object { fields, rest: Rest::Closed }))
        }
        _ => return None,
    };
    Some(Type { shape, optional, nullable, sensitive })
}
