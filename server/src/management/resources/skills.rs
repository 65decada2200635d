//! What an employee is competent for, and what keeps one from being offered.

use std::sync::Arc;

use engage_bookme::model::{Kept, Location, Schedule, ScheduleProblem, Skills};
use engage_bookme::values::DayOfWeek;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::Given;
use crate::management::Management;
use crate::management::part::Part;
use crate::management::values::{self, Told};

/// What an employee is competent for: a request for a topic and a customer type needs one of each list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct EmployeeSkills {
    /// Whose.
    #[serde(skip_deserializing)]
    #[schemars(transform = values::only_told)]
    employee_id: Uuid,
    /// Topics, each with all below it.
    #[serde(default)]
    topic_ids: Vec<Uuid>,
    /// Customer types.
    #[serde(default)]
    customer_type_ids: Vec<Uuid>,
}

impl Part for EmployeeSkills {
    type Of = Skills;
    const FIXED: &'static [&'static str] = &["employeeId"];

    fn of(kept: &Kept<Skills>) -> Self {
        let Skills { topic_ids, customer_type_ids, .. } = &kept.value;
        Self { employee_id: kept.id, topic_ids: topic_ids.clone(), customer_type_ids: customer_type_ids.clone() }
    }

    fn read(given: &mut Given<'_>, into: &mut Skills) {
        (into.topic_ids, into.customer_type_ids) = (given.ids("topicIds"), given.ids("customerTypeIds"));
    }
}

/// What keeps an employee from being offered.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Obstacle {
    /// What it is.
    problem: Problem,
    /// On which day; `null`: on all.
    day_of_week: Option<Told<DayOfWeek>>,
}

/// What is wrong with a schedule.
#[derive(Debug, Serialize, JsonSchema)]
enum Problem {
    /// The employee is not active.
    Inactive,
    /// No day is a workday.
    NoWorkday,
    /// A workday has no types of meetings.
    NoMeetingTypes,
    /// Neither the workday nor the directory says where the employee is.
    NoLocation,
    /// Nothing is set up for where the employee is.
    UnknownLocation,
}

impl From<ScheduleProblem> for Obstacle {
    fn from(problem: ScheduleProblem) -> Self {
        let (problem, day) = match problem {
            ScheduleProblem::Inactive => (Problem::Inactive, None),
            ScheduleProblem::NoWorkday => (Problem::NoWorkday, None),
            ScheduleProblem::NoMeetingTypes(day) => (Problem::NoMeetingTypes, Some(day)),
            ScheduleProblem::NoLocation(day) => (Problem::NoLocation, Some(day)),
            ScheduleProblem::UnknownLocation(day) => (Problem::UnknownLocation, Some(day)),
        };
        Self { problem, day_of_week: day.map(Told) }
    }
}

pub(super) async fn problems(management: Arc<Management>, call: Call) -> Answer {
    let (id, bookme) = (call.id()?, &management.bookme);
    let employees = bookme.employees(&call.tenancy).await?;
    let employee = employees.iter().find(|employee| employee.id == id).ok_or_else(Fault::absent)?;
    let schedule = bookme.get::<Schedule>(&call.tenancy, id).await?.value;
    let locations = bookme.list::<Location>(&call.tenancy).await?;
    let is_known = |key: &str| locations.iter().any(|kept| kept.value.location == key);
    let problems = schedule.problems(employee.active, employee.location.as_deref(), is_known);
    Reply::of(&problems.into_iter().map(Obstacle::from).collect::<Vec<_>>())
}
