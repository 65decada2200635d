//! What differs between versions.

use axum::http::Method;
use serde_json::{Value, json};

use super::kit::{ADMIN, Kit, OURS, SYSTEM};

async fn meeting(kit: &Kit, version: &str, change: Value) -> super::kit::Answer {
    let topics = kit.get(SYSTEM, "/bookme/meeting-topics?isCustomer=true").await.expect(200);
    let types = kit.get(SYSTEM, "/config/customer-types").await.expect(200);
    let held = kit.hold(SYSTEM, OURS.employee(1), "08:00", "09:00").await.id();
    let mut body = json!({
        "bookedBy": "customer",
        "topicId": topics[0]["id"],
        "customerTypeId": types[0]["id"],
        "timeSlotId": held,
        "type": "Online",
        "employeeId": OURS.employee(1),
        "customerId": "c",
        "videoLink": "https://video.example",
    });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    kit.call(SYSTEM, Method::POST, &format!("/api/{version}/bookme/meetings"), Some(body)).await
}

#[tokio::test]
async fn the_first_version_writes_in_lower_case_and_knows_no_video_links() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let made = meeting(&kit, "v1", json!({})).await.expect(200);
    assert_eq!((&made["type"], &made["bookedBy"]), (&json!("online"), &json!("customer")));
    assert!(made.get("videoLink").is_none() && made.get("portalId").is_none(), "{made}");
    let id = made["id"].as_str().unwrap();
    let path = format!("/api/v1/bookme/meetings/{id}");
    let one = json!({"op": "replace", "path": "/title", "value": "Nyt"});
    kit.call(SYSTEM, Method::PATCH, &path, Some(one.clone())).await.expect(405);
    assert_eq!(kit.call(SYSTEM, Method::PUT, &path, Some(one)).await.expect(200)["title"], "Nyt");
    let seen = kit.call(SYSTEM, Method::GET, &format!("/api/v2/bookme/meetings/{id}"), None).await.expect(200);
    assert_eq!((&seen["type"], &seen["bookedBy"]), (&json!("Online"), &json!("Customer")));
    let gone = kit.call(SYSTEM, Method::DELETE, &path, None).await;
    assert_eq!((gone.status.as_u16(), gone.text.as_str()), (200, ""));
}

#[tokio::test]
async fn the_first_version_needs_a_slot_a_topic_and_a_customer_type() {
    let kit = Kit::start().await;
    let body = json!({"bookedBy": "Employee", "type": "Online", "employeeId": OURS.employee(1), "customerId": "c"});
    let answer = kit.call(SYSTEM, Method::POST, "/api/v1/bookme/meetings", Some(body)).await.expect(400);
    let fields = answer["details"]["fields"].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["/customerTypeId", "/timeSlotId", "/topicId"]);
}

#[tokio::test]
async fn members_that_a_version_does_not_know_are_not_read() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let later = json!({"sendConfirmation": "x", "isInternal": 1, "travelBefore": [], "endAddress": {}});
    let mut first = later.clone();
    let portals = json!({"portalId": "x", "cpr": 5, "customFields": "x", "externalAttendees": 7, "videoLink": []});
    first.as_object_mut().unwrap().extend(portals.as_object().unwrap().clone());
    let made = meeting(&kit, "v1", first).await.expect(200);
    let path = format!("/api/v1/bookme/meetings/{}", made["id"].as_str().unwrap());
    let file = kit.call(SYSTEM, Method::POST, &format!("{path}/ical?lang=en-GB&lang=x"), None).await;
    assert_eq!(file.status, 200, "{}", file.text);
    assert_eq!(kit.call(SYSTEM, Method::DELETE, &path, None).await.status, 200);
    meeting(&kit, "v2", later).await.expect(200);
}

#[tokio::test]
async fn a_version_without_addresses_asks_for_none_of_meetings_at_the_customers_place() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    for version in ["v1", "v2"] {
        let made = meeting(&kit, version, json!({"type": "Offsite"})).await.expect(200);
        let path = format!("/api/{version}/bookme/meetings/{}", made["id"].as_str().unwrap());
        let rename = json!([{"op": "replace", "path": "/title", "value": "Nyt"}]);
        assert_eq!(kit.call(SYSTEM, Method::PUT, &path, Some(rename)).await.expect(200)["title"], "Nyt");
        assert_eq!(kit.call(SYSTEM, Method::DELETE, &path, None).await.status, 200);
    }
    let needed = meeting(&kit, "v3", json!({"type": "Offsite"})).await.expect(400);
    assert_eq!(needed["details"]["field"], "/endAddress");
}

#[tokio::test]
async fn all_who_take_part_are_named_from_the_third_version_on() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let (anna, bo) = (OURS.employee(1), OURS.employee(2));
    let ask = "bookme/time-slots/available?startDate=2026-06-01&lookForwardTime=1.00:00:00";
    let both = format!("requireEmployeeParticipation=true&explicitEmployeeIds={bo},{anna}");
    let one = format!("requireEmployeeParticipation=false&employeeTypes=Explicit&explicitEmployeeIds={anna}");
    for (version, named, together) in
        [("v2", &both, Value::Null), ("v3", &both, json!([bo, anna])), ("v3", &one, Value::Null)]
    {
        let path = format!("/api/{version}/{ask}&{named}");
        let found = kit.call(SYSTEM, Method::GET, &path, None).await.expect(200);
        assert_eq!(found[0]["employeeIds"], together, "{version} {named}");
    }
}

#[tokio::test]
async fn internal_slots_are_booked_ones_in_the_first_version() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let body = json!({
        "bookedBy": "Employee",
        "isInternal": true,
        "showAsBusy": true,
        "type": "Online",
        "employeeId": OURS.employee(1),
        "startDate": "2026-06-01T08:00:00Z",
        "endDate": "2026-06-01T09:00:00Z",
    });
    kit.post(SYSTEM, "/bookme/meetings", body).await.expect(200);
    let range = "startDate=2026-06-01T00:00:00Z&endDate=2026-06-02T00:00:00Z&status[]=Booked";
    for (version, statuses) in [("v1", json!(["Booked"])), ("v2", json!([])), ("v3", json!([]))] {
        let slots = kit.call(SYSTEM, Method::GET, &format!("/api/{version}/bookme/time-slots?{range}"), None).await;
        let seen: Value = slots.expect(200).as_array().unwrap().iter().map(|slot| slot["status"].clone()).collect();
        assert_eq!(seen, statuses, "{version}");
    }
}

#[tokio::test]
async fn employees_come_from_other_pools() {
    let kit = Kit::start().await;
    let ask = "bookme/time-slots/available?requireEmployeeParticipation=false";
    for (version, types, status) in [
        ("v1", "", 200),
        ("v1", "&employeeTypes=global", 200),
        ("v1", "&employeeTypes=Local", 400),
        ("v2", "", 400),
        ("v2", "&employeeTypes=Global", 400),
        ("v3", "&employeeTypes=[%22local%22,%22ServiceGroup%22]", 200),
        ("v3", "&employeeTypes=Local&employeeTypes=Explicit", 200),
    ] {
        let answer = kit.call(SYSTEM, Method::GET, &format!("/api/{version}/{ask}{types}"), None).await;
        assert_eq!(answer.status.as_u16(), status, "{version} {types}: {}", answer.text);
    }
}

#[tokio::test]
async fn languages_are_of_the_third_version() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    // Where a version has no member for texts in several languages, one without a name is not it.
    let nameless = json!({"name": "Opsparing", "uniqueTopicId": "savings", "": {"da-DK": "Andet"}});
    let made = kit.call(ADMIN, Method::POST, "/api/v2/bookme/meeting-topics", Some(nameless)).await.expect(200);
    assert_eq!(made["name"], "Opsparing");
    let removed = json!({"uniqueTopicId": "x", "": {"da-DK": "Andet"}});
    kit.call(ADMIN, Method::POST, "/api/v2/bookme/meeting-topics", Some(removed)).await.expect(400);
    for (version, is_there) in [("v1", false), ("v2", false), ("v3", true)] {
        let path = format!("/api/{version}/bookme/meeting-topics?isCustomer=true");
        let topics = kit.call(SYSTEM, Method::GET, &path, None).await.expect(200);
        assert_eq!(topics[0].get("localizedName").is_some(), is_there, "{version}");
        assert_eq!(topics[0]["name"], "Lån");
    }
}

#[tokio::test]
async fn where_the_crm_is_salesforce_a_meeting_names_its_record_there() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    kit.on("salesforce").await;
    meeting(&kit, "v1", json!({})).await.expect(200);
    let body = |record: Value| {
        let (employee, kind) = (OURS.employee(1), "Online");
        json!({"bookedBy": "Employee", "type": kind, "employeeId": employee, "customerId": "c", "salesforceId": record})
    };
    for version in ["v2", "v3"] {
        let path = format!("/api/{version}/bookme/meetings");
        let needed = kit.call(SYSTEM, Method::POST, &path, Some(body(Value::Null))).await.expect(400);
        assert_eq!(needed["details"]["fields"], json!({"/salesforceId": "it is needed"}));
        let made = kit.call(SYSTEM, Method::POST, &path, Some(body(json!("00U1")))).await.expect(200);
        assert_eq!(made["salesforceId"], "00U1");
    }
}

#[tokio::test]
async fn elsewhere_a_meeting_has_no_record_yet() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    assert_eq!(meeting(&kit, "v3", json!({})).await.expect(200)["salesforceId"], json!(null));
}
