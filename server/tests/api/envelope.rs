//! What callers are told where something is not done.

use axum::body::Body;
use axum::http::{Method, Request};
use prometheus_client::encoding::text::encode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::{ADMIN, Answer, As, Kit, OURS, SYSTEM};

#[track_caller]
fn enveloped(answer: &Answer, status: u16, code: &str) {
    let body = answer.expect(status);
    assert_eq!(body["code"], code, "{body}");
    assert!(body["message"].is_string() && body["details"].is_object(), "{body}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(!answer.header("x-ratelimit-remaining").is_empty(), "{:?}", answer.headers);
}

#[tokio::test]
async fn every_refusal_has_the_envelope_and_says_how_the_caller_stands() {
    let kit = Kit::start().await;
    let nobody = kit.get(As::Nobody, "/config/employees").await;
    enveloped(&nobody, 401, "UNAUTHORIZED");
    assert_eq!((nobody.header("www-authenticate"), nobody.refused(401).as_str()), ("Bearer", "TOKEN_MISSING"));
    let wrong = Request::builder().uri("/api/v3/config/employees").header("authorization", "Bearer x");
    let wrong = kit.raw(As::Nobody, wrong, Body::empty()).await;
    let told = (wrong.header("www-authenticate"), wrong.refused(401));
    assert_eq!(told, ("Bearer error=\"invalid_token\"", "TOKEN_INVALID".to_owned()));
    enveloped(&kit.get(SYSTEM, "/config/employees/not-an-id").await, 404, "NOT_FOUND");
    enveloped(&kit.get(SYSTEM, "/nothing").await, 404, "NOT_FOUND");
    enveloped(&kit.get(SYSTEM, "/Config/Employees").await, 404, "NOT_FOUND");
    let method = kit.put(SYSTEM, "/config/employees", json!({})).await;
    enveloped(&method, 405, "METHOD_NOT_ALLOWED");
    assert!(method.header("allow").contains("GET"), "{:?}", method.headers);
    enveloped(&kit.get(SYSTEM, "/present/templates").await, 501, "NOT_IMPLEMENTED");
    let xml = Request::builder().uri("/api/v3/config/employees").header("accept", "application/xml");
    enveloped(&kit.raw(SYSTEM, xml, Body::empty()).await, 406, "NOT_ACCEPTABLE");
    let form = Request::builder()
        .method(Method::POST)
        .uri("/api/v3/labels")
        .header("content-type", "application/x-www-form-urlencoded");
    enveloped(&kit.raw(ADMIN, form, Body::from("labelName=x")).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    let mut measured = String::new();
    encode(&mut measured, &kit.registry).unwrap();
    assert!(measured.contains("http_refusals_total{reason=\"TOKEN_MISSING\"} 1\n"), "{measured}");
}

#[tokio::test]
async fn what_browsers_ask_before_a_page_may_call_says_how_the_caller_stands_too() {
    let kit = Kit::start().await;
    let asked = Request::builder().method(Method::OPTIONS).uri("/api/v3/config/employees");
    let answer = kit.raw(As::Nobody, asked, Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    assert!(!answer.header("x-ratelimit-remaining").is_empty() && answer.header("allow").contains("GET"));
}

#[tokio::test]
async fn a_slash_at_the_end_is_tolerated_and_json_has_many_names() {
    let kit = Kit::start().await;
    assert_eq!(kit.get(SYSTEM, "/config/employees/").await.expect(200), json!([]));
    for (n, media) in
        ["application/json; charset=utf-8", "text/json", "application/json-patch+json", "application/x+json"]
            .into_iter()
            .enumerate()
    {
        let request = Request::builder().method(Method::POST).uri("/api/v3/labels").header("content-type", media);
        let body = Body::from(json!({"labelName": format!("label {n}")}).to_string());
        assert_eq!(kit.raw(ADMIN, request, body).await.status, 201, "{media}");
    }
}

#[tokio::test]
async fn hostile_bodies_are_refused_in_words() {
    let kit = Kit::start().await;
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let bodies = [
        "",
        "{",
        "null",
        "[]",
        "\"x\"",
        "{\"labelName\":\"a\",\"labelName\":\"b\"}",
        "{\"labelName\":{}}",
        "{\"labelName\":\"\\ud800\"}",
        "{\"labelName\":\"\\u0000\"}",
        "{\"labelName\":1e999999999}",
        deep.as_str(),
    ];
    for body in bodies {
        for (method, path) in
            [(Method::POST, "/labels"), (Method::POST, "/bookme/meetings"), (Method::POST, "/config/portals")]
        {
            let request = Request::builder()
                .method(method)
                .uri(format!("/api/v3{path}"))
                .header("content-type", "application/json");
            let answer = kit.raw(ADMIN, request, Body::from(body.to_owned())).await;
            enveloped(&answer, 400, "BAD_REQUEST");
        }
    }
    let large =
        Request::builder().method(Method::POST).uri("/api/v3/labels").header("content-type", "application/json");
    let answer = kit.raw(ADMIN, large, Body::from(" ".repeat(2 << 20))).await;
    assert_eq!(answer.expect(413)["code"], "PAYLOAD_TOO_LARGE");
    assert_eq!(answer.header("connection"), "close");
}

#[tokio::test]
async fn hostile_queries_are_refused_in_words() {
    let kit = Kit::start().await;
    for query in [
        "startDate=x&endDate=y",
        "startDate=2026-06-01T00:00:00Z",
        "startDate=2026-06-01T00:00:00Z&endDate=2026-06-01T00:00:00Z",
        "startDate=%ff&endDate=%ff",
        "startDate=2026-06-01T00:00:00Z&endDate=2026-06-02T00:00:00Z&status=Sleeping",
        "startDate=2026-06-01T00:00:00Z&endDate=2026-06-02T00:00:00Z&employeeId=1",
        "startDate=2026-06-01T00:00:00Z&startDate=2026-06-01T00:00:00Z&endDate=2026-06-02T00:00:00Z",
    ] {
        enveloped(&kit.get(SYSTEM, &format!("/bookme/time-slots?{query}")).await, 400, "BAD_REQUEST");
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_with_its_place() {
    let kit = Kit::start().await;
    let body = json!({"type": "Walking", "employeeId": "x", "additionalEmployees": ["y"], "startDate": "2026-06-01T08:00:00Z"});
    let answer = kit.post(SYSTEM, "/bookme/meetings", body).await;
    let fields = answer.expect(400)["details"]["fields"].clone();
    let fields: Vec<&String> = fields.as_object().unwrap().keys().collect();
    for field in ["/type", "/employeeId", "/additionalEmployees/0", "/bookedBy", "/customerId", "/endDate"] {
        assert!(fields.iter().any(|known| *known == field), "{field} of {fields:?}");
    }
    assert!(!answer.text.contains("Walking"), "no value is told: {}", answer.text);
}

#[tokio::test]
async fn what_is_named_and_not_there_is_placed() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let body = json!({
        "bookedBy": "Employee",
        "type": "Online",
        "employeeId": "00000000-0000-0000-0000-000000000009",
        "customerId": "c",
    });
    let answer: Value = kit.post(SYSTEM, "/bookme/meetings", body).await.expect(404);
    assert_eq!(answer["details"]["field"], "/employeeId");
    let slot = |employee: Uuid, end: &str| {
        let (start, status) = ("2026-06-01T08:00:00Z", "Reserved");
        json!({"status": status, "employeeId": employee, "startDate": start, "endDate": end})
    };
    let (unknown, later) = (Uuid::from_u128(9), "2026-06-01T09:00:00Z");
    for (field, time_slot, existing, status) in [
        ("/timeSlot/employeeId", slot(unknown, later), None, 404),
        ("/timeSlot/endDate", slot(OURS.employee(1), "2026-06-01T08:00:00Z"), None, 400),
        ("/existingMeetingId", slot(OURS.employee(1), later), Some(unknown), 404),
    ] {
        let hold = json!({"token": Uuid::new_v4(), "timeSlot": time_slot, "existingMeetingId": existing});
        let answer = kit.post(SYSTEM, "/bookme/time-slots/reserve", hold).await.expect(status);
        assert_eq!(answer["details"]["field"], field);
    }
}
