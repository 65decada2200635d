//! When an employee may be met through one pool: regular hours, extra time, sign-ins, united where they touch.

use super::{Job, Source, Supply};
use crate::compile::{Agenda, WEEK};
use crate::time::{Bits, Day};
use crate::{MeetingType, MeetingTypes, SignIn, Span};

/// Windows by start, none touching the next. The lists are kept for the next employee.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    pub(crate) list: Vec<Span>,
}

impl Windows {
    /// The windows of a supply for a type, from the day of the first start on. Days on which the organisation is closed,
    /// the employee is not in the pool, or, for physical meetings, not at the place, have none.
    pub(crate) fn fill(&mut self, job: &Job<'_>, supply: &Supply<'_>, agenda: &Agenda, meeting_type: MeetingType) {
        self.list.clear();
        let days = supply.open_days(meeting_type);
        if days == 0 {
            return;
        }
        let (regular, extra) = (supply.is_regular(), supply.has_extra(meeting_type));
        for day in job.days.from(job.range.start) {
            if day.closed || days & (1 << day.weekday) == 0 {
                continue;
            }
            if regular {
                self.regular(job, supply, day, meeting_type);
            }
            if extra {
                self.list.extend(agenda.extra.around(day.span).iter().map(|span| span.common(day.span)));
            }
            self.sign_ins(job, supply, agenda, day);
        }
        self.unite();
    }

    fn regular(&mut self, job: &Job<'_>, supply: &Supply<'_>, day: &Day, meeting_type: MeetingType) {
        let plan = supply.person.plan(day.weekday);
        if let Some(hours) = plan.hours.filter(|_| plan.types.contains(meeting_type)) {
            let hours = if job.is_extended() { day.open } else { job.days.hours(day, hours).common(day.open) };
            self.list.push(hours);
        }
    }

    fn sign_ins(&mut self, job: &Job<'_>, supply: &Supply<'_>, agenda: &Agenda, day: &Day) {
        let Some(service) = supply.service else { return };
        for sign_in in agenda.sign_ins_to(service.id) {
            self.list.push(until_its_end(job, sign_in).common(day.span));
        }
    }

    /// Removes empty windows and unites those that overlap or touch.
    fn unite(&mut self) {
        self.list.retain(|span| !span.is_empty());
        if !self.list.is_sorted() {
            self.list.sort_unstable();
        }
        self.list.dedup_by(|next, last| {
            let touches = next.start <= last.end;
            if touches {
                last.end = last.end.max(next.end);
            }
            touches
        });
    }

    /// Whether a meeting is within one window.
    pub(crate) fn hold(&self, body: Span) -> bool {
        self.list.iter().any(|window| window.holds(body))
    }

    /// Puts in all starts of meetings within one window.
    pub(crate) fn starts(&self, job: &Job<'_>, bits: &mut Bits) {
        bits.clear();
        for window in &self.list {
            let last = window.end.plus(-job.length);
            bits.set(job.grid.position(window.start), job.grid.position(last.plus(1)));
        }
    }
}

impl Supply<'_> {
    /// The weekdays that a type is offered on, as bits.
    pub(super) fn open_days(&self, meeting_type: MeetingType) -> u8 {
        let offers = self.service.map_or(MeetingTypes::ALL, |service| service.offers);
        match meeting_type {
            _ if !offers.contains(meeting_type) => 0,
            MeetingType::Physical => self.days & self.physical_days,
            _ => self.days & WEEK,
        }
    }

    /// Regular hours count.
    pub(super) fn is_regular(&self) -> bool {
        !self.is_dynamic() && (self.source == Source::Explicit || !self.person.only_explicit)
    }

    /// Extra time counts.
    fn has_extra(&self, meeting_type: MeetingType) -> bool {
        !self.is_dynamic() && MeetingTypes::REMOTE.contains(meeting_type)
    }

    /// The calendar has times that count beside regular hours.
    pub(super) fn has_own_windows(&self, agenda: &Agenda, meeting_type: MeetingType) -> bool {
        let extra = self.has_extra(meeting_type) && !agenda.extra.list.is_empty();
        extra || self.service.is_some_and(|service| agenda.sign_ins_to(service.id).next().is_some())
    }

    fn is_dynamic(&self) -> bool {
        self.service.is_some_and(|service| service.is_dynamic)
    }
}

/// A sign-in without an end lasts until closing time of its day, past that until midnight.
fn until_its_end(job: &Job<'_>, sign_in: &SignIn) -> Span {
    let end = sign_in.end.unwrap_or_else(|| {
        let day = job.setup().day_of(sign_in.start);
        day.map_or(sign_in.start, |(open, day)| if sign_in.start < open.end { open.end } else { day.end })
    });
    Span::new(sign_in.start, end)
}
