//! Competence groups, service groups, and who is in them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Instant, MeetingType, TimeSpan};

/// Something, by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Named {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
}

/// Employees who know the same things. A group can hold others, five levels at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompetenceGroup {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Who is in it.
    pub employee_ids: Vec<Uuid>,
    /// Groups that it holds.
    pub child_group_ids: Vec<Uuid>,
    /// Labels.
    pub labels: Vec<String>,
    /// Kinds of customers that they can meet.
    pub customer_types: Vec<Named>,
    /// What they can be met about.
    pub topics: Vec<Named>,
    /// Groups that hold it.
    pub parent_group_ids: Vec<Uuid>,
    /// Service groups that it is linked to.
    pub service_group_ids: Vec<Uuid>,
}

/// A competence group that is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateCompetenceGroup {
    /// What it is called.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub name: String,
    /// Who is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub employee_ids: Vec<Uuid>,
    /// Kinds of customers that they can meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customer_type_ids: Vec<Uuid>,
    /// What they can be met about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topic_ids: Vec<Uuid>,
    /// Groups that it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub child_group_ids: Vec<Uuid>,
    /// Labels. One that is new is registered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 100), inner(length(min = 1, max = 255), regex(pattern = r"\S")))
    )]
    pub labels: Vec<String>,
}

/// Which groups are listed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompetenceGroupsQuery {
    /// Those that bear one of these labels, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// A competence group that somebody is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EmployeeCompetenceGroup {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Since when.
    pub date_assigned: Instant,
}

/// Employees who stand in for others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceGroup {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// The address of e-mail of the group.
    pub membership_email: Option<String>,
    /// Who is in it.
    pub employee_ids: Vec<Uuid>,
    /// Competence groups whose members are in it too.
    pub competence_group_ids: Vec<Uuid>,
    /// Labels.
    pub labels: Vec<String>,
    /// How long each may be in meetings in a day; as the organisation has it, where nothing is said.
    pub max_meeting_time_per_day: Option<TimeSpan>,
    /// When they stand in.
    pub service_trigger: ServiceTrigger,
    /// What they offer then.
    pub service_level: ServiceLevel,
}

/// When a service group stands in. What is empty is fulfilled by everything.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceTrigger {
    /// Where the customer belongs.
    pub locations: Vec<String>,
    /// Kinds of customers.
    pub customer_type_ids: Vec<Uuid>,
    /// Topics.
    pub topic_ids: Vec<Uuid>,
}

/// What a service group offers. What is empty is not offered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceLevel {
    /// Types of meetings.
    pub meeting_types: Vec<MeetingType>,
    /// Where people can be met in person.
    pub locations: Vec<String>,
}

/// A service group that is to be. It offers nothing until its level says what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateServiceGroup {
    /// What it is called.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub name: String,
    /// The address of e-mail of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255), regex(pattern = r"@")))]
    pub membership_email: Option<String>,
    /// Who is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub employee_ids: Vec<Uuid>,
    /// Competence groups whose members are in it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub competence_group_ids: Vec<Uuid>,
    /// Labels. One that is new is registered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 100), inner(length(min = 1, max = 255), regex(pattern = r"\S")))
    )]
    pub labels: Vec<String>,
    /// How long each may be in meetings in a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_meeting_time_per_day: Option<TimeSpan>,
}

/// Which groups are listed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceGroupsQuery {
    /// Those that bear one of these labels, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// A service group that somebody is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EmployeeServiceGroup {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// The address of e-mail of the group.
    pub membership_email: Option<String>,
    /// Since when.
    pub date_assigned: Instant,
}

/// Who could take a meeting for a service group. Somebody may be in several lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Advisors {
    /// Those who know what the trigger asks for.
    pub skill_based: Vec<Uuid>,
    /// Those who are in the group.
    pub assigned: Vec<Uuid>,
    /// Those who are in a competence group of it.
    pub competence_group_advisors: Vec<Uuid>,
}
