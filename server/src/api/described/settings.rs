//! Schedules, settings of the organisation, locations, time zones, and what may be chosen.

use engage_client::model::{
    AllowedOptions, AllowedOptionsQuery, ClosingDaysQuery, CreateEmployeeSchedule, CreateLocation, EmployeeSchedule,
    LanguageQuery, Location, LocationsQuery, OrganizationSettings, Patch, Timezone,
};
use serde_json::{Value, json};

use super::examples::{EMPLOYEE, choice, list, location, option, replace, schedule, settings, zone};
use crate::openapi::{Described, Shape};

pub(super) fn all() -> Vec<Described> {
    let mut all = schedules();
    all.extend(organization());
    all.extend(locations());
    all
}

/// A schedule that may be sent.
fn new_schedule() -> Value {
    json!({
        "employeeId": EMPLOYEE,
        "workdays": [{
            "isAvailable": true,
            "dayOfWeek": "Monday",
            "from": "08:00:00",
            "to": "16:00:00",
            "availableMeetingTypes": [{"type": "Online"}],
        }],
    })
}

fn schedules() -> Vec<Described> {
    let tag = "EmployeeSchedules";
    let one = Shape::of::<EmployeeSchedule>();
    vec![
        Described::new("EmployeeSchedules_list", tag, "List schedules").says("Every employee has one.").answers(
            200,
            Shape::of::<Vec<EmployeeSchedule>>(),
            list(&schedule()),
        ),
        Described::new("EmployeeSchedules_create", tag, "Make a schedule")
            .says("Schedules make themselves: this is for administrators who mend something.")
            .takes(Shape::of::<CreateEmployeeSchedule>(), new_schedule())
            .answers(201, one, schedule())
            .refuses([409]),
        Described::new("EmployeeSchedules_get", tag, "Read a schedule").id("id", "The schedule.").answers(
            200,
            one,
            schedule(),
        ),
        Described::new("EmployeeSchedules_getActual", tag, "Read a schedule with the locations that count")
            .says("A day that names no location has that of the directory.")
            .id("id", "The schedule.")
            .answers(200, one, schedule()),
        Described::new("EmployeeSchedules_patch", tag, "Change a schedule")
            .id("id", "The schedule.")
            .takes(Shape::of::<Patch>(), replace("/workdays/0/from", "09:00:00"))
            .answers(200, one, schedule())
            .refuses([409]),
        Described::new("EmployeeSchedules_delete", tag, "Put a schedule back to its defaults")
            .id("id", "The schedule.")
            .done(204)
            .refuses([409]),
    ]
}

fn organization() -> Vec<Described> {
    let tag = "OrganizationSettings";
    let one = Shape::of::<OrganizationSettings>();
    vec![
        Described::new("OrganizationSettings_get", tag, "Read the settings")
            .says("One record, which is made where there is none.")
            .asks::<LanguageQuery>()
            .answers(200, one, settings()),
        Described::new("OrganizationSettings_patch", tag, "Change the settings")
            .says("What is changed counts at once.")
            .id("id", "The settings: the id of the organisation.")
            .asks::<LanguageQuery>()
            .takes(Shape::of::<Patch>(), replace("/openingTime", "07:30:00"))
            .answers(200, one, settings())
            .refuses([409]),
        Described::new("OrganizationSettings_delete", tag, "Put the settings back to their defaults")
            .id("id", "The settings: the id of the organisation.")
            .done(204)
            .refuses([409]),
        Described::new("OrganizationSettings_addClosingDays", tag, "Add days on which nobody is met")
            .id("id", "The settings: the id of the organisation.")
            .asks::<ClosingDaysQuery>()
            .asks::<LanguageQuery>()
            .answers(200, one, settings())
            .refuses([409]),
        Described::new("OrganizationSettings_removeClosingDays", tag, "Take away days on which nobody is met")
            .id("id", "The settings: the id of the organisation.")
            .asks::<ClosingDaysQuery>()
            .done(204)
            .refuses([409]),
    ]
}

fn locations() -> Vec<Described> {
    let tag = "Options";
    let one = Shape::of::<Location>();
    let new = json!({"location": "Odense", "displayName": "Odense C", "addRoomsToBookedMeetings": true});
    let allowed = json!({"meetingTypes": [option()], "advisorSelection": [choice()]});
    vec![
        Described::new("Locations_list", tag, "List locations")
            .says("Those of employees and rooms are there of themselves.")
            .asks::<LocationsQuery>()
            .answers(200, Shape::of::<Vec<Location>>(), list(&location())),
        Described::new("Locations_create", tag, "Make a location")
            .takes(Shape::of::<CreateLocation>(), new)
            .answers(201, one, location())
            .refuses([409]),
        Described::new("Locations_get", tag, "Read a location").id("id", "The location.").answers(200, one, location()),
        Described::new("Locations_patch", tag, "Change a location")
            .says("All but `/location`, which stays.")
            .id("id", "The location.")
            .takes(Shape::of::<Patch>(), replace("/displayName", "Aarhus Centre"))
            .answers(200, one, location())
            .refuses([409]),
        Described::new("Locations_delete", tag, "Remove a location")
            .id("id", "The location.")
            .done(204)
            .refuses([409]),
        Described::new("Timezones_list", tag, "List time zones").answers(200, Shape::of::<Vec<Timezone>>(), list(&zone())),
        Described::new("AllowedOptions_get", tag, "Read what may be chosen")
            .says("How to meet and whom, for a topic and a kind of customers, as it is set up, and as service groups offer.")
            .asks::<AllowedOptionsQuery>()
            .answers(200, Shape::of::<AllowedOptions>(), allowed),
    ]
}
