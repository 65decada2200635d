//! From what an author or a caller wrote to a typed value, by the field it belongs to.
//!
//! | type | what is read |
//! |---|---|
//! | String | text; within `max`, one of the allowed texts |
//! | Boolean | `true`, `false` |
//! | Int | a number without a fraction, 64 bits with sign (`5.0` is 5) |
//! | Double | a number, finite |
//! | Decimal | a number or its text, exactly: 28 digits |
//! | Date | text `2026-11-24` |
//! | DateTime | RFC 3339 text with an offset, kept as an instant |
//! | Choice | the abstract name of a choice, letter for letter |
//! | MultiChoice | a list of such names, kept sorted without repeats |
//! | Ref, `Id` | text that is not empty |
//!
//! Null is a value of every type. Errors never hold the value that was found.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::catalog::EntityField;
use crate::model::Literal;
use crate::nearest::nearest;
use crate::value::{FieldType, Value, ValueError};

/// Why something is not a value of a field, with the nearest declared choice where there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Mistyped {
    /// What is wrong.
    pub error: ValueError,
    /// The nearest of the choices or allowed texts that the author declared.
    pub suggestion: Option<String>,
}

impl Mistyped {
    /// What to write instead.
    pub fn help(&self) -> Option<&'static str> {
        let (ValueError::Type { expected, .. } | ValueError::Form { expected, .. }) = &self.error else { return None };
        Some(match expected.as_str() {
            "String" => "write text",
            "Boolean" => "write `true` or `false`",
            "Int" => "write a whole number between -9223372036854775808 and 9223372036854775807",
            "Double" => "write a number",
            "Decimal" => "write a number of at most 28 digits, or the same as text: `\"12.50\"`",
            "Date" => "write a day as text: `\"2026-11-24\"`",
            "DateTime" => "write an instant as text with its offset: `\"2026-11-24T09:00:00+01:00\"`",
            "Choice" => "write the name of one of the field's choices as text",
            "MultiChoice" => "write a list of names of the field's choices",
            _ => "write the record's Id as text",
        })
    }
}

impl From<ValueError> for Mistyped {
    fn from(error: ValueError) -> Self {
        Self { error, suggestion: None }
    }
}

/// Something written, not yet typed, wherever it was written.
#[derive(Clone, Copy)]
enum Raw<'a> {
    Null,
    Text(&'a str),
    Boolean(bool),
    Number(&'a str),
    Literals(&'a [Literal]),
    Json(&'a [serde_json::Value]),
    Object,
}

impl<'a> From<&'a Literal> for Raw<'a> {
    fn from(literal: &'a Literal) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::Text(text) => Self::Text(text),
            Literal::Boolean(value) => Self::Boolean(*value),
            Literal::Number(text) => Self::Number(text),
            Literal::List(items) => Self::Literals(items),
        }
    }
}

impl<'a> From<&'a serde_json::Value> for Raw<'a> {
    fn from(json: &'a serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Bool(value) => Self::Boolean(*value),
            serde_json::Value::Number(number) => Self::Number(number.as_str()),
            serde_json::Value::Array(items) => Self::Json(items),
            serde_json::Value::Object(_) => Self::Object,
        }
    }
}

impl Raw<'_> {
    fn kind(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text(_) => "text",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Literals(_) | Self::Json(_) => "a list",
            Self::Object => "an object",
        }
    }
}

/// Types a literal by its field.
///
/// # Errors
/// [`Mistyped`] when the literal is no value of the field's type.
pub fn from_literal(field: &EntityField, literal: &Literal) -> Result<Value, Mistyped> {
    read(field, literal.into())
}

/// Types a JSON value by its field.
///
/// # Errors
/// [`Mistyped`] when the JSON is no value of the field's type.
pub fn from_json(field: &EntityField, json: &serde_json::Value) -> Result<Value, Mistyped> {
    read(field, json.into())
}

/// Types an operand of a condition: like a value of the field, but neither `max` nor the allowed texts bind it (a
/// search may ask for what was stored before the limit), and for a MultiChoice `contains` takes one name.
///
/// # Errors
/// [`Mistyped`] when the literal cannot be compared with the field.
pub fn operand(field: &EntityField, literal: &Literal, one_choice: bool) -> Result<Value, Mistyped> {
    match (&field.field_type, literal) {
        (FieldType::String, Literal::Text(text)) => Ok(Value::String(text.clone())),
        (FieldType::MultiChoice, Literal::Text(name)) if one_choice => choice(field, name).map(Value::Choice),
        (FieldType::MultiChoice, other) if one_choice => Err(wrong(&FieldType::Choice, other.into())),
        _ => from_literal(field, literal),
    }
}

fn read(field: &EntityField, raw: Raw<'_>) -> Result<Value, Mistyped> {
    let field_type = &field.field_type;
    match (field_type, raw) {
        (_, Raw::Null) => Ok(Value::Null),
        (FieldType::String, Raw::Text(text)) => string(field, text),
        (FieldType::Boolean, Raw::Boolean(value)) => Ok(Value::Boolean(value)),
        (FieldType::Int, Raw::Number(text)) => int(text),
        (FieldType::Double, Raw::Number(text)) => double(text),
        (FieldType::Decimal, Raw::Number(text) | Raw::Text(text)) => Ok(Value::Decimal(decimal(text)?)),
        (FieldType::Date, Raw::Text(text)) => date(text),
        (FieldType::DateTime, Raw::Text(text)) => date_time(text),
        (FieldType::Choice, Raw::Text(name)) => choice(field, name).map(Value::Choice),
        (FieldType::MultiChoice, Raw::Literals(items)) => choices(field, items.iter().map(Raw::from)),
        (FieldType::MultiChoice, Raw::Json(items)) => choices(field, items.iter().map(Raw::from)),
        (FieldType::Ref(_), Raw::Text("")) => Err(malformed(field_type, "the text is empty")),
        (FieldType::Ref(_), Raw::Text(text)) => Ok(Value::Id(text.to_owned())),
        (expected, raw) => Err(wrong(expected, raw)),
    }
}

fn wrong(expected: &FieldType, raw: Raw<'_>) -> Mistyped {
    ValueError::Type { expected: expected.to_string(), found: raw.kind() }.into()
}

fn malformed(expected: &FieldType, reason: &'static str) -> Mistyped {
    ValueError::Form { expected: expected.to_string(), reason }.into()
}

fn string(field: &EntityField, text: &str) -> Result<Value, Mistyped> {
    if !field.allowed.is_empty() && !field.allowed.iter().any(|allowed| allowed == text) {
        return Err(not_allowed(text, field.allowed.iter().map(String::as_str)));
    }
    if let Some(max) = field.max_length {
        let length = text.chars().count();
        if length > max as usize {
            return Err(ValueError::TooLong { length, max }.into());
        }
    }
    Ok(Value::String(text.to_owned()))
}

fn not_allowed<'a>(found: &str, allowed: impl Iterator<Item = &'a str> + Clone) -> Mistyped {
    Mistyped {
        suggestion: nearest(found, allowed.clone()),
        error: ValueError::NotAllowed { allowed: allowed.map(str::to_owned).collect() },
    }
}

fn choice(field: &EntityField, name: &str) -> Result<String, Mistyped> {
    let names = field.choices.iter().map(|choice| choice.name.as_str());
    if names.clone().any(|declared| declared == name) {
        return Ok(name.to_owned());
    }
    Err(not_allowed(name, names))
}

fn choices<'a>(field: &EntityField, items: impl Iterator<Item = Raw<'a>>) -> Result<Value, Mistyped> {
    let mut names = Vec::new();
    for item in items {
        let Raw::Text(name) = item else { return Err(wrong(&FieldType::Choice, item)) };
        names.push(choice(field, name)?);
    }
    names.sort_unstable();
    names.dedup();
    Ok(Value::MultiChoice(names))
}

fn int(text: &str) -> Result<Value, Mistyped> {
    if let Ok(value) = text.parse::<i64>() {
        return Ok(Value::Int(value));
    }
    let exact = decimal(text).map_err(|_| malformed(&FieldType::Int, "out of range"))?;
    if !exact.is_integer() {
        return Err(malformed(&FieldType::Int, "it has a fraction"));
    }
    exact.to_i64().map(Value::Int).ok_or_else(|| malformed(&FieldType::Int, "out of range"))
}

fn double(text: &str) -> Result<Value, Mistyped> {
    let value = number(text).and_then(|text| text.parse::<f64>().ok());
    match value {
        Some(value) if value.is_finite() => Ok(Value::Double(value)),
        Some(_) => Err(malformed(&FieldType::Double, "out of range")),
        None => Err(malformed(&FieldType::Double, "this is not a number")),
    }
}

/// Exactly the number written, or an error: nothing is rounded.
fn decimal(text: &str) -> Result<Decimal, Mistyped> {
    const TOO_LONG: &str = "more digits than can be kept exactly";
    let Some(text) = number(text) else { return Err(malformed(&FieldType::Decimal, "this is not a number")) };
    let base = text.split(['e', 'E']).next().unwrap_or(text);
    let exact = Decimal::from_str_exact(base).map_err(|_| malformed(&FieldType::Decimal, TOO_LONG))?;
    if base.len() == text.len() {
        return Ok(exact);
    }
    // The exponent is read without the sign that the library does not know.
    let text = text.replace("e+", "e").replace("E+", "e");
    Decimal::from_scientific(&text).map_err(|_| malformed(&FieldType::Decimal, TOO_LONG))
}

/// The text, if it is a number as JSON has them: libraries take more (`inf`, `1_000`, `+1`).
fn number(text: &str) -> Option<&str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (base, exponent) = match text.split_once(['e', 'E']) {
        Some((base, exponent)) => (base, Some(exponent)),
        None => (text, None),
    };
    let base = base.strip_prefix('-').unwrap_or(base);
    let (whole, fraction) = match base.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (base, None),
    };
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    (digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(digits)).then_some(text)
}

fn date(text: &str) -> Result<Value, Mistyped> {
    // The library also takes a day with a time and would drop the time.
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day = plain.then(|| Date::from_str(text).ok()).flatten();
    day.map(Value::Date).ok_or_else(|| malformed(&FieldType::Date, "it does not read as year-month-day"))
}

fn date_time(text: &str) -> Result<Value, Mistyped> {
    const FORM: &str = "it does not read as date, time and offset";
    // RFC 3339 has no zone annotation; one that disagrees with the offset would be a second truth.
    let instant = if text.contains('[') { None } else { Timestamp::from_str(text).ok() };
    instant.map(Value::DateTime).ok_or_else(|| malformed(&FieldType::DateTime, FORM))
}

#[cfg(test)]
mod tests;
