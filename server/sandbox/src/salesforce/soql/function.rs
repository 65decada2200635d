//! Functions of one value: of dates ("Date Functions") and `toLabel`.

use jiff::civil::Date;
use jiff::tz::Offset;

use super::super::coerce;
use crate::schema::{Column, Kind};
use crate::store::Value;

/// A function of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    CalendarMonth,
    CalendarQuarter,
    CalendarYear,
    DayInMonth,
    DayInWeek,
    DayInYear,
    DayOnly,
    HourInDay,
    WeekInMonth,
    WeekInYear,
    /// The label of a picklist's value.
    Label,
}

impl Of {
    /// A function by its name without case. Fiscal years are calendar years here.
    pub(super) fn named(name: &str) -> Option<Of> {
        Some(match name.to_ascii_uppercase().as_str() {
            "CALENDAR_MONTH" | "FISCAL_MONTH" => Of::CalendarMonth,
            "CALENDAR_QUARTER" | "FISCAL_QUARTER" => Of::CalendarQuarter,
            "CALENDAR_YEAR" | "FISCAL_YEAR" => Of::CalendarYear,
            "DAY_IN_MONTH" => Of::DayInMonth,
            "DAY_IN_WEEK" => Of::DayInWeek,
            "DAY_IN_YEAR" => Of::DayInYear,
            "DAY_ONLY" => Of::DayOnly,
            "HOUR_IN_DAY" => Of::HourInDay,
            "WEEK_IN_MONTH" => Of::WeekInMonth,
            "WEEK_IN_YEAR" => Of::WeekInYear,
            "TOLABEL" => Of::Label,
            _ => return None,
        })
    }

    /// The kind of what it gives for values of a kind; none where it takes no such values.
    pub(super) fn kind(self, of: Kind, crm_type: &str) -> Option<Kind> {
        match (self, of) {
            (Of::Label, Kind::Text) if matches!(crm_type, "picklist" | "combobox" | "string") => Some(Kind::Text),
            (Of::Label, _) => None,
            (Of::DayOnly, Kind::Moment) => Some(Kind::Date),
            (Of::HourInDay, Kind::Moment) => Some(Kind::Int),
            (Of::DayOnly | Of::HourInDay, _) => None,
            (_, Kind::Moment | Kind::Date) => Some(Kind::Int),
            _ => None,
        }
    }

    /// What it gives for a value; users are at Greenwich.
    pub(super) fn of(self, column: &Column, value: Value) -> Option<Value> {
        if self == Of::Label {
            let text = value.as_text()?;
            let label = column.options.iter().find(|(value, _)| value == text).map(|(_, label)| label.clone());
            return Some(label.map_or(value, Value::Text));
        }
        let (day, hour) = match value {
            Value::Date(day) => (day, 0),
            Value::Moment(moment) => (coerce::day(moment), i64::from(Offset::UTC.to_datetime(moment).hour())),
            _ => return None,
        };
        Some(match self {
            Of::DayOnly => Value::Date(day),
            Of::HourInDay => Value::Int(hour),
            _ => Value::Int(self.number(day)),
        })
    }

    fn number(self, day: Date) -> i64 {
        let week = |day: i64| (day - 1) / 7 + 1;
        match self {
            Of::CalendarMonth => i64::from(day.month()),
            Of::CalendarQuarter => i64::from((day.month() - 1) / 3 + 1),
            Of::CalendarYear => i64::from(day.year()),
            Of::DayInMonth => i64::from(day.day()),
            // 1 is Sunday.
            Of::DayInWeek => i64::from(day.weekday().to_sunday_one_offset()),
            Of::DayInYear => i64::from(day.day_of_year()),
            Of::WeekInMonth => week(i64::from(day.day())),
            Of::WeekInYear => week(i64::from(day.day_of_year())),
            Of::DayOnly | Of::HourInDay | Of::Label => 0,
        }
    }
}
