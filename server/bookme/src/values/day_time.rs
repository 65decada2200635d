//! Times of the day.

use std::fmt;
use std::str::FromStr;

use engage_availability::Clock;

use super::{Malformed, as_text};

const WRONG: Malformed =
    Malformed("a time of day is written `hh:mm:ss` in whole minutes, from `00:00:00` to `24:00:00`");

/// A reading of the organisation's clock, written `hh:mm:ss`, in whole minutes; `24:00:00` is the end of the day.
///
/// ```
/// use engage_bookme::values::DayTime;
/// let closing: DayTime = "17:00".parse().unwrap();
/// assert_eq!(closing.to_string(), "17:00:00");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayTime(Clock);

impl DayTime {
    /// 00:00, the start of the day.
    pub const MIDNIGHT: Self = Self(Clock::MIDNIGHT);
    /// 24:00, the end of the day.
    pub const END: Self = Self(Clock::END);

    /// A full hour; past 24, 24.
    #[must_use]
    pub fn hour(hour: u8) -> Self {
        Self(Clock::new(hour, 0).unwrap_or(Clock::END))
    }

    /// As the availability search has it.
    #[must_use]
    pub fn clock(self) -> Clock {
        self.0
    }
}

impl FromStr for DayTime {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (hour, rest) = text.split_once(':').ok_or(WRONG)?;
        let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
        let number = |text: &str| match text.as_bytes() {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
            _ => None,
        };
        match (number(hour), number(minute), number(second)) {
            (Some(hour), Some(minute), Some(0)) => Clock::new(hour, minute).map(Self).ok_or(WRONG),
            _ => Err(WRONG),
        }
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.minutes();
        write!(f, "{:02}:{:02}:00", minutes / 60, minutes % 60)
    }
}

as_text!(DayTime);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_is_read_as_it_is_written() {
        for minute in 0..=24 * 60_u16 {
            let text = format!("{:02}:{:02}:00", minute / 60, minute % 60);
            assert_eq!(text.parse::<DayTime>().unwrap().to_string(), text);
        }
        for text in ["", "8:00", "08:00:30", "24:01", "25:00", "08:60", "08", "08:00:00:00", "۰۸:00"] {
            assert!(text.parse::<DayTime>().is_err(), "{text}");
        }
    }
}
