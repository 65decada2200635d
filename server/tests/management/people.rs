//! Employees and rooms: labels, skills, bookability, what keeps somebody from being offered.

use serde_json::json;

use super::kit::{Kit, OURS, SYSTEM};
use super::{CONFIGURATOR, MANAGER, get, patch, put};

#[tokio::test]
async fn labels_are_replaced_and_patched_and_new_names_are_registered() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let anna = format!("/employees/{}/labels", OURS.employee(1));
    assert_eq!(get(&kit, MANAGER, &anna).await.expect(200), json!({"employeeId": OURS.employee(1), "labels": []}));
    let told = put(&kit, MANAGER, &anna, json!({"labels": ["Erhverv", "erhverv", "Privat"], "unknown": 1})).await;
    assert_eq!(told.expect(200)["labels"], json!(["Erhverv", "Privat"]), "each once, in whatever case");
    let told = patch(&kit, MANAGER, &anna, json!([{"op": "add", "path": "/labels/-", "value": "VIP"}])).await;
    assert_eq!(told.expect(200)["labels"], json!(["Erhverv", "Privat", "VIP"]));
    let told = patch(&kit, MANAGER, &anna, json!([{"op": "remove", "path": "/labels/0"}])).await;
    assert_eq!(told.expect(200)["labels"], json!(["Privat", "VIP"]));
    let room = format!("/rooms/{}/labels", OURS.room());
    let told = put(&kit, CONFIGURATOR, &room, json!({"labels": ["vip"]})).await.expect(200);
    assert_eq!(told, json!({"roomId": OURS.room(), "labels": ["VIP"]}), "as it was registered");
    let registry = kit.get(SYSTEM, "/labels").await.expect(200);
    let uses: Vec<_> =
        registry["items"].as_array().unwrap().iter().map(|one| (&one["labelName"], &one["usageCount"])).collect();
    assert_eq!(uses, [(&json!("Erhverv"), &json!(0)), (&json!("Privat"), &json!(1)), (&json!("VIP"), &json!(2))]);
    let named = kit.get(SYSTEM, "/config/employees?labels=vip").await.expect(200);
    assert_eq!((named.as_array().unwrap().len(), &named[0]["id"]), (1, &json!(OURS.employee(1))));
    assert_eq!(kit.get(SYSTEM, "/config/rooms?labels=VIP").await.expect(200)[0]["labels"], json!(["VIP"]));
}

#[tokio::test]
async fn labels_that_make_no_sense_are_refused_and_nothing_changes() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let anna = format!("/employees/{}/labels", OURS.employee(1));
    put(&kit, MANAGER, &anna, json!({"labels": ["Erhverv"]})).await.expect(200);
    let many: Vec<String> = (0..101).map(|n| format!("label {n}")).collect();
    for (body, field) in [
        (json!({}), "/labels"),
        (json!({"label": ["x"]}), "/labels"),
        (json!({"labels": "x"}), "/labels"),
        (json!({"labels": ["x", 1]}), "/labels/1"),
        (json!({"labels": ["x", "y".repeat(256)]}), "/labels/1"),
        (json!({"labels": many}), "/labels"),
    ] {
        let refused = put(&kit, MANAGER, &anna, body.clone()).await.expect(400);
        assert_eq!(refused["details"]["field"], field, "{body}: {refused}");
    }
    for path in ["/employeeId", "/nothing"] {
        let patched = patch(&kit, MANAGER, &anna, json!([{"op": "replace", "path": path, "value": "x"}])).await;
        patched.expect(400);
    }
    let other = patch(&kit, MANAGER, &anna, json!([{"op": "test", "path": "/labels", "value": []}])).await;
    assert_eq!(other.refused(409), "TEST_FAILED");
    assert_eq!(get(&kit, MANAGER, &anna).await.expect(200)["labels"], json!(["Erhverv"]));
    put(&kit, MANAGER, "/employees/no-id/labels", json!({"labels": []})).await.expect(404);
}

#[tokio::test]
async fn skills_decide_who_is_offered() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let bo = format!("/employees/{}/skills", OURS.employee(2));
    let query = format!(
        "requireEmployeeParticipation=false&employeeTypes=Local&topic={}&customerTypeId={}&meetingTypes=Online\
         &customerLocation=Finans%20All%C3%A9%201-3&startDate=2026-06-01T06:00:00Z&lookForwardTime=03:00:00",
        office["topic"], office["customerType"]
    );
    let offered = async || {
        let times = kit.get(SYSTEM, &format!("/bookme/time-slots/available?{query}")).await.expect(200);
        times.as_array().unwrap().iter().any(|time| time["employeeId"] == json!(OURS.employee(2)))
    };
    assert!(offered().await);
    // A back-end that knows who is competent may say so.
    let told = put(&kit, SYSTEM, &bo, json!({"topicIds": [office["topic"]], "customerTypeIds": []})).await.expect(200);
    assert_eq!(told, json!({"employeeId": OURS.employee(2), "topicIds": [office["topic"]], "customerTypeIds": []}));
    assert!(!offered().await);
    let add = json!([{"op": "add", "path": "/customerTypeIds/-", "value": office["customerType"]}]);
    assert_eq!(patch(&kit, MANAGER, &bo, add).await.expect(200)["customerTypeIds"], json!([office["customerType"]]));
    assert!(offered().await);
    let refused =
        put(&kit, MANAGER, &bo, json!({"topicIds": ["x", office["customerType"]], "customerTypeIds": 1})).await;
    let fields = refused.expect(400)["details"]["fields"].clone();
    assert_eq!(fields.as_object().unwrap().keys().collect::<Vec<_>>(), ["/topicIds/0", "/customerTypeIds"]);
    let absent = put(&kit, MANAGER, &bo, json!({"topicIds": [office["customerType"]]})).await.expect(404);
    assert_eq!(absent["details"]["field"], "/topicIds/0");
}

#[tokio::test]
async fn a_room_that_may_not_be_booked_is_vacant_for_nobody() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let room = format!("/rooms/{}/bookability", OURS.room());
    assert_eq!(get(&kit, MANAGER, &room).await.expect(200), json!({"roomId": OURS.room(), "canBeBooked": true}));
    let slot = kit.hold(SYSTEM, OURS.employee(1), "08:00", "09:00").await.id();
    let vacant = format!("/bookme/room-vacancies?location=Finans%20All%C3%A9%201-3&timeSlotId={slot}");
    assert_eq!(kit.get(SYSTEM, &vacant).await.expect(200).as_array().unwrap().len(), 1);
    assert_eq!(put(&kit, CONFIGURATOR, &room, json!({"canBeBooked": false})).await.expect(200)["canBeBooked"], false);
    assert_eq!(kit.get(SYSTEM, &vacant).await.expect(200), json!([]));
    assert_eq!(kit.get(SYSTEM, &format!("/config/rooms/{}", OURS.room())).await.expect(200)["canBeBooked"], false);
    for body in [json!({}), json!({"canBeBooked": "no"}), json!({"canBeBooked": null})] {
        let refused = put(&kit, CONFIGURATOR, &room, body.clone()).await.expect(400);
        assert_eq!(refused["details"]["field"], "/canBeBooked", "{body}");
    }
    let employee = format!("/rooms/{}/bookability", OURS.employee(1));
    put(&kit, CONFIGURATOR, &employee, json!({"canBeBooked": false})).await.expect(404);
}

#[tokio::test]
async fn what_keeps_somebody_from_being_offered_is_told_day_by_day() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let anna = format!("/employees/{}/schedule-problems", OURS.employee(1));
    assert_eq!(get(&kit, MANAGER, &anna).await.expect(200), json!([]));
    let schedule = format!("/bookme/config/employee-schedules/{}", OURS.employee(1));
    let change = json!([
        {"op": "replace", "path": "/workdays/1/availableMeetingTypes", "value": []},
        {"op": "replace", "path": "/workdays/2/location", "value": "Nowhere"},
    ]);
    kit.patch(MANAGER, &schedule, change).await.expect(200);
    let told = get(&kit, MANAGER, &anna).await.expect(200);
    let expected = json!([
        {"problem": "NoMeetingTypes", "dayOfWeek": "Tuesday"},
        {"problem": "UnknownLocation", "dayOfWeek": "Wednesday"},
    ]);
    assert_eq!(told, expected);
    kit.patch(MANAGER, &schedule, json!([{"op": "replace", "path": "/workdays", "value": []}])).await.expect(200);
    assert_eq!(get(&kit, MANAGER, &anna).await.expect(200), json!([{"problem": "NoWorkday", "dayOfWeek": null}]));
    get(&kit, MANAGER, &format!("/employees/{}/schedule-problems", OURS.room())).await.expect(404);
}
