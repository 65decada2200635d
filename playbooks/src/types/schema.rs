//! Types of JSON Schemas, and of what an author declares.
//!
//! Read are `type`, `properties`, `required`, `additionalProperties`, `items`, `enum`, `const` and the formats `date`,
//! `date-time`, `decimal` and `id`. What else a schema says narrows its values and is left out: the type is then wider
//! than the schema, never narrower, except that numbers are held to the engine's range and the formats are binding,
//! which [`conforms`](super::conforms) sees to.

use std::collections::BTreeSet;
use std::sync::Arc;

use engage_engine::nearest::nearest;
use serde_json::{Map, Value};

use super::{Object, Rest, Shape, Type, of_constant, united};
use crate::model::{Declared, DeclaredType};

/// How deeply schemas may stand in each other; further in, anything goes.
const MAX_DEPTH: usize = 64;

const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];

/// What is wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaProblem {
    /// Where in the schema: `properties.Name.type`.
    pub path: String,
    /// What is wrong: lower case, no final stop.
    pub message: String,
    /// The nearest name to one that does not exist.
    pub suggestion: Option<String>,
}

/// The type of the values that a JSON Schema lets through.
///
/// # Errors
/// Every place in it that cannot be read as a schema.
pub fn of_schema(schema: &Value) -> Result<Type, Vec<SchemaProblem>> {
    let mut reader = Reader { problems: Vec::new() };
    let of = reader.schema(schema, "", 0);
    if reader.problems.is_empty() { Ok(of) } else { Err(reader.problems) }
}

struct Reader {
    problems: Vec<SchemaProblem>,
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl Reader {
    fn wrong(&mut self, path: &str, message: impl Into<String>, suggestion: Option<String>) {
        self.problems.push(SchemaProblem { path: path.to_owned(), message: message.into(), suggestion });
    }

    fn schema(&mut self, schema: &Value, path: &str, depth: usize) -> Type {
        let anything = Type::any().nullable();
        let map = match schema {
            Value::Object(map) if depth < MAX_DEPTH => map,
            Value::Object(_) | Value::Bool(true) => return anything,
            Value::Bool(false) => return Type::of(Shape::Choice(BTreeSet::new())),
            _ => {
                self.wrong(path, "a schema is an object", None);
                return anything;
            }
        };
        if let Some(of) = self.values(map, path) {
            return of;
        }
        let (names, nullable) = self.type_names(map, path);
        let of = match names.as_slice() {
            ["string"] => Type::of(format(map)),
            ["boolean"] => Type::of(Shape::Boolean),
            ["integer"] => Type::of(Shape::Int),
            ["number"] if map.get("format").and_then(Value::as_str) == Some("decimal") => Type::of(Shape::Decimal),
            ["number"] => Type::of(Shape::Double),
            ["array"] => self.list(map, path, depth),
            ["object"] => self.object(map, path, depth),
            [] if nullable => Type::of(Shape::Null),
            [] => return anything,
            _ => Type::any(),
        };
        if nullable { of.nullable() } else { of }
    }

    /// Of a schema that lists its values.
    fn values(&mut self, map: &Map<String, Value>, path: &str) -> Option<Type> {
        if let Some(value) = map.get("const") {
            return Some(of_constant(value));
        }
        match map.get("enum")? {
            Value::Array(values) if values.is_empty() => {
                self.wrong(&join(path, "enum"), "`enum` lists no value", None);
                None
            }
            Value::Array(values) => {
                let of = united(values.iter().map(of_constant));
                Some(of.unwrap_or_else(|| Type::any().nullable()))
            }
            _ => {
                self.wrong(&join(path, "enum"), "`enum` is a list", None);
                None
            }
        }
    }

    /// The names of `type` without null, and whether null is among them.
    fn type_names<'s>(&mut self, map: &'s Map<String, Value>, path: &str) -> (Vec<&'s str>, bool) {
        let names: Vec<&Value> = match map.get("type") {
            None => Vec::new(),
            Some(Value::Array(names)) => names.iter().collect(),
            Some(name) => vec![name],
        };
        let mut known = Vec::new();
        for name in names {
            match name.as_str() {
                Some(name) if TYPES.contains(&name) => known.push(name),
                Some(name) => {
                    let message = format!("there is no type `{name}`");
                    self.wrong(&join(path, "type"), message, nearest(name, TYPES));
                }
                None => self.wrong(&join(path, "type"), "`type` is a name or a list of names", None),
            }
        }
        let nullable = known.contains(&"null");
        known.retain(|name| *name != "null");
        (known, nullable)
    }

    fn list(&mut self, map: &Map<String, Value>, path: &str, depth: usize) -> Type {
        let element = match map.get("items") {
            Some(items) if !map.contains_key("prefixItems") => self.schema(items, &join(path, "items"), depth + 1),
            _ => Type::any().nullable(),
        };
        Type::list(element)
    }

    fn object(&mut self, map: &Map<String, Value>, path: &str, depth: usize) -> Type {
        let required: BTreeSet<&str> = match map.get("required") {
            None => BTreeSet::new(),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(_) => {
                self.wrong(&join(path, "required"), "`required` is a list of keys", None);
                BTreeSet::new()
            }
        };
        let mut object = Object::default();
        match map.get("properties") {
            None => {}
            Some(Value::Object(properties)) => {
                for (key, schema) in properties {
                    let of = self.schema(schema, &join(&join(path, "properties"), key), depth + 1);
                    let of = if required.contains(key.as_str()) { of } else { of.optional() };
                    object.fields.insert(key.clone(), of);
                }
            }
            Some(_) => self.wrong(&join(path, "properties"), "`properties` is an object", None),
        }
        for key in required {
            object.fields.entry(key.to_owned()).or_insert_with(|| Type::any().nullable());
        }
        let unseen = map.contains_key("patternProperties");
        object.rest = match map.get("additionalProperties") {
            Some(Value::Bool(false)) if !unseen => Rest::Closed,
            None | Some(_) if unseen => Rest::Map(Box::new(Type::any().nullable())),
            None => Rest::Hidden,
            Some(rest) => Rest::Map(Box::new(self.schema(rest, &join(path, "additionalProperties"), depth + 1))),
        };
        Type::of(Shape::Object(Arc::new(object)))
    }
}

fn format(map: &Map<String, Value>) -> Shape {
    match map.get("format").and_then(Value::as_str) {
        Some("date") => Shape::Date,
        Some("date-time") => Shape::DateTime,
        Some("decimal") => Shape::Decimal,
        Some("id") => Shape::Id(None),
        _ => Shape::Text(None),
    }
}

/// The type of a declared value.
pub fn declared(declared: &Declared) -> Type {
    let of = declared_type(&declared.of, 0);
    if declared.optional { of.optional().nullable() } else { of }
}

fn declared_type(of: &DeclaredType, depth: usize) -> Type {
    Type::of(match of {
        _ if depth > MAX_DEPTH => return Type::any().nullable(),
        DeclaredType::String => Shape::Text(None),
        DeclaredType::Boolean => Shape::Boolean,
        DeclaredType::Int => Shape::Int,
        DeclaredType::Double => Shape::Double,
        DeclaredType::Decimal => Shape::Decimal,
        DeclaredType::Date => Shape::Date,
        DeclaredType::DateTime => Shape::DateTime,
        DeclaredType::Ref(entity) => Shape::Id(Some(entity.clone())),
        DeclaredType::List(element) => Shape::List(Box::new(declared_type(element, depth + 1))),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::types::conforms;

    fn told(schema: &Value) -> String {
        match of_schema(schema) {
            Ok(of) => of.to_string(),
            Err(problems) => problems.iter().map(|wrong| format!("{}: {}", wrong.path, wrong.message)).collect(),
        }
    }

    #[test]
    fn what_is_understood_becomes_a_type() {
        for (schema, of) in [
            (json!({"type": "string"}), "text"),
            (json!({"type": ["string", "null"]}), "optional text"),
            (json!({"type": "string", "format": "date"}), "date"),
            (json!({"type": "string", "format": "date-time"}), "date-time"),
            (json!({"type": "number", "format": "decimal"}), "decimal"),
            (json!({"type": "string", "format": "id"}), "id"),
            (json!({"type": "integer", "minimum": 3}), "int"),
            (json!({"enum": ["b", "a", null]}), "optional one of `a`, `b`"),
            (json!({"const": 3}), "int"),
            (json!({"type": "array", "items": {"type": "boolean"}}), "list of boolean"),
            (json!({"type": "array", "items": {"type": "boolean"}, "prefixItems": [{}]}), "list"),
        ] {
            assert_eq!(told(&schema), of, "{schema}");
        }
    }

    #[test]
    fn what_is_not_understood_is_wider() {
        for schema in [
            json!({}),
            json!(true),
            json!({"$ref": "#/$defs/a"}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({"type": ["string", "integer", "null"]}),
            json!({"enum": ["a", 1]}),
        ] {
            assert_eq!(told(&schema), "optional any value", "{schema}");
        }
        let deep = (0..100).fold(json!({"type": "string"}), |inner, _| json!({"type": "array", "items": inner}));
        assert!(of_schema(&deep).is_ok());
    }

    #[test]
    fn objects_are_open_to_what_nobody_names() {
        let of = |schema: Value| of_schema(&schema).unwrap();
        let open = of(json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"]}));
        assert_eq!(conforms(Some(&json!({"a": "x", "b": null, "c": 1})), &open), Ok(()));
        assert_eq!(conforms(Some(&json!({"a": "x"})), &open).unwrap_err().path, "b");
        let closed =
            of(json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}));
        assert_eq!(conforms(Some(&json!({})), &closed), Ok(()));
        assert!(conforms(Some(&json!({"c": 1})), &closed).is_err());
        let map = of(json!({"type": "object", "additionalProperties": {"type": "integer"}}));
        assert_eq!(conforms(Some(&json!({"c": 1})), &map), Ok(()));
        assert_eq!(conforms(Some(&json!({"c": "1"})), &map).unwrap_err().to_string(), "c: expected int, found text");
    }

    #[test]
    fn what_is_no_schema_is_told_with_its_place() {
        assert_eq!(told(&json!({"type": "object", "properties": {"a": 7}})), "properties.a: a schema is an object");
        assert_eq!(told(&json!({"type": "object", "required": "a"})), "required: `required` is a list of keys");
        assert_eq!(told(&json!({"enum": []})), "enum: `enum` lists no value");
        assert_eq!(told(&json!({"type": "strin"})), "type: there is no type `strin`");
    }
}
