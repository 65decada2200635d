//! Calendars: holds, windows, why there is no time, and forgetting a customer.

use axum::http::Method;
use engage_store::platform::AuditReads as _;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::kit::{As, CUSTOMER, Kit, OURS, SYSTEM, THEIRS};
use super::{ADMIN, CONFIGURATOR, EMPLOYEE, MANAGER, call, delete, get, post, put};

const TOKEN: &str = "00000000-0000-4000-8000-000000000001";

/// Half an hour of Monday, 1 June 2026, from a full hour on.
fn reservation(hour: &str, token: &str) -> Value {
    json!({
        "timeSlot": {
            "status": "Reserved",
            "startDate": format!("2026-06-01T{hour}:00:00Z"),
            "endDate": format!("2026-06-01T{hour}:30:00Z"),
            "employeeId": OURS.employee(1),
        },
        "token": token,
    })
}

#[tokio::test]
async fn holds_are_listed_and_let_go_by_their_token() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let held = kit.post(EMPLOYEE, "/bookme/time-slots/reserve", reservation("08", TOKEN)).await.expect(200);
    let told = get(&kit, MANAGER, "/holds").await.expect(200);
    let expected = json!([{
        "token": TOKEN,
        "timeSlotId": held["id"],
        "employeeId": OURS.employee(1),
        "roomId": null,
        "startDate": "2026-06-01T08:00:00Z",
        "endDate": "2026-06-01T08:30:00Z",
        "expires": "2026-05-28T06:05:00Z",
        "existingMeetingId": null,
        "serviceGroup": null,
    }]);
    assert_eq!(told, expected);
    let of = async |query: &str| get(&kit, MANAGER, &format!("/holds?{query}")).await.expect(200);
    assert_eq!(of(&format!("employeeId={}", OURS.employee(2))).await, json!([]));
    assert_eq!(of(&format!("employeeId={}", OURS.employee(1))).await, expected);
    assert_eq!(get(&kit, As::User(THEIRS, "Admin", 1), "/holds").await.expect(200), json!([]));
    let hold = format!("/holds/{TOKEN}");
    // Of others nobody lets go: neither another organisation, nor a customer who has not made it.
    delete(&kit, As::User(THEIRS, "Admin", 1), &hold).await.expect(404);
    delete(&kit, As::User(OURS, "Customer", 2), &hold).await.expect(404);
    assert_eq!(delete(&kit, EMPLOYEE, &hold).await.status, 204);
    delete(&kit, EMPLOYEE, &hold).await.expect(404);
    kit.post(EMPLOYEE, "/bookme/time-slots/reserve", reservation("08", TOKEN)).await.expect(200);
    assert_eq!(delete(&kit, SYSTEM, &hold).await.status, 204, "a back-end that reserves lets go too");
    kit.post(CUSTOMER, "/bookme/time-slots/reserve", reservation("09", TOKEN)).await.expect(200);
    delete(&kit, As::User(OURS, "Customer", 2), &hold).await.expect(404);
    assert_eq!(delete(&kit, CUSTOMER, &hold).await.status, 204, "his own");
    kit.post(EMPLOYEE, "/bookme/time-slots/reserve", reservation("08", TOKEN)).await.expect(200);
    kit.pass(300);
    assert_eq!(of("").await, json!([]), "after five minutes there is none");
    delete(&kit, EMPLOYEE, &hold).await.expect(404);
    for path in ["/holds/no-token", "/holds?employeeId=x"] {
        let method = if path.contains('?') { Method::GET } else { Method::DELETE };
        let status = if path.contains('?') { 400 } else { 404 };
        call(&kit, MANAGER, method, path, None).await.expect(status);
    }
}

/// The starts on Monday at which an employee is offered online.
async fn starts(kit: &Kit, from: &str, hours: u8) -> Vec<String> {
    let query = format!(
        "requireEmployeeParticipation=true&explicitEmployeeIds={}&meetingTypes=Online&startDate=2026-06-01T{from}:00Z\
         &lookForwardTime=0{hours}:00:00",
        OURS.employee(1)
    );
    let times = kit.get(SYSTEM, &format!("/bookme/time-slots/available?{query}")).await.expect(200);
    times.as_array().unwrap().iter().map(|time| time["startDate"].as_str().unwrap()[11..16].to_owned()).collect()
}

#[tokio::test]
async fn extra_time_is_offered_while_it_is_there() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    assert_eq!(starts(&kit, "15:00", 2).await, [""; 0], "the day ends at 14 UTC");
    let window = json!({
        "employeeId": OURS.employee(1),
        "startDate": "2026-06-01T15:00:00Z",
        "endDate": "2026-06-01T17:00:00Z",
    });
    let made = post(&kit, EMPLOYEE, "/availability-windows", window).await;
    let (id, told) = (made.id(), made.expect(201));
    assert_eq!((&told["kind"], &told["serviceGroupId"]), (&json!("ExtraOpen"), &Value::Null));
    assert_eq!(starts(&kit, "15:00", 2).await, ["15:00", "15:30", "16:00", "16:30"]);
    let all = get(&kit, EMPLOYEE, "/availability-windows").await.expect(200);
    assert_eq!(all, json!([told]));
    let of = async |query: &str| get(&kit, EMPLOYEE, &format!("/availability-windows?{query}")).await.expect(200);
    assert_eq!(of(&format!("employeeId={}", OURS.employee(2))).await, json!([]));
    assert_eq!(of("endDate=2026-06-01T15:00:00Z").await, json!([]), "it begins then");
    assert_eq!(delete(&kit, EMPLOYEE, &format!("/availability-windows/{id}")).await.status, 204);
    assert_eq!(starts(&kit, "15:00", 2).await, [""; 0]);
    delete(&kit, EMPLOYEE, &format!("/availability-windows/{id}")).await.expect(404);
    let slot = kit.hold(EMPLOYEE, OURS.employee(1), "08:00", "09:00").await.id();
    delete(&kit, EMPLOYEE, &format!("/availability-windows/{slot}")).await.expect(404);
    for (body, field) in [
        (json!({"employeeId": OURS.employee(1)}), "/endDate"),
        (json!({"endDate": "2026-06-01T17:00:00Z"}), "/employeeId"),
        (json!({"employeeId": OURS.employee(1), "endDate": "2026-05-28T06:00:00Z"}), "/endDate"),
        (json!({"employeeId": OURS.employee(1), "endDate": "2099-05-28T06:00:00Z"}), "/endDate"),
    ] {
        let refused = post(&kit, EMPLOYEE, "/availability-windows", body).await.expect(400);
        assert_eq!(refused["details"]["field"], field, "{refused}");
    }
    let nobody = json!({"employeeId": OURS.room(), "endDate": "2026-06-01T17:00:00Z"});
    assert_eq!(
        post(&kit, EMPLOYEE, "/availability-windows", nobody).await.expect(404)["details"]["field"],
        "/employeeId"
    );
}

#[tokio::test]
async fn members_of_a_dynamic_group_are_offered_while_they_are_signed_in() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let group = json!({"name": "Vagt", "employeeIds": [OURS.employee(1)]});
    let group = kit.post(MANAGER, "/config/service-groups", group).await.id();
    let level = json!([{"op": "replace", "path": "/meetingTypes", "value": ["Online"]}]);
    kit.patch(MANAGER, &format!("/config/service-groups/{group}/service-level"), level).await.expect(200);
    let query = format!(
        "requireEmployeeParticipation=false&employeeTypes=ServiceGroup&topic={}&meetingTypes=Online\
         &startDate=2026-05-28T06:00:00Z&lookForwardTime=12:00:00",
        office["topic"]
    );
    let count = async || {
        let times = kit.get(SYSTEM, &format!("/bookme/time-slots/available?{query}")).await.expect(200);
        times.as_array().unwrap().len()
    };
    assert!(count().await > 0, "regular hours count");
    let dynamic = format!("/service-groups/{group}/dynamic-availability");
    assert_eq!(
        get(&kit, MANAGER, &dynamic).await.expect(200),
        json!({"serviceGroupId": group, "dynamicAvailability": false})
    );
    put(&kit, MANAGER, &dynamic, json!({"dynamicAvailability": true})).await.expect(200);
    assert_eq!(put(&kit, MANAGER, &dynamic, json!({})).await.expect(400)["details"]["field"], "/dynamicAvailability");
    assert_eq!(count().await, 0, "nobody is signed in");
    let sign_in = |employee| json!({"employeeId": employee, "serviceGroupId": group});
    let signed = post(&kit, EMPLOYEE, "/availability-windows", sign_in(OURS.employee(1))).await;
    let told = signed.expect(201);
    assert_eq!((&told["kind"], &told["serviceGroupId"]), (&json!("AvailableForWork"), &json!(group)));
    assert_eq!(
        (&told["startDate"], &told["endDate"]),
        (&json!("2026-05-28T06:00:00Z"), &json!("2026-05-28T15:00:00Z")),
        "from now until closing time"
    );
    let offered = count().await;
    assert!(offered > 0);
    let of_group = get(&kit, EMPLOYEE, &format!("/availability-windows?serviceGroupId={group}")).await.expect(200);
    assert_eq!(of_group, json!([told]));
    kit.pass(3_600);
    assert!(count().await < offered);
    assert_eq!(delete(&kit, EMPLOYEE, &format!("/availability-windows/{}", signed.id())).await.status, 204);
    assert_eq!(count().await, 0, "whoever has signed out is offered no more");
    let past = get(&kit, EMPLOYEE, "/availability-windows?startDate=2026-05-28T05:00:00Z").await.expect(200);
    assert_eq!(past[0]["endDate"], "2026-05-28T07:00:00Z", "it ended when he signed out");
    let stranger = post(&kit, EMPLOYEE, "/availability-windows", sign_in(OURS.employee(2))).await.expect(400);
    assert_eq!(stranger["details"]["field"], "/employeeId");
    let absent = json!({"employeeId": OURS.employee(1), "serviceGroupId": OURS.room()});
    let absent = post(&kit, EMPLOYEE, "/availability-windows", absent).await.expect(404);
    assert_eq!(absent["details"]["field"], "/serviceGroupId");
}

#[tokio::test]
async fn why_there_is_no_time_is_told_by_the_first_rule_against_it() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    kit.post(EMPLOYEE, "/bookme/time-slots/reserve", reservation("08", TOKEN)).await.expect(200);
    let why = async |more: &str, time: &str| {
        let path = format!(
            "/availability/explanation?requireEmployeeParticipation=true&explicitEmployeeIds={0}&employeeId={0}\
             &meetingType=Online&time=2026-06-{time}:00Z&startDate=2026-05-31T22:00:00Z&lookForwardTime=7.00:00:00\
             &meetingDuration=00:30:00{more}",
            OURS.employee(1)
        );
        let told = get(&kit, EMPLOYEE, &path).await.expect(200);
        assert!(told["message"].is_string());
        (told["reason"].as_str().unwrap().to_owned(), told["isOffered"].as_bool().unwrap())
    };
    let offered = |reason: &str| (reason.to_owned(), true);
    let against = |reason: &str| (reason.to_owned(), false);
    assert_eq!(why("", "01T09:00").await, offered("Available"));
    assert_eq!(why("", "01T08:00").await, against("ReservedOrBooked"));
    assert_eq!(why(&format!("&reservationToken={TOKEN}"), "01T08:00").await, offered("Available"));
    assert_eq!(why("", "01T20:00").await, against("OutsideWorkday"));
    assert_eq!(why("", "01T09:10").await, against("OffGrid"));
    assert_eq!(why("", "06T09:00").await, against("DayOfWeekUnavailable"));
    assert_eq!(why("", "08T09:00").await, against("AfterRange"));
    assert_eq!(why(&format!("&topic={}", office["topic"]), "01T09:00").await, offered("Available"));
    kit.post(
        CONFIGURATOR,
        &format!("/bookme/config/organization-settings/{}/closing-days?closingDays=2026-06-02", OURS.id()),
        json!(null),
    )
    .await
    .expect(200);
    assert_eq!(why("", "02T09:00").await, against("BankClosingDay"));
    let refused = get(&kit, EMPLOYEE, "/availability/explanation?time=yesterday&meetingType=Fax").await.expect(400);
    let mut fields: Vec<&String> = refused["details"]["fields"].as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["/employeeId", "/meetingType", "/requireEmployeeParticipation", "/time"]);
    let stranger = format!(
        "/availability/explanation?requireEmployeeParticipation=true&explicitEmployeeIds={}&employeeId={}&meetingType=Online\
         &time=2026-06-01T09:00:00Z",
        OURS.employee(1),
        THEIRS.employee(1)
    );
    assert_eq!(get(&kit, EMPLOYEE, &stranger).await.expect(404)["details"]["field"], "/employeeId");
}

#[tokio::test]
async fn a_customer_is_forgotten_and_the_audit_log_says_by_whom() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    kit.office(THEIRS).await;
    let meeting = |employee| {
        json!({
            "bookedBy": "Employee",
            "type": "Online",
            "employeeId": employee,
            "customerId": "account/7",
            "title": "Boliglån",
        })
    };
    let ours = kit.post(SYSTEM, "/bookme/meetings", meeting(OURS.employee(1))).await.id();
    let theirs = kit.post(As::System(THEIRS), "/bookme/meetings", meeting(THEIRS.employee(1))).await.id();
    let erase = async |customer: Value| post(&kit, ADMIN, "/erasures", json!({"customerId": customer})).await;
    assert_eq!(erase(json!("account/7")).await.expect(200), json!({"meetings": 1}));
    assert_eq!(erase(json!("account/7")).await.expect(200), json!({"meetings": 0}));
    let told = kit.get(SYSTEM, &format!("/bookme/meetings/{ours}")).await.expect(200);
    assert_eq!(told["title"], Value::Null);
    assert!(told["customerId"].as_str().unwrap().starts_with("erased "), "{told}");
    let told = kit.get(As::System(THEIRS), &format!("/bookme/meetings/{theirs}")).await.expect(200);
    assert_eq!((&told["title"], &told["customerId"]), (&json!("Boliglån"), &json!("account/7")));
    for wrong in [json!(""), json!(null), json!(7)] {
        assert_eq!(erase(wrong).await.expect(400)["details"]["field"], "/customerId");
    }
    let page = kit.database.reader().audit_page(OURS.id(), Timestamp::MIN, Timestamp::MAX, None, 10).await.unwrap();
    assert_eq!(page.len(), 2);
    let (_, entry) = &page[0];
    assert_eq!((entry.event.as_str(), &entry.details["meetings"]), ("customer.erased", &json!(1)));
    assert!(entry.actor.starts_with("user ") && entry.correlation.is_some(), "{entry:?}");
    assert_eq!(entry.source.as_deref(), Some("192.0.2.1"));
    assert!(!format!("{page:?}").contains("account"), "of whom is not written down");
}
