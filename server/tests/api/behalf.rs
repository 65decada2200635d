//! What is kept for what is done after an answer: what employees signed in with, and personal ids under a seal.

use axum::body::Body;
use axum::http::Request;
use engage_server::api::{Rates, Settings};
use engage_store::platform::{AuditOutcome, AuditReads as _, OutboxReads as _};
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
    let [seen] = &kit.assertions.kept(OURS.id()).await.unwrap()[..] else { panic!("one is kept") };
    kit.post(EMPLOYEE, "/bookme/meetings", meeting()).await.expect(200);
    kit.assertions.forget(seen).await.unwrap();
    assert_eq!(
        kept(&kit).await,
        [ACCOUNT],
        "he has called since it was seen: what follows from that needs the newer one"
    );
    let [seen] = &kit.assertions.kept(OURS.id()).await.unwrap()[..] else { panic!("one is kept") };
    kit.assertions.forget(seen).await.unwrap();
    kit.assertions.forget(seen).await.unwrap();
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
async fn it_is_kept_until_the_token_ends_that_is_exchanged_and_a_token_that_ends_later_takes_its_place() {
    let kit = Kit::with_own_application().await;
    kit.office(OURS).await;
    kit.on("dataverse").await;
    let send = async |lasting: i64| {
        let own = kit.crm_token_lasting(OURS, "Employee", 7, lasting);
        let request = Request::builder().method("POST").uri("/api/v3/bookme/meetings");
        let request = request.header("content-type", "application/json").header("x-engage-crm-assertion", own);
        kit.raw(EMPLOYEE, request, Body::from(meeting().to_string())).await.expect(200);
        let [kept] = &kit.assertions.kept(OURS.id()).await.unwrap()[..] else { panic!("one is kept") };
        kept.until.duration_since(kit.time().timestamp()).as_secs()
    };
    assert_eq!(send(600).await, 600, "it is the second token that is exchanged");
    assert_eq!(send(1200).await, 1200, "one that was kept just now is not as good if it ends sooner");
    assert_eq!(send(900).await, 1200);
    let (from, until) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
    let page = kit.database.reader().audit_page(OURS.id(), from, until, None, 100).await.unwrap();
    let written = page.iter().filter(|(_, entry)| entry.event == "secret.written");
    let actors: Vec<&str> = written.map(|(_, entry)| entry.actor.as_str()).collect();
    let who = format!("user {}/{ACCOUNT}", OURS.tenant());
    assert_eq!(actors, [who.as_str(); 2], "as every other entry says who");
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
    let kit = Kit::audited(Settings::default(), false).await;
    kit.on("dataverse").await;
    let tokens = [SYSTEM, EMPLOYEE, SYSTEM].map(|who| kit.token(who).unwrap());
    for token in tokens.iter().chain(&tokens) {
        let request =
            Request::builder().uri("/api/v3/config/employees").header("authorization", format!("Bearer {token}"));
        kit.sent_from([192, 0, 2, 7], request.body(Body::empty()).unwrap()).await.expect(200);
    }
    kit.get(As::Nobody, "/config/employees").await.expect(401);
    // The scheme is not the token, however it is spelled.
    let request =
        Request::builder().uri("/api/v3/config/employees").header("authorization", format!("bearer   {}", tokens[0]));
    kit.sent_from([192, 0, 2, 7], request.body(Body::empty()).unwrap()).await.expect(200);
    let (from, until) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
    let page = kit.database.reader().audit_page(OURS.id(), from, until, None, 100).await.unwrap();
    let kinds: Vec<&Value> = page.iter().map(|(_, entry)| &entry.details["kind"]).collect();
    assert_eq!(kinds, ["system", "user", "system"]);
    let (_, entry) = &page[1];
    assert_eq!(entry.event, "identity.signed-in");
    assert_eq!(entry.actor, format!("user {}/{ACCOUNT}", entry.details["tenant"].as_str().unwrap()));
    assert_eq!((entry.source.as_deref(), &entry.details["role"]), (Some("192.0.2.7"), &json!("Employee")));
}

/// What the audit log of an organisation has of those who were refused: event, who, and why.
async fn refused(kit: &Kit, of: super::kit::Org) -> Vec<[String; 3]> {
    let (from, until) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
    let page = kit.database.reader().audit_page(of.id(), from, until, None, 100).await.unwrap();
    let refused = page.into_iter().map(|(_, entry)| entry).filter(|entry| entry.outcome == AuditOutcome::Refused);
    refused.map(|entry| [entry.event, entry.actor, entry.details["reason"].as_str().unwrap().to_owned()]).collect()
}

fn bearing(path: &str, token: &str) -> Request<Body> {
    let request = Request::builder().uri(format!("/api/v3{path}")).header("authorization", format!("Bearer {token}"));
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn who_is_not_let_in_is_written_down_once_an_hour_where_it_is_proven_who_that_is() {
    let kit = Kit::audited(Settings::default(), false).await;
    kit.on("dataverse").await;
    let (nobody, without) =
        (kit.token_with(EMPLOYEE, json!({"roles": []})), kit.token_with(EMPLOYEE, json!({"scp": "x"})));
    let (signed, signature) = without.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let ended = kit.token_with(EMPLOYEE, json!({"exp": 1}));
    for token in [&nobody, &nobody, &forged, &ended, &without, &nobody] {
        let answer = kit.sent_from([192, 0, 2, 7], bearing("/config/employees", token)).await;
        assert!([401, 403].contains(&answer.status.as_u16()), "{}", answer.text);
    }
    let who = format!("user {}/{ACCOUNT}", OURS.tenant());
    let told = |reason: &str| ["identity.sign-in-refused".to_owned(), who.clone(), reason.to_owned()];
    assert_eq!(refused(&kit, OURS).await, [told("role_missing"), told("scope_missing")]);
    kit.pass(3600);
    let nobody = kit.token_with(EMPLOYEE, json!({"roles": []}));
    kit.sent_from([192, 0, 2, 7], bearing("/config/employees", &nobody)).await.expect(403);
    let all = refused(&kit, OURS).await;
    assert_eq!((all.len(), &all[2]), (3, &told("role_missing")), "it goes on");
    assert_eq!(refused(&kit, super::kit::THEIRS).await, [[""; 3]; 0]);
    let (from, until) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
    let page = kit.database.reader().audit_page(OURS.id(), from, until, None, 100).await.unwrap();
    let (_, first) = page.iter().find(|(_, entry)| entry.outcome == AuditOutcome::Refused).unwrap();
    assert_eq!(first.source.as_deref(), Some("192.0.2.7"));
    assert_eq!(first.details, json!({"environment": "prod", "tenant": OURS.tenant(), "reason": "role_missing"}));
}

#[tokio::test]
async fn a_token_that_leads_to_two_organisations_is_written_down_in_both_and_choosing_is_no_refusal() {
    let kit = Kit::audited(Settings { rates: Rates { per_hour: 1_000, per_minute: 3 } }, false).await;
    kit.on("dataverse").await;
    kit.lead(OURS, super::kit::THEIRS).await;
    let token = kit.token(EMPLOYEE).unwrap();
    let from = async |org: Option<super::kit::Org>, token: &str| {
        let mut request = bearing("/config/employees", token);
        if let Some(org) = org {
            request.headers_mut().insert("x-engage-organization", org.id().to_string().parse().unwrap());
        }
        kit.sent_from([192, 0, 2, 7], request).await.status.as_u16()
    };
    for org in [OURS, super::kit::THEIRS, OURS] {
        assert_eq!(from(Some(org), &token).await, 200);
    }
    for org in [OURS, super::kit::THEIRS] {
        let (begin, end) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
        let page = kit.database.reader().audit_page(org.id(), begin, end, None, 100).await.unwrap();
        assert_eq!(page.iter().filter(|(_, entry)| entry.event == "identity.signed-in").count(), 1, "{org:?}");
    }
    kit.pass(60);
    let several: Vec<u16> = [from(None, &token).await, from(None, &token).await, from(None, &token).await].into();
    assert_eq!((several, from(None, &token).await), (vec![400; 3], 429), "the address has had its share");
    assert_eq!(from(Some(OURS), &kit.token(ADMIN).unwrap()).await, 200, "no token was refused: a new one is looked at");
    assert_eq!((refused(&kit, OURS).await.len(), refused(&kit, super::kit::THEIRS).await.len()), (0, 0));
}

#[tokio::test]
async fn what_is_not_done_on_behalf_of_an_employee_is_written_down() {
    let kit = Kit::audited(Settings::default(), true).await;
    kit.office(OURS).await;
    kit.on("dataverse").await;
    for _ in 0..2 {
        let request = Request::builder().method("POST").uri("/api/v3/bookme/meetings");
        let request = request.header("content-type", "application/json");
        kit.raw(EMPLOYEE, request, Body::from(meeting().to_string())).await.expect(401);
    }
    let event = "identity.on-behalf-refused";
    let missing = [event.to_owned(), format!("user {}/{ACCOUNT}", OURS.tenant()), "assertion_missing".to_owned()];
    assert_eq!(refused(&kit, OURS).await, std::slice::from_ref(&missing));
    for _ in 0..2 {
        kit.assertions.refused(OURS.id(), ACCOUNT, "invalid_grant").await;
    }
    let exchange = [event, "engage serve", "invalid_grant"].map(str::to_owned);
    assert_eq!(refused(&kit, OURS).await, [missing, exchange]);
}
