//! Small values as they are on the wire.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A text in several languages: a BCP 47 tag with a text for each, such as `da-DK`. `da-DK` is always there.
pub type Localized = BTreeMap<String, String>;

/// The most days of a duration.
const MAX_DAYS: u64 = 3_650;

/// A text that is no such value. The text is not repeated: it may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

/// An instant (RFC 3339). It is written in UTC; read with any offset, and without one as UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub Timestamp);

/// A duration of days, hours, minutes and seconds, as `[d.]hh:mm:ss`: `7.00:00:00` is a week, `01:30:00` an hour and a half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeSpan(pub Duration);

/// A time of day on the organisation's clock, in whole minutes, as `hh:mm:ss`; `24:00:00` is the end of the day.
///
/// ```
/// use engage_client::model::DayTime;
///
/// assert_eq!(DayTime::new(9, 30).map(|time| time.to_string()).as_deref(), Some("09:30:00"));
/// assert_eq!(DayTime::new(24, 0), "24:00".parse().ok());
/// assert_eq!(DayTime::new(24, 1), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayTime(u16);

impl DayTime {
    /// A time by hour and minute, up to `24:00`; none beyond.
    #[must_use]
    pub fn new(hour: u8, minute: u8) -> Option<Self> {
        let minutes = u16::from(hour) * 60 + u16::from(minute);
        (minute < 60 && minutes <= 24 * 60).then_some(Self(minutes))
    }

    /// How many minutes of the day are over then, by the clock.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Instant {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = Malformed("a time is written as RFC 3339 has it, such as `2026-06-01T08:00:00Z`");
        if let Ok(instant) = text.parse() {
            return Ok(Self(instant));
        }
        let civil: DateTime = text.parse().map_err(|_| wrong)?;
        civil.to_zoned_datetime(TimeZone::UTC).map(|zoned| Self(zoned.timestamp())).map_err(|_| wrong)
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
        if days > 0 {
            write!(f, "{days}.")?;
        }
        write!(f, "{hours:02}:{:02}:{:02}", seconds / 60 % 60, seconds % 60)?;
        if nanos / 100 > 0 {
            write!(f, ".{:07}", nanos / 100)?;
        }
        Ok(())
    }
}

impl FromStr for TimeSpan {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = Malformed("a duration is written as `[d.]hh:mm[:ss[.fffffff]]`, such as `01:30:00`");
        span(text).map(Self).ok_or(wrong)
    }
}

/// A number of so many digits at most that is below a limit.
fn number(text: &str, digits: usize, below: u64) -> Option<u64> {
    let right = (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| right && *number < below)
}

/// A number of two digits that is below a limit.
fn pair(text: &str, below: u64) -> Option<u64> {
    number(text, 2, below).filter(|_| text.len() == 2)
}

fn day_time(text: &str) -> Option<DayTime> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    pair(second, 1)?;
    DayTime::new(pair(hour, 25)?.try_into().ok()?, pair(minute, 60)?.try_into().ok()?)
}

fn span(text: &str) -> Option<Duration> {
    let (hours, rest) = text.split_once(':')?;
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "00"));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let whole = number(days, 4, MAX_DAYS + 1)? * 86_400
        + pair(hours, 24)? * 3_600
        + pair(minutes, 60)? * 60
        + pair(seconds, 60)?;
    let ticks = number(&format!("{fraction:0<7}"), 7, u64::MAX)?;
    Some(Duration::from_secs(whole) + Duration::from_nanos(ticks * 100))
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:00", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for DayTime {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = Malformed("a time of day is written as `hh:mm[:ss]` in whole minutes, such as `09:00:00`");
        day_time(text).ok_or(wrong)
    }
}

macro_rules! as_text {
    ($name:ident, $($schema:tt)+) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl From<$name> for serde_json::Value {
            fn from(value: $name) -> Self {
                value.to_string().into()
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($($schema)+)
            }
        }
    };
}

as_text!(Instant, {"type": "string", "format": "date-time", "examples": ["2026-06-01T08:00:00Z"]});
as_text!(TimeSpan, {
    "type": "string",
    "pattern": r"^(([0-9]{1,3}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)\.)?([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,7})?)?$",
    "examples": ["01:00:00"]
});
as_text!(DayTime, {
    "type": "string",
    "pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)(:00)?$",
    "examples": ["09:00:00"]
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        for (text, seconds, told) in [
            ("01:30", 5_400, "01:30:00"),
            ("7.00:00:00", 604_800, "7.00:00:00"),
            ("00:00:01", 1, "00:00:01"),
            ("1.02:03:04", 93_784, "1.02:03:04"),
        ] {
            let span: TimeSpan = text.parse().unwrap();
            assert_eq!((span.0.as_secs(), span.to_string().as_str()), (seconds, told));
        }
        assert_eq!("00:00:00.5".parse::<TimeSpan>().unwrap().to_string(), "00:00:00.5000000");
        for wrong in ["", "1", "24:00:00", "00:60", "-01:00", "01:00:00:00", "00:00:00.12345678", "x.01:00"] {
            assert!(wrong.parse::<TimeSpan>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_ends_at_24_00() {
        for (text, told) in [("00:00", "00:00:00"), ("09:30:00", "09:30:00"), ("24:00:00", "24:00:00")] {
            assert_eq!(text.parse::<DayTime>().unwrap().to_string(), told);
        }
        for wrong in ["", "9:00", "24:01", "25:00", "08:00:30", "08:60", "08:00:00:00"] {
            assert!(wrong.parse::<DayTime>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn instants_without_an_offset_are_utc() {
        let told = |text: &str| text.parse::<Instant>().map(|instant| instant.to_string());
        assert_eq!(told("2026-06-01T10:00:00+02:00").unwrap(), "2026-06-01T08:00:00Z");
        assert_eq!(told("2026-06-01T08:00:00").unwrap(), "2026-06-01T08:00:00Z");
        assert!(told("yesterday").is_err());
    }
}
