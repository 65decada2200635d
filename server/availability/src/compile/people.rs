//! Employees as searches read them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::groups::Grants;
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
    pub(crate) week: Arc<Week>,
    /// Positions of the groups that can grant, ascending, among whose employees this one is.
    pub(crate) granted_by: Box<[u32]>,
    /// Ascending.
    topics: Box<[TopicId]>,
    /// Ascending.
    customer_types: Box<[CustomerTypeId]>,
    directory: Option<Place>,
}

/// A week of work. Employees with the same share one, so that a search lays its hours over its days once for all of them.
#[derive(Debug)]
pub(crate) struct Week {
    /// No other week has it.
    pub(crate) number: u32,
    /// Monday to Sunday.
    pub(crate) plans: [Workplan; 7],
    /// There is work on some weekday.
    pub(crate) is_regular: bool,
}

/// A weekday of an employee.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
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
        let topic = lineage.is_empty() || lineage.iter().any(|topic| self.topics.binary_search(topic).is_ok());
        topic && kind.is_none_or(|kind| self.customer_types.binary_search(&kind).is_ok())
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
        self.week.plans.get(weekday).copied().unwrap_or_default()
    }

    fn days(&self, which: impl Fn(&Workplan) -> bool) -> u8 {
        self.week.plans.iter().enumerate().filter(|(_, plan)| which(plan)).fold(0, |bits, (day, _)| bits | (1 << day))
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        self.week.plans.iter().filter_map(|plan| plan.place).chain(self.directory)
    }
}

/// All weekdays as bits.
pub(crate) const WEEK: u8 = 0b111_1111;

/// The employees in their order; each is noted at all of their places.
pub(super) fn people(
    employees: &[&Employee],
    services: &[Service],
    grants: &Grants,
    general: Option<Duration>,
    places: &mut Places,
) -> Vec<Person> {
    let mut caps: HashMap<usize, i64> = HashMap::new();
    for service in services {
        for (member, cap) in service.members.iter().zip(service.cap.iter().cycle()) {
            caps.entry(*member).and_modify(|known| *known = (*known).max(*cap)).or_insert(*cap);
        }
    }
    let (mut people, mut weeks) = (Vec::with_capacity(employees.len()), HashMap::new());
    for (position, employee) in employees.iter().enumerate() {
        let own = employee.schedule.max_meeting_time_per_day.map(micros);
        let directory = employee.location.as_deref().map(|location| places.number(location));
        let person = Person {
            id: employee.id,
            is_bookable: employee.active && employee.schedule.can_be_booked,
            only_explicit: employee.schedule.is_only_explicitly_available,
            cap: own.or_else(|| caps.get(&position).copied()).or(general.map(micros)),
            week: week(employee, directory, places, &mut weeks),
            granted_by: grants.to(position),
            topics: ascending(&employee.skills.topics),
            customer_types: ascending(&employee.skills.customer_types),
            directory,
        };
        person.places().for_each(|place| places.note(place, position));
        people.push(person);
    }
    people
}

fn ascending<T: Ord + Copy>(all: &[T]) -> Box<[T]> {
    let mut all = all.to_vec();
    all.sort_unstable();
    all.into()
}

/// The week of an employee, one that another has too if it is the same.
fn week(
    employee: &Employee,
    directory: Option<Place>,
    places: &mut Places,
    weeks: &mut HashMap<[Workplan; 7], Arc<Week>>,
) -> Arc<Week> {
    let mut plans = [Workplan { place: directory, ..Workplan::default() }; 7];
    for day in &employee.schedule.workdays {
        let weekday = usize::try_from(day.weekday.to_monday_zero_offset()).unwrap_or(0);
        if let Some(plan) = plans.get_mut(weekday) {
            *plan = workplan(day, directory, places);
        }
    }
    let number = u32::try_from(weeks.len()).unwrap_or(u32::MAX);
    let is_regular = plans.iter().any(|plan| plan.hours.is_some());
    weeks.entry(plans).or_insert_with(|| Arc::new(Week { number, plans, is_regular })).clone()
}

fn workplan(day: &Workday, directory: Option<Place>, places: &mut Places) -> Workplan {
    let works = day.is_available && day.from < day.to;
    Workplan {
        hours: works.then_some(Hours { from: day.from, to: day.to }),
        types: day.meeting_types,
        place: day.location.as_deref().map(|location| places.number(location)).or(directory),
    }
}
