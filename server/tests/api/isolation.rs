//! Two organisations: of what the one has, the other finds nothing.

use std::collections::BTreeMap;

use axum::http::Method;
use engage_server::api::operations;
use serde_json::{Value, json};

use super::kit::{As, Kit, OURS, Org, THEIRS};

fn admin(org: Org) -> As {
    As::User(org, "Admin", 1)
}

/// One of everything, by the beginning of the paths that name it.
async fn everything(kit: &Kit, org: Org) -> BTreeMap<&'static str, String> {
    let office = kit.office(org).await;
    let who = admin(org);
    let slot = kit.hold(who, org.employee(1), "08:00", "09:00").await.id();
    let meeting = json!({
        "bookedBy": "Employee",
        "topicId": office["topic"],
        "customerTypeId": office["customerType"],
        "timeSlotId": slot,
        "type": "Online",
        "employeeId": org.employee(1),
        "customerId": "c",
    });
    let location = json!({"location": format!("Kun {}", org.0)});
    BTreeMap::from([
        ("/bookme/meetings", kit.post(who, "/bookme/meetings", meeting).await.id()),
        ("/bookme/time-slots", kit.hold(who, org.employee(2), "08:00", "09:00").await.id()),
        ("/bookme/meeting-topics", office["topic"].to_string()),
        ("/config/customer-types", office["customerType"].to_string()),
        ("/config/employees", org.employee(1).to_string()),
        ("/config/rooms", org.room().to_string()),
        ("/labels", kit.post(who, "/labels", json!({"labelName": "Vigtig"})).await.id()),
        ("/config/competence-groups/employee", org.employee(1).to_string()),
        ("/config/competence-groups", kit.post(who, "/config/competence-groups", json!({"name": "K"})).await.id()),
        ("/config/service-groups/employee", org.employee(1).to_string()),
        ("/config/service-groups", kit.post(who, "/config/service-groups", json!({"name": "S"})).await.id()),
        (
            "/config/portals",
            kit.post(who, "/config/portals", json!({"name": "P", "authenticationType": "MitID"})).await.id(),
        ),
        ("/bookme/config/employee-schedules", org.employee(1).to_string()),
        ("/bookme/config/organization-settings", org.id().to_string()),
        ("/bookme/config/locations", kit.post(who, "/bookme/config/locations", location).await.id()),
    ])
}

/// A body that is in order and changes nothing.
fn body(id: &str) -> Value {
    match id {
        "CustomerTypes_update" => json!({"name": "x"}),
        "Labels_update" | "Labels_merge" => json!({"color": "#000000"}),
        "Meetings_generateICal" => json!({}),
        _ => json!([]),
    }
}

#[tokio::test]
async fn whatever_an_address_names_of_others_is_not_there() {
    let kit = Kit::start().await;
    everything(&kit, OURS).await;
    let theirs = everything(&kit, THEIRS).await;
    let named = operations().iter().filter(|row| row.path.contains('{') && !row.path.starts_with("/present/"));
    let mut seen = 0;
    for operation in named {
        let (before, after) = operation.path.split_once("/{").unwrap();
        let rest = after.split_once('}').unwrap().1;
        let id = theirs.get(before).unwrap_or_else(|| panic!("nothing of {before}"));
        for version in &operation.versions {
            let query = if operation.id.ends_with("ClosingDays") { "?closingDays=2026-12-24" } else { "" };
            let address = format!("{}{before}/{id}{rest}{query}", version.prefix());
            let body = (operation.method != Method::GET).then(|| body(operation.id));
            let answer = kit.call(admin(OURS), operation.method.clone(), &address, body).await;
            assert_eq!(answer.status, 404, "{}: {}", operation.id, answer.text);
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen}");
    // It is there: for those whose it is.
    let (path, id) = ("/bookme/meetings", &theirs["/bookme/meetings"]);
    kit.get(admin(THEIRS), &format!("{path}/{id}")).await.expect(200);
}

#[tokio::test]
async fn whatever_is_named_of_others_in_a_body_or_a_query_is_not_there() {
    let kit = Kit::start().await;
    let ours = everything(&kit, OURS).await;
    let theirs = everything(&kit, THEIRS).await;
    let who = admin(OURS);
    let meeting = |change: Value| {
        let mut body =
            json!({"bookedBy": "Employee", "type": "Online", "employeeId": OURS.employee(1), "customerId": "c"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let bodies = [
        ("/bookme/meetings", meeting(json!({"employeeId": THEIRS.employee(1)}))),
        ("/bookme/meetings", meeting(json!({"roomId": THEIRS.room()}))),
        ("/bookme/meetings", meeting(json!({"topicId": theirs["/bookme/meeting-topics"]}))),
        ("/bookme/meetings", meeting(json!({"customerTypeId": theirs["/config/customer-types"]}))),
        ("/bookme/meetings", meeting(json!({"timeSlotId": theirs["/bookme/time-slots"]}))),
        ("/bookme/meetings", meeting(json!({"additionalEmployees": [THEIRS.employee(1)]}))),
        ("/config/competence-groups", json!({"name": "x", "employeeIds": [THEIRS.employee(1)]})),
        ("/config/competence-groups", json!({"name": "x", "childGroupIds": [theirs["/config/competence-groups"]]})),
        ("/config/service-groups", json!({"name": "x", "competenceGroupIds": [theirs["/config/competence-groups"]]})),
        ("/bookme/config/employee-schedules", json!({"employeeId": THEIRS.employee(1)})),
        (
            "/config/portals",
            json!({"name": "x", "authenticationType": "MitID", "topicId": theirs["/bookme/meeting-topics"]}),
        ),
    ];
    for (path, body) in bodies {
        kit.post(who, path, body).await.expect(404);
    }
    let group = json!([theirs["/config/service-groups"]]);
    kit.patch(who, &format!("/config/service-groups/employee/{}/add", OURS.employee(1)), group).await.expect(404);
    let ask = "requireEmployeeParticipation=true&meetingTypes=Online";
    for other in [
        format!("explicitEmployeeIds={}", THEIRS.employee(1)),
        format!("topic={}", theirs["/bookme/meeting-topics"]),
        format!("ignoreMeetingIds={}", theirs["/bookme/meetings"]),
    ] {
        kit.get(who, &format!("/bookme/time-slots/available?{ask}&{other}")).await.expect(404);
    }
    let vacancies = format!("/bookme/room-vacancies?location=x&timeSlotId={}", theirs["/bookme/time-slots"]);
    kit.get(who, &vacancies).await.expect(404);
    let mut hold = json!({
        "timeSlot": {
            "status": "Reserved",
            "startDate": "2026-06-02T08:00:00Z",
            "endDate": "2026-06-02T09:00:00Z",
            "employeeId": OURS.employee(1),
        },
        "token": "00000000-0000-0000-0000-000000000001",
        "existingMeetingId": theirs["/bookme/meetings"],
    });
    kit.post(who, "/bookme/time-slots/reserve", hold.clone()).await.expect(404);
    hold["existingMeetingId"] = json!(ours["/bookme/meetings"]);
    kit.post(who, "/bookme/time-slots/reserve", hold).await.expect(200);
}

#[tokio::test]
async fn lists_hold_nothing_of_others() {
    let kit = Kit::start().await;
    everything(&kit, OURS).await;
    let theirs = everything(&kit, THEIRS).await;
    let range = "startDate=2026-05-01T00:00:00Z&endDate=2026-07-01T00:00:00Z&isCustomer=false&q=vigtig&prefix=v";
    for operation in operations().iter().filter(|row| row.method == Method::GET && !row.path.contains('{')) {
        for version in &operation.versions {
            let address = format!("{}{}?{range}", version.prefix(), operation.path);
            let answer = kit.call(admin(OURS), Method::GET, &address, None).await;
            for id in theirs.values() {
                assert!(!answer.text.contains(id.as_str()), "{} tells of {id}", operation.id);
            }
        }
    }
}
