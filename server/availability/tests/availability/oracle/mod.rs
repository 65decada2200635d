//! The rules as they are written, start by start: slow, without intervals or bits, and sharing no code with the engine but
//! the types of its model.

mod clock;
mod rules;
mod who;

use std::collections::BTreeMap;

use engage_availability::*;
use jiff::ToSpan as _;

pub(crate) use clock::Local;

/// A slot as the rules have it, before the best is chosen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) start: Instant,
    pub(crate) meeting_type: MeetingType,
    pub(crate) employee: EmployeeId,
    pub(crate) level: usize,
    pub(crate) source: Source,
    pub(crate) room: Option<RoomId>,
}

/// One world, read literally.
pub(crate) struct Oracle<'a> {
    pub(crate) organisation: &'a Organisation,
    pub(crate) request: &'a Request,
    pub(crate) now: Instant,
    pub(crate) local: Local,
    pub(crate) row: Option<&'a MeetingConfiguration>,
    pub(crate) length: i64,
}

/// All rows, by start, type and employee; nothing if the request makes no sense.
pub(crate) fn rows(organisation: &Organisation, request: &Request, now: Instant) -> Option<Vec<Row>> {
    let oracle = Oracle::new(organisation, request, now)?;
    let mut rows = Vec::new();
    let starts = oracle.starts();
    for meeting_type in oracle.candidate_types() {
        if oracle.is_multi() {
            rows.extend(starts.iter().filter_map(|start| oracle.together(meeting_type, *start)));
            continue;
        }
        for employee in &organisation.employees {
            let pools = oracle.windows_of(employee, meeting_type);
            rows.extend(starts.iter().filter_map(|start| oracle.single(employee, &pools, meeting_type, *start)));
        }
    }
    rows.sort();
    Some(rows)
}

/// For each start and type, those of the lowest level.
pub(crate) fn best(rows: &[Row]) -> BTreeMap<(Instant, MeetingType), Vec<Row>> {
    let mut best: BTreeMap<_, Vec<Row>> = BTreeMap::new();
    for row in rows {
        best.entry((row.start, row.meeting_type)).or_default().push(row.clone());
    }
    for rows in best.values_mut() {
        let lowest = rows.iter().map(|row| row.level).min().unwrap();
        rows.retain(|row| row.level == lowest);
    }
    best
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(organisation: &'a Organisation, request: &'a Request, now: Instant) -> Option<Self> {
        let row = who::row(organisation, request);
        let no_pool = request.pools.is_empty() && !request.require_employee_participation;
        if row.is_none() && request.topic.is_some() || no_pool {
            return None;
        }
        let usual = if request.mode() == Mode::Internal { 30 } else { 60 };
        let configured = row.and_then(|row| row.duration);
        let length = request.duration.or(configured).unwrap_or(std::time::Duration::from_secs(usual * 60));
        let local = Local::new(&organisation.settings.zone);
        Some(Self { organisation, request, now, local, row, length: length.as_micros() as i64 })
    }

    pub(crate) fn mode(&self) -> Mode {
        self.request.mode()
    }

    pub(crate) fn is_multi(&self) -> bool {
        self.request.require_employee_participation && !self.request.explicit_employees.is_empty()
    }

    pub(crate) fn body(&self, start: Instant) -> Span {
        Span::new(start, later(start, self.length))
    }

    fn candidate_types(&self) -> Vec<MeetingType> {
        let ceiling = match (self.mode(), self.row) {
            (Mode::Internal, _) | (_, None) => MeetingTypes::ALL,
            (_, Some(row)) => row.meeting_types,
        };
        let requested = self.request.meeting_types.unwrap_or(MeetingTypes::ALL);
        MeetingType::ALL.into_iter().filter(|one| ceiling.contains(*one) && requested.contains(*one)).collect()
    }

    /// 3.12 and the range of §2: every fifth minute, looked at on the clock.
    pub(crate) fn starts(&self) -> Vec<Instant> {
        let settings = &self.organisation.settings;
        let asked = match self.request.start {
            None => self.now,
            Some(Start::At(at)) => at,
            Some(Start::On(date)) => self.local.start_of(date),
        };
        let end = later(asked, self.request.look_forward.as_micros() as i64);
        let last = self.horizon();
        let five = 300_000_000;
        let mut at = Instant::from_micros(asked.max(self.now).as_micros().div_euclid(five) * five);
        let mut starts = Vec::new();
        while at < end {
            let clock = self.local.clock(at);
            let on_grid = clock.minute() % settings.interval_minutes as i8 == 0 && clock.second() == 0;
            if at >= asked && at >= self.now && at <= last && on_grid {
                starts.push(at);
            }
            at = later(at, five);
        }
        starts
    }

    fn horizon(&self) -> Instant {
        let horizon = self.organisation.settings.horizon.as_secs() as i64;
        let (days, rest) = (horizon / 86_400, horizon % 86_400);
        let target = self.local.clock(self.now).checked_add(days.days()).unwrap();
        let same_clock = if days == 0 { self.now } else { self.local.last_at(target) };
        later(same_clock, rest * 1_000_000)
    }
}

pub(crate) fn later(at: Instant, micros: i64) -> Instant {
    Instant::from_micros(at.as_micros() + micros)
}
