//! A request, resolved: numbers for references, the closest row of the configuration, the range, its days and its grid.

use std::time::Duration;

use jiff::ToSpan;

use crate::compile::{Index, Place, Setup};
use crate::time::{Days, Grid, Side, micros};
use crate::{
    EmployeeId, Instant, MeetingConfiguration, MeetingId, MeetingTypes, Mode, Part, Pool, Request, SearchError, ShowAs,
    Span, Start, TopicId,
};

/// The longest meeting.
const MAX_DURATION: Duration = Duration::from_secs(7 * 86_400);

/// All that a search needs to know. Lengths are microseconds.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) index: &'a Index,
    pub(crate) request: &'a Request,
    pub(crate) mode: Mode,
    pub(crate) now: Instant,
    pub(crate) lineage: &'a [TopicId],
    /// Where the meeting is.
    pub(crate) place: Option<Place>,
    /// Who is named, each once.
    pub(crate) named: Vec<EmployeeId>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) is_together: bool,
    pub(crate) types: MeetingTypes,
    pub(crate) length: i64,
    pub(crate) before: i64,
    pub(crate) after: i64,
    pub(crate) between: i64,
    /// Notice in working time.
    pub(crate) working_notice: i64,
    /// No start is earlier for notice in elapsed time; nothing if the range ends before.
    pub(crate) earliest: Option<Instant>,
    /// Starts asked for, with those beyond the horizon.
    pub(crate) asked: Span,
    /// Starts that are not beyond the horizon, whatever the notice.
    pub(crate) range: Span,
    /// From now until the last meeting has ended.
    pub(crate) days: Days,
    pub(crate) grid: Grid,
    /// For each day its positions in the grid: from, and until before.
    pub(crate) positions: Vec<(usize, usize)>,
}

/// How far beyond now days are laid out of a range that begins where nothing is offered any more: as far as weekdays are looked at to
/// say why, and no further, or a request for the year 9999 would have three million days.
const FAR: i64 = 366 * 86_400_000_000;

impl<'a> Job<'a> {
    pub(crate) fn new(index: &'a Index, request: &'a Request, now: Instant) -> Result<Self, SearchError> {
        let setup = &*index.setup;
        known(setup, request)?;
        let lineage = request.topic.and_then(|topic| setup.lineages.get(&topic)).map_or(&[][..], Vec::as_slice);
        let row = setup.rows.closest(lineage, request.customer_type);
        if row.is_none() && request.topic.is_some() {
            return Err(SearchError::ConfigurationMissing);
        }
        let mode = request.mode();
        let length = length(request, row, mode)?;
        let (asked, range) = range(setup, request, now)?;
        let reach = Span::new(now, range.end.max(range.start.min(now.plus(FAR))).max(now).plus(length));
        let days = Days::over(&setup.zone, setup.open, &setup.closing, reach).ok_or(SearchError::Range)?;
        let (before, after) = around(request, mode, row);
        let requested = request.meeting_types.unwrap_or(MeetingTypes::ALL);
        let ceiling = row.filter(|_| mode != Mode::Internal).map_or(MeetingTypes::ALL, |row| row.meeting_types);
        let notice = row.filter(|_| mode == Mode::Customer && !request.ignore_minimum_time);
        let location = request.meeting_location.as_ref().or(request.customer_location.as_ref());
        let mut job = Self {
            index,
            request,
            mode,
            now,
            lineage,
            place: location.map(|key| setup.places.find(key)),
            named: named(request),
            pools: pools(request)?,
            is_together: request.is_together(),
            types: requested.and(ceiling),
            length,
            before,
            after,
            between: row.filter(|_| mode != Mode::Internal).map_or(0, |row| micros(row.time_between_meetings)),
            working_notice: notice.map_or(0, |row| micros(row.working_time_from_booking)),
            earliest: Some(now),
            asked,
            range,
            days,
            grid: Grid::new(&setup.zone, Span::new(now, now), setup.interval),
            positions: Vec::new(),
        };
        if let Some(row) = notice {
            job.earliest = job.after_elapsed(micros(row.calendar_time_from_booking), row.exclude_weekend);
        }
        job.lay_grid();
        Ok(job)
    }

    fn lay_grid(&mut self) {
        let setup = &*self.index.setup;
        let earliest = self.earliest.unwrap_or(self.range.end);
        let starts = Span::new(self.range.start.max(earliest), self.range.end);
        self.grid = Grid::new(&setup.zone, starts, setup.interval);
        let bounds = |span: Span| (self.grid.position(span.start), self.grid.position(span.end));
        self.positions = self.days.list.iter().map(|day| bounds(day.span)).collect();
    }

    pub(crate) fn setup(&self) -> &'a Setup {
        &self.index.setup
    }

    /// The meeting itself, if it starts at `start`.
    pub(crate) fn body(&self, start: Instant) -> Span {
        Span::new(start, start.plus(self.length))
    }

    /// Staff asks for named employees alone: where they are that day does not matter.
    pub(crate) fn is_anywhere(&self) -> bool {
        self.mode == Mode::Employee && (self.is_together || self.pools == [Pool::Explicit])
    }

    /// The pools' windows are the opening hours of days that employees work on.
    pub(crate) fn is_extended(&self) -> bool {
        self.mode == Mode::Employee && self.request.extend_to_opening_hours
    }

    pub(crate) fn overlooks(&self, meeting: Option<MeetingId>) -> bool {
        meeting.is_some_and(|meeting| self.request.ignore_meetings.contains(&meeting))
    }
}

fn known(setup: &Setup, request: &Request) -> Result<(), SearchError> {
    if let Some(topic) = request.topic.filter(|topic| !setup.lineages.contains_key(topic)) {
        return Err(SearchError::UnknownTopic(topic));
    }
    if let Some(kind) = request.customer_type.filter(|kind| !setup.customer_types.contains(kind)) {
        return Err(SearchError::UnknownCustomerType(kind));
    }
    if let Some(employee) = request.explicit_employees.iter().find(|employee| !setup.by_person.contains_key(*employee))
    {
        return Err(SearchError::UnknownEmployee(*employee));
    }
    match request.specific_rooms.iter().find(|room| !setup.by_room.contains_key(*room)) {
        Some(room) => Err(SearchError::UnknownRoom(*room)),
        None => Ok(()),
    }
}

fn named(request: &Request) -> Vec<EmployeeId> {
    let mut named = Vec::new();
    for employee in &request.explicit_employees {
        if !named.contains(employee) {
            named.push(*employee);
        }
    }
    named
}

fn pools(request: &Request) -> Result<Vec<Pool>, SearchError> {
    if request.is_together() {
        return Ok(vec![Pool::Explicit]);
    }
    let mut pools = request.pools.clone();
    if pools.is_empty() {
        if !request.require_employee_participation {
            return Err(SearchError::NoPool);
        }
        pools = vec![Pool::Local, Pool::ServiceGroup];
    }
    pools.sort_unstable();
    pools.dedup();
    Ok(pools)
}

fn length(request: &Request, row: Option<&MeetingConfiguration>, mode: Mode) -> Result<i64, SearchError> {
    let usual = if mode == Mode::Internal { 30 } else { 60 };
    let configured = row.and_then(|row| row.duration);
    let length = request.duration.or(configured).unwrap_or(Duration::from_secs(usual * 60));
    if length > MAX_DURATION || micros(length) == 0 { Err(SearchError::Duration) } else { Ok(micros(length)) }
}

/// Starts asked for, and those of them up to the horizon.
fn range(setup: &Setup, request: &Request, now: Instant) -> Result<(Span, Span), SearchError> {
    let start = match request.start {
        None => now,
        Some(Start::At(start)) => start,
        Some(Start::On(date)) => setup.zone.start_of(date).ok_or(SearchError::Range)?,
    };
    let asked = Span::new(start.max(now), start.plus(micros(request.look_forward)));
    let local = setup.zone.local(now).checked_add(setup.horizon_days.days()).map_err(|_| SearchError::Range)?;
    let last = if setup.horizon_days == 0 { Some(now) } else { setup.zone.resolve(local, Side::To) };
    let last = last.ok_or(SearchError::Range)?.plus(setup.horizon_rest);
    // A start at the horizon itself is still within it.
    Ok((asked, Span::new(asked.start, asked.end.min(last.plus(1)))))
}

/// What a meeting needs before and after it.
fn around(request: &Request, mode: Mode, row: Option<&MeetingConfiguration>) -> (i64, i64) {
    if mode == Mode::Internal {
        return (0, 0);
    }
    let blocks = |part: Part| if part.show_as == ShowAs::Free { 0 } else { micros(part.length) };
    let buffer = row.map(|row| row.travel_buffer).unwrap_or_default();
    let way = |travel: Option<Duration>| match travel.filter(|_| buffer.show_as != ShowAs::Free) {
        Some(travel) => micros(travel) + micros(buffer.length),
        None => 0,
    };
    let before = row.map_or(0, |row| blocks(row.pre_processing));
    let after = row.map_or(0, |row| blocks(row.post_processing));
    (before + way(request.travel_before), after + way(request.travel_after))
}
