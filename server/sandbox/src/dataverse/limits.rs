//! How long, how large, how early a value of a column may be.

use rust_decimal::prelude::ToPrimitive;

use super::coerce::{cannot_convert, day};
use super::fault::Fault;
use crate::schema::Column;
use crate::store::Value;

/// The first year the database knows.
const FIRST_YEAR: i16 = 1753;

/// Refuses what the column cannot hold.
pub(crate) fn check(column: &Column, value: &Value) -> Result<(), Fault> {
    length(column, value)?;
    size(column, value)?;
    year(value)?;
    range(column, value)?;
    options(column, value)
}

fn invalid(code: &str, what: &str) -> Fault {
    Fault::new(400, code, format!("A validation error occurred. {what}"))
}

fn length(column: &Column, value: &Value) -> Result<(), Fault> {
    let (Value::Text(text), Some(limit)) = (value, column.length) else { return Ok(()) };
    // The product counts UTF-16 units.
    match text.encode_utf16().count() as u64 > limit {
        true => Err(invalid(
            "0x80044331",
            &format!(
                "The length of the '{}' attribute of the entity exceeded the maximum allowed length of '{limit}'.",
                column.name
            ),
        )),
        false => Ok(()),
    }
}

fn size(column: &Column, value: &Value) -> Result<(), Fault> {
    match value {
        Value::Int(int) if column.crm_type != "BigInt" && i32::try_from(*int).is_err() => Err(cannot_convert(column)),
        _ => Ok(()),
    }
}

fn year(value: &Value) -> Result<(), Fault> {
    let year = match value {
        Value::Moment(moment) => day(*moment).year(),
        Value::Date(date) => date.year(),
        _ => return Ok(()),
    };
    let message =
        "DateTime is less than minimum value supported by CrmDateTime. Minimum value supported: 01/01/1753 00:00:00";
    match year < FIRST_YEAR {
        true => Err(Fault::new(400, "0x80040239", message)),
        false => Ok(()),
    }
}

fn range(column: &Column, value: &Value) -> Result<(), Fault> {
    let number = match value {
        // Not every number of this kind is a decimal.
        Value::Double(number) => Some(*number),
        other => other.number().and_then(|number| number.to_f64()),
    };
    let Some(number) = number else { return Ok(()) };
    let outside = column.min.is_some_and(|min| number < min) || column.max.is_some_and(|max| number > max);
    match outside {
        true => Err(invalid("0x80044330", &format!("The value of '{}' is outside the valid range.", column.name))),
        false => Ok(()),
    }
}

fn options(column: &Column, value: &Value) -> Result<(), Fault> {
    let known = |value: &str| column.options.is_empty() || column.options.iter().any(|(option, _)| option == value);
    let outside = match value {
        Value::Int(int) => !known(&int.to_string()),
        Value::Choices(choices) => choices.iter().any(|choice| choice.parse::<i64>().is_err() || !known(choice)),
        _ => false,
    };
    match outside {
        true => Err(invalid(
            "0x80048d19",
            &format!("The value of '{}' is outside the valid range of its options.", column.name),
        )),
        false => Ok(()),
    }
}
