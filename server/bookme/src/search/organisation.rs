//! From what is set up to what the availability search is given.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use engage_availability as availability;
use engage_availability::{Calendar, CustomerTypeId, EmployeeId, GroupId, MeetingTypes, RoomId, TopicId};
use uuid::Uuid;

use super::compiled::Parts;
use crate::configuration::Employee;
use crate::model::{
    Around, CompetenceGroup, Kept, Level, MeetingConfiguration, Schedule, ServiceGroup, Skills, Thing, Workday,
};
use crate::values::{LevelType, MeetingType, TimeSpan};

pub(super) fn organisation(parts: &Parts) -> availability::Organisation {
    let schedules: HashMap<Uuid, &Schedule> = parts.schedules.iter().map(|kept| (kept.id, &kept.value)).collect();
    let skills: HashMap<Uuid, &Skills> = parts.skills.iter().map(|kept| (kept.id, &kept.value)).collect();
    let location = |kept: &Kept<crate::model::Location>| availability::Location {
        key: kept.value.location.clone(),
        add_rooms_to_booked_meetings: kept.value.add_rooms_to_booked_meetings,
        require_available_room: kept.value.require_available_room,
    };
    availability::Organisation {
        settings: settings(parts),
        locations: parts.locations.iter().map(location).collect(),
        rooms: parts.rooms.iter().map(room).collect(),
        employees: parts
            .employees
            .iter()
            .map(|one| employee(one, schedules.get(&one.id).copied(), skills.get(&one.id).copied()))
            .collect(),
        topics: topics(parts),
        customer_types: parts.customer_types.iter().map(|kept| CustomerTypeId(kept.id)).collect(),
        competence_groups: parts.competence_groups.iter().map(competence_group).collect(),
        service_groups: parts.service_groups.iter().map(service_group).collect(),
        configurations: parts.rows.iter().map(|kept| row(&kept.value)).collect(),
    }
}

fn settings(parts: &Parts) -> availability::Settings {
    let settings = &parts.settings;
    let level = |level: &Level| match level.level_type {
        LevelType::Explicit => availability::PriorityLevel::Explicit,
        LevelType::Local => availability::PriorityLevel::Local,
        LevelType::ServiceGroup => availability::PriorityLevel::ServiceGroup(level.label.clone()),
    };
    availability::Settings {
        zone: settings.time_zone.to_string(),
        opening: settings.opening_time.clock(),
        closing: settings.closing_time.clock(),
        interval_minutes: settings.slot_interval,
        max_meeting_time_per_day: settings.max_meeting_time_per_day.map(Duration::from),
        horizon: settings.max_time_from_booking_to_meeting.into(),
        closing_days: settings.closing_days.iter().copied().collect(),
        priority: parts.priority.levels.iter().map(level).collect(),
    }
}

/// A topic whose parent is gone stands by itself.
fn topics(parts: &Parts) -> Vec<availability::Topic> {
    let there: HashSet<Uuid> = parts.topics.iter().map(|kept| kept.id).collect();
    let topic = |kept: &Kept<crate::model::Topic>| availability::Topic {
        id: TopicId(kept.id),
        parent: kept.value.parent_id.filter(|parent| there.contains(parent)).map(TopicId),
    };
    parts.topics.iter().map(topic).collect()
}

fn room(room: &crate::configuration::Room) -> availability::Room {
    availability::Room {
        id: RoomId(room.id),
        name: room.name.clone(),
        location: room.location.clone(),
        can_be_booked: room.can_be_booked,
        active: room.active,
        calendar: Calendar::default(),
    }
}

fn employee(employee: &Employee, schedule: Option<&Schedule>, skills: Option<&Skills>) -> availability::Employee {
    let implied = Schedule::implied(employee.id, None);
    let schedule = schedule.or(implied.as_ref());
    let cap = schedule.and_then(|schedule| schedule.max_meeting_time_per_day);
    availability::Employee {
        id: EmployeeId(employee.id),
        active: employee.active,
        location: employee.location.clone(),
        schedule: availability::Schedule {
            can_be_booked: schedule.is_some_and(|schedule| schedule.can_be_booked),
            is_only_explicitly_available: schedule.is_some_and(|schedule| schedule.is_only_explicitly_available),
            max_meeting_time_per_day: cap.map(Duration::from),
            workdays: schedule.into_iter().flat_map(|schedule| &schedule.workdays).map(workday).collect(),
        },
        skills: availability::Skills {
            topics: skills.into_iter().flat_map(|skills| &skills.topic_ids).copied().map(TopicId).collect(),
            customer_types: skills
                .into_iter()
                .flat_map(|skills| &skills.customer_type_ids)
                .copied()
                .map(CustomerTypeId)
                .collect(),
        },
        calendar: Calendar::default(),
    }
}

fn workday(day: &Workday) -> availability::Workday {
    availability::Workday {
        weekday: day.day_of_week.into(),
        is_available: day.is_available,
        from: day.from.clock(),
        to: day.to.clock(),
        meeting_types: types(&day.available_meeting_types),
        location: day.location.clone(),
    }
}

fn types(all: &[MeetingType]) -> MeetingTypes {
    MeetingTypes::of(&all.iter().copied().map(availability::MeetingType::from).collect::<Vec<_>>())
}

fn competence_group(kept: &Kept<CompetenceGroup>) -> availability::CompetenceGroup {
    let group = &kept.value;
    availability::CompetenceGroup {
        id: GroupId(kept.id),
        employees: group.employees.ids().map(EmployeeId).collect(),
        topics: group.topic_ids.iter().copied().map(TopicId).collect(),
        customer_types: group.customer_type_ids.iter().copied().map(CustomerTypeId).collect(),
        children: group.child_group_ids.iter().copied().map(GroupId).collect(),
    }
}

fn service_group(kept: &Kept<ServiceGroup>) -> availability::ServiceGroup {
    let group = &kept.value;
    availability::ServiceGroup {
        id: GroupId(kept.id),
        employees: group.employees.ids().map(EmployeeId).collect(),
        competence_groups: group.competence_group_ids.iter().copied().map(GroupId).collect(),
        labels: group.labels.clone(),
        max_meeting_time_per_day: group.max_meeting_time_per_day.map(Duration::from),
        trigger: availability::Trigger {
            locations: group.service_trigger.locations.clone(),
            customer_types: group.service_trigger.customer_type_ids.iter().copied().map(CustomerTypeId).collect(),
            topics: group.service_trigger.topic_ids.iter().copied().map(TopicId).collect(),
        },
        offer: availability::Offer {
            meeting_types: types(&group.service_level.meeting_types),
            locations: group.service_level.locations.clone(),
        },
        is_dynamic: group.dynamic_availability,
    }
}

fn row(row: &MeetingConfiguration) -> availability::MeetingConfiguration {
    let length = |span: Option<TimeSpan>| span.unwrap_or_default().duration();
    availability::MeetingConfiguration {
        topic: row.topic_id.map(TopicId),
        customer_type: row.customer_type_id.map(CustomerTypeId),
        duration: row.duration.map(Duration::from),
        meeting_types: types(&row.meeting_types),
        time_between_meetings: length(row.time_between_meetings),
        working_time_from_booking: length(row.working_time_from_booking),
        calendar_time_from_booking: length(row.calendar_time_from_booking),
        exclude_weekend: row.exclude_weekend,
        pre_processing: part(row.pre_processing),
        post_processing: part(row.post_processing),
        travel_buffer: part(row.travel_buffer),
    }
}

fn part(part: Option<Around>) -> availability::Part {
    let show_as = part.and_then(|part| part.show_as).map(availability::ShowAs::from);
    availability::Part {
        length: part.map(|part| part.duration.duration()).unwrap_or_default(),
        show_as: show_as.unwrap_or_default(),
    }
}
