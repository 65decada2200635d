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

/// Ranges that take a number: of days, and of longer periods.
const COUNTED: [&str; 15] = [
    "LAST_N_DAYS",
    "NEXT_N_DAYS",
    "N_DAYS_AGO",
    "LAST_N_WEEKS",
    "NEXT_N_WEEKS",
    "N_WEEKS_AGO",
    "LAST_N_MONTHS",
    "NEXT_N_MONTHS",
    "N_MONTHS_AGO",
    "LAST_N_QUARTERS",
    "NEXT_N_QUARTERS",
    "N_QUARTERS_AGO",
    "LAST_N_YEARS",
    "NEXT_N_YEARS",
    "N_YEARS_AGO",
];

/// Years stand for fiscal years, which begin with the calendar's here.
fn plain_name(name: &str) -> String {
    name.to_uppercase().replace("FISCAL_", "")
}

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
    let upper = plain_name(word);
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
        name => periods(name, days, now)?,
    })
}

/// First day of a range of whole weeks, months, quarters or years, and the day after its last.
fn periods(name: &str, count: i64, now: Timestamp) -> Option<(Date, Date)> {
    let (this, days, months) = match name {
        name if name.contains("_WEEKS") => ("THIS_WEEK", 7, 0),
        name if name.contains("_MONTHS") => ("THIS_MONTH", 0, 1),
        name if name.contains("_QUARTERS") => ("THIS_QUARTER", 0, 3),
        name if name.contains("_YEARS") => ("THIS_YEAR", 0, 12),
        _ => return None,
    };
    let (current, next) = range(this, None, now)?;
    let move_by = |from: Date, count: i64| {
        let span = Span::new().try_days(days * count).ok()?.try_months(months * count).ok()?;
        from.checked_add(span).ok()
    };
    Some(match name {
        name if name.starts_with("LAST_N_") => (move_by(current, -count)?, current),
        name if name.starts_with("NEXT_N_") => (next, move_by(next, count)?),
        _ => (move_by(current, -count)?, move_by(next, -count)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_periods() {
        let now = "2026-03-05T10:00:00Z".parse().unwrap();
        for (name, days, from, to) in [
            ("LAST_N_WEEKS", 2, "2026-02-15", "2026-03-01"),
            ("N_MONTHS_AGO", 1, "2026-02-01", "2026-03-01"),
            ("NEXT_N_QUARTERS", 1, "2026-04-01", "2026-07-01"),
            ("LAST_N_YEARS", 3, "2023-01-01", "2026-01-01"),
            ("LAST_N_DAYS", 2, "2026-03-03", "2026-03-06"),
        ] {
            assert_eq!(range(name, Some(days), now), Some((from.parse().unwrap(), to.parse().unwrap())), "{name}");
        }
        assert_eq!(word("this_fiscal_year", None), Some(Literal::Range("THIS_YEAR".into(), None)));
        assert_eq!(range("LAST_N_MOONS", Some(1), now), None);
    }
}
