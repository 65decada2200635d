//! Employees as searches read them.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::{Place, Places, Service};
use crate::time::{Hours, micros};
use crate::{CustomerTypeId, Employee, EmployeeId, MeetingTypes, TopicId, Workday};

/// An employee without the calendar.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: EmployeeId,
    /// Active and bookable.
    pub(crate) is_bookable: bool,
    pub(crate) only_explicit: bool,
    /// The most time of meetings on one day, in microseconds.
    pub(crate) cap: Option<i64>,
    /// Monday to Sunday.
    pub(crate) week: [Workplan; 7],
    /// Works on some weekday.
    pub(crate) is_regular: bool,
    topics: HashSet<TopicId>,
    customer_types: HashSet<CustomerTypeId>,
    directory: Option<Place>,
}

/// A weekday of an employee.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Workplan {
    /// Nothing on a day off.
    pub(crate) hours: Option<Hours>,
    pub(crate) types: MeetingTypes,
    /// Where the employee is that day.
    pub(crate) place: Option<Place>,
}

impl Person {
    /// Competent by themselves: both sets have to fit, what the request does not say passes.
    pub(crate) fn is_skilled(&self, lineage: &[TopicId], kind: Option<CustomerTypeId>) -> bool {
        let topic = lineage.is_empty() || lineage.iter().any(|topic| self.topics.contains(topic));
        topic && kind.is_none_or(|kind| self.customer_types.contains(&kind))
    }

    /// The weekdays on which the employee is at a place, as bits.
    pub(crate) fn days_at(&self, place: Place) -> u8 {
        self.days(|plan| plan.place == Some(place))
    }

    /// The weekdays on which it is known where the employee is, as bits.
    pub(crate) fn days_somewhere(&self) -> u8 {
        self.days(|plan| plan.place.is_some())
    }

    /// The weekdays on which the employee is local to a place, as bits: the directory counts, too.
    pub(crate) fn days_local(&self, place: Place) -> u8 {
        if self.directory == Some(place) { WEEK } else { self.days_at(place) }
    }

    pub(crate) fn plan(&self, weekday: usize) -> Workplan {
        self.week.get(weekday).copied().unwrap_or_default()
    }

    fn days(&self, which: impl Fn(&Workplan) -> bool) -> u8 {
        self.week.iter().enumerate().filter(|(_, plan)| which(plan)).fold(0, |bits, (day, _)| bits | (1 << day))
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        self.week.iter().filter_map(|plan| plan.place).chain(self.directory)
    }
}

/// All weekdays as bits.
pub(crate) const WEEK: u8 = 0b111_1111;

/// The employees in their order; each is noted at all of their places.
pub(super) fn people(
    employees: &[&Employee],
    services: &[Service],
    general: Option<Duration>,
    places: &mut Places,
) -> Vec<Person> {
    let mut caps: HashMap<usize, i64> = HashMap::new();
    for service in services {
        for (member, cap) in service.members.iter().zip(service.cap.iter().cycle()) {
            caps.entry(*member).and_modify(|known| *known = (*known).max(*cap)).or_insert(*cap);
        }
    }
    let mut people = Vec::with_capacity(employees.len());
    for (position, employee) in employees.iter().enumerate() {
        let own = employee.schedule.max_meeting_time_per_day.map(micros);
        let cap = own.or_else(|| caps.get(&position).copied()).or(general.map(micros));
        let person = person(employee, cap, places);
        person.places().for_each(|place| places.note(place, position));
        people.push(person);
    }
    people
}

fn person(employee: &Employee, cap: Option<i64>, places: &mut Places) -> Person {
    let directory = employee.location.as_deref().map(|location| places.number(location));
    let mut week = [Workplan { place: directory, ..Workplan::default() }; 7];
    for day in &employee.schedule.workdays {
        let weekday = usize::try_from(day.weekday.to_monday_zero_offset()).unwrap_or(0);
        if let Some(plan) = week.get_mut(weekday) {
            *plan = workplan(day, directory, places);
        }
    }
    Person {
        id: employee.id,
        is_bookable: employee.active && employee.schedule.can_be_booked,
        only_explicit: employee.schedule.is_only_explicitly_available,
        cap,
        is_regular: week.iter().any(|plan| plan.hours.is_some()),
        week,
        topics: employee.skills.topics.iter().copied().collect(),
        customer_types: employee.skills.customer_types.iter().copied().collect(),
        directory,
    }
}

fn workplan(day: &Workday, directory: Option<Place>, places: &mut Places) -> Workplan {
    let works = day.is_available && day.from < day.to;
    Workplan {
        hours: works.then_some(Hours { from: day.from, to: day.to }),
        types: day.meeting_types,
        place: day.location.as_deref().map(|location| places.number(location)).or(directory),
    }
}
