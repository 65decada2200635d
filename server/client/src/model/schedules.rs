//! When employees work.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DayOfWeek, DayTime, MeetingType, TimeSpan};

/// When an employee works, and can be booked. Every employee has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EmployeeSchedule {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub employee_id: Uuid,
    /// Whether the employee is offered only where he is named.
    pub is_only_explicitly_available: bool,
    /// Whether he is offered at all.
    pub can_be_booked: bool,
    /// Days; on those that are not there he does not work.
    pub workdays: Vec<Workday>,
    /// How long he may be in meetings in a day; as his groups or the organisation have it, where nothing is said.
    pub max_meeting_time_per_day: Option<TimeSpan>,
}

/// A day of the week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Workday {
    /// Whether it is worked on.
    pub is_available: bool,
    /// Which day.
    pub day_of_week: DayOfWeek,
    /// From when.
    pub from: DayTime,
    /// Until when.
    pub to: DayTime,
    /// How people can be met on it.
    pub available_meeting_types: Vec<AvailableMeetingType>,
    /// Where; as the directory says, where nothing is said.
    pub location: Option<String>,
}

/// A way to meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AvailableMeetingType {
    /// Which.
    #[serde(rename = "type")]
    pub meeting_type: MeetingType,
}

/// A schedule that is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateEmployeeSchedule {
    /// Whose it is. Nobody has two.
    pub employee_id: Uuid,
    /// Whether the employee is offered only where he is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_only_explicitly_available: Option<bool>,
    /// Whether he is offered at all; he is, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_be_booked: Option<bool>,
    /// Days, each at most once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 7)))]
    pub workdays: Vec<WorkdayInput>,
    /// How long he may be in meetings in a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_meeting_time_per_day: Option<TimeSpan>,
}

/// A day of the week, as it is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkdayInput {
    /// Whether it is worked on; it is not, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_available: Option<bool>,
    /// Which day.
    pub day_of_week: DayOfWeek,
    /// From when.
    pub from: DayTime,
    /// Until when; after `from`.
    pub to: DayTime,
    /// How people can be met on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub available_meeting_types: Vec<AvailableMeetingType>,
    /// Where; as the directory says, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub location: Option<String>,
}
