//! What customers and their directories may count on over days and while others work: secrets that follow each other, places as
//! they were written, pages that do not slip, people who come back as they were.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use engage_playbooks::ports::Time as _;
use engage_server::work::{Chores, Kept, Nobody};
use engage_store::platform::{
    Environment, NewToken, OVERLAP, Organisations, Slot, StoreError, Token, TokenDigest, TokenReads, Tokens,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::{Customer, Kit, measures};

const DAY: Duration = Duration::from_secs(24 * 3600);
const SERVICES: [&str; 3] = ["employees", "rooms", "advisors"];

async fn issue(customer: &Customer<'_>, number: u128, token: &str) -> Result<(), StoreError> {
    let (organisation, now) = (customer.organisation, customer.kit.time.timestamp());
    let new = NewToken { id: Uuid::from_u128(number), digest: TokenDigest::of(token), expires: None };
    let written = customer
        .kit
        .database
        .write(new, move |tx, new| Box::pin(tx.issue_token(organisation, Environment::Test, new, OVERLAP, now)));
    written.await
}

async fn revoke(customer: &Customer<'_>, number: u128) {
    let (organisation, now) = (customer.organisation, customer.kit.time.timestamp());
    let written = customer.kit.database.write(Uuid::from_u128(number), move |tx, id| {
        Box::pin(tx.revoke_token(organisation, Environment::Test, *id, now))
    });
    let written: Result<(), StoreError> = written.await;
    written.unwrap();
}

async fn tokens(customer: &Customer<'_>) -> Vec<Token> {
    let now = customer.kit.time.timestamp();
    customer.kit.database.reader().tokens(customer.organisation, Environment::Test, now).await.unwrap()
}

#[tokio::test]
async fn secrets_overlap_for_two_weeks_and_are_gone_at_once_when_they_are_revoked() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let (first, second, third) = (contoso.token.clone(), "2".repeat(32), "3".repeat(32));
    let works = async |token: &str| {
        let with = Customer { kit: &kit, organisation: contoso.organisation, token: token.to_owned() };
        let statuses = [with.get("/employees/scim/Users").await.status, with.get("/rooms/scim/Users").await.status];
        assert_eq!(statuses[0], statuses[1], "a secret is one of both services");
        statuses[0] == 200
    };
    assert!(works(&first).await && !works(&second).await);
    let other = kit.customer("Fabrikam").await;
    issue(&contoso, 200, &second).await.unwrap();
    assert!(issue(&contoso, 300, &third).await.is_err(), "two are the most");
    kit.time.forward(13 * DAY);
    assert!(works(&first).await && works(&second).await);
    let slots: Vec<_> = tokens(&contoso).await.into_iter().map(|token| (token.slot, token.last_used)).collect();
    let now = Some(kit.time.timestamp());
    assert_eq!(slots, [(Some(Slot::Primary), now), (Some(Slot::Next), now)], "it is seen which of them is used");
    kit.time.forward(DAY);
    assert!(!works(&first).await && works(&second).await);
    issue(&contoso, 300, &third).await.unwrap();
    revoke(&contoso, 200).await;
    assert!(!works(&second).await && works(&third).await);
    assert!(!works(&first).await && works(&other.token).await);
    let disabled = kit.database.write(contoso.organisation, move |tx, id| Box::pin(tx.enable_organisation(*id, false)));
    let disabled: Result<(), StoreError> = disabled.await;
    disabled.unwrap();
    assert!(!works(&third).await, "who is disabled has no secret");
}

#[tokio::test]
async fn a_place_is_kept_byte_by_byte() {
    // One character or two; capital or not; with spaces that nobody sees.
    let places = [
        "Allé 1-3",
        "alle\u{301} 1-3",
        "Alle\u{301} 1-3",
        "allé 1-3",
        " Allé 1-3",
        "Allé 1-3 ",
        "Allé\u{a0}1-3",
        "ÅÄÖ\t²",
    ];
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    for service in SERVICES.into_iter().take(2) {
        let before = contoso.events().await.len();
        for (at, place) in places.iter().enumerate() {
            let body =
                json!({"userName": format!("{at}@x.example"), "addresses": [{"type": "work", "formatted": place}]});
            let made = contoso.post(&format!("/{service}/scim/Users"), &body).await;
            let path = format!("/{service}/scim/Users/{}", made.id());
            assert_eq!(contoso.get(&path).await.body["addresses"][0]["formatted"], *place);
            let next = places[(at + 1) % places.len()];
            let operation = json!({"op": "Replace", "path": "addresses[type eq \"work\"].formatted", "value": next});
            let changed = contoso.patch(&path, &json!({"Operations": [operation]})).await;
            assert_eq!(changed.header("etag"), "W/\"2\"", "{place:?} and {next:?} are two places");
            assert_eq!(contoso.get(&path).await.body["addresses"][0]["formatted"], next);
        }
        let told = contoso.events().await;
        let subject = |event: &Value| event.get("Employee").or(event.get("Room")).unwrap()["Location"].clone();
        let told: Vec<Value> = told[before..].iter().map(|waiting| subject(&waiting.event.payload)).collect();
        let expected: Vec<&str> =
            (0..places.len()).flat_map(|at| [places[at], places[(at + 1) % places.len()]]).collect();
        assert_eq!(told, expected, "the platform is told the same");
    }
}

#[tokio::test]
async fn pages_do_not_slip_while_others_are_added() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let made = async |name: String| {
        let made = contoso.post("/employees/scim/Users", &json!({"userName": name})).await;
        assert_eq!(made.status, 201);
        made.id()
    };
    let mut first = Vec::new();
    for n in 0..40 {
        first.push(made(format!("first{n}@x.example")).await);
    }
    let (mut seen, mut start, mut totals) = (Vec::new(), 1, BTreeSet::new());
    loop {
        let page = async {
            let path = format!("/employees/scim/Users?startIndex={start}&count=7&attributes=userName");
            contoso.get(&path).await
        };
        let others = async {
            kit.time.forward(Duration::from_micros(3));
            for n in 0..3 {
                made(format!("later{start}-{n}@x.example")).await;
            }
        };
        let (page, ()) = tokio::join!(page, others);
        let ids: Vec<String> = page.body["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["id"].as_str().unwrap().to_owned())
            .collect();
        totals.insert(page.body["totalResults"].as_u64().unwrap());
        start += ids.len();
        seen.extend(ids);
        if seen.len() >= first.len() {
            break;
        }
    }
    assert_eq!(seen[..first.len()], first, "in the order in which they came, none twice and none left out");
    assert!(totals.len() > 1, "others were added meanwhile: {totals:?}");
}

#[tokio::test]
async fn who_comes_back_on_day_29_is_as_before_and_who_comes_back_later_is_new() {
    for service in SERVICES {
        let kit = Kit::start().await;
        let contoso = kit.customer("Contoso").await;
        let users = format!("/{service}/scim/Users");
        let body = json!({"userName": "ann@x.example", "externalId": "e-1", "displayName": "Ann"});
        let path = format!("{users}/{}", contoso.post(&users, &body).await.id());
        let active = |on: bool| json!({"Operations": [{"op": "Replace", "path": "active", "value": on.to_string()}]});
        // The time to come back begins anew with every deactivation.
        for _ in 0..2 {
            contoso.patch(&path, &active(false)).await;
            kit.time.forward(29 * DAY);
            chores(&kit).await;
            assert_eq!(contoso.patch(&path, &active(true)).await.body["displayName"], "Ann", "{service}");
        }
        assert_eq!(contoso.delete(&path).await.status, 204);
        kit.time.forward(29 * DAY);
        chores(&kit).await;
        let again = format!("{users}/{}", contoso.post(&users, &body).await.id());
        assert_ne!(again, path, "another id");
        contoso.delete(&again).await;
        kit.time.forward(31 * DAY);
        chores(&kit).await;
        assert_eq!(contoso.post(&users, &body).await.status, 201);
        let people: Vec<Value> = contoso.events().await.iter().map(|waiting| id(&waiting.event.payload)).collect();
        let (last, before) = people.split_last().unwrap();
        assert!(before.iter().all(|id| *id == before[0]), "{service}: the same to the platform: {people:?}");
        assert_ne!(*last, before[0], "{service}: what was known is gone");
    }
}

fn id(payload: &Value) -> Value {
    payload.get("Employee").or(payload.get("Room")).unwrap()["Id"].clone()
}

async fn chores(kit: &Kit) {
    let chores = Chores::new(
        kit.around.clone(),
        Kept { silence: Duration::from_secs(3 * 3600), audit: 365 * DAY },
        measures(),
        Arc::new(Nobody),
    );
    chores.plan().await.unwrap();
    chores.look().await.unwrap();
}
