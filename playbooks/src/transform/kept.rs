//! `Where(field, values…)`: of a list of objects, those whose field is one of these values.

use serde_json::Value;

use super::map::{check_key, same};
use super::{TransformErrorKind, Untyped, present, unlike};
use crate::types::{MissingKind, Object, Rest, Shape, Type};

pub(super) fn typed(field: &str, values: &[Value], from: &Type) -> Result<Type, Untyped> {
    let Shape::List(element) = &from.shape else { return Err(Untyped::takes("a list of objects", from)) };
    let Shape::Object(object) = &element.shape else { return Err(Untyped::takes("a list of objects", from)) };
    let compared = compared(field, object)?;
    if !compared.is_scalar() && !matches!(compared.shape, Shape::Any) {
        return Err(Untyped::other(&format!("`{field}` is not one value"), "compare a field that holds one value"));
    }
    if values.is_empty() {
        return Err(Untyped::other("nothing would be kept", "say which values the field may have"));
    }
    for value in values {
        if value.is_array() || value.is_object() {
            return Err(Untyped::other("a field is compared with single values", "write the values one by one"));
        }
        check_key(value, &compared)?;
    }
    // Which elements are there tells of the field that was looked at.
    let element = Type { nullable: false, ..(**element).clone() }.tainted(compared.taints());
    Ok(Type { shape: Shape::List(Box::new(element)), ..from.clone().read() })
}

fn compared(field: &str, object: &Object) -> Result<Type, Untyped> {
    match (object.fields.get(field), &object.rest) {
        (Some(of), _) => Ok(of.clone()),
        (None, Rest::Map(rest)) => Ok((**rest).clone()),
        (None, Rest::Closed | Rest::Hidden) => {
            let known: Vec<String> = object.fields.keys().cloned().collect();
            let suggestion = engage_engine::nearest::nearest(field, known.iter().map(String::as_str));
            Err(Untyped::missing(MissingKind::Field { name: field.to_owned(), suggestion, known }))
        }
    }
}

pub(super) fn apply(field: &str, values: &[Value], value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    let items = match present(value) {
        None => return Ok(None),
        Some(Value::Array(items)) => items,
        Some(other) => return Err(unlike("a list", &other)),
    };
    let mut kept = Vec::new();
    for item in items {
        match &item {
            Value::Null => {}
            Value::Object(map) => {
                let found = map.get(field).unwrap_or(&Value::Null);
                if values.iter().any(|wanted| same(wanted, found)) {
                    kept.push(item);
                }
            }
            other => return Err(unlike("an object", other)),
        }
    }
    Ok(Some(Value::Array(kept)))
}
