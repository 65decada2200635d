//! When something is done again.

use jiff::{SignedDuration, Timestamp};

/// Seconds of an hour and of a day.
pub(super) const HOUR: i64 = 3600;
pub(super) const DAY: i64 = 24 * HOUR;

/// How often something is done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Often {
    /// So many seconds after the last time.
    Every(i64),
    /// Once a day, so many seconds after midnight of UTC.
    At(i64),
}

impl Often {
    /// The next time after one at an instant.
    pub(super) fn next(self, now: Timestamp) -> Option<Timestamp> {
        let seconds = match self {
            Self::Every(seconds) => seconds,
            Self::At(second) => DAY - (now.as_second() + DAY - second).rem_euclid(DAY),
        };
        now.checked_add(SignedDuration::from_secs(seconds)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_at_an_hour_is_done_once_a_day() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let eight = Often::At(20 * HOUR);
        for (now, next) in [
            ("2026-06-01T19:59:59Z", "2026-06-01T20:00:00Z"),
            ("2026-06-01T20:00:00Z", "2026-06-02T20:00:00Z"),
            ("2026-06-01T23:30:00Z", "2026-06-02T20:00:00Z"),
            ("2026-06-02T00:00:00.5Z", "2026-06-02T20:00:00.5Z"),
        ] {
            assert_eq!(eight.next(at(now)), Some(at(next)), "{now}");
        }
        assert_eq!(Often::Every(60).next(at("2026-06-01T00:00:00Z")), Some(at("2026-06-01T00:01:00Z")));
    }
}
