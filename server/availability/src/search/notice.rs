//! Notice: the earliest start after enough elapsed time, and after enough working time of an employee.

use super::Job;
use crate::compile::Person;
use crate::time::Day;
use crate::{Instant, Span};

impl Job<'_> {
    /// The earliest instant with `needed` microseconds since now, Saturdays and Sundays left out if asked for. Nothing if
    /// there is none in the days of the search. Closing days count.
    pub(crate) fn after_elapsed(&self, needed: i64, weekdays_alone: bool) -> Option<Instant> {
        self.after(needed, |day| (!weekdays_alone || day.weekday < 5).then_some(day.span))
    }

    /// The earliest instant with as much working time of an employee since now as the notice wants. Neither types of
    /// meetings, calendar, nor opening hours count; who never works is counted by opening hours, Monday to Friday.
    pub(crate) fn after_working(&self, person: &Person) -> Option<Instant> {
        self.after(self.working_notice, |day| {
            let works = if person.week.is_regular {
                person.plan(day.weekday).hours.map(|hours| self.days.hours(day, hours))
            } else {
                (day.weekday < 5).then_some(day.open)
            };
            works.filter(|_| !day.closed)
        })
    }

    fn after(&self, needed: i64, counts: impl Fn(&Day) -> Option<Span>) -> Option<Instant> {
        let mut missing = needed;
        if missing <= 0 {
            return Some(self.now);
        }
        for day in self.days.from(self.now) {
            let Some(mut span) = counts(day) else { continue };
            span.start = span.start.max(self.now);
            if span.is_empty() {
                continue;
            }
            if span.length() >= missing {
                return Some(span.start.plus(missing));
            }
            missing -= span.length();
        }
        None
    }
}
