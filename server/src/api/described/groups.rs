//! Competence groups and service groups.

use engage_client::model::{
    Advisors, CompetenceGroup, CompetenceGroupsQuery, CreateCompetenceGroup, CreateServiceGroup,
    EmployeeCompetenceGroup, EmployeeServiceGroup, Patch, ServiceGroup, ServiceGroupsQuery,
};
use serde_json::json;
use uuid::Uuid;

use super::examples::{
    COMPETENCE_GROUP, CUSTOMER_TYPE, EMPLOYEE, SERVICE_GROUP, TOPIC, competence_group, list, replace, service_group,
};
use crate::openapi::{Described, Shape};

const ASSIGN: &str = "All are done, or none: one that is not there is refused with 404. Repeating it changes nothing.";

pub(super) fn all() -> Vec<Described> {
    let mut all = competence();
    all.extend(service());
    all.extend(parts());
    all
}

fn competence() -> Vec<Described> {
    let tag = "CompetenceGroups";
    let one = Shape::of::<CompetenceGroup>();
    let memberships = Shape::of::<Vec<EmployeeCompetenceGroup>>();
    let member = json!([{"id": COMPETENCE_GROUP, "name": "Mortgages", "dateAssigned": "2026-05-28T06:00:00Z"}]);
    let new = json!({
        "name": "Mortgages",
        "employeeIds": [EMPLOYEE],
        "topicIds": [TOPIC],
        "customerTypeIds": [CUSTOMER_TYPE],
        "labels": ["Premium"],
    });
    vec![
        Described::new("CompetenceGroups_list", tag, "List competence groups")
            .asks::<CompetenceGroupsQuery>()
            .answers(200, Shape::of::<Vec<CompetenceGroup>>(), list(&competence_group())),
        Described::new("CompetenceGroups_create", tag, "Make a competence group")
            .says("Groups hold others five levels deep at most, and never themselves.")
            .takes(Shape::of::<CreateCompetenceGroup>(), new)
            .answers(201, one, competence_group())
            .refuses([409]),
        Described::new("CompetenceGroups_get", tag, "Read a competence group")
            .id("id", "The group.")
            .answers(200, one, competence_group()),
        Described::new("CompetenceGroups_patch", tag, "Change a competence group")
            .says("Members are those of creation: `/customerTypeIds` and `/topicIds` are what `customerTypes` and `topics` show.")
            .id("id", "The group.")
            .takes(Shape::of::<Patch>(), replace("/name", "Mortgages and loans"))
            .answers(200, one, competence_group())
            .refuses([409]),
        Described::new("CompetenceGroups_delete", tag, "Remove a competence group")
            .id("id", "The group.")
            .done(204)
            .refuses([409]),
        Described::new("CompetenceGroups_listForEmployee", tag, "List the competence groups of an employee")
            .says("Those that the employee is in; not those that hold them.")
            .id("employeeId", "The employee.")
            .answers(200, memberships, member.clone()),
        Described::new("CompetenceGroups_addEmployee", tag, "Put an employee into competence groups")
            .says(ASSIGN)
            .id("employeeId", "The employee.")
            .takes(Shape::of::<Vec<Uuid>>(), json!([COMPETENCE_GROUP]))
            .answers(200, memberships, member.clone())
            .refuses([409]),
        Described::new("CompetenceGroups_removeEmployee", tag, "Take an employee out of competence groups")
            .says(ASSIGN)
            .id("employeeId", "The employee.")
            .takes(Shape::of::<Vec<Uuid>>(), json!([COMPETENCE_GROUP]))
            .answers(200, memberships, json!([]))
            .refuses([409]),
    ]
}

fn service() -> Vec<Described> {
    let tag = "ServiceGroups";
    let one = Shape::of::<ServiceGroup>();
    let new = json!({
        "name": "Evening service",
        "membershipEmail": "evening@bank.example",
        "employeeIds": [EMPLOYEE],
        "maxMeetingTimePerDay": "06:00:00",
    });
    vec![
        Described::new("ServiceGroups_list", tag, "List service groups").asks::<ServiceGroupsQuery>().answers(
            200,
            Shape::of::<Vec<ServiceGroup>>(),
            list(&service_group()),
        ),
        Described::new("ServiceGroups_create", tag, "Make a service group")
            .says("It stands in for everybody and offers nothing, until its trigger and its level are set.")
            .takes(Shape::of::<CreateServiceGroup>(), new)
            .answers(201, one, service_group())
            .refuses([409]),
        Described::new("ServiceGroups_get", tag, "Read a service group").id("id", "The group.").answers(
            200,
            one,
            service_group(),
        ),
        Described::new("ServiceGroups_patch", tag, "Change a service group")
            .id("id", "The group.")
            .takes(Shape::of::<Patch>(), replace("/maxMeetingTimePerDay", "05:00:00"))
            .answers(200, one, service_group())
            .refuses([409]),
        Described::new("ServiceGroups_delete", tag, "Remove a service group")
            .id("id", "The group.")
            .done(204)
            .refuses([409]),
        Described::new("ServiceGroups_advisors", tag, "List who could take a meeting for a service group")
            .id("id", "The group.")
            .answers(
                200,
                Shape::of::<Advisors>(),
                json!({"skillBased": [EMPLOYEE], "assigned": [EMPLOYEE], "competenceGroupAdvisors": []}),
            ),
    ]
}

fn parts() -> Vec<Described> {
    let tag = "ServiceGroups";
    let one = Shape::of::<ServiceGroup>();
    let memberships = Shape::of::<Vec<EmployeeServiceGroup>>();
    let member = json!([{
        "id": SERVICE_GROUP,
        "name": "Evening service",
        "membershipEmail": "evening@bank.example",
        "dateAssigned": "2026-05-28T06:00:00Z",
    }]);
    vec![
        Described::new("ServiceGroups_patchTrigger", tag, "Change when a service group stands in")
            .says("Pointers begin at `serviceTrigger`. A list that is empty is fulfilled by everything.")
            .id("id", "The group.")
            .takes(Shape::of::<Patch>(), replace("/locations", vec!["Aarhus"]))
            .answers(200, one, service_group())
            .refuses([409]),
        Described::new("ServiceGroups_patchLevel", tag, "Change what a service group offers")
            .says("Pointers begin at `serviceLevel`. A list that is empty offers nothing.")
            .id("id", "The group.")
            .takes(Shape::of::<Patch>(), replace("/meetingTypes", vec!["Online"]))
            .answers(200, one, service_group())
            .refuses([409]),
        Described::new("ServiceGroups_listForEmployee", tag, "List the service groups of an employee")
            .id("employeeId", "The employee.")
            .answers(200, memberships, member.clone()),
        Described::new("ServiceGroups_addEmployee", tag, "Put an employee into service groups")
            .says(ASSIGN)
            .id("employeeId", "The employee.")
            .takes(Shape::of::<Vec<Uuid>>(), json!([SERVICE_GROUP]))
            .answers(200, memberships, member.clone())
            .refuses([409]),
        Described::new("ServiceGroups_removeEmployee", tag, "Take an employee out of service groups")
            .says(ASSIGN)
            .id("employeeId", "The employee.")
            .takes(Shape::of::<Vec<Uuid>>(), json!([SERVICE_GROUP]))
            .answers(200, memberships, json!([]))
            .refuses([409]),
    ]
}
