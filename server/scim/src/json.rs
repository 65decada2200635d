//! From bytes to a JSON value: within limits, and only where it means one thing.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{ScimError, Status, echo};

/// What a body may be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size in bytes; a larger one is answered with 413.
    pub max_bytes: usize,
    /// Objects and lists within each other.
    pub max_depth: usize,
    /// Values in all: objects, lists, and what is in them. Read, an empty one is fifty times as large as it is sent; more are answered
    /// with 413.
    pub max_values: usize,
}

/// 8 MiB hold some 50,000 members of a group as clients send them, of which each is an object with up to four values.
impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 8 << 20, max_depth: 32, max_values: 260_000 }
    }
}

/// Under `arbitrary_precision` a number comes as an object with this one key.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads one JSON value.
///
/// # Errors
/// 413 where it is too long or holds too many values; `invalidSyntax` where it is no JSON in UTF-8, too deep, or has an object with the same key
/// twice, which two readers would take for different things.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Value, ScimError> {
    if bytes.len() > limits.max_bytes {
        let detail = format!("the body is larger than {} bytes; send fewer values at once", limits.max_bytes);
        return Err(ScimError::status(Status::PayloadTooLarge, detail));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ScimError::syntax("the body is not UTF-8"))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let values = Cell::new(Some(limits.max_values));
    let seed = Left { depth: limits.max_depth, values: &values };
    let value = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| match values.get() {
        Some(_) => ScimError::syntax(format!("the body is no JSON that can be read: {error}")),
        None => {
            let detail = format!("the body holds more than {} values; send fewer at once", limits.max_values);
            ScimError::status(Status::PayloadTooLarge, detail)
        }
    })
}

/// How much may still come.
#[derive(Clone, Copy)]
struct Left<'a> {
    /// Objects and lists that may be opened.
    depth: usize,
    /// Values that may be read; `None` where there was one too many.
    values: &'a Cell<Option<usize>>,
}

impl Left<'_> {
    fn enter<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("objects and lists are nested too deep"))?;
        Ok(Self { depth, ..self })
    }

    fn count<E: Error>(self) -> Result<(), E> {
        self.values.set(self.values.get().and_then(|left| left.checked_sub(1)));
        self.values.get().map(drop).ok_or_else(|| E::custom("too many values"))
    }
}

impl<'de> DeserializeSeed<'de> for Left<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Left<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inner = self.enter()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == NUMBER {
                let number = number(&map.next_value::<String>()?)?;
                let alone = fields.is_empty() && map.next_key::<String>()?.is_none();
                return if alone { Ok(number) } else { Err(A::Error::custom("a key is reserved")) };
            }
            // A number is no level, so this is counted once the first key has told what it is.
            let value = map.next_value_seed(self.enter()?)?;
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {} stands twice in one object", echo(&key))));
            }
            fields.insert(key, value);
        }
        // An empty object is a level too.
        self.enter().map(|_| Value::Object(fields))
    }
}

fn number<E: Error>(text: &str) -> Result<Value, E> {
    text.parse::<Number>().map(Value::Number).map_err(|_| E::custom("a number cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Value, String> {
        read(text.as_bytes(), &Limits { max_bytes: 200, max_depth: 3, max_values: 9 }).map_err(|error| error.detail)
    }

    #[test]
    fn what_is_read_is_what_serde_reads() {
        for text in ["null", "true", "-1.50", "1e400", "12345678901234567890123", r#""a\u00e9""#, "[]", "{}"] {
            assert_eq!(check(text), Ok(serde_json::from_str(text).unwrap()), "{text}");
        }
        let text = r#" { "a": [1, { "b": null }], "c": "x" } "#;
        assert_eq!(check(text), Ok(serde_json::from_str(text).unwrap()));
    }

    #[test]
    fn limits_hold() {
        assert!(check("[[[]]]").is_ok() && check(r#"{"a":{"a":{}}}"#).is_ok() && check("[[[1.5]]]").is_ok());
        for deep in ["[[[[]]]]", r#"{"a":{"a":{"a":{}}}}"#, r#"[[[{"a":1}]]]"#] {
            assert!(check(deep).unwrap_err().contains("nested too deep"), "{deep}");
        }
        let error = read(&[b' '; 201], &Limits { max_bytes: 200, max_depth: 3, max_values: 9 }).unwrap_err();
        assert_eq!((error.status, error.scim_type), (Status::PayloadTooLarge, None));
        for (most, more) in [
            ("[1,2,3,4,5,6,7,8]", "[1,2,3,4,5,6,7,8,9]"),
            (r#"[[[]],{"a":[],"b":{},"c":1},2,3]"#, r#"[[[]],{"a":[],"b":{},"c":1},2,3,4]"#),
        ] {
            assert!(check(most).is_ok(), "{most}");
            let error = read(more.as_bytes(), &Limits { max_bytes: 200, max_depth: 3, max_values: 9 }).unwrap_err();
            assert_eq!(
                (error.status, &*error.detail),
                (Status::PayloadTooLarge, "the body holds more than 9 values; send fewer at once")
            );
        }
        assert!(read("[".repeat(100_000).as_bytes(), &Limits::default()).is_err());
    }

    #[test]
    fn what_two_readers_would_take_differently_is_refused() {
        assert!(check(r#"{"a":1,"b":{"c":1,"c":1}}"#).unwrap_err().contains("the key `c` stands twice"));
        assert!(read(b"\"\xff\"", &Limits::default()).unwrap_err().detail.contains("UTF-8"));
        for text in ["", "{} {}", "{'a':1}", "[1,]", "\u{feff}{}", r#""\ud800""#, "01"] {
            assert!(check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_key_of_numbers_hides_nothing() {
        assert!(check(r#"{"$serde_json::private::Number":"x"}"#).is_err());
        assert!(check(r#"{"a":1,"$serde_json::private::Number":"1"}"#).is_err());
        assert!(check(r#"{"$serde_json::private::Number":"1","a":1}"#).is_err());
    }
}
