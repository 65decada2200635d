//! The most time of meetings on one local day.

use super::{Job, in_force};
use crate::compile::{Agenda, Person};
use crate::time::Bits;
use crate::{Instant, Mode, Span};

impl Job<'_> {
    /// Takes out the days on which an employee would have more meetings than the most there may be.
    pub(crate) fn take_out_full_days(&self, person: &Person, agenda: &Agenda, bits: &mut Bits) {
        let Some(cap) = person.cap.filter(|_| self.mode != Mode::Internal) else { return };
        for (day, (from, until)) in self.days.list.iter().zip(&self.positions) {
            if from < until && self.used(agenda, day.span) + self.length > cap {
                bits.unset(*from, *until);
            }
        }
    }

    /// Whether the day of a start has no room for one more meeting.
    pub(crate) fn is_full(&self, person: &Person, agenda: &Agenda, start: Instant) -> bool {
        let Some(cap) = person.cap.filter(|_| self.mode != Mode::Internal) else { return false };
        let day = self.days.position(start).and_then(|position| self.days.list.get(position));
        day.is_some_and(|day| self.used(agenda, day.span) + self.length > cap)
    }

    /// The whole length of all meetings and holds that start on a day.
    fn used(&self, agenda: &Agenda, day: Span) -> i64 {
        let from = agenda.held.partition_point(|held| held.span.start < day.start);
        let held = agenda.held.get(from..).unwrap_or(&[]);
        let on_day = held.iter().take_while(|held| held.span.start < day.end);
        on_day.filter(|held| held.kind.is_counted() && in_force(self, held)).map(|held| held.span.length()).sum()
    }
}
