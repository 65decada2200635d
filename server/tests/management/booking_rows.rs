//! The meeting configuration: rows, and which of them holds.

use serde_json::{Value, json};

use super::kit::{Kit, OURS, SYSTEM};
use super::{CONFIGURATOR, MANAGER, delete, get, patch, post, put};

const ROWS: &str = "/meeting-configurations";

/// A row that says everything, as it is told, but for its id.
fn full(topic: Value, kind: Value) -> Value {
    json!({
        "topicId": topic,
        "customerTypeId": kind,
        "whoCanBook": "Internal",
        "offerFixedEmployee": true,
        "duration": "00:45:00",
        "meetingTypes": ["Physical", "Online"],
        "timeBetweenMeetings": "00:15:00",
        "workingTimeFromBooking": "04:00:00",
        "calendarTimeFromBooking": "1.00:00:00",
        "excludeWeekend": true,
        "preProcessing": {"duration": "00:10:00", "showAs": "Free"},
        "postProcessing": {"duration": "00:05:00", "showAs": null},
        "travelBuffer": {"duration": "00:30:00", "showAs": "Tentative"},
    })
}

fn without_id(mut row: Value) -> Value {
    row.as_object_mut().unwrap().remove("id");
    row
}

#[tokio::test]
async fn a_row_is_made_read_replaced_patched_and_removed() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let (topic, kind) = (json!(office["topic"]), json!(office["customerType"]));
    let made = post(&kit, CONFIGURATOR, ROWS, full(topic.clone(), kind.clone())).await;
    let id = made.id();
    assert_eq!(made.status, 201);
    assert_eq!(made.header("location"), format!("/api/management/v1{ROWS}/{id}"));
    assert_eq!(without_id(made.json()), full(topic.clone(), kind.clone()));
    let path = format!("{ROWS}/{id}");
    assert_eq!(get(&kit, MANAGER, &path).await.expect(200), made.json());
    assert_eq!(get(&kit, MANAGER, ROWS).await.expect(200).as_array().unwrap().len(), 3, "two are of the office");
    let again = post(&kit, CONFIGURATOR, ROWS, full(topic.clone(), kind.clone())).await;
    assert_eq!(again.refused(409), "DUPLICATE");
    let replaced = put(&kit, CONFIGURATOR, &path, json!({"topicId": topic, "meetingTypes": ["online"]})).await;
    assert_eq!(replaced.refused(409), "DUPLICATE", "the office has a row of the topic alone");
    let short = json!({"customerTypeId": kind, "meetingTypes": ["online", "Online"]});
    let replaced = put(&kit, CONFIGURATOR, &path, short).await.expect(200);
    assert_eq!((&replaced["meetingTypes"], &replaced["whoCanBook"]), (&json!(["Online"]), &json!("Customers")));
    assert_eq!(
        (&replaced["duration"], &replaced["topicId"]),
        (&Value::Null, &Value::Null),
        "what is left out is unset"
    );
    let change = json!([
        {"op": "add", "path": "/meetingTypes/-", "value": "Telephone"},
        {"op": "replace", "path": "/duration", "value": "01:15"},
        {"op": "add", "path": "/preProcessing", "value": {"duration": "00:20:00"}},
    ]);
    let patched = patch(&kit, CONFIGURATOR, &path, change).await.expect(200);
    assert_eq!(patched["meetingTypes"], json!(["Online", "Telephone"]));
    assert_eq!((&patched["duration"], &patched["preProcessing"]["showAs"]), (&json!("01:15:00"), &Value::Null));
    assert_eq!(delete(&kit, CONFIGURATOR, &path).await.status, 204);
    delete(&kit, CONFIGURATOR, &path).await.expect(404);
    get(&kit, MANAGER, &path).await.expect(404);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_row_is_told_at_once() {
    let kit = Kit::start().await;
    let wrong = json!({
        "topicId": "x",
        "whoCanBook": "Nobody",
        "duration": "25:00:00",
        "meetingTypes": ["Online", "Fax"],
        "excludeWeekend": "no",
        "preProcessing": {"showAs": "Free"},
        "postProcessing": 5,
    });
    let refused = post(&kit, CONFIGURATOR, ROWS, wrong).await.expect(400);
    let mut fields: Vec<&String> = refused["details"]["fields"].as_object().unwrap().keys().collect();
    fields.sort();
    let expected = [
        "/duration",
        "/excludeWeekend",
        "/meetingTypes/1",
        "/postProcessing",
        "/preProcessing/duration",
        "/topicId",
        "/whoCanBook",
    ];
    assert_eq!(fields, expected, "{refused}");
    let refused =
        post(&kit, CONFIGURATOR, ROWS, json!({"duration": "00:00:00", "timeBetweenMeetings": "8.00:00:00"})).await;
    let refused = refused.expect(400);
    let fields: Vec<&String> = refused["details"]["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["/duration", "/timeBetweenMeetings"]);
    let absent = post(&kit, CONFIGURATOR, ROWS, json!({"topicId": OURS.room()})).await.expect(404);
    assert_eq!(absent["details"]["field"], "/topicId");
    assert_eq!(get(&kit, MANAGER, ROWS).await.expect(200), json!([]), "nothing was made");
}

#[tokio::test]
async fn the_most_specific_row_holds_and_says_why() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let below = json!({"name": "Bolig", "uniqueTopicId": "home", "parentId": office["topic"]});
    let below = kit.post(CONFIGURATOR, "/bookme/meeting-topics", below).await.id();
    let (topic, kind) = (office["topic"], office["customerType"]);
    let row = async |body: Value| post(&kit, CONFIGURATOR, ROWS, body).await.id();
    let effective = async |topic: &str| {
        let path = format!("{ROWS}/effective?customerTypeId={kind}{topic}");
        let told = get(&kit, MANAGER, &path).await.expect(200);
        (told["configuration"]["id"].clone(), told["topicMatch"].clone(), told["customerTypeMatch"].clone())
    };
    let (of_topic, of_below) = (format!("&topicId={topic}"), format!("&topicId={below}"));
    let (exact, ancestor, any) = (json!("Exact"), json!("Ancestor"), json!("Any"));
    assert_eq!(effective("").await, (Value::Null, Value::Null, Value::Null), "no row is for that");
    let office_row = effective(&of_topic).await;
    assert_eq!((&office_row.1, &office_row.2), (&exact, &any));
    assert_eq!(effective(&of_below).await, (office_row.0.clone(), ancestor.clone(), any.clone()));
    let general = row(json!({"meetingTypes": ["Online"]})).await;
    assert_eq!(effective("").await, (json!(general), any.clone(), any.clone()));
    let of_kind = row(json!({"customerTypeId": kind})).await;
    assert_eq!(
        effective(&of_below).await,
        (json!(of_kind), any.clone(), exact.clone()),
        "the customer type comes first"
    );
    let of_both = row(json!({"topicId": topic, "customerTypeId": kind})).await;
    assert_eq!(effective(&of_below).await, (json!(of_both), ancestor, exact.clone()));
    let closest = row(json!({"topicId": below, "customerTypeId": kind, "meetingTypes": ["Telephone"]})).await;
    assert_eq!(effective(&of_below).await, (json!(closest), exact.clone(), exact));
    // What holds there holds for the search: by telephone alone.
    let query = format!(
        "requireEmployeeParticipation=true&explicitEmployeeIds={}&startDate=2026-06-01T06:00:00Z&lookForwardTime=00:30:00\
         &topic={below}&customerTypeId={kind}",
        OURS.employee(1)
    );
    let times = kit.get(SYSTEM, &format!("/bookme/time-slots/available?{query}")).await.expect(200);
    assert_eq!((times.as_array().unwrap().len(), &times[0]["meetingType"]), (1, &json!("Telephone")));
    for (query, status) in [("topicId=x", 400), ("topicId=00000000-0000-0000-0000-00000000dead", 404)] {
        get(&kit, MANAGER, &format!("{ROWS}/effective?{query}")).await.expect(status);
    }
}
