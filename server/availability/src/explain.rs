//! Why an employee may not be met at a time: the first rule that is against it.

use crate::compile::{Agenda, Kind};
use crate::search::{Job, Rooms, Supply, Windows, kinds_in_the_way};
use crate::{EmployeeId, Index, Instant, MeetingType, MeetingTypes, Request, SearchError, Source, Span};

/// Whether a time is offered, and if not, the first reason against it, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The employee is inactive or may not be booked.
    Unbookable,
    /// The employee is in none of the pools asked for on that day.
    Unqualified,
    /// The start is before now or the range asked for.
    BeforeRange,
    /// The start is further ahead than is booked.
    BeyondHorizon,
    /// The start is after the range asked for.
    AfterRange,
    /// The organisation is closed that day.
    BankClosingDay,
    /// The employee does not work that day.
    DayOfWeekUnavailable,
    /// That type is not asked for, not configured, not offered by the pools, or not on that weekday.
    MeetingTypeUnavailable,
    /// The employee is at another location that day.
    OtherLocation,
    /// The regular hours are for those alone who name the employee.
    OnlyExplicitlyAvailable,
    /// The meeting is not within hours of work.
    OutsideWorkday,
    /// The employee works from elsewhere.
    WorkingFromElsewhere,
    /// A meeting or a hold is in the way.
    ReservedOrBooked,
    /// An internal meeting is in the way.
    BookedInternalBusy,
    /// An external event is in the way.
    Busy,
    /// Time before another meeting is in the way.
    PreProcessing,
    /// Time after another meeting is in the way.
    PostProcessing,
    /// The way to another meeting is in the way.
    TravelTime,
    /// Another meeting is too near.
    TimeBetweenMeetings,
    /// The day has no room for one more meeting.
    MaxMeetingTimePerDay,
    /// The start is too soon, in hours of work.
    WorkingTimeBuffer,
    /// The start is too soon, in elapsed time.
    CalendarTimeBuffer,
    /// Meetings start at other minutes.
    OffGrid,
    /// A room is needed, and none is free.
    NoRoom,
    /// Offered; an internal meeting that is no obstacle is at the same time.
    BookedInternalFree,
    /// Offered.
    Available,
    /// Offered, through a service group alone.
    ServiceGroupAvailable,
}

impl Reason {
    /// Whether the time is offered. A meeting of several is offered if it is for each of them.
    #[must_use]
    pub fn is_offered(self) -> bool {
        self >= Self::BookedInternalFree
    }
}

/// Answers for one request.
#[derive(Debug)]
pub struct Explainer<'a> {
    job: Job<'a>,
    supplies: Vec<Supply<'a>>,
}

impl Index {
    /// Makes ready to explain what [`Index::search`] offers at `now`, and what not.
    ///
    /// # Errors
    ///
    /// As those of the search.
    pub fn explainer<'a>(&'a self, request: &'a Request, now: Instant) -> Result<Explainer<'a>, SearchError> {
        let job = Job::new(self, request, now)?;
        let (supplies, _) = job.supplies();
        Ok(Explainer { job, supplies })
    }
}

impl Explainer<'_> {
    /// The first reason against a meeting of a type with an employee that starts at `start`, or how it is offered.
    ///
    /// # Errors
    ///
    /// If the employee is unknown.
    pub fn explain(
        &self,
        employee: EmployeeId,
        meeting_type: MeetingType,
        start: Instant,
    ) -> Result<Reason, SearchError> {
        let setup = self.job.setup();
        let position = setup.by_person.get(&employee).ok_or(SearchError::UnknownEmployee(employee))?;
        let is_bookable = setup.people.get(*position).is_some_and(|person| person.is_bookable);
        let from = self.supplies.partition_point(|supply| supply.position < *position);
        let until = self.supplies.partition_point(|supply| supply.position <= *position);
        let all = self.supplies.get(from..until).unwrap_or(&[]);
        let (Some(first), Some(agenda), true) = (all.first(), self.job.index.agendas.get(*position), is_bookable)
        else {
            return Ok(if is_bookable { Reason::Unqualified } else { Reason::Unbookable });
        };
        let case = Case { job: &self.job, all, first, agenda, meeting_type, start, body: self.job.body(start) };
        let against = case.unqualified().or_else(|| case.range()).or_else(|| case.closing());
        let windows = || case.windows().err();
        let against = against.or_else(windows).or_else(|| case.calendar()).or_else(|| case.limits());
        Ok(against.unwrap_or_else(|| case.offered()))
    }
}

/// One question.
struct Case<'c, 'a> {
    job: &'c Job<'a>,
    /// The supplies of the employee.
    all: &'c [Supply<'a>],
    first: &'c Supply<'a>,
    agenda: &'c Agenda,
    meeting_type: MeetingType,
    start: Instant,
    body: Span,
}

impl Case<'_, '_> {
    fn range(&self) -> Option<Reason> {
        if self.start < self.job.range.start {
            Some(Reason::BeforeRange)
        } else if self.start < self.job.range.end {
            None
        } else if self.start < self.job.asked.end {
            Some(Reason::BeyondHorizon)
        } else {
            Some(Reason::AfterRange)
        }
    }

    /// The weekdays that the meeting touches, as bits.
    fn days(&self) -> u8 {
        self.job.days.touched(self.body).fold(0, |bits, day| bits | (1 << day.weekday))
    }

    fn unqualified(&self) -> Option<Reason> {
        let days = self.days();
        (!self.all.iter().any(|supply| supply.days & days == days)).then_some(Reason::Unqualified)
    }

    fn closing(&self) -> Option<Reason> {
        self.job.days.touched(self.body).any(|day| day.closed).then_some(Reason::BankClosingDay)
    }

    /// The sources whose windows have the meeting, or why none has it.
    fn windows(&self) -> Result<Vec<Source>, Reason> {
        let supplying = self.supplying(self.all.iter().copied());
        if self.job.types.contains(self.meeting_type) && !supplying.is_empty() {
            return Ok(supplying);
        }
        let day = self.job.days.touched(self.body).next();
        let plan = day.map(|day| self.first.person.plan(day.weekday)).unwrap_or_default();
        let offers = |supply: &Supply<'_>| supply.service.map_or(MeetingTypes::ALL, |service| service.offers);
        let offered = self.all.iter().any(|supply| offers(supply).contains(self.meeting_type));
        let everywhere = self.all.iter().map(|supply| Supply { physical_days: u8::MAX, ..*supply });
        Err(if plan.hours.is_none() {
            Reason::DayOfWeekUnavailable
        } else if !(self.job.types.contains(self.meeting_type) && offered && plan.types.contains(self.meeting_type)) {
            Reason::MeetingTypeUnavailable
        } else if !self.supplying(everywhere).is_empty() {
            Reason::OtherLocation
        } else if self.first.person.only_explicit && self.all.iter().all(|supply| supply.source != Source::Explicit) {
            Reason::OnlyExplicitlyAvailable
        } else {
            Reason::OutsideWorkday
        })
    }

    fn supplying<'s>(&self, supplies: impl Iterator<Item = Supply<'s>>) -> Vec<Source> {
        let mut windows = Windows::default();
        let holds = |supply: &Supply<'_>| {
            windows.fill(self.job, supply, self.agenda, self.meeting_type);
            windows.hold(self.body)
        };
        supplies.filter(holds).map(|supply| supply.source).collect()
    }

    fn calendar(&self) -> Option<Reason> {
        let elsewhere = || self.agenda.elsewhere.around(self.body).iter().any(|span| span.overlaps(self.body));
        if self.meeting_type == MeetingType::Physical && elsewhere() {
            return Some(Reason::WorkingFromElsewhere);
        }
        let (kinds, too_near) = kinds_in_the_way(self.job, self.agenda, self.start);
        let first = kinds.into_iter().map(reason).min();
        first.or(too_near.then_some(Reason::TimeBetweenMeetings))
    }

    fn limits(&self) -> Option<Reason> {
        let (job, person) = (self.job, self.first.person);
        let rooms = || Rooms::new(job, std::slice::from_ref(self.first));
        let physical = self.meeting_type == MeetingType::Physical;
        if job.is_full(person, self.agenda, self.start) {
            Some(Reason::MaxMeetingTimePerDay)
        } else if job.after_working(person).is_none_or(|earliest| self.start < earliest) {
            Some(Reason::WorkingTimeBuffer)
        } else if job.earliest.is_none_or(|earliest| self.start < earliest) {
            Some(Reason::CalendarTimeBuffer)
        } else if job.grid.at(job.grid.position(self.start)) != Some(self.start) {
            Some(Reason::OffGrid)
        } else {
            (physical && rooms().is_roomless(person, self.start)).then_some(Reason::NoRoom)
        }
    }

    fn offered(&self) -> Reason {
        let internal = |(span, meeting): &(Span, _)| span.overlaps(self.body) && !self.job.overlooks(*meeting);
        let sources = self.windows().unwrap_or_default();
        if self.agenda.internal_free.iter().any(internal) {
            Reason::BookedInternalFree
        } else if sources.iter().all(|source| matches!(source, Source::ServiceGroup(_))) {
            Reason::ServiceGroupAvailable
        } else {
            Reason::Available
        }
    }
}

fn reason(kind: Kind) -> Reason {
    match kind {
        Kind::Reserved | Kind::Booked => Reason::ReservedOrBooked,
        Kind::Internal => Reason::BookedInternalBusy,
        Kind::Busy => Reason::Busy,
        Kind::Before => Reason::PreProcessing,
        Kind::After => Reason::PostProcessing,
        Kind::Travel => Reason::TravelTime,
    }
}
