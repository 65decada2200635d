//! What an employee is competent for, and what keeps one from being offered.

use std::sync::Arc;

use engage_bookme::model::{Kept, Location, Schedule, ScheduleProblem, Skills};
use engage_bookme::values::DayOfWeek;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::Given;
use crate::management::Management;
use crate::management::describe::Patches as _;
use crate::management::part::Part;
use crate::management::values::{self, Told};
use crate::openapi::{Described, Shape};

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

/// What the operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let id = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";
    let told = || json!({"employeeId": id, "topicIds": [id], "customerTypeIds": [id]});
    vec![
        Described::new("EmployeeSkills_get", "Employees", "Read what an employee is competent for")
            .answers(200, Shape::of::<EmployeeSkills>(), told()),
        Described::new("EmployeeSkills_replace", "Employees", "Replace what an employee is competent for")
            .says("A list that is left out is empty.")
            .takes(Shape::of::<EmployeeSkills>(), json!({"topicIds": [id], "customerTypeIds": [id]}))
            .answers(200, Shape::of::<EmployeeSkills>(), told())
            .refuses([409]),
        Described::new("EmployeeSkills_patch", "Employees", "Change what an employee is competent for")
            .patched(json!([{"op": "add", "path": "/topicIds/-", "value": id}]))
            .answers(200, Shape::of::<EmployeeSkills>(), told())
            .refuses([409]),
        Described::new("EmployeeSchedules_problems", "Employees", "List what keeps an employee from being offered")
            .says("Nothing of it is an error: a schedule may be unfinished. It is empty where regular hours can be offered.")
            .answers(
                200,
                Shape::of::<Vec<Obstacle>>(),
                json!([{"problem": "NoMeetingTypes", "dayOfWeek": "Tuesday"}, {"problem": "Inactive", "dayOfWeek": null}]),
            ),
    ]
}
