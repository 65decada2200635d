//! The organisation's zone: from the wall clock to instants and back.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::{Instant, Span};

/// Which of two occurrences a reading of the clock means in an hour that comes twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The first: where something begins.
    From,
    /// The second: where something ends.
    To,
}

/// A zone of the tz database.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// The zone of an IANA name, if there is one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// The instant of a reading of the clock; in a gap the end of the gap. Nothing at the ends of the calendar.
    pub(crate) fn resolve(&self, at: DateTime, side: Side) -> Option<Instant> {
        let offset = match (self.0.to_ambiguous_timestamp(at).offset(), side) {
            (AmbiguousOffset::Unambiguous { offset }, _) => offset,
            (AmbiguousOffset::Fold { before, .. }, Side::From) => before,
            (AmbiguousOffset::Fold { after, .. }, Side::To) => after,
            (AmbiguousOffset::Gap { before, after }, _) => {
                // Read with the later offset the clock lies before the change, with the earlier one at it or after it.
                let earlier = after.to_timestamp(at).ok()?;
                let mut changes = self.0.following(earlier);
                return changes.find(|change| change.offset() != before).map(|change| change.timestamp().into());
            }
        };
        offset.to_timestamp(at).ok().map(Instant::from)
    }

    /// The first instant of a date.
    pub(crate) fn start_of(&self, date: Date) -> Option<Instant> {
        self.resolve(date.at(0, 0, 0, 0), Side::From)
    }

    /// All of a local day.
    pub(crate) fn day(&self, date: Date) -> Option<Span> {
        Some(Span::new(self.start_of(date)?, self.start_of(date.tomorrow().ok()?)?))
    }

    pub(crate) fn local(&self, at: Instant) -> DateTime {
        self.0.to_datetime(at.timestamp())
    }

    /// The stretches of `span` with one offset from UTC each, in seconds; in order, without gaps.
    pub(crate) fn offsets(&self, span: Span) -> Vec<(Span, i64)> {
        let mut stretches = Vec::new();
        let first = span.start.timestamp();
        let (mut start, mut offset) = (span.start, self.0.to_offset(first));
        for change in self.0.following(first) {
            let at = Instant::from(change.timestamp());
            if at >= span.end {
                break;
            }
            if change.offset() != offset {
                stretches.push((Span::new(start, at), i64::from(offset.seconds())));
                (start, offset) = (at, change.offset());
            }
        }
        stretches.push((Span::new(start, span.end), i64::from(offset.seconds())));
        stretches
    }
}
