//! An organisation: settings, places, topics, how meetings are.

use std::time::Duration;

use jiff::civil::Date;

use crate::{
    Calendar, Clock, CompetenceGroup, CustomerTypeId, Employee, MeetingTypes, PriorityLevel, RoomId, ServiceGroup,
    ShowAs, TopicId,
};

/// All that availability depends on, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Organisation {
    /// Settings.
    pub settings: Settings,
    /// Locations that settings are kept of.
    pub locations: Vec<Location>,
    /// Rooms.
    pub rooms: Vec<Room>,
    /// Employees.
    pub employees: Vec<Employee>,
    /// Topics.
    pub topics: Vec<Topic>,
    /// Customer types.
    pub customer_types: Vec<CustomerTypeId>,
    /// Competence groups.
    pub competence_groups: Vec<CompetenceGroup>,
    /// Service groups.
    pub service_groups: Vec<ServiceGroup>,
    /// How meetings are, by topic and customer type.
    pub configurations: Vec<MeetingConfiguration>,
}

/// Settings of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// IANA name of the zone that its clocks show.
    pub zone: String,
    /// No regular meeting starts before.
    pub opening: Clock,
    /// No regular meeting ends after.
    pub closing: Clock,
    /// Minutes between starts: 5, 10, 15, 20, 30 or 60.
    pub interval_minutes: u8,
    /// The most time of customer meetings of one employee on one local day, where nothing closer says otherwise.
    pub max_meeting_time_per_day: Option<Duration>,
    /// How far ahead is booked. Whole days are counted on the local calendar, the rest as elapsed time.
    pub horizon: Duration,
    /// Local days without meetings.
    pub closing_days: Vec<Date>,
    /// Which pools come first; first comes first.
    pub priority: Vec<PriorityLevel>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: "Europe/Copenhagen".to_owned(),
            opening: Clock::new(8, 0).unwrap_or(Clock::MIDNIGHT),
            closing: Clock::new(17, 0).unwrap_or(Clock::END),
            interval_minutes: 30,
            max_meeting_time_per_day: None,
            horizon: Duration::from_secs(60 * 86_400),
            closing_days: Vec::new(),
            priority: vec![PriorityLevel::Explicit, PriorityLevel::Local, PriorityLevel::ServiceGroup(None)],
        }
    }
}

/// A location with settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Its key, matched byte by byte.
    pub key: String,
    /// Physical meetings get a free room.
    pub add_rooms_to_booked_meetings: bool,
    /// Physical meetings need a free room.
    pub require_available_room: bool,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Which.
    pub id: RoomId,
    /// Rooms are taken by name, then by id.
    pub name: String,
    /// The key of its location.
    pub location: String,
    /// Whether it may be booked.
    pub can_be_booked: bool,
    /// Whether it is there.
    pub active: bool,
    /// What stands in its calendar.
    pub calendar: Calendar,
}

/// A topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Which.
    pub id: TopicId,
    /// The topic above.
    pub parent: Option<TopicId>,
}

/// How meetings of a topic and a customer type are. The closest row counts as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingConfiguration {
    /// The topic; none: any.
    pub topic: Option<TopicId>,
    /// The customer type; none: any.
    pub customer_type: Option<CustomerTypeId>,
    /// Length of a meeting; none: an hour, half an hour for internal ones.
    pub duration: Option<Duration>,
    /// Which types there may be; of none nothing is offered.
    pub meeting_types: MeetingTypes,
    /// The least time between two meetings.
    pub time_between_meetings: Duration,
    /// Notice, in hours that the employee works.
    pub working_time_from_booking: Duration,
    /// Notice, in elapsed time.
    pub calendar_time_from_booking: Duration,
    /// Saturdays and Sundays do not count as elapsed.
    pub exclude_weekend: bool,
    /// Time before the meeting.
    pub pre_processing: Part,
    /// Time after it.
    pub post_processing: Part,
    /// Time in addition to each way there is.
    pub travel_buffer: Part,
}

/// Time around a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// How long.
    pub length: Duration,
    /// How it is shown; for travel, the way itself too.
    pub show_as: ShowAs,
}
