//! Local days of a range, with what is the same for everybody on each: its bounds, opening hours, whether it is closed.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};

use super::{Clock, Instant, Side, Span, Zone};

const HOUR: i64 = 3_600 * 1_000_000;

/// Where a day begins and ends on the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Hours {
    pub(crate) from: Clock,
    pub(crate) to: Clock,
}

/// One local day.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    pub(crate) date: Date,
    /// 0 for Monday to 6 for Sunday.
    pub(crate) weekday: usize,
    pub(crate) span: Span,
    /// Opening hours.
    pub(crate) open: Span,
    pub(crate) closed: bool,
    /// The clock does not change on this day, nor at its beginning, so that its readings are sums.
    even: bool,
}

/// Consecutive local days.
#[derive(Debug, Clone)]
pub(crate) struct Days {
    pub(crate) list: Vec<Day>,
    zone: Zone,
}

impl Days {
    /// The days that `span` touches. Nothing at the ends of the calendar.
    pub(crate) fn over(zone: &Zone, open: Hours, closing: &BTreeSet<Date>, span: Span) -> Option<Self> {
        let mut days = Self { list: Vec::new(), zone: zone.clone() };
        let mut date = zone.local(span.start).date();
        let mut start = zone.start_of(date)?;
        let offsets = zone.offsets(Span::new(start, span.end.plus(48 * HOUR)));
        while start < span.end || days.list.is_empty() {
            let next = date.tomorrow().ok()?;
            let end = zone.start_of(next)?;
            let whole = Span::new(start, end);
            let mut day = Day {
                date,
                weekday: usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0),
                span: whole,
                open: whole,
                closed: closing.contains(&date),
                even: whole.length() == 24 * HOUR && offsets.iter().any(|(stretch, _)| stretch.holds(whole)),
            };
            day.open = days.hours(&day, open);
            days.list.push(day);
            (date, start) = (next, end);
        }
        Some(days)
    }

    /// The stretch from one reading of the clock to another on a day; empty if the day has no such time.
    pub(crate) fn hours(&self, day: &Day, hours: Hours) -> Span {
        Span::new(self.clock(day, hours.from, Side::From), self.clock(day, hours.to, Side::To))
    }

    fn clock(&self, day: &Day, clock: Clock, side: Side) -> Instant {
        if clock >= Clock::END {
            return day.span.end;
        }
        let minutes = clock.minutes();
        if day.even {
            return day.span.start.plus(i64::from(minutes) * 60_000_000);
        }
        let hour = i8::try_from(minutes / 60).unwrap_or(0);
        let minute = i8::try_from(minutes % 60).unwrap_or(0);
        let time = Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight());
        self.zone.resolve(day.date.to_datetime(time), side).unwrap_or(day.span.end)
    }

    /// Where the day of an instant stands: nothing if it is before the first day or after the last.
    pub(crate) fn position(&self, at: Instant) -> Option<usize> {
        let after = self.list.partition_point(|day| day.span.start <= at);
        let position = after.checked_sub(1)?;
        self.list.get(position).filter(|day| at < day.span.end).map(|_| position)
    }

    /// The days from the one of an instant on.
    pub(crate) fn from(&self, at: Instant) -> &[Day] {
        let after = self.list.partition_point(|day| day.span.end <= at);
        self.list.get(after..).unwrap_or(&[])
    }

    /// The days that a stretch touches.
    pub(crate) fn touched(&self, span: Span) -> impl Iterator<Item = &Day> {
        self.from(span.start).iter().take_while(move |day| day.span.start < span.end)
    }
}
