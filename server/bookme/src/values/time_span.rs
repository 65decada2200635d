//! Durations, as .NET writes them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Malformed, as_text};

/// Ten millionths of a second: the resolution of the text.
const TICKS: u64 = 10_000_000;
/// The longest: 3,650 days. Nothing of bookings lasts longer.
const MAX_DAYS: u64 = 3_650;
const WRONG: Malformed =
    Malformed("a duration is written `[d.]hh:mm[:ss[.fffffff]]`, such as `7.00:00:00` or `01:30:00`");

/// A duration, written `[d.]hh:mm:ss[.fffffff]` (Microsoft: "Standard TimeSpan format strings", the constant form).
///
/// ```
/// use engage_bookme::values::TimeSpan;
/// let week: TimeSpan = "7.00:00:00".parse().unwrap();
/// assert_eq!(week, TimeSpan::hours(168));
/// assert_eq!("01:30".parse::<TimeSpan>().unwrap().to_string(), "01:30:00");
/// assert!("24:00:00".parse::<TimeSpan>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeSpan(Duration);

impl TimeSpan {
    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: u64) -> Self {
        Self(Duration::from_secs(minutes * 60))
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(hours: u64) -> Self {
        Self::minutes(hours * 60)
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(days: u64) -> Self {
        Self::hours(days * 24)
    }

    /// The duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// Whether it is none at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl From<TimeSpan> for Duration {
    fn from(span: TimeSpan) -> Self {
        span.0
    }
}

impl From<Duration> for TimeSpan {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

/// Digits, at most as many.
fn digits(text: &str, at_most: usize) -> Option<u64> {
    let right = !text.is_empty() && text.len() <= at_most && text.bytes().all(|byte| byte.is_ascii_digit());
    if right { text.parse().ok() } else { None }
}

/// Two digits below a limit.
fn pair(text: &str, limit: u64) -> Option<u64> {
    digits(text, 2).filter(|number| text.len() == 2 && *number < limit)
}

fn parse(text: &str) -> Option<Duration> {
    let mut parts = text.split(':');
    let (first, minutes, seconds) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let (days, hours) = first.split_once('.').map_or((Some(0), first), |(days, hours)| (digits(days, 5), hours));
    let (seconds, fraction) = seconds.map_or(("00", None), |text| {
        text.split_once('.').map_or((text, None), |(seconds, fraction)| (seconds, Some(fraction)))
    });
    let ticks = match fraction {
        None => 0,
        Some(text) => digits(text, 7)? * 10_u64.pow(7_u32.checked_sub(u32::try_from(text.len()).ok()?)?),
    };
    let days = days.filter(|days| *days <= MAX_DAYS)?;
    let whole = ((days * 24 + pair(hours, 24)?) * 60 + pair(minutes, 60)?) * 60 + pair(seconds, 60)?;
    let nanoseconds = u32::try_from(ticks * (1_000_000_000 / TICKS)).ok()?;
    Some(Duration::new(whole, nanoseconds))
}

impl FromStr for TimeSpan {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        parse(text).map(Self).ok_or(WRONG)
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, ticks) = (self.0.as_secs(), self.0.subsec_nanos() / 100);
        let (minutes, hours, days) = (seconds / 60 % 60, seconds / 3_600 % 24, seconds / 86_400);
        if days > 0 {
            write!(f, "{days}.")?;
        }
        write!(f, "{hours:02}:{minutes:02}:{:02}", seconds % 60)?;
        if ticks > 0 { write!(f, ".{ticks:07}") } else { Ok(()) }
    }
}

as_text!(TimeSpan);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_differently_is_refused() {
        for text in [
            "",
            "1",
            "24:00:00",
            "00:60:00",
            "00:00:60",
            "-01:00:00",
            "1:00:00",
            "01:00:00.12345678",
            "x.01:00:00",
            "01:00:00.",
            "3651.00:00:00",
            "01:00:00:00",
            " 01:00:00",
            ".01:00:00",
            "+1.00:00",
        ] {
            assert!(text.parse::<TimeSpan>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in 0_u64..3_650 * 86_400, ticks in 0_u32..10_000_000) {
            let span = TimeSpan(Duration::new(seconds, ticks * 100));
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }

        #[test]
        fn no_text_is_too_odd(text in "[0-9.:-]{0,20}") {
            if let Ok(span) = text.parse::<TimeSpan>() {
                prop_assert_eq!(span.to_string().parse(), Ok(span));
            }
        }
    }
}
