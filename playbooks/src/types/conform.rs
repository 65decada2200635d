//! Whether a value is of a type: how what comes from outside is let in, and how tests see that the checker is right.
//!
//! It looks at values alone and shares no rule with [`fits`](super::fits) but how one scalar reads.

use engage_engine::catalog::EntityField;
use engage_engine::ids::FieldName;
use engage_engine::typing;
use engage_engine::value::FieldType;
use serde_json::Value;

use super::{Object, Rest, Shape, Type};

/// Where a value is not of a type. It holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected}", if path.is_empty() { "the value" } else { path })]
pub struct Misfit {
    /// Where in the value: `Meeting.Guests[0].Email`; empty for the value itself.
    pub path: String,
    /// What goes there.
    pub expected: String,
}

/// Whether a value is of a type; `None` is an absent value.
///
/// Whoever takes in the data of an event, the body of a webhook, the answer of an AI or the inputs of a run asks this
/// first: from there on the checker's proof holds. A `date` is then a day, an `int` has 64 bits.
///
/// # Errors
/// The first [`Misfit`], in the order of the type's keys.
pub fn conforms(value: Option<&Value>, of: &Type) -> Result<(), Misfit> {
    value_conforms(value, of, &mut String::new())
}

fn misfit(path: &str, of: &Type) -> Misfit {
    Misfit { path: path.to_owned(), expected: of.to_string() }
}

/// Types are no deeper than their makers let them be, and so is this recursion.
fn value_conforms(value: Option<&Value>, of: &Type, path: &mut String) -> Result<(), Misfit> {
    let good = match (value, &of.shape) {
        (None, _) => of.optional,
        (Some(Value::Null), _) => of.nullable,
        (Some(_), Shape::Any) => true,
        (Some(Value::Array(items)), Shape::List(element)) => return list_conforms(items, element, path),
        (Some(Value::Object(map)), Shape::Object(object)) => return object_conforms(map, object, of, path),
        (Some(value), Shape::Instances(instances)) => match value {
            Value::Array(items) if instances.many => {
                let element = Type::of(Shape::Object(instances.instance.clone()));
                return list_conforms(items, &element, path);
            }
            Value::Object(map) if instances.filter && map.contains_key("$filter") => true,
            Value::Object(map) => return object_conforms(map, &instances.instance, of, path),
            _ => false,
        },
        (Some(Value::Object(map)), Shape::Condition(..)) => map.contains_key("$filter"),
        (Some(value), shape) => scalar_fits(value, shape),
    };
    if good { Ok(()) } else { Err(misfit(path, of)) }
}

fn list_conforms(items: &[Value], element: &Type, path: &mut String) -> Result<(), Misfit> {
    let length = path.len();
    for (index, item) in items.iter().enumerate() {
        path.push_str(&format!("[{index}]"));
        value_conforms(Some(item), element, path)?;
        path.truncate(length);
    }
    Ok(())
}

fn object_conforms(
    map: &serde_json::Map<String, Value>,
    object: &Object,
    of: &Type,
    path: &mut String,
) -> Result<(), Misfit> {
    let length = path.len();
    for (key, field) in &object.fields {
        enter(path, key);
        value_conforms(map.get(key), field, path)?;
        path.truncate(length);
    }
    for (key, value) in map.iter().filter(|(key, _)| !object.fields.contains_key(*key)) {
        match &object.rest {
            Rest::Hidden => {}
            Rest::Closed => return Err(misfit(path, of)),
            Rest::Map(rest) => {
                enter(path, key);
                value_conforms(Some(value), rest, path)?;
                path.truncate(length);
            }
        }
    }
    Ok(())
}

fn enter(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// Whether one value that is neither null nor made of others reads as a shape: as the engine reads a field's value.
pub(super) fn scalar_fits(value: &Value, shape: &Shape) -> bool {
    let field_type = match shape {
        Shape::Choice(names) => return value.as_str().is_some_and(|text| names.contains(text)),
        Shape::Text(_) => FieldType::String,
        Shape::Boolean => FieldType::Boolean,
        Shape::Int => FieldType::Int,
        Shape::Double => FieldType::Double,
        Shape::Decimal => FieldType::Decimal,
        Shape::Date => FieldType::Date,
        Shape::DateTime => FieldType::DateTime,
        Shape::Id(_) => return value.as_str().is_some_and(|text| !text.is_empty()),
        _ => return false,
    };
    let field = EntityField {
        name: FieldName::id(),
        read_column: None,
        write_column: None,
        field_type,
        choices: Vec::new(),
        allowed: Vec::new(),
        via: None,
        required: false,
        max_length: None,
        public: false,
        sensitive: false,
    };
    !value.is_null() && typing::from_json(&field, value).is_ok()
}
