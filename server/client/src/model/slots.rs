//! Time slots: what stands in calendars, what is offered, what is held.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{EmployeeType, Instant, MeetingType, TimeSlotStatus, TimeSpan};

/// A slot of the calendar of an employee, or of a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimeSlot {
    /// Its id.
    pub id: Uuid,
    /// When it was made.
    pub date_created: Instant,
    /// When it was last changed.
    pub date_modified: Instant,
    /// When it begins.
    pub start_date: Instant,
    /// When it ends.
    pub end_date: Instant,
    /// What it is.
    pub status: TimeSlotStatus,
    /// Whose room.
    pub room_id: Option<Uuid>,
    /// Whose time.
    pub employee_id: Option<Uuid>,
    /// The service group that it is for.
    pub service_group: Option<String>,
}

/// A slot that is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateTimeSlot {
    /// What it is. In a reservation it is `Reserved`, whatever is said.
    pub status: TimeSlotStatus,
    /// When it begins.
    pub start_date: Instant,
    /// When it ends.
    pub end_date: Instant,
    /// Whose room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<Uuid>,
    /// Whose time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<Uuid>,
    /// The service group that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub service_group: Option<String>,
    /// Whether it may stand beside what blocks it. Not for customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_time_slot_conflicts: Option<bool>,
}

/// A time that is to be held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reservation {
    /// The time, and of whom.
    pub time_slot: CreateTimeSlot,
    /// A number that the caller makes up. With the same token again, the hold is replaced.
    pub token: Uuid,
    /// The meeting that is to be moved: its own time does not stand in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing_meeting_id: Option<Uuid>,
}

/// A time that is offered. It is computed, and has no id: reserve it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AvailableTimeslot {
    /// When it begins.
    pub start_date: Instant,
    /// When it ends.
    pub end_date: Instant,
    /// How people would meet.
    pub meeting_type: MeetingType,
    /// Who would.
    pub employee_id: Uuid,
    /// In which room, where one is needed.
    pub room_id: Option<Uuid>,
    /// About what, as it was asked.
    pub meeting_topic_id: Option<Uuid>,
    /// Who would take part, `employeeId` first, where all who are named have to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub employee_ids: Vec<Uuid>,
}

/// Which slots are listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimeSlotsQuery {
    /// Slots that end after it.
    pub start_date: Instant,
    /// Slots that begin before it.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["2026-06-30T00:00:00Z"])))]
    pub end_date: Instant,
    /// Slots of this employee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<Uuid>,
    /// Slots of this room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<Uuid>,
    /// Slots that are one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<TimeSlotStatus>,
}

/// What goes with the change of a slot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlotPatchQuery {
    /// The token of the hold, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_token: Option<Uuid>,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AvailableQuery {
    /// Whether all employees who are named have to be free together. Otherwise one of `employeeTypes` is enough.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [false])))]
    pub require_employee_participation: bool,
    /// Employees who are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [["0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001"]])))]
    pub explicit_employee_ids: Vec<Uuid>,
    /// Where employees come from. One at least, unless all have to take part; in version 1 it is `Global` where nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [["Explicit"]])))]
    pub employee_types: Vec<EmployeeType>,
    /// From when; now, where nothing is said. A day alone (`2026-06-01`) is taken on the organisation's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Instant>,
    /// How far, within what can be booked ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = "7.00:00:00")))]
    pub look_forward_time: Option<TimeSpan>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<Uuid>,
    /// What kind of customer it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_type_id: Option<Uuid>,
    /// How people may meet; any way that is allowed, where nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meeting_types: Vec<MeetingType>,
    /// Where the customer belongs: who works there is local, and service groups of the place stand in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_location: Option<String>,
    /// Where it is to be, if not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_location: Option<String>,
    /// Whether there has to be a room; as the location says, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_room: Option<bool>,
    /// One of these rooms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specific_rooms: Vec<Uuid>,
    /// How long; as it is set up, otherwise an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_duration: Option<TimeSpan>,
    /// Meetings whose time does not stand in the way. They have to be the caller's to change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore_meeting_ids: Vec<Uuid>,
    /// Whether what holds for customers holds: notice, topics. Always so for customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    pub is_customer_initiated: Option<bool>,
    /// Whether it is a meeting among employees; as topic and customer type say, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_internal_meeting: Option<bool>,
    /// Whether notice does not count. Not for customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    pub ignore_minimum_time_before_booking: Option<bool>,
    /// Whether all hours of the organisation count, not those of schedules alone. Not for customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    pub extend_to_opening_hours: Option<bool>,
    /// Whether one employee is offered for each time; as `isCustomerInitiated`, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get_best_time_slots: Option<bool>,
    /// How long the way there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travel_before: Option<TimeSpan>,
    /// How long the way back is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travel_after: Option<TimeSpan>,
    /// The caller's own hold: it does not stand in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_token: Option<Uuid>,
}

impl AvailableQuery {
    /// A question of which nothing is said but whether all employees who are named have to be free together.
    #[must_use]
    pub const fn new(require_employee_participation: bool) -> Self {
        Self {
            require_employee_participation,
            explicit_employee_ids: Vec::new(),
            employee_types: Vec::new(),
            start_date: None,
            look_forward_time: None,
            topic: None,
            customer_type_id: None,
            meeting_types: Vec::new(),
            customer_location: None,
            meeting_location: None,
            require_room: None,
            specific_rooms: Vec::new(),
            meeting_duration: None,
            ignore_meeting_ids: Vec::new(),
            is_customer_initiated: None,
            is_internal_meeting: None,
            ignore_minimum_time_before_booking: None,
            extend_to_opening_hours: None,
            get_best_time_slots: None,
            travel_before: None,
            travel_after: None,
            reservation_token: None,
        }
    }
}

impl CreateTimeSlot {
    /// A slot of nobody yet.
    #[must_use]
    pub const fn new(status: TimeSlotStatus, start_date: Instant, end_date: Instant) -> Self {
        Self {
            status,
            start_date,
            end_date,
            room_id: None,
            employee_id: None,
            service_group: None,
            ignore_time_slot_conflicts: None,
        }
    }
}
