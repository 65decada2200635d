//! Settings of an organisation, its locations, and what may be chosen.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AdvisorChoice, DayTime, Instant, Localized, MeetingType, TimeSpan};

/// The settings of an organisation: one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrganizationSettings {
    /// Its id.
    pub id: Uuid,
    /// From when people can be met.
    pub opening_time: DayTime,
    /// Until when.
    pub closing_time: DayTime,
    /// How far ahead can be booked.
    pub max_time_from_booking_to_meeting: TimeSpan,
    /// How long anybody may be in meetings in a day.
    pub max_meeting_time_per_day: Option<TimeSpan>,
    /// Whether employees can look at times as customers see them.
    pub is_filter_show_times_as_customer_enabled: bool,
    /// What types of meetings are called. Those without a label are not shown to people.
    pub meeting_type_labels: Vec<MeetingTypeLabel>,
    /// What is called whom a customer may choose.
    pub employee_labels: Vec<EmployeeLabel>,
    /// Whom to write to where no time is found.
    pub extended_opening_hours_email: Option<String>,
    /// Days on which nobody is met, each as its midnight in UTC.
    pub closing_days: Vec<Instant>,
    /// The time zone.
    pub time_zone_id: Option<Uuid>,
    /// The title in files for calendars, in Danish: a Liquid template over `employee`, `topic`, `customerType`, `location`, `meetingType`, `startDate`, `endDate`.
    pub i_cal_meeting_title: Option<String>,
    /// The same by language.
    #[serde(rename = "localizedICalMeetingTitle")]
    pub localized_i_cal_meeting_title: Option<Localized>,
    /// The description in files for calendars, in Danish.
    pub i_cal_meeting_description: Option<String>,
    /// The same by language.
    #[serde(rename = "localizedICalMeetingDescription")]
    pub localized_i_cal_meeting_description: Option<Localized>,
    /// The time zone, as it is listed.
    pub time_zone: Option<Timezone>,
}

/// What a type of meetings is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeetingTypeLabel {
    /// The type.
    pub name: MeetingType,
    /// What it is called, in Danish.
    pub label: Option<String>,
    /// What it is called, by language.
    pub localized_label: Option<Localized>,
    /// Where it stands.
    pub order: i32,
}

/// What is called whom a customer may choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EmployeeLabel {
    /// Whom.
    pub name: AdvisorChoice,
    /// What that is called, in Danish.
    pub label: Option<String>,
    /// What it is called, by language.
    pub localized_label: Option<Localized>,
    /// Where it stands.
    pub order: i32,
}

/// Days.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClosingDaysQuery {
    /// Days, with or without a time: the day as it is written counts.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [["2026-12-24T00:00:00Z"]])))]
    pub closing_days: Vec<Instant>,
}

/// A time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timezone {
    /// Its id.
    pub id: Uuid,
    /// Its name, as Windows has it.
    pub identifier: String,
    /// Its name, as it is shown.
    pub display_name: String,
}

/// A place of the organisation. Employees, rooms, workdays and customers belong to it who say exactly its `location`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Location {
    /// Its id.
    pub id: Uuid,
    /// The key by which all belong to it.
    pub location: String,
    /// What it is called.
    pub display_name: Option<String>,
    /// Whether meetings here get a free room.
    pub add_rooms_to_booked_meetings: bool,
    /// Whether times here are offered only with a free room.
    pub require_available_room: bool,
}

/// A location that is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateLocation {
    /// The key by which all belong to it. It stays.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub location: String,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub display_name: Option<String>,
    /// Whether meetings here get a free room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add_rooms_to_booked_meetings: Option<bool>,
    /// Whether times here are offered only with a free room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_available_room: Option<bool>,
}

/// Which locations are listed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocationsQuery {
    /// The one of exactly this key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Those whose key or name holds this, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
}

/// What may be chosen for a topic and a kind of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AllowedOptions {
    /// How to meet.
    pub meeting_types: Vec<MeetingTypeLabel>,
    /// Whom to meet.
    pub advisor_selection: Vec<EmployeeLabel>,
}

/// For what options are asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AllowedOptionsQuery {
    /// The topic.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0003"])))]
    pub topic_id: Uuid,
    /// The kind of customers.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0004"])))]
    pub customer_type_id: Uuid,
    /// Where the customer belongs.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["Aarhus"]), length(min = 1)))]
    pub location: String,
    /// Whether a customer asks. Always so for customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = true)))]
    pub is_customer_initiated: Option<bool>,
    /// One language alone, or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}
