//! Among the people of an event Salesforce keeps whom and what the event is about, with Shared Activities.

use engage_engine::Operation;
use engage_sandbox::store::{RowId, Value};
use serde_json::{Value as Json, json};

use super::harness::Live;

/// A meeting about a customer, with one of its people; an employee is invited and, when told so, that person too.
async fn meeting(invited: bool) -> Live {
    let live = Live::with_people("salesforce").await;
    live.seed(&json!({
        "meeting": [{"Id": "m1", "Subject": "Review", "Start": "2026-11-30T09:00:00Z", "End": "2026-11-30T10:00:00Z", "AccountId": "acme"}],
        "attendee": [{"Id": "g1", "MeetingId": "m1", "EmployeeId": "ben", "Role": "Required"}],
    }));
    let (event, contact) = (live.ids.of("Event", "m1"), live.ids.of("Contact", "c100"));
    let relation = json!({"EventId": event, "RelationId": contact, "IsParent": true, "IsInvitee": invited});
    live.service().seed("EventRelation", &relation).unwrap();
    live
}

/// Whom and what the event is about.
fn about(live: &Live) -> [Option<String>; 2] {
    let row = RowId::new(live.ids.of("Event", "m1"));
    live.service().store().read(|state| {
        let event = state.get("Event", &row).unwrap();
        ["WhoId", "WhatId"].map(|field| event.get(field).and_then(Value::reference).map(|to| to.id.to_string()))
    })
}

/// The people that a pattern reads, by name.
async fn read(live: &Live, pattern: &str, root: &str, part: &str) -> Vec<String> {
    let found = live.run(pattern, Operation::Read, &json!({root: {"Id": "m1"}})).await.unwrap();
    let found = live.ids.named(&found.to_json());
    let people = found["Results"][0][part].as_array().unwrap().iter();
    let person = |one: &Json| one["ContactId"].as_str().or(one["EmployeeId"].as_str()).unwrap().to_owned();
    people.map(person).collect()
}

#[tokio::test]
async fn new_attendance_leaves_what_a_meeting_is_about_alone() {
    for invited in [false, true] {
        let live = meeting(invited).await;
        let before = about(&live);
        assert!(before.iter().all(Option::is_some));
        let input = json!({"meeting": {"Id": "m1"}, "attendees": [{"EmployeeId": "cora", "Role": "Required"}]});
        live.run("attendance", Operation::Update, &input).await.unwrap();
        assert_eq!(about(&live), before, "invited: {invited}");
        assert_eq!(read(&live, "attendance", "meeting", "attendees").await, ["cora"]);
    }
}

#[tokio::test]
async fn whom_a_meeting_is_with_is_a_guest_once_invited() {
    let live = meeting(false).await;
    assert_eq!(read(&live, "attendance", "meeting", "attendees").await, ["ben"]);
    assert!(read(&live, "meeting-with-account", "event", "guests").await.is_empty());
    let live = meeting(true).await;
    assert_eq!(read(&live, "meeting-with-account", "event", "guests").await, ["c100"]);
}
