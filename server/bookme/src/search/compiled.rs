//! What an organisation has set up and who is in its directory, compiled.

use std::collections::HashMap;
use std::time::Duration;

use engage_availability::Index;
use engage_store::platform::Document;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

use super::organisation;
use crate::Error;
use crate::configuration::{Employee, Room, of_kind};
use crate::model::{
    CompetenceGroup, CustomerType, Kept, Location, MeetingConfiguration, Portal, Priority, Schedule, ServiceGroup,
    Settings, Skills, Thing, Topic,
};

/// All of an organisation but its calendars.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) settings: Settings,
    pub(crate) zone: TimeZone,
    pub(crate) employees: HashMap<Uuid, Employee>,
    /// By name and id, as they are taken.
    pub(crate) rooms: Vec<Room>,
    pub(crate) topics: HashMap<Uuid, Topic>,
    pub(crate) customer_types: HashMap<Uuid, CustomerType>,
    pub(crate) rows: Vec<Kept<MeetingConfiguration>>,
    pub(crate) locations: HashMap<String, Location>,
    pub(crate) portals: HashMap<Uuid, Portal>,
    pub(crate) schedules: HashMap<Uuid, Schedule>,
    pub(crate) index: Index,
    /// How far from a meeting something can be that has to do with it.
    pub(super) margin: Duration,
}

/// All that is set up, of one instant.
pub(super) struct Parts {
    pub(super) settings: Settings,
    pub(super) priority: Priority,
    pub(super) topics: Vec<Kept<Topic>>,
    pub(super) customer_types: Vec<Kept<CustomerType>>,
    pub(super) rows: Vec<Kept<MeetingConfiguration>>,
    pub(super) locations: Vec<Kept<Location>>,
    pub(super) portals: Vec<Kept<Portal>>,
    pub(super) competence_groups: Vec<Kept<CompetenceGroup>>,
    pub(super) service_groups: Vec<Kept<ServiceGroup>>,
    pub(super) schedules: Vec<Kept<Schedule>>,
    pub(super) skills: Vec<Kept<Skills>>,
    pub(super) employees: Vec<Employee>,
    pub(super) rooms: Vec<Room>,
}

impl Parts {
    pub(super) fn of(documents: &[Document], employees: Vec<Employee>, rooms: Vec<Room>) -> Result<Self, Error> {
        Ok(Self {
            settings: only(documents)?,
            priority: only(documents)?,
            topics: of_kind(documents)?,
            customer_types: of_kind(documents)?,
            rows: of_kind(documents)?,
            locations: of_kind(documents)?,
            portals: of_kind(documents)?,
            competence_groups: of_kind(documents)?,
            service_groups: of_kind(documents)?,
            schedules: of_kind(documents)?,
            skills: of_kind(documents)?,
            employees,
            rooms,
        })
    }
}

fn only<T: Thing + Default>(documents: &[Document]) -> Result<T, Error> {
    Ok(of_kind(documents)?.into_iter().next().map(|kept| kept.value).unwrap_or_default())
}

fn values<T>(all: Vec<Kept<T>>) -> HashMap<Uuid, T> {
    all.into_iter().map(|kept| (kept.id, kept.value)).collect()
}

impl Compiled {
    pub(super) fn new(mut parts: Parts) -> Result<Self, Error> {
        let organisation = organisation::organisation(&parts);
        let index = Index::compile(&organisation).map_err(|_| Error::senseless("what is set up"))?;
        parts.rooms.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        let around = |row: &Kept<MeetingConfiguration>| {
            let row = &row.value;
            let parts = [row.pre_processing, row.post_processing, row.travel_buffer];
            let around: Duration = parts.into_iter().flatten().map(|part| part.duration.duration()).sum();
            around.max(row.time_between_meetings.unwrap_or_default().duration())
        };
        let widest = parts.rows.iter().map(around).max().unwrap_or_default();
        Ok(Self {
            zone: parts.settings.time_zone.zone(),
            settings: parts.settings,
            employees: parts.employees.into_iter().map(|employee| (employee.id, employee)).collect(),
            rooms: parts.rooms,
            topics: values(parts.topics),
            customer_types: values(parts.customer_types),
            rows: parts.rows,
            locations: parts.locations.into_iter().map(|kept| (kept.value.location.clone(), kept.value)).collect(),
            portals: values(parts.portals),
            schedules: values(parts.schedules),
            index,
            // The local days of the first and the last meeting count as a whole, for what there may be on a day.
            margin: widest + Duration::from_secs(2 * 86_400),
        })
    }

    /// The local date of an instant.
    pub(crate) fn date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The first instant of a local date, and the first after it.
    pub(crate) fn day(&self, date: Date) -> Option<(Timestamp, Timestamp)> {
        let start = |date: Date| date.to_zoned_datetime(self.zone.clone()).ok().map(|at| at.timestamp());
        Some((start(date)?, start(date.checked_add(1.day()).ok()?)?))
    }

    /// Where an employee is on a local day.
    pub(crate) fn location(&self, employee: Uuid, date: Date) -> Option<&str> {
        let of_day = self.schedules.get(&employee).and_then(|schedule| {
            let same = |day: &&crate::model::Workday| jiff::civil::Weekday::from(day.day_of_week) == date.weekday();
            schedule.workdays.iter().find(same)?.location.as_deref()
        });
        of_day.or_else(|| self.employees.get(&employee)?.location.as_deref())
    }

    pub(crate) fn room(&self, id: Uuid) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == id)
    }

    /// A topic and all above it, itself first.
    pub(super) fn lineage(&self, topic: Option<Uuid>) -> Vec<Uuid> {
        let mut lineage = Vec::new();
        let mut next = topic;
        while let Some(id) = next.filter(|id| !lineage.contains(id)) {
            lineage.push(id);
            next = self.topics.get(&id).and_then(|topic| topic.parent_id);
        }
        lineage
    }

    /// The row for a topic and a customer type: the closest, as a whole.
    pub(crate) fn row(&self, topic: Option<Uuid>, customer_type: Option<Uuid>) -> Option<&Kept<MeetingConfiguration>> {
        let lineage: Vec<Option<Uuid>> = self.lineage(topic).into_iter().map(Some).chain([None]).collect();
        let find = |topic: Option<Uuid>, kind: Option<Uuid>| {
            self.rows.iter().find(|row| row.value.topic_id == topic && row.value.customer_type_id == kind)
        };
        let kinds = customer_type.map(|id| vec![Some(id), None]).unwrap_or_else(|| vec![None]);
        kinds.into_iter().find_map(|kind| lineage.iter().find_map(|topic| find(*topic, kind)))
    }
}
