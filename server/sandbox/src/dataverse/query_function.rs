//! `Microsoft.Dynamics.CRM.In(..)` and the other query functions.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::coerce;
use super::fault::Fault;
use super::lex::Literal;
use crate::schema::{Column, Kind};
use crate::store::{RowId, Value};

/// A query function with its arguments.
#[derive(Clone, Debug)]
pub(crate) enum Function {
    In {
        values: Vec<Value>,
        negated: bool,
    },
    Between {
        from: Value,
        to: Value,
        negated: bool,
    },
    Contains {
        values: Vec<String>,
        negated: bool,
    },
    /// From the first moment on, before the second.
    Period {
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    },
}

impl Function {
    /// Whether the value is as the function wants it; none for null.
    pub(crate) fn holds(&self, value: Option<&Value>) -> Option<bool> {
        let value = value?;
        Some(match self {
            Function::In { values, negated } => {
                values.iter().any(|wanted| value.compare(wanted).is_some_and(|order| order.is_eq())) != *negated
            }
            Function::Between { from, to, negated } => {
                (value.compare(from)?.is_ge() && value.compare(to)?.is_le()) != *negated
            }
            Function::Contains { values, negated } => match value {
                Value::Choices(chosen) => values.iter().any(|wanted| chosen.contains(wanted)) != *negated,
                _ => return None,
            },
            Function::Period { from, until } => {
                let moment = match value {
                    Value::Moment(moment) => *moment,
                    Value::Date(date) => coerce::midnight(*date)?,
                    _ => return None,
                };
                from.is_none_or(|from| moment >= from) && until.is_none_or(|until| moment < until)
            }
        })
    }
}

/// Refuses parameters that a function does not have, or has once: a function is found by its parameters.
pub(crate) fn require_parameters(name: &str, arguments: &[(String, Literal)]) -> Result<(), Fault> {
    let second = match name {
        "In" | "NotIn" | "Between" | "NotBetween" | "ContainValues" | "DoesNotContainValues" => "PropertyValues",
        "On" | "OnOrAfter" | "OnOrBefore" => "PropertyValue",
        name if name.contains('X') => "PropertyValue",
        _ => "",
    };
    let mut seen = std::collections::HashSet::new();
    for (given, _) in arguments {
        if !seen.insert(given) || (given != "PropertyName" && given != second) {
            return Err(Fault::usage(format!("The function '{name}' has no parameter '{given}' here.")));
        }
    }
    Ok(())
}

/// Holds a function call against its column.
pub(crate) fn bind(
    name: &str,
    column: &Column,
    arguments: &[(String, Literal)],
    now: Timestamp,
    user: &RowId,
) -> Result<Function, Fault> {
    let call = Call { name, column, arguments };
    let negated = name.starts_with("Not") || name.starts_with("DoesNot");
    match name {
        "In" | "NotIn" => Ok(Function::In { values: call.values()?, negated }),
        "Between" | "NotBetween" => match call.values()?.as_slice() {
            [from, to] => Ok(Function::Between { from: from.clone(), to: to.clone(), negated }),
            _ => Err(Fault::usage(format!("The function '{name}' needs two values."))),
        },
        "ContainValues" | "DoesNotContainValues" => {
            call.only_for(column.kind == Kind::Choices)?;
            Ok(Function::Contains { values: call.texts()?, negated })
        }
        "EqualUserId" | "NotEqualUserId" => {
            call.only_for(matches!(column.kind, Kind::Ref | Kind::Id))?;
            Ok(Function::In { values: vec![Value::Id(user.clone())], negated })
        }
        _ => call.period(coerce::day(now), now),
    }
}

/// A week, month or year of the calendar: this one, the last, the next. Weeks begin on Sunday, as an organisation is set up.
fn calendar(name: &str, today: Date) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    let (shift, unit) = [("This", 0), ("Last", -1), ("Next", 1)]
        .into_iter()
        .find_map(|(word, shift)| name.strip_prefix(word).map(|unit| (shift, unit)))?;
    let (start, length) = match unit {
        "Week" => {
            let since = i64::from(today.weekday().to_sunday_zero_offset());
            (today.checked_sub(Span::new().days(since)).ok()?, Span::new().weeks(1))
        }
        "Month" => (today.first_of_month(), Span::new().months(1)),
        "Year" => (today.first_of_year(), Span::new().years(1)),
        _ => return None,
    };
    let at = |times: i64| start.checked_add(length.checked_mul(times).ok()?).ok().and_then(coerce::midnight);
    Some((at(shift), at(shift + 1)))
}

struct Call<'c> {
    name: &'c str,
    column: &'c Column,
    arguments: &'c [(String, Literal)],
}

impl Call<'_> {
    fn argument(&self, name: &str) -> Result<&Literal, Fault> {
        let found = self.arguments.iter().find(|(given, _)| given == name).map(|(_, value)| value);
        found.ok_or_else(|| Fault::usage(format!("The function '{}' needs the parameter '{name}'.", self.name)))
    }

    fn texts(&self) -> Result<Vec<String>, Fault> {
        match self.argument("PropertyValues")? {
            Literal::List(texts) if texts.is_empty() => {
                Err(Fault::usage(format!("The function '{}' needs at least one value.", self.name)))
            }
            Literal::List(texts) => Ok(texts.clone()),
            _ => Err(Fault::usage(format!("The function '{}' needs a list of values.", self.name))),
        }
    }

    fn values(&self) -> Result<Vec<Value>, Fault> {
        self.texts()?.iter().map(|text| coerce::from_text(self.column, text)).collect()
    }

    fn only_for(&self, fits: bool) -> Result<(), Fault> {
        let message = || format!("The function '{}' cannot be applied to '{}'.", self.name, self.column.name);
        fits.then_some(()).ok_or_else(|| Fault::usage(message()))
    }

    fn number(&self) -> Result<i64, Fault> {
        use rust_decimal::prelude::ToPrimitive;
        match self.argument("PropertyValue")? {
            Literal::Number(number) => number.to_i64().filter(|number| (1..=10_000).contains(number)),
            _ => None,
        }
        .ok_or_else(|| Fault::usage(format!("The function '{}' needs a positive whole number.", self.name)))
    }

    fn date(&self) -> Result<Date, Fault> {
        match self.argument("PropertyValue")? {
            Literal::Date(date) => Ok(*date),
            Literal::Moment(moment) => Ok(coerce::day(*moment)),
            Literal::Text(text) => text.get(..10).and_then(|day| day.parse().ok()).ok_or_else(|| self.no_date()),
            _ => Err(self.no_date()),
        }
    }

    fn no_date(&self) -> Fault {
        Fault::usage(format!("The function '{}' needs a date.", self.name))
    }

    fn period(&self, today: Date, now: Timestamp) -> Result<Function, Fault> {
        let days = |from: Date, count: i64| from.checked_add(Span::new().days(count)).ok().and_then(coerce::midnight);
        let (from, until) = match self.name {
            "Today" => (days(today, 0), days(today, 1)),
            "Yesterday" => (days(today, -1), days(today, 0)),
            "Tomorrow" => (days(today, 1), days(today, 2)),
            "LastXDays" => (days(today, -self.number()?), Some(now)),
            "NextXDays" => (Some(now), days(today, self.number()? + 1)),
            "Last7Days" => (days(today, -7), Some(now)),
            "Next7Days" => (Some(now), days(today, 8)),
            "OlderThanXDays" => (None, days(today, -self.number()?)),
            "On" => (days(self.date()?, 0), days(self.date()?, 1)),
            "OnOrAfter" => (days(self.date()?, 0), None),
            "OnOrBefore" => (None, days(self.date()?, 1)),
            other if calendar(other, today).is_some() => {
                let (from, until) = calendar(other, today).unzip();
                (from.flatten(), until.flatten())
            }
            other => return Err(Fault::unsupported(&format!("the query function 'Microsoft.Dynamics.CRM.{other}'"))),
        };
        self.only_for(matches!(self.column.kind, Kind::Moment | Kind::Date))?;
        Ok(Function::Period { from, until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_months_and_years_of_the_calendar() {
        // A Wednesday.
        let today = jiff::civil::date(2024, 1, 31);
        for (name, from, until) in [
            ("ThisWeek", "2024-01-28", "2024-02-04"),
            ("LastWeek", "2024-01-21", "2024-01-28"),
            ("NextMonth", "2024-02-01", "2024-03-01"),
            ("LastMonth", "2023-12-01", "2024-01-01"),
            ("ThisYear", "2024-01-01", "2025-01-01"),
            ("LastYear", "2023-01-01", "2024-01-01"),
        ] {
            let day = |text: &str| coerce::midnight(text.parse().unwrap());
            assert_eq!(calendar(name, today), Some((day(from), day(until))), "{name}");
        }
        assert_eq!(calendar("LastDecade", today), None);
        assert_eq!(calendar("Month", today), None);
    }
}
