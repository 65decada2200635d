//! Whether a value is of a type: how what comes from outside is let in, and how tests see that the checker is right.
//!
//! It looks at values alone and shares no rule with [`fits`](super::fits) but how one scalar reads.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use engage_engine::catalog::EntityField;
use engage_engine::ids::FieldName;
use engage_engine::nearest::nearest;
use engage_engine::typing;
use engage_engine::value::FieldType;
use serde_json::{Map, Value};

use super::spelling::spelled;
use super::{Object, Rest, Shape, Type};
use crate::transform::kind;

/// How many misfits of one value are told.
const MOST: usize = 20;
/// How many stand in a message of one line.
const SHOWN: usize = 3;
/// The longest key that a misfit names, in characters.
const MAX_KEY: usize = 60;

/// Where a value is not of a type. It holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected}, found {found}", if path.is_empty() { "the value" } else { path })]
pub struct Misfit {
    /// Where in the value: `Meeting.Guests[0].Email`; empty for the value itself.
    pub path: String,
    /// What goes there.
    pub expected: String,
    /// What kind of value stands there.
    pub found: &'static str,
    /// Where nothing is found: the unknown key beside it that was meant, it seems.
    pub instead: Option<String>,
}

/// All that is wrong with a value, up to a bound, in the order of the type's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfits(pub Vec<Misfit>);

impl fmt::Display for Misfits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, misfit) in self.0.iter().take(SHOWN).enumerate() {
            f.write_str(if position == 0 { "" } else { "; " })?;
            misfit.fmt(f)?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Misfits {}

/// Takes in a value that comes from outside: the data of an event, the inputs of a run. Names of choices are read in any case
/// and given as the type spells them. From there on the checker's proof holds: a `date` is then a day, an `int` has 64 bits.
///
/// # Errors
/// [`Misfits`], the first 20.
pub fn take_in<'v>(value: &'v Value, of: &Type) -> Result<Cow<'v, Value>, Misfits> {
    let value = spelled(value, of);
    match conforms(Some(&value), of) {
        Ok(()) => Ok(value),
        Err(_) => {
            let mut all = Walk::up_to(MOST);
            all.value(Some(&value), of);
            Err(Misfits(all.found))
        }
    }
}

/// Whether a value is of a type; `None` is an absent value.
///
/// # Errors
/// The first [`Misfit`], in the order of the type's keys.
pub fn conforms(value: Option<&Value>, of: &Type) -> Result<(), Misfit> {
    let mut first = Walk::up_to(1);
    first.value(value, of);
    first.found.pop().map_or(Ok(()), Err)
}

/// A walk through a value and its type, which allocates for paths and misfits alone.
struct Walk {
    path: String,
    found: Vec<Misfit>,
    most: usize,
}

impl Walk {
    fn up_to(most: usize) -> Self {
        Self { path: String::new(), found: Vec::new(), most }
    }

    fn full(&self) -> bool {
        self.found.len() >= self.most
    }

    fn misfit(&mut self, of: &Type, value: Option<&Value>) {
        if !self.full() {
            let (path, expected) = (self.path.clone(), of.to_string());
            self.found.push(Misfit { path, expected, found: found(value, &of.shape), instead: None });
        }
    }

    /// Types are no deeper than their makers let them be, and so is this recursion.
    fn value(&mut self, value: Option<&Value>, of: &Type) {
        let good = match (value, &of.shape) {
            (None, _) => of.optional,
            (Some(Value::Null), _) => of.nullable,
            (Some(_), Shape::Any) => true,
            (Some(Value::Array(items)), Shape::List(element)) => return self.list(items, element),
            (Some(Value::Object(map)), Shape::Object(object)) => return self.object(map, object),
            (Some(value), Shape::Instances(instances)) => match value {
                Value::Array(items) if instances.many => {
                    return self.list(items, &Type::of(Shape::Object(instances.instance.clone())));
                }
                Value::Object(map) if instances.filter && map.contains_key("$filter") => true,
                Value::Object(map) => return self.object(map, &instances.instance),
                _ => false,
            },
            (Some(Value::Object(map)), Shape::Condition(..)) => map.contains_key("$filter"),
            (Some(value), shape) => scalar_fits(value, shape),
        };
        if !good {
            self.misfit(of, value);
        }
    }

    fn list(&mut self, items: &[Value], element: &Type) {
        let length = self.path.len();
        for (index, item) in items.iter().enumerate() {
            if self.full() {
                return;
            }
            // Writing to text does not fail.
            let _ = write!(self.path, "[{index}]");
            self.value(Some(item), element);
            self.path.truncate(length);
        }
    }

    fn object(&mut self, map: &Map<String, Value>, object: &Object) {
        let (length, before) = (self.path.len(), self.found.len());
        for (key, field) in &object.fields {
            if self.full() {
                return;
            }
            self.enter(key);
            self.value(map.get(key), field);
            self.path.truncate(length);
        }
        let mut meant = self.meant(before, length, map, object);
        for (key, value) in map.iter().filter(|(key, _)| !object.fields.contains_key(*key)) {
            if self.full() {
                return;
            }
            self.enter(key);
            match &object.rest {
                Rest::Hidden => {}
                Rest::Map(rest) => self.value(Some(value), rest),
                Rest::Closed if meant.contains(key) => meant.retain(|other| other != key),
                Rest::Closed => self.unknown(value),
            }
            self.path.truncate(length);
        }
    }

    /// Says of keys that are missing here which unknown key stands in their stead; gives those.
    fn meant(&mut self, before: usize, length: usize, map: &Map<String, Value>, object: &Object) -> Vec<String> {
        let mut meant = Vec::new();
        for misfit in self.found.get_mut(before..).into_iter().flatten().filter(|misfit| misfit.found == NOTHING) {
            let Some(key) = misfit.path.get(length..).map(|rest| rest.trim_start_matches('.')) else { continue };
            let unknown = map.keys().filter(|key| !object.fields.contains_key(*key) && !meant.contains(*key));
            if object.fields.contains_key(key) {
                misfit.instead = nearest(key, unknown.map(String::as_str));
                meant.extend(misfit.instead.clone());
            }
        }
        meant
    }

    /// A key that the object does not take.
    fn unknown(&mut self, value: &Value) {
        let (path, expected) = (self.path.clone(), "no such key".to_owned());
        self.found.push(Misfit { path, expected, found: kind(value), instead: None });
    }

    fn enter(&mut self, key: &str) {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        match key.char_indices().nth(MAX_KEY) {
            Some((end, _)) => self.path.push_str(key.get(..end).unwrap_or_default()),
            None => self.path.push_str(key),
        }
    }
}

const NOTHING: &str = "nothing";

/// What stands there, in words; never the value.
fn found(value: Option<&Value>, shape: &Shape) -> &'static str {
    match (value, shape) {
        (None, _) => NOTHING,
        (Some(Value::String(text)), _) if text.is_empty() => "empty text",
        (Some(Value::String(_)), Shape::Text(_) | Shape::Choice(_) | Shape::Date | Shape::DateTime) => "other text",
        (Some(Value::String(_)), Shape::Decimal | Shape::Id(_)) => "other text",
        (Some(Value::Number(_)), Shape::Int | Shape::Double | Shape::Decimal) => "another number",
        (Some(value), _) => kind(value),
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person() -> Type {
        let kind = Shape::Choice(["Guest".to_owned(), "Host".to_owned()].into());
        Type::object([("Name", Type::text()), ("Kind", Type::of(kind)), ("Born", Type::of(Shape::Date).optional())])
    }

    fn told(value: &Value, of: &Type) -> Vec<String> {
        take_in(value, of).unwrap_err().0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_and_no_value_is() {
        let people = Type::list(person());
        let value = json!([{"Name": 7, "Kind": "secret"}, null, {"Nmae": "secret", "Kind": "Host", "Born": "secret"}]);
        let expected = [
            "[0].Kind: expected one of `Guest`, `Host`, found other text",
            "[0].Name: expected text, found a number",
            "[1]: expected object, found null",
            "[2].Born: expected optional date, found other text",
            "[2].Name: expected text, found nothing",
        ];
        assert_eq!(told(&value, &people), expected);
        assert_eq!(take_in(&value, &people).unwrap_err().0[4].instead.as_deref(), Some("Nmae"));
        assert_eq!(told(&json!({}), &people), ["the value: expected list of object, found an object"]);
    }

    #[test]
    fn a_key_that_nobody_knows_is_named_and_no_more_is_told_than_can_be_read() {
        let told_of = told(&json!({"Name": "Ada", "Kind": "Host", "Colour": "red"}), &person());
        assert_eq!(told_of, ["Colour: expected no such key, found text"]);
        let many = Value::Array(vec![json!(1); 1000]);
        assert_eq!(told(&many, &Type::list(Type::text())).len(), MOST);
    }

    #[test]
    fn choices_are_read_in_any_case() {
        let value = json!({"Name": "HOST", "Kind": "HOST"});
        assert_eq!(*take_in(&value, &person()).unwrap(), json!({"Name": "HOST", "Kind": "Host"}));
        let right = json!({"Name": "Ada", "Kind": "Host"});
        assert!(matches!(take_in(&right, &person()), Ok(Cow::Borrowed(_))));
        assert!(conforms(Some(&value), &person()).is_err());
    }
}
