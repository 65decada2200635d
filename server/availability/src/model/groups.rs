//! Groups of employees, and the order in which pools are preferred.

use std::time::Duration;

use crate::{CustomerTypeId, EmployeeId, GroupId, MeetingTypes, TopicId};

/// Employees who are competent together, with all of the groups below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetenceGroup {
    /// Which group.
    pub id: GroupId,
    /// Its own employees. An employee who is gone counts for nothing.
    pub employees: Vec<EmployeeId>,
    /// What it grants; empty: any topic. With both sets empty it grants nothing.
    pub topics: Vec<TopicId>,
    /// Whom it grants it for; empty: any customer type.
    pub customer_types: Vec<CustomerTypeId>,
    /// Groups below. A path of groups has five at most, and no circle.
    pub children: Vec<GroupId>,
}

/// Employees who stand in for a kind of request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceGroup {
    /// Which group.
    pub id: GroupId,
    /// Its own employees. An employee who is gone counts for nothing.
    pub employees: Vec<EmployeeId>,
    /// Competence groups whose employees, with those of groups below, are members too.
    pub competence_groups: Vec<GroupId>,
    /// Labels, which levels of priority name; case does not matter.
    pub labels: Vec<String>,
    /// The most time of customer meetings on one local day of each member without a value of their own.
    pub max_meeting_time_per_day: Option<Duration>,
    /// Which requests the group stands in for.
    pub trigger: Trigger,
    /// What it offers then.
    pub offer: Offer,
    /// Members count only while they are signed in.
    pub is_dynamic: bool,
}

/// Which requests a service group stands in for: all that are named have to fit, an empty list fits everything, a list with
/// something in it does not fit a request that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trigger {
    /// Locations of the customer.
    pub locations: Vec<String>,
    /// Customer types.
    pub customer_types: Vec<CustomerTypeId>,
    /// Topics, each with all below it.
    pub topics: Vec<TopicId>,
}

/// What a service group offers; unlike a trigger, an empty list offers nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// Types of meetings.
    pub meeting_types: MeetingTypes,
    /// Locations of physical meetings.
    pub locations: Vec<String>,
}

/// A level of the priority configuration: which pools come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriorityLevel {
    /// Employees whom the caller names.
    Explicit,
    /// Employees at the location.
    Local,
    /// Service groups with this label, or all.
    ServiceGroup(Option<String>),
}
