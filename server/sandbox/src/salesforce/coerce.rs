//! JSON values as the values of columns, with the refusals Salesforce has for them.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::fault::Fault;
use super::id;
use super::model::Model;
use crate::schema::{Column, Kind};
use crate::store::{Ref, Value};

/// The value of a column; none clears it.
pub(crate) fn value(model: &Model, column: &Column, json: &Json) -> Result<Option<Value>, Fault> {
    if json.is_null() {
        return match column.kind {
            Kind::Bool => Err(not_of_type(column, "null")),
            _ => Ok(None),
        };
    }
    let text = scalar(json).filter(|_| fits(column.kind, json)).ok_or_else(|| unreadable(column, json))?;
    // Nothing but blanks is nothing.
    if text.trim().is_empty() && column.kind != Kind::Bool {
        return Ok(None);
    }
    let found = match column.kind {
        Kind::Text => text_value(column, text)?,
        Kind::Choices => choices(column, &text)?,
        Kind::Ref => Value::Ref(reference(model, column, &text)?),
        Kind::Int | Kind::Decimal | Kind::Double => number(column, json, &text)?,
        Kind::Bool => Value::Bool(bool::from_str(&text).map_err(|_| unreadable(column, json))?),
        Kind::Moment => Value::Moment(moment(&text).ok_or_else(|| unreadable(column, json))?),
        Kind::Date => Value::Date(date(&text).ok_or_else(|| unreadable(column, json))?),
        Kind::Id | Kind::Virtual => return Err(not_writable(&[&column.name])),
    };
    Ok(Some(found))
}

/// The refusal to write columns that cannot be written.
pub(crate) fn not_writable(columns: &[&str]) -> Fault {
    let message = format!(
        "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
        columns.join(", ")
    );
    Fault::bad("INVALID_FIELD_FOR_INSERT_UPDATE", message).on(columns)
}

/// Text is never taken from numbers; numbers, bools and times may come as text.
fn fits(kind: Kind, json: &Json) -> bool {
    match json {
        Json::Number(_) => matches!(kind, Kind::Int | Kind::Decimal | Kind::Double),
        Json::Bool(_) => kind == Kind::Bool,
        _ => true,
    }
}

fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(bool) => Some(bool.to_string()),
        _ => None,
    }
}

fn unreadable(column: &Column, json: &Json) -> Fault {
    let kind = match json {
        Json::String(_) => "VALUE_STRING",
        Json::Number(number) if number.is_i64() || number.is_u64() => "VALUE_NUMBER_INT",
        Json::Number(_) => "VALUE_NUMBER_FLOAT",
        Json::Bool(true) => "VALUE_TRUE",
        Json::Bool(false) => "VALUE_FALSE",
        Json::Array(_) => "START_ARRAY",
        Json::Object(_) => "START_OBJECT",
        _ => "VALUE",
    };
    let value = scalar(json).unwrap_or_default();
    let message = format!(
        "Cannot deserialize instance of {} from {kind} value {value} or request may be missing a required field at [line:1, column:1]",
        column.crm_type
    );
    Fault::bad("JSON_PARSER_ERROR", message)
}

fn not_of_type(column: &Column, value: &str) -> Fault {
    let message = format!("{}: value not of required type: {value}", column.label);
    Fault::bad("INVALID_TYPE_ON_FIELD_IN_RECORD", message).on(&[&column.name])
}

fn text_value(column: &Column, text: String) -> Result<Value, Fault> {
    let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    if let Some(max) = column.length.filter(|max| *max > 0 && length > *max) {
        let message = format!("{}: data value too large: {text} (max length={max})", column.label);
        return Err(Fault::bad("STRING_TOO_LONG", message).on(&[&column.name]));
    }
    if column.crm_type == "email" && !is_address(&text) {
        let message = format!("{}: invalid email address: {text}", column.label);
        return Err(Fault::bad("INVALID_EMAIL_ADDRESS", message).on(&[&column.name]));
    }
    match column.crm_type.as_str() {
        "picklist" => Ok(Value::Text(choice(column, &text)?)),
        _ => Ok(Value::Text(text)),
    }
}

/// The option in its own spelling; outside of the options only where the list is not restricted.
fn choice(column: &Column, text: &str) -> Result<String, Fault> {
    let known = column.options.iter().find(|(value, _)| value.eq_ignore_ascii_case(text));
    match known {
        Some((value, _)) => Ok(value.clone()),
        None if column.restricted => {
            let message = format!("{}: bad value for restricted picklist field: {text}", column.label);
            Err(Fault::bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message).on(&[&column.name]))
        }
        None => Ok(text.to_owned()),
    }
}

fn choices(column: &Column, text: &str) -> Result<Value, Fault> {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let mut chosen: Vec<String> = parts.map(|part| choice(column, part)).collect::<Result<_, _>>()?;
    // They come back in the order of the options, whatever the order they were given in.
    let place = |value: &String| column.options.iter().position(|(option, _)| option == value);
    chosen.sort_by_key(|value| place(value).unwrap_or(usize::MAX));
    chosen.dedup();
    Ok(Value::Choices(chosen))
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    plain(local) && plain(domain) && !domain.starts_with('.') && !domain.ends_with('.')
}

/// The row a reference names. Whether it is there is for the store to say.
pub(crate) fn reference(model: &Model, column: &Column, text: &str) -> Result<Ref, Fault> {
    let wrong = |code| {
        let message = format!("{}: id value of incorrect type: {text}", column.label);
        Fault::bad(code, message).on(&[&column.name])
    };
    let id = id::parse(text).ok_or_else(|| wrong("MALFORMED_ID"))?;
    let table = model.of_id(&id).filter(|table| column.targets.contains(&table.name));
    let table = table.ok_or_else(|| wrong("FIELD_INTEGRITY_EXCEPTION"))?;
    Ok(Ref::new(&table.name, id))
}

fn number(column: &Column, json: &Json, text: &str) -> Result<Value, Fault> {
    let parsed = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text));
    let decimal = parsed.map_err(|_| unreadable(column, json))?;
    let whole = match column.kind {
        Kind::Int => column.digits.filter(|digits| *digits > 0),
        _ => column.precision.filter(|precision| *precision > 0).map(|p| p.saturating_sub(column.scale.unwrap_or(0))),
    };
    let too_large = whole.is_some_and(|digits| {
        digits < 28 && decimal.abs().trunc() >= Decimal::from_i128_with_scale(10_i128.pow(digits), 0)
    });
    if too_large {
        let message = format!("{}: value outside of valid range on numeric field: {text}", column.label);
        return Err(Fault::bad("NUMBER_OUTSIDE_VALID_RANGE", message).on(&[&column.name]));
    }
    match column.kind {
        Kind::Int if decimal.fract().is_zero() => {
            i64::try_from(decimal).map(Value::Int).map_err(|_| unreadable(column, json))
        }
        Kind::Int => Err(unreadable(column, json)),
        _ => Ok(Value::Decimal(decimal)),
    }
}

/// A point in time; Salesforce keeps seconds.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let mut text = text.to_owned();
    // `+0000` without a colon is Salesforce's own way of writing.
    let tail = text.get(text.len().checked_sub(5)?..)?;
    // A blank in place of the `T` is refused.
    if text.contains(' ') {
        return None;
    }
    let is_offset = tail.starts_with(['+', '-']) && tail.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    if is_offset && text.contains('T') {
        text.insert(text.len() - 2, ':');
    }
    let moment = match Date::from_str(&text) {
        Ok(date) if text.len() == 10 => midnight(date)?,
        _ => Timestamp::from_str(&text).ok()?,
    };
    Timestamp::from_second(moment.as_second()).ok()
}

pub(crate) fn date(text: &str) -> Option<Date> {
    match text.len() {
        10 => Date::from_str(text).ok(),
        _ => moment(text).map(day),
    }
}

/// The day a moment falls on, as Salesforce's servers see it.
pub(crate) fn day(moment: Timestamp) -> Date {
    Offset::UTC.to_datetime(moment).date()
}

pub(crate) fn midnight(day: Date) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_in_several_spellings() {
        let expected = moment("2026-03-01T10:00:00Z").unwrap();
        assert_eq!(moment("2026-03-01T10:00:00.123Z"), Some(expected));
        assert_eq!(moment("2026-03-01T11:00:00.000+0100"), Some(expected));
        assert_eq!(moment("2026-03-01T05:00:00-05:00"), Some(expected));
        assert_eq!(moment("soon"), None);
        assert_eq!(date("2026-03-01T10:00:00Z").unwrap().to_string(), "2026-03-01");
    }
}
