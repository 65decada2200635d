//! What is kept for what is done after an answer: what employees signed in with, and personal ids under a seal.

use axum::body::Body;
use axum::http::Request;
use engage_store::platform::{AuditReads as _, OutboxReads as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::kit::{ADMIN, As, CUSTOMER, Kit, OURS, SYSTEM};

/// An employee, the account of that employee, and a colleague.
const EMPLOYEE: As = As::User(OURS, "Employee", 7);
const ACCOUNT: &str = "00000000-0000-0000-0000-0000dddd0107";

fn meeting() -> Value {
    json!({"bookedBy": "Employee", "type": "Online", "employeeId": OURS.employee(1), "customerId": "c"})
}

async fn kept(kit: &Kit) -> Vec<String> {
    kit.assertions.kept(OURS.id()).await.unwrap().into_iter().map(|kept| kept.employee).collect()
}

#[tokio::test]
async fn what_an_employee_signed_in_with_is_kept_as_long_as_it_is_good() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    kit.on("dataverse").await;
    for other in [SYSTEM, CUSTOMER] {
        kit.post(other, "/bookme/meetings", meeting()).await;
    }
    kit.get(EMPLOYEE, "/bookme/meetings").await.expect(200);
    assert_eq!(kept(&kit).await, [""; 0], "nothing is done on behalf of programs and customers, and after reading");
    let token = kit.token(EMPLOYEE).unwrap();
    let request = Request::builder().method("POST").uri("/api/v3/bookme/meetings");
    let request = request.header("authorization", format!("Bearer {token}")).header("content-type", "application/json");
    let booked = kit.sent_from([192, 0, 2, 1], request.body(Body::from(meeting().to_string())).unwrap()).await;
    let id = booked.expect(200)["id"].as_str().unwrap().to_owned();
    assert_eq!(kept(&kit).await, [ACCOUNT]);
    let found = async || {
        let found = kit.assertions.find(OURS.id(), ACCOUNT).await.unwrap();
        found.map(|token| token.expose_secret().to_owned())
    };
    assert_eq!(found().await, Some(token.clone()));
    assert!(kit.assertions.find(super::kit::THEIRS.id(), ACCOUNT).await.unwrap().is_none());
    kit.pass(31);
    kit.patch(EMPLOYEE, &format!("/bookme/meetings/{id}"), json!([{"op": "replace", "path": "/title", "value": "x"}]))
        .await;
    assert!(found().await.is_some_and(|newer| newer != token), "the newest");
    kit.pass(3600);
    assert_eq!(found().await, None, "no longer than it is good");
    assert_eq!(kept(&kit).await, [ACCOUNT], "whoever looks after them forgets it");
    kit.assertions.forget(OURS.id(), ACCOUNT).await.unwrap();
    kit.assertions.forget(OURS.id(), ACCOUNT).await.unwrap();
    assert_eq!(kept(&kit).await, [""; 0]);
}

#[tokio::test]
async fn a_crm_that_takes_no_tokens_of_entra_needs_none() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    kit.on("salesforce").await;
    let mut body = meeting();
    body["salesforceId"] = json!("00U1");
    kit.post(EMPLOYEE, "/bookme/meetings", body).await.expect(200);
    assert_eq!(kept(&kit).await, [""; 0]);
}

#[tokio::test]
async fn an_application_of_the_organisations_own_needs_a_token_for_itself() {
    let kit = Kit::with_own_application().await;
    kit.office(OURS).await;
    kit.on("dataverse").await;
    let send = async |assertion: Option<String>| {
        let request = Request::builder().method("POST").uri("/api/v3/bookme/meetings");
        let request = request.header("content-type", "application/json");
        let request = match assertion {
            Some(assertion) => request.header("x-engage-crm-assertion", assertion),
            None => request,
        };
        kit.raw(EMPLOYEE, request, Body::from(meeting().to_string())).await
    };
    let missing = send(None).await;
    assert_eq!(missing.refused(401), "CRM_ASSERTION_REQUIRED");
    assert_eq!(missing.header("www-authenticate"), r#"Bearer error="insufficient_claims""#);
    send(Some(kit.token(EMPLOYEE).unwrap())).await.expect(401);
    send(Some(kit.crm_token(OURS, "Employee", 8))).await.expect(401);
    assert_eq!(kept(&kit).await, [""; 0]);
    let listed = kit.get(ADMIN, "/bookme/meetings").await.expect(200);
    assert_eq!(listed, json!([]), "nothing was booked");
    let own = kit.crm_token(OURS, "Employee", 7);
    send(Some(own.clone())).await.expect(200);
    let found = kit.assertions.find(OURS.id(), ACCOUNT).await.unwrap().unwrap();
    assert_eq!(found.expose_secret(), own);
}

#[tokio::test]
async fn a_personal_id_is_told_by_what_stands_for_it_and_answered_by_nobody() {
    const CPR: &str = "010203-1234";
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let held = kit.hold(SYSTEM, OURS.employee(1), "08:00", "09:00").await.id();
    let mut body = meeting();
    body["timeSlotId"] = json!(held);
    body["cpr"] = json!("0102031234");
    let wrong = kit.post(SYSTEM, "/bookme/meetings", body.clone()).await;
    assert!(wrong.expect(400)["details"]["fields"]["/cpr"].is_string() && !wrong.text.contains("0102031234"));
    body["cpr"] = json!(CPR);
    let booked = kit.post(SYSTEM, "/bookme/meetings", body).await;
    let id = booked.expect(200)["id"].as_str().unwrap().to_owned();
    let read = kit.get(SYSTEM, &format!("/bookme/meetings/{id}")).await;
    assert!(!booked.text.contains("010203") && !read.text.contains("010203") && !read.text.contains("sealed:"));
    let told = kit.database.reader().payloads_of(OURS.id(), &id).await.unwrap();
    let told: Vec<&str> = told.iter().map(|(_, payload)| payload["Meeting"]["Cpr"].as_str().unwrap()).collect();
    let [told] = told.as_slice() else { panic!("{told:?}") };
    let open = async |of| kit.seals.open(of, told).await.unwrap().map(|text| text.expose_secret().to_owned());
    assert_eq!(open(OURS.id()).await.as_deref(), Some(CPR));
    assert_eq!(open(super::kit::THEIRS.id()).await, None);
    let [sealed] = &kit.seals.sealed(OURS.id()).await.unwrap()[..] else { panic!("one is sealed") };
    assert_eq!(sealed.meeting, id);
    kit.pass(7 * 86_400);
    assert_eq!(open(OURS.id()).await, None, "a week at most");
    kit.seals.forget(sealed).await.unwrap();
    assert_eq!(kit.seals.sealed(OURS.id()).await.unwrap(), []);
}

#[tokio::test]
async fn who_is_let_in_is_written_down_once_a_token() {
    let kit = Kit::audited().await;
    kit.on("dataverse").await;
    let tokens = [SYSTEM, EMPLOYEE, SYSTEM].map(|who| kit.token(who).unwrap());
    for token in tokens.iter().chain(&tokens) {
        let request =
            Request::builder().uri("/api/v3/config/employees").header("authorization", format!("Bearer {token}"));
        kit.sent_from([192, 0, 2, 7], request.body(Body::empty()).unwrap()).await.expect(200);
    }
    kit.get(As::Nobody, "/config/employees").await.expect(401);
    let (from, until) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
    let page = kit.database.reader().audit_page(OURS.id(), from, until, None, 100).await.unwrap();
    let kinds: Vec<&Value> = page.iter().map(|(_, entry)| &entry.details["kind"]).collect();
    assert_eq!(kinds, ["system", "user", "system"]);
    let (_, entry) = &page[1];
    assert_eq!(entry.event, "identity.signed-in");
    assert_eq!(entry.actor, format!("user {}/{ACCOUNT}", entry.details["tenant"].as_str().unwrap()));
    assert_eq!((entry.source.as_deref(), &entry.details["role"]), (Some("192.0.2.7"), &json!("Employee")));
}
