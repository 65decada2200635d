//! What requests of the Public API may cost: no body, no address and no pattern makes the server take more than it may, and nothing of
//! what is refused stays.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::HEAP;
use crate::api::{ADMIN, Kit, OURS};

/// The most that a request may have allocated at any time, its body and its answer included, in bytes.
const BOUND: usize = 48 << 20;
/// How much more may be allocated after many of them than before, in bytes: what the database keeps of counts, and of its own.
const LEFT: usize = 1 << 20;
/// How often each is sent.
const TIMES: usize = 20;

fn portal(pattern: &str) -> Value {
    let field = json!({"name": "f", "label": "F", "type": "Text", "validation": {"pattern": pattern}});
    json!({"name": "P", "authenticationType": "AzureAD", "fields": [field]})
}

/// What is sent, each with what it is called.
fn hostile() -> Vec<(&'static str, Method, String, Option<Value>)> {
    let employee = OURS.employee(1);
    let meeting = |name: &str, value: Value| {
        let mut all = json!({"bookedBy": "Employee", "type": "Online", "employeeId": employee, "customerId": "c"});
        all[name] = value;
        Some(all)
    };
    let ids: Vec<Uuid> = (0..10_000).map(Uuid::from_u128).collect();
    let deep = (0..400).fold(json!("x"), |inner, _| json!([inner]));
    let copies = vec![json!({"op": "copy", "from": "/workdays", "path": "/workdays/0"}); 500];
    let adds = vec![json!({"op": "add", "path": "/workdays/-", "value": "x".repeat(1_500)}); 500];
    let text = json!({"op": "replace", "path": "/workdays", "value": ["x".repeat(900_000)]});
    let more = json!({"op": "copy", "from": "/workdays/0", "path": "/workdays/-"});
    let texts: Vec<Value> = std::iter::once(text).chain(vec![more; 300]).collect();
    let empty = json!({"op": "replace", "path": "/workdays", "value": {}});
    let below = |n: u32| format!("/workdays{}", "/".repeat(2_usize.pow(n)));
    let doubled = (0..17).map(|n| json!({"op": "copy", "from": "/workdays", "path": below(n)}));
    let doubled: Vec<Value> = std::iter::once(empty).chain(doubled).collect();
    let schedule = format!("/bookme/config/employee-schedules/{employee}");
    let listed = ids.iter().take(800).map(Uuid::to_string).collect::<Vec<_>>().join(",");
    let search = "/bookme/time-slots/available?requireEmployeeParticipation=true&explicitEmployeeIds=";
    let at = |path: &str| path.to_owned();
    let meetings = || at("/bookme/meetings");
    let portals = || at("/config/portals");
    vec![
        ("a megabyte", Method::POST, meetings(), meeting("description", json!("x".repeat(1_000_000)))),
        ("10,000 ids", Method::POST, meetings(), meeting("additionalEmployees", json!(ids))),
        ("depth", Method::POST, meetings(), meeting("customFields", deep)),
        ("100,000 numbers", Method::POST, meetings(), meeting("externalAttendees", json!(vec![0; 100_000]))),
        ("unknown ids", Method::POST, at("/config/competence-groups"), Some(json!({"name": "K", "employeeIds": ids}))),
        ("repetitions", Method::POST, portals(), Some(portal("((a{0,1000}){0,1000}){0,1000}"))),
        ("letters", Method::POST, portals(), Some(portal(r"(\pL{1,1000}){1,1000}"))),
        ("brackets", Method::POST, portals(), Some(portal(&"(".repeat(3_999)))),
        ("copies", Method::PATCH, schedule.clone(), Some(json!(copies))),
        ("copies of a text", Method::PATCH, schedule.clone(), Some(json!(texts))),
        ("copies below themselves", Method::PATCH, schedule.clone(), Some(json!(doubled))),
        ("additions", Method::PATCH, schedule, Some(json!(adds))),
        ("800 ids", Method::GET, format!("{search}{listed}"), None),
        ("ten years", Method::GET, format!("{search}{employee}&lookForwardTime=3650.00:00:00"), None),
    ]
}

#[tokio::test]
async fn no_request_for_bookings_costs_more_than_it_may_and_none_leaves_anything() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    for (what, method, path, body) in hostile() {
        let send = async || {
            HEAP.reset_peak_usage();
            let before = HEAP.current_usage();
            let answer = kit.call(ADMIN, method.clone(), &format!("/api/v3{path}"), body.clone()).await;
            assert!(answer.status.as_u16() < 500, "{what}: {} {}", answer.status, answer.text);
            HEAP.peak_usage().saturating_sub(before)
        };
        let first = send().await;
        let before = HEAP.current_usage();
        let mut most = first;
        for _ in 0..TIMES {
            most = most.max(send().await);
        }
        let left = HEAP.current_usage().saturating_sub(before);
        assert!(most < BOUND, "{what}: {most} bytes");
        assert!(left < LEFT, "{what}: {left} bytes are left of {TIMES}");
    }
}
