//! Whoever asks, at whatever address: nobody sees or changes what is another's.

use std::collections::BTreeSet;
use std::time::Duration;

use engage_store::platform::{Environment, NewToken, Organisations, StoreError, TokenDigest, Tokens};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::{Answer, Customer, Kit};

/// Where the router is written down: what is added there is asked here.
const ROUTES: &str = include_str!("../../src/scim/routes.rs");
const MOUNTS: [&str; 3] = ["/employees/scim", "/rooms/scim", "/advisors/scim"];
/// An id that nobody has.
const NOBODY: &str = "b7b9d5d1-0c1b-4d3f-9e1b-5f0c2a9c7e11";
/// Stands in everything that is another's, and nowhere else.
const SECRET: &str = "zebra";

fn methods() -> [Method; 7] {
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
}

/// The addresses of one directory, as the router has them.
fn routes() -> Vec<&'static str> {
    let found: Vec<&str> = ROUTES.split(".route(\"").skip(1).map(|after| after.split('"').next().unwrap()).collect();
    assert!(found.len() >= 15 && found.contains(&"/Users/{id}"), "the router is not read: {found:?}");
    found
}

/// Every address below every directory, with ids that are another's.
fn addresses(ids: &[String]) -> Vec<String> {
    let mut all = BTreeSet::new();
    for mount in MOUNTS {
        for route in routes() {
            for id in ids {
                all.insert(format!("{mount}{}", route.replace("{id}", id).replace("{name}", id).replace("{urn}", id)));
            }
        }
    }
    all.into_iter().collect()
}

/// A body that some method takes at some address.
fn bodies(ids: &[String]) -> Vec<Value> {
    vec![
        json!({"userName": "eve@other.example", "displayName": "Eve", "members": [{"value": "eve"}]}),
        json!({"Operations": [{"op": "replace", "path": "displayName", "value": "Eve"}]}),
        json!({"filter": format!("id eq \"{}\"", ids[0]), "count": 200}),
    ]
}

struct Theirs {
    ids: Vec<String>,
    paths: Vec<String>,
}

/// Users and groups in both directories of a customer.
async fn settle(customer: &Customer<'_>, name: &str) -> Theirs {
    let (mut ids, mut paths) = (Vec::new(), Vec::new());
    for mount in &MOUNTS[..2] {
        let user = json!({"userName": format!("{name}@x.example"), "externalId": name, "displayName": name});
        let user = customer.post(&format!("{mount}/Users"), &user).await;
        let group = json!({"displayName": name, "members": [{"value": user.id(), "type": "User", "display": name}]});
        let group = customer.post(&format!("{mount}/Groups"), &group).await;
        assert_eq!((user.status.as_u16(), group.status.as_u16()), (201, 201));
        paths.extend([format!("{mount}/Users/{}", user.id()), format!("{mount}/Groups/{}", group.id())]);
        ids.extend([user.id(), group.id()]);
    }
    Theirs { ids, paths }
}

/// Everything that a customer sees of his own, and what the platform was told of it.
async fn seen(customer: &Customer<'_>, paths: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for path in paths {
        let answer = customer.get(path).await;
        all.push(format!("{} {} {}", answer.status, answer.header("etag"), answer.body));
    }
    let events = customer.events().await;
    all.extend(events.into_iter().map(|waiting| format!("{:?}", waiting.event)));
    all
}

fn tells(answer: &Answer, ids: &[String]) -> bool {
    let text = format!("{:?} {}", answer.headers, answer.body).to_lowercase();
    text.contains(SECRET) || ids.iter().any(|id| text.contains(id.as_str()))
}

#[tokio::test]
async fn at_no_address_and_by_no_method_anything_of_another_is_seen_or_changed() {
    let kit = Kit::start().await;
    let (one, other) = (kit.customer("One").await, kit.customer("Other").await);
    let theirs = settle(&one, SECRET).await;
    let before = seen(&one, &theirs.paths).await;
    let mut served = 0;
    for address in addresses(&theirs.ids) {
        for method in methods() {
            for body in bodies(&theirs.ids) {
                let answer = other.ask(method.clone(), &address, Some(&body)).await;
                let status = answer.status.as_u16();
                served += usize::from(status != 405);
                if let Some(id) = theirs.ids.iter().find(|id| address.contains(id.as_str())) {
                    let nobodys = other.ask(method.clone(), &address.replace(id, NOBODY), Some(&body)).await;
                    let told = (nobodys.status, &nobodys.body);
                    assert_eq!(
                        (answer.status, &answer.body),
                        told,
                        "{method} {address} {body}: as if it were nobody's"
                    );
                    assert!(status == 404 || status == 400 || status == 405 || method == Method::OPTIONS, "{answer:?}");
                }
                assert!(status < 500 || status == 501, "{method} {address} {body}: {answer:?}");
                assert!(!tells(&answer, &theirs.ids), "{method} {address} {body}: {answer:?}");
            }
        }
    }
    assert!(served > 100, "only {served} requests were answered");
    assert_eq!(seen(&one, &theirs.paths).await, before, "nothing of it has changed");
}

#[tokio::test]
async fn ids_of_others_are_nobodys_whatever_is_asked_of_them() {
    let kit = Kit::start().await;
    let (one, other) = (kit.customer("One").await, kit.customer("Other").await);
    let theirs = settle(&one, SECRET).await;
    let own = settle(&other, "own").await;
    for path in &theirs.paths {
        let change = json!({"Operations": [{"op": "replace", "path": "displayName", "value": "Eve"}]});
        let whole = json!({"userName": "eve@x.example", "displayName": "Eve"});
        for (method, body) in
            [(Method::GET, None), (Method::PUT, Some(&whole)), (Method::PATCH, Some(&change)), (Method::DELETE, None)]
        {
            let answer = other.ask(method.clone(), path, body).await;
            assert_eq!((answer.status.as_u16(), &answer.body["status"]), (404, &json!("404")), "{method} {path}");
        }
    }
    for (at, id) in theirs.ids.iter().enumerate() {
        for filter in [
            format!("id eq \"{id}\""),
            format!("externalId eq \"{SECRET}\""),
            format!("displayName sw \"{SECRET}\""),
            format!("not (id eq \"{}\")", own.ids[at]),
        ] {
            let search = json!({"filter": filter, "count": 200});
            let mount = MOUNTS[at / 2];
            let found = other.post(&format!("{mount}/.search"), &search).await;
            assert!(!tells(&found, &theirs.ids), "{filter}: {found:?}");
        }
    }
    // That somebody says that another's user is in his group tells neither of them anything.
    let group = json!({"displayName": "Mine", "members": [{"value": theirs.ids[0]}]});
    assert_eq!(other.post("/employees/scim/Groups", &group).await.status, 201);
    let groups = one.get(&theirs.paths[0]).await.body["groups"].clone();
    assert_eq!(groups.as_array().map(Vec::len), Some(1), "{groups}");
}

#[tokio::test]
async fn without_a_token_that_counts_nothing_is_answered_at_any_address() {
    let kit = Kit::start().await;
    let mut one = kit.customer("One").await;
    let theirs = settle(&one, SECRET).await;
    let before = seen(&one, &theirs.paths).await;
    let (good, now) = (one.token.clone(), engage_playbooks::ports::Time::timestamp(&*kit.time));
    let (id, organisation) = (Uuid::from_u128(77), one.organisation);
    let second = "s".repeat(32);
    let new = NewToken { id, digest: TokenDigest::of(&second), expires: None };
    let written = kit.database.write(new, move |tx, new| {
        Box::pin(async move {
            tx.issue_token(organisation, Environment::Test, new, Duration::from_secs(60), now).await?;
            tx.revoke_token(organisation, Environment::Test, id, now).await
        })
    });
    let written: Result<(), StoreError> = written.await;
    written.unwrap();
    for token in ["", "unknown", &"u".repeat(32), &second] {
        one.token = token.to_owned();
        for address in addresses(&theirs.ids[..1]) {
            for method in methods() {
                let answer = one.ask(method.clone(), &address, Some(&bodies(&theirs.ids)[0])).await;
                let status = answer.status.as_u16();
                // A browser asks what it may send before it sends any token, and is told the same everywhere.
                let preflight = method == Method::OPTIONS && answer.body == Value::Null;
                assert!(preflight || matches!(status, 401 | 405), "{method} {address}: {answer:?}");
                let asks = preflight || status == 405 || answer.header("www-authenticate") == "Bearer";
                assert!(asks && !tells(&answer, &theirs.ids), "{method} {address}: {answer:?}");
            }
        }
    }
    one.token = good;
    assert_eq!(seen(&one, &theirs.paths).await, before);
}

#[tokio::test]
async fn environments_of_one_organisation_are_as_strangers() {
    let kit = Kit::start().await;
    let mut one = kit.customer("One").await;
    let theirs = settle(&one, SECRET).await;
    let (now, organisation, token) =
        (engage_playbooks::ports::Time::timestamp(&*kit.time), one.organisation, "p".repeat(32));
    let new = NewToken { id: Uuid::from_u128(78), digest: TokenDigest::of(&token), expires: None };
    let written = kit.database.write(new, move |tx, new| {
        Box::pin(async move {
            tx.open_environment(organisation, Environment::Prod, now).await?;
            tx.issue_token(organisation, Environment::Prod, new, Duration::ZERO, now).await
        })
    });
    let written: Result<(), StoreError> = written.await;
    written.unwrap();
    one.token = token;
    for path in &theirs.paths {
        assert_eq!(one.get(path).await.status, 404, "{path}");
    }
    for mount in MOUNTS {
        assert_eq!(one.post(&format!("{mount}/.search"), &json!({})).await.body["totalResults"], 0);
    }
}
