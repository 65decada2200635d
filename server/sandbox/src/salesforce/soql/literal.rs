//! Literals: numbers, dates, times, and the named ranges of days.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use rust_decimal::Decimal;

use super::super::coerce;
use super::tree::Literal;

/// Ranges that take no number.
const RANGES: [&str; 17] = [
    "TODAY",
    "YESTERDAY",
    "TOMORROW",
    "LAST_WEEK",
    "THIS_WEEK",
    "NEXT_WEEK",
    "LAST_MONTH",
    "THIS_MONTH",
    "NEXT_MONTH",
    "LAST_YEAR",
    "THIS_YEAR",
    "NEXT_YEAR",
    "LAST_90_DAYS",
    "NEXT_90_DAYS",
    "LAST_QUARTER",
    "THIS_QUARTER",
    "NEXT_QUARTER",
];

/// Ranges that take a number.
const COUNTED: [&str; 3] = ["LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO"];

/// A number, a date or a time.
pub(super) fn digits(text: &str) -> Option<Literal> {
    if text.len() == 10 && text.as_bytes().get(4) == Some(&b'-') {
        return Date::from_str(text).ok().map(Literal::Date);
    }
    if text.contains('T') {
        return coerce::moment(text).map(Literal::Moment);
    }
    Decimal::from_str(text.trim_start_matches('+'))
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
        .map(Literal::Number)
}

/// `true`, `null`, `TODAY`, `LAST_N_DAYS` with its number.
pub(super) fn word(word: &str, days: Option<i64>) -> Option<Literal> {
    let upper = word.to_uppercase();
    Some(match (upper.as_str(), days) {
        ("TRUE", None) => Literal::Bool(true),
        ("FALSE", None) => Literal::Bool(false),
        ("NULL", None) => Literal::Null,
        (name, None) if RANGES.contains(&name) => Literal::Range(upper, None),
        (name, Some(days)) if COUNTED.contains(&name) && (0..=36_500).contains(&days) => {
            Literal::Range(upper, Some(days))
        }
        _ => return None,
    })
}

/// First day of a range and the day after its last.
pub(super) fn range(name: &str, days: Option<i64>, now: Timestamp) -> Option<(Date, Date)> {
    let today = coerce::day(now);
    let add = |date: Date, days: i64| date.checked_add(Span::new().try_days(days).ok()?).ok();
    let months = |date: Date, months: i64| date.checked_add(Span::new().try_months(months).ok()?).ok();
    let monday_based = i64::from(today.weekday().to_sunday_zero_offset());
    let week = add(today, -monday_based)?;
    let month = today.first_of_month();
    let quarter = months(month, -i64::from((today.month() - 1) % 3))?;
    let year = today.first_of_year();
    let days = days.unwrap_or(90);
    Some(match name {
        "TODAY" => (today, add(today, 1)?),
        "YESTERDAY" => (add(today, -1)?, today),
        "TOMORROW" => (add(today, 1)?, add(today, 2)?),
        "LAST_WEEK" => (add(week, -7)?, week),
        "THIS_WEEK" => (week, add(week, 7)?),
        "NEXT_WEEK" => (add(week, 7)?, add(week, 14)?),
        "LAST_MONTH" => (months(month, -1)?, month),
        "THIS_MONTH" => (month, months(month, 1)?),
        "NEXT_MONTH" => (months(month, 1)?, months(month, 2)?),
        "LAST_QUARTER" => (months(quarter, -3)?, quarter),
        "THIS_QUARTER" => (quarter, months(quarter, 3)?),
        "NEXT_QUARTER" => (months(quarter, 3)?, months(quarter, 6)?),
        "LAST_YEAR" => (months(year, -12)?, year),
        "THIS_YEAR" => (year, months(year, 12)?),
        "NEXT_YEAR" => (months(year, 12)?, months(year, 24)?),
        "LAST_90_DAYS" | "LAST_N_DAYS" => (add(today, -days)?, add(today, 1)?),
        "NEXT_90_DAYS" | "NEXT_N_DAYS" => (add(today, 1)?, add(today, days + 1)?),
        "N_DAYS_AGO" => (add(today, -days)?, add(today, 1 - days)?),
        _ => return None,
    })
}
