//! Points and stretches of time, and the wall clock.

use std::time::Duration;

use jiff::Timestamp;

/// No duration is taken for longer: 10,000 days, in microseconds. It keeps every sum far from the ends of the scale.
const LONGEST: i64 = 10_000 * 86_400 * 1_000_000;

/// A point in time: microseconds since 1970-01-01T00:00Z, the resolution of the databases that instants come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub(crate) i64);

impl Instant {
    /// From microseconds since 1970-01-01T00:00Z.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The same point as jiff has it; what lies outside its years is its first or last.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        let end = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_microsecond(self.0).unwrap_or(end)
    }

    pub(crate) const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        Self(at.as_microsecond())
    }
}

/// Microseconds of a duration, at most 10,000 days.
pub(crate) fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).map_or(LONGEST, |micros| micros.min(LONGEST))
}

/// A stretch of time: `start` belongs to it, `end` does not. Empty if it does not end after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first instant of it.
    pub start: Instant,
    /// The first instant after it.
    pub end: Instant,
}

impl Span {
    /// From `start` until just before `end`.
    #[must_use]
    pub const fn new(start: Instant, end: Instant) -> Self {
        Self { start, end }
    }

    /// No instant is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Both have an instant in common: touching is not overlapping, and what is empty overlaps nothing.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        !self.is_empty() && !other.is_empty() && self.start < other.end && other.start < self.end
    }

    pub(crate) const fn length(self) -> i64 {
        self.end.0.saturating_sub(self.start.0)
    }

    pub(crate) fn holds(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub(crate) fn common(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }

    /// Longer by `before` and `after`, in microseconds.
    pub(crate) const fn widened(self, before: i64, after: i64) -> Self {
        Self { start: self.start.plus(-before), end: self.end.plus(after) }
    }
}

/// A reading of the wall clock: minutes since midnight, 00:00 to 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock(u16);

impl Clock {
    /// 00:00, the start of the day.
    pub const MIDNIGHT: Self = Self(0);
    /// 24:00, the start of the next day.
    pub const END: Self = Self(24 * 60);

    /// `hour`:`minute`; nothing if no clock shows that. 24:00 is the end of the day.
    #[must_use]
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        let minutes = hour as u16 * 60 + minute as u16;
        if minute < 60 && minutes <= Self::END.0 { Some(Self(minutes)) } else { None }
    }

    /// Minutes since midnight, 0 to 1440.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}
