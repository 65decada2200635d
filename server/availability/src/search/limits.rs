//! The most time of meetings on one local day.

use super::{Job, in_force};
use crate::compile::{Agenda, Held, Person};
use crate::time::Bits;
use crate::{Instant, Mode, Span};

impl Job<'_> {
    /// Takes out the days on which an employee would have more meetings than the most there may be; how many entries it
    /// looked at.
    pub(crate) fn take_out_full_days(&self, person: &Person, agenda: &Agenda, bits: &mut Bits) -> usize {
        let Some(cap) = person.cap.filter(|_| self.mode != Mode::Internal) else { return 0 };
        if self.length > cap {
            bits.clear();
            return 0;
        }
        let days = || self.days.list.iter().zip(&self.positions).filter(|(_, (from, until))| from < until);
        let Some((first, _)) = days().next() else { return 0 };
        let from = agenda.held.partition_point(|held| held.span.start < first.span.start);
        let mut rest = agenda.held.get(from..).unwrap_or(&[]);
        let there = rest.len();
        if there == 0 {
            return 0;
        }
        for (day, (from, until)) in days() {
            let (on_day, later) = rest.split_at(rest.iter().take_while(|held| held.span.start < day.span.end).count());
            if self.counted(on_day) + self.length > cap {
                bits.unset(*from, *until);
            }
            rest = later;
        }
        there - rest.len()
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
        let until = agenda.held.partition_point(|held| held.span.start < day.end);
        self.counted(agenda.held.get(from..until).unwrap_or(&[]))
    }

    fn counted(&self, held: &[Held]) -> i64 {
        let counted = held.iter().filter(|held| held.kind.is_counted() && in_force(self, held));
        counted.map(|held| held.span.length()).sum()
    }
}
