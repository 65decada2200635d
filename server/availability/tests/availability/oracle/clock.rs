//! The wall clock, by looking at every minute of a day.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use engage_availability::{Clock, Instant};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::later;

const MINUTE: i64 = 60_000_000;

/// Each minute of a day: what the clock shows, in minutes since midnight, and when.
type Minutes = Rc<Vec<(u16, Instant)>>;

/// A zone, with each minute of the days looked at so far: clock in minutes, and when.
pub(crate) struct Local {
    zone: TimeZone,
    days: RefCell<HashMap<Date, Minutes>>,
}

impl Local {
    pub(crate) fn new(zone: &str) -> Self {
        Self { zone: TimeZone::get(zone).unwrap(), days: RefCell::default() }
    }

    pub(crate) fn clock(&self, at: Instant) -> DateTime {
        self.zone.to_datetime(at.timestamp())
    }

    pub(crate) fn date(&self, at: Instant) -> Date {
        self.clock(at).date()
    }

    /// The first instant of a date.
    pub(crate) fn start_of(&self, date: Date) -> Instant {
        self.minutes(date)[0].1
    }

    pub(crate) fn end_of(&self, date: Date) -> Instant {
        self.start_of(date.tomorrow().unwrap())
    }

    /// The minutes of a date: those of two days around it that have this date.
    fn minutes(&self, date: Date) -> Minutes {
        if let Some(known) = self.days.borrow().get(&date) {
            return known.clone();
        }
        let noon = TimeZone::UTC.to_timestamp(date.at(12, 0, 0, 0)).unwrap();
        let around = (-30 * 60..30 * 60).map(|minute| later(noon.into(), minute * MINUTE));
        let of_day = around.map(|at| (self.clock(at), at)).filter(|(clock, _)| clock.date() == date);
        let minutes: Vec<_> =
            of_day.map(|(clock, at)| (clock.hour() as u16 * 60 + clock.minute() as u16, at)).collect();
        self.days.borrow_mut().entry(date).or_insert(Rc::new(minutes)).clone()
    }

    /// §4.2: unique, or the first occurrence of a beginning and the second of an end, or the end of the gap.
    pub(crate) fn resolve(&self, date: Date, clock: Clock, is_end: bool) -> Instant {
        if clock == Clock::END {
            return self.end_of(date);
        }
        let minutes = self.minutes(date);
        let mut matching = minutes.iter().filter(|(minute, _)| *minute == clock.minutes());
        let found = if is_end { matching.next_back() } else { matching.next() };
        let after_gap = || minutes.iter().find(|(minute, _)| *minute > clock.minutes());
        found.or_else(after_gap).map_or_else(|| self.end_of(date), |(_, at)| *at)
    }

    /// The last time that a clock shows something; the end of the gap if it never does.
    pub(crate) fn last_at(&self, target: DateTime) -> Instant {
        let minute = Clock::new(target.hour() as u8, target.minute() as u8).unwrap();
        let at = self.resolve(target.date(), minute, true);
        let rest = i64::from(target.second()) * 1_000_000 + i64::from(target.subsec_nanosecond()) / 1_000;
        let exists = self.clock(at).hour() == target.hour() && self.clock(at).minute() == target.minute();
        if exists { later(at, rest) } else { at }
    }
}
