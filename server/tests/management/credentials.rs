//! What ends, and when; and who is told of it.

use std::sync::Arc;
use std::time::Duration;

use engage_server::admin::{Admin, CredentialKind, NewClient, Validity, credentials};
use engage_server::work::{Around, Chores, Kept, Nobody, WorkMeasures};
use engage_store::platform::{
    Actor, Alert, AlertReads as _, AuditReads as _, ClientSecret, Environment, OVERLAP, Organisations as _, StoreError,
    SystemRandom, Token, TokenReads as _, Tokens as _,
};
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use serde_json::json;
use uuid::Uuid;

use super::founded;
use super::kit::{Kit, OURS, THEIRS};

const DAY: Duration = Duration::from_secs(24 * 3600);
const CLIENT: Uuid = Uuid::from_u128(8);

const TEST: Environment = Environment::Test;

fn admin(kit: &Kit) -> Admin {
    let actor = Actor { who: "anna".to_owned(), ..Actor::default() };
    let (ids, random) = (Arc::new(Uuid::new_v4), Arc::new(SystemRandom));
    Admin { database: kit.database.clone(), time: kit.time(), ids, random, actor }
}

/// Days go by, and hours.
fn days(kit: &Kit, days: i64) {
    kit.pass(days * 86_400);
}

fn hour(kit: &Kit) {
    kit.pass(3600);
}

async fn look(kit: &Kit) {
    let kept = Kept { silence: 3650 * DAY, audit: 3650 * DAY };
    let (database, time, ids) = (kit.database.clone(), kit.time(), Arc::new(Uuid::new_v4));
    let around = Around { database, time, ids, server: "one".to_owned(), wake: Arc::default() };
    let measures = Arc::new(WorkMeasures::of(&mut Registry::default()));
    let chores = Chores::new(around, kept, measures, Arc::new(Nobody));
    chores.plan().await.unwrap();
    chores.look().await.unwrap();
}

async fn alerts(kit: &Kit, of: Uuid, open: bool) -> Vec<Alert> {
    kit.database.reader().alerts(of, open, 100).await.unwrap()
}

/// What is told of alerts: kind, and in how many days.
fn told(alerts: &[Alert]) -> Vec<String> {
    alerts.iter().map(|alert| format!("{} {}", alert.kind, alert.details["days"])).collect()
}

/// A back-end, and how long its secrets are good: from when to when, in days from now.
async fn client(admin: &Admin, of: Uuid, secrets: &[(u128, u32, u32)]) {
    let new = NewClient { client: CLIENT, environment: TEST, label: "core banking".to_owned() };
    // It is there already where it gets a further secret.
    drop(admin.register_client(of, new).await);
    let day = |days: u32| admin.now().checked_add(days * DAY).unwrap();
    for (id, from, to) in secrets {
        let secret = ClientSecret { id: Uuid::from_u128(*id), starts: day(*from), ends: day(*to) };
        admin.add_client_secret(of, CLIENT, secret).await.unwrap();
    }
}

/// A directory comes with a token.
async fn used(kit: &Kit, token: Token) {
    let at = admin(kit).now();
    let work = kit.database.write(token, move |tx, token| Box::pin(async move { tx.token_used(token, at).await }));
    assert!(Result::<bool, StoreError>::unwrap(work.await));
}

#[tokio::test]
async fn whose_secret_ends_is_told_once_at_each_threshold() {
    let kit = Kit::start().await;
    let (contoso, adatum) = (OURS.id(), THEIRS.id());
    founded(&kit, OURS).await;
    founded(&kit, THEIRS).await;
    client(&admin(&kit), contoso, &[(1, 0, 200)]).await;
    let mut all = Vec::new();
    for _ in 0..200 {
        look(&kit).await;
        let open = told(&alerts(&kit, contoso, true).await);
        assert!(open.len() <= 1, "{open:?}");
        all.extend(open.into_iter().filter(|one| all.last() != Some(one)).collect::<Vec<_>>());
        days(&kit, 1);
    }
    look(&kit).await;
    let ended = told(&alerts(&kit, contoso, true).await);
    assert_eq!(all, [180, 90, 60, 30, 14, 7, 1].map(|days| format!("credential.ends {days}")));
    assert_eq!(ended, ["credential.ended null"]);
    let every = alerts(&kit, contoso, false).await;
    assert!(every.iter().all(|alert| alert.count == 1 && alert.environment == TEST), "{every:?}");
    assert_eq!(every.len(), 8, "each time it is an alert of its own, of which somebody is told");
    let details = &every.last().unwrap().details;
    assert_eq!((&details["label"], &details["holder"]), (&json!("core banking"), &json!(CLIENT.to_string())));
    assert_eq!(alerts(&kit, adatum, false).await, [], "another organisation hears nothing of it");
    days(&kit, 31);
    look(&kit).await;
    assert_eq!(alerts(&kit, contoso, true).await, [], "after a month nobody needs to be told");
}

#[tokio::test]
async fn what_is_replaced_or_out_of_use_is_not_told_of() {
    let kit = Kit::start().await;
    let contoso = OURS.id();
    founded(&kit, OURS).await;
    let admin = admin(&kit);
    client(&admin, contoso, &[(1, 0, 20)]).await;
    days(&kit, 15);
    look(&kit).await;
    assert_eq!(told(&alerts(&kit, contoso, true).await), ["credential.ends 7"]);
    client(&admin, contoso, &[(2, 1, 700)]).await;
    days(&kit, 2);
    look(&kit).await;
    assert_eq!(alerts(&kit, contoso, true).await, [], "a secret that is good for longer takes its place");
    admin.remove_client_secret(contoso, CLIENT, Uuid::from_u128(2)).await.unwrap();
    hour(&kit);
    look(&kit).await;
    assert_eq!(told(&alerts(&kit, contoso, true).await), ["credential.ends 7"]);
    admin.enable_client(contoso, CLIENT, false).await.unwrap();
    hour(&kit);
    look(&kit).await;
    assert_eq!(alerts(&kit, contoso, true).await, [], "who may not call misses nothing");
}

#[tokio::test]
async fn a_directory_that_goes_on_with_its_old_secret_is_told_of_until_it_uses_the_new_one() {
    let kit = Kit::start().await;
    founded(&kit, OURS).await;
    let (admin, of) = (admin(&kit), OURS.id());
    let validity = Validity { lifetime: None, overlap: OVERLAP };
    let old = admin.issue_token(of, TEST, validity).await.unwrap().token;
    used(&kit, old).await;
    days(&kit, 100);
    let new = admin.issue_token(of, TEST, validity).await.unwrap().token;
    look(&kit).await;
    let open = alerts(&kit, of, true).await;
    assert_eq!(
        (told(&open), &open[0].details["credential"]),
        (vec!["credential.ends 14".to_owned()], &json!("scim-secret"))
    );
    let all = credentials(&kit.database, of, admin.now()).await.unwrap();
    let seen: Vec<_> = all.iter().map(|one| (one.kind, one.ends.is_some(), one.replaced)).collect();
    let kind = CredentialKind::ScimSecret;
    assert_eq!(seen, [(kind, true, false), (kind, false, false)], "what ends first is first");
    used(&kit, new).await;
    hour(&kit);
    look(&kit).await;
    assert_eq!(alerts(&kit, of, true).await, []);
    let tokens = kit.database.reader().tokens(of, TEST, admin.now()).await.unwrap();
    admin.revoke_token(of, tokens[0].id).await.unwrap();
    let all = credentials(&kit.database, of, admin.now()).await.unwrap();
    assert_eq!(all.len(), 1, "what is revoked is none any more");
}

#[tokio::test]
async fn who_has_seen_an_alert_first_is_written_down_once() {
    let kit = Kit::start().await;
    let contoso = OURS.id();
    founded(&kit, OURS).await;
    let admin = admin(&kit);
    client(&admin, contoso, &[(1, 0, 20)]).await;
    days(&kit, 15);
    look(&kit).await;
    let open = alerts(&kit, contoso, true).await;
    for _ in 0..2 {
        let seen = admin.acknowledge_alert(contoso, TEST, open[0].id).await.unwrap();
        assert_eq!((seen.acknowledged.unwrap().by.as_str(), seen.closed), ("anna", None));
        kit.pass(60);
    }
    let wrong = admin.acknowledge_alert(contoso, Environment::Prod, open[0].id).await.unwrap_err();
    assert!(matches!(wrong, StoreError::Absent { .. }), "{wrong}");
    let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let audit = kit.database.reader().audit_page(contoso, from, to, None, 100).await.unwrap();
    let written: Vec<_> = audit.iter().filter(|(_, entry)| entry.event == "alert.acknowledged").collect();
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].1.details["alert"], json!(open[0].id));
}

#[tokio::test]
async fn what_is_kept_for_runs_is_no_credential_and_nobody_is_told_that_it_ends() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    founded(&kit, OURS).await;
    let takes =
        kit.database.write(OURS.id(), |tx, of| Box::pin(async move { tx.set_crm(*of, Some("dataverse")).await }));
    Result::<(), StoreError>::unwrap(takes.await);
    let mut meeting = json!({"bookedBy": "Employee", "type": "Online", "employeeId": OURS.employee(1)});
    (meeting["customerId"], meeting["cpr"]) = (json!("c"), json!("010203-1234"));
    kit.post(super::EMPLOYEE, "/bookme/meetings", meeting).await.expect(200);
    assert_eq!(kit.assertions.kept(OURS.id()).await.unwrap().len(), 1, "what the employee signed in with");
    assert_eq!(kit.seals.sealed(OURS.id()).await.unwrap().len(), 1, "and the personal id");
    let all = super::get(&kit, super::ADMIN, "/credentials").await.expect(200);
    assert_eq!(all, json!([]));
    kit.pass(6 * 86_400 + 3_600);
    look(&kit).await;
    assert_eq!(alerts(&kit, OURS.id(), true).await, []);
}
