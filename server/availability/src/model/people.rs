//! Employees: their schedules and skills.

use std::time::Duration;

use jiff::civil::Weekday;

use crate::{Calendar, Clock, CustomerTypeId, EmployeeId, MeetingTypes, TopicId};

/// An employee who may be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employee {
    /// Who.
    pub id: EmployeeId,
    /// An inactive employee has no times at all.
    pub active: bool,
    /// The location that the directory knows; keys of locations match byte by byte.
    pub location: Option<String>,
    /// When and how the employee works.
    pub schedule: Schedule,
    /// What the employee is competent for.
    pub skills: Skills,
    /// What stands in the calendar.
    pub calendar: Calendar,
}

/// When and how somebody works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Whether there are times at all, even for who names the employee.
    pub can_be_booked: bool,
    /// Regular hours are for those alone who name the employee.
    pub is_only_explicitly_available: bool,
    /// The most time of customer meetings on one local day.
    pub max_meeting_time_per_day: Option<Duration>,
    /// At most one for each weekday; a missing one is a day off.
    pub workdays: Vec<Workday>,
}

/// A weekday of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workday {
    /// Which day.
    pub weekday: Weekday,
    /// Whether the employee works then.
    pub is_available: bool,
    /// The beginning, on the organisation's clock.
    pub from: Clock,
    /// The end. A day that does not end after its beginning is a day off.
    pub to: Clock,
    /// How the employee may be met.
    pub meeting_types: MeetingTypes,
    /// Where, if not where the directory says; true on a day off too.
    pub location: Option<String>,
}

/// What an employee is competent for. Both sets have to fit a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Skills {
    /// Topics; each with all below it.
    pub topics: Vec<TopicId>,
    /// Customer types.
    pub customer_types: Vec<CustomerTypeId>,
}
