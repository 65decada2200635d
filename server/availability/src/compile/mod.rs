//! From an organisation to what searches read: positions for ids, numbers for places, sorted calendars.

mod agenda;
mod groups;
mod people;
mod places;
mod rows;
mod validate;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::time::{Days, Hours, Zone, micros};
use crate::{CustomerTypeId, EmployeeId, Instant, Organisation, PriorityLevel, Problem, RoomId, Span, TopicId};

pub(crate) use agenda::{Agenda, Held, Kind, Layout};
pub(crate) use groups::{Granting, Service};
pub(crate) use people::{Person, WEEK};
pub(crate) use places::{Place, Places, RoomInfo};
pub(crate) use rows::Rows;

/// The most groups that a path of competence groups has.
pub(crate) const MAX_DEPTH: usize = 5;
/// The longest horizon, in days.
pub(crate) const MAX_HORIZON_DAYS: u64 = 3 * 366;

/// An organisation, ready for searches. A copy shares all that does not change afterwards, so that a snapshot is cheap.
#[derive(Debug, Clone)]
pub struct Index {
    pub(crate) setup: Arc<Setup>,
    /// In the order of `setup.people`.
    pub(crate) agendas: Vec<Arc<Agenda>>,
    /// In the order of `setup.places.rooms`.
    pub(crate) rooms: Vec<Arc<Agenda>>,
}

/// All of an organisation but its calendars.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) zone: Zone,
    pub(crate) open: Hours,
    pub(crate) interval: u8,
    pub(crate) horizon_days: i64,
    /// What the horizon has beyond whole days, in microseconds.
    pub(crate) horizon_rest: i64,
    pub(crate) closing: BTreeSet<Date>,
    /// Labels in lower case.
    pub(crate) levels: Vec<PriorityLevel>,
    /// By id, so that an order of positions is one of ids.
    pub(crate) people: Vec<Person>,
    pub(crate) by_person: HashMap<EmployeeId, usize>,
    pub(crate) places: Places,
    pub(crate) by_room: HashMap<RoomId, usize>,
    /// Each topic with those above it, itself first.
    pub(crate) lineages: HashMap<TopicId, Vec<TopicId>>,
    pub(crate) customer_types: HashSet<CustomerTypeId>,
    pub(crate) granting: Vec<Granting>,
    /// By id.
    pub(crate) services: Vec<Service>,
    pub(crate) rows: Rows,
}

impl Index {
    /// Makes an organisation ready for searches: once for each change of it. A changed calendar alone is replaced, see
    /// [`Index::replace_day`].
    ///
    /// # Errors
    ///
    /// All that makes no sense in it. Ids of employees, topics, customer types and groups that lead nowhere make sense:
    /// who is gone counts for nothing where groups and skills still name them.
    pub fn compile(organisation: &Organisation) -> Result<Self, Vec<Problem>> {
        let mut problems = validate::problems(organisation);
        let settings = &organisation.settings;
        let Some(zone) = Zone::named(&settings.zone).filter(|_| problems.is_empty()) else {
            problems.extend(Zone::named(&settings.zone).is_none().then_some(Problem::Zone));
            return Err(problems);
        };
        let mut places = Places::new(organisation);
        let mut employees: Vec<_> = organisation.employees.iter().collect();
        employees.sort_by_key(|employee| employee.id);
        let by_person = employees.iter().enumerate().map(|(position, employee)| (employee.id, position)).collect();
        let members = groups::Members::new(&organisation.competence_groups, &by_person);
        let services = groups::services(organisation, &members, &by_person, &mut places);
        let (granting, grants) = members.granting(&organisation.competence_groups);
        let people = people::people(&employees, &services, &grants, settings.max_meeting_time_per_day, &mut places);
        let mut layout = Layout::new(&zone, settings.interval_minutes);
        let agenda = |calendar| Arc::new(Agenda::new(calendar, &mut layout));
        let agendas = employees.iter().map(|employee| &employee.calendar).map(agenda).collect();
        let rooms = places.agendas(&organisation.rooms, &mut layout);
        let horizon = micros(settings.horizon);
        let setup = Setup {
            zone,
            open: Hours { from: settings.opening, to: settings.closing },
            interval: settings.interval_minutes,
            horizon_days: horizon / DAY,
            horizon_rest: horizon % DAY,
            closing: settings.closing_days.iter().copied().collect(),
            levels: settings.priority.iter().map(lower).collect(),
            by_room: places.rooms.iter().enumerate().map(|(position, room)| (room.id, position)).collect(),
            lineages: rows::lineages(&organisation.topics),
            customer_types: organisation.customer_types.iter().copied().collect(),
            granting,
            rows: Rows::new(&organisation.configurations),
            people,
            by_person,
            places,
            services,
        };
        Ok(Self { setup: Arc::new(setup), agendas, rooms })
    }
}

impl Setup {
    /// Opening hours and bounds of the local day of an instant.
    pub(crate) fn day_of(&self, at: Instant) -> Option<(Span, Span)> {
        let days = Days::over(&self.zone, self.open, &self.closing, Span::new(at, at.plus(1)))?;
        days.list.first().map(|day| (day.open, day.span))
    }
}

const DAY: i64 = 86_400 * 1_000_000;

fn lower(level: &PriorityLevel) -> PriorityLevel {
    match level {
        PriorityLevel::ServiceGroup(Some(label)) => PriorityLevel::ServiceGroup(Some(label.to_lowercase())),
        level => level.clone(),
    }
}
