//! Literals and JSON values as values of a column.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value as Json;

use super::fault::Fault;
use super::lex::{Literal, literal};
use super::{guid, limits};
use crate::schema::{Column, Kind};
use crate::store::Value;

/// A literal of an expression as a value to compare with the column.
pub(crate) fn from_literal(column: &Column, given: &Literal) -> Result<Option<Value>, Fault> {
    let value = match (column.kind, given) {
        (_, Literal::Null) => return Ok(None),
        (Kind::Text, Literal::Text(text)) => Some(Value::Text(text.clone())),
        (Kind::Choices, Literal::Text(text)) => Some(choices(text)),
        (Kind::Int, Literal::Number(number)) => whole(*number),
        (Kind::Decimal, Literal::Number(number)) => Some(Value::Decimal(*number)),
        (Kind::Double, Literal::Number(number)) => number.to_f64().map(Value::Double),
        (Kind::Double, Literal::Double(number)) => Some(Value::Double(*number)),
        (Kind::Bool, Literal::Bool(bool)) => Some(Value::Bool(*bool)),
        (Kind::Id | Kind::Ref, Literal::Guid(id)) => Some(Value::Id(id.clone())),
        (Kind::Moment, Literal::Moment(moment)) => Some(Value::Moment(*moment)),
        (Kind::Moment, Literal::Date(date)) => midnight(*date).map(Value::Moment),
        (Kind::Date, Literal::Date(date)) => Some(Value::Date(*date)),
        (Kind::Date, Literal::Moment(moment)) => Some(Value::Date(day(*moment))),
        _ => None,
    };
    value.map(Some).ok_or_else(|| incompatible(column))
}

fn incompatible(column: &Column) -> Fault {
    Fault::usage(format!(
        "A binary operator with incompatible types was detected. The literal does not fit '{}' of type '{}'.",
        column.name,
        edm(column)
    ))
}

/// A value given as text, as query functions and FetchXML have them.
pub(crate) fn from_text(column: &Column, text: &str) -> Result<Value, Fault> {
    let given = match column.kind {
        Kind::Text | Kind::Choices => Literal::Text(text.to_owned()),
        Kind::Bool => match text {
            "true" | "1" => Literal::Bool(true),
            "false" | "0" => Literal::Bool(false),
            _ => return Err(incompatible(column)),
        },
        _ => literal(text).ok_or_else(|| incompatible(column))?,
    };
    from_literal(column, &given)?.ok_or_else(|| incompatible(column))
}

/// Midnight of a day in UTC.
pub(crate) fn midnight(date: Date) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()
}

/// The day of a moment in UTC.
pub(crate) fn day(moment: Timestamp) -> Date {
    Offset::UTC.to_datetime(moment).date()
}

fn whole(number: Decimal) -> Option<Value> {
    number.is_integer().then(|| number.to_i64()).flatten().map(Value::Int)
}

fn choices(text: &str) -> Value {
    let parts = text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
    Value::Choices(parts.collect())
}

/// The OData type of a column.
pub(crate) fn edm(column: &Column) -> &'static str {
    match column.kind {
        Kind::Text | Kind::Choices | Kind::Virtual => "Edm.String",
        Kind::Int if column.crm_type == "BigInt" => "Edm.Int64",
        Kind::Int => "Edm.Int32",
        Kind::Decimal => "Edm.Decimal",
        Kind::Double => "Edm.Double",
        Kind::Bool => "Edm.Boolean",
        Kind::Moment => "Edm.DateTimeOffset",
        Kind::Date => "Edm.Date",
        Kind::Id | Kind::Ref => "Edm.Guid",
    }
}

/// A JSON value of a body as a value of the column; none for null.
pub(crate) fn from_json(column: &Column, given: &Json) -> Result<Option<Value>, Fault> {
    let value = match (column.kind, given) {
        (_, Json::Null) => return Ok(None),
        (Kind::Text, Json::String(text)) => Some(Value::Text(text.clone())),
        (Kind::Choices, Json::String(text)) => Some(choices(text)),
        (Kind::Int, Json::Number(number)) => decimal(number).and_then(whole),
        (Kind::Int, Json::String(text)) if column.crm_type == "BigInt" => text.parse().ok().map(Value::Int),
        (Kind::Decimal, Json::Number(number)) => decimal(number).map(Value::Decimal),
        (Kind::Double, Json::Number(number)) => number.as_f64().map(Value::Double),
        (Kind::Bool, Json::Bool(bool)) => Some(Value::Bool(*bool)),
        (Kind::Id, Json::String(text)) => guid::parse(text).map(Value::Id),
        (Kind::Moment, Json::String(text)) => moment(text),
        (Kind::Date, Json::String(text)) => text.parse::<Date>().ok().filter(|_| text.len() == 10).map(Value::Date),
        _ => None,
    };
    let Some(value) = value else { return Err(cannot_convert(column)) };
    limits::check(column, &value)?;
    Ok(Some(value))
}

/// The error for a value of another type.
pub(crate) fn cannot_convert(column: &Column) -> Fault {
    Fault::payload(format!(
        "Error identified in Payload provided by the user for Entity :'', For more information on this error please follow this help link. InnerException : Microsoft.OData.ODataException: Cannot convert a value of property '{}' to the expected target type '{}'.",
        column.name,
        edm(column)
    ))
}

fn decimal(number: &serde_json::Number) -> Option<Decimal> {
    let text = number.to_string();
    Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}

/// Points in time are kept to the second, as the product does.
fn moment(text: &str) -> Option<Value> {
    let moment = match text.len() {
        10 => midnight(text.parse().ok()?)?,
        _ => text.parse::<Timestamp>().ok()?,
    };
    // The second that has begun, before 1970 too.
    let begun = moment.as_second() - i64::from(moment.subsec_nanosecond() < 0);
    Timestamp::from_second(begun).ok().map(Value::Moment)
}
