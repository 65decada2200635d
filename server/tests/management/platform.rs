//! Secrets of directories, tenants, clients, alerts, the audit log, and what ends when.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use engage_server::admin::{Admin, Limits, MappedTenant, NewClient, Validity};
use engage_server::management::operations;
use engage_store::platform::{Actor, Alerts as _, ClientSecret, Environment, Sighting, StoreError, SystemRandom};
use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::{As, Kit, OURS, Org, THEIRS};
use super::{ADMIN, call, delete, founded, get, post, put};

const THEIR_ADMIN: As = As::User(THEIRS, "Admin", 1);

/// Both organisations.
async fn kit() -> Kit {
    let kit = Kit::start().await;
    for org in [OURS, THEIRS] {
        founded(&kit, org).await;
    }
    kit
}

/// The command line, for what is done elsewhere.
fn command_line(kit: &Kit) -> Admin {
    let actor = Actor { who: "command line".to_owned(), ..Actor::default() };
    let ids = Arc::new(Uuid::new_v4);
    Admin { database: kit.database.clone(), time: kit.time(), ids, random: Arc::new(SystemRandom), actor }
}

fn names<'v>(list: &'v Value, member: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_secret_of_directories_is_told_once_and_two_are_good_at_a_time() {
    let kit = kit().await;
    let first = post(&kit, ADMIN, "/scim-secrets", json!({})).await;
    assert_eq!(first.header("location"), format!("/api/management/v1/scim-secrets/{}", first.id()));
    let first = first.expect(201);
    let value = first["value"].as_str().unwrap();
    assert!(value.len() == 32 && value.chars().all(|c| c.is_ascii_alphanumeric()), "{value}");
    assert_eq!(
        (&first["secret"]["state"], &first["secret"]["expires"], &first["replaces"]),
        (&json!("Primary"), &Value::Null, &Value::Null)
    );
    let second = post(&kit, ADMIN, "/scim-secrets", json!({"expiresInDays": 365})).await.expect(201);
    assert_eq!(second["secret"]["expires"], "2027-05-28T06:00:00Z");
    assert_eq!(second["replaces"]["id"], first["id"]);
    assert_eq!(second["replaces"]["expires"], "2026-06-11T06:00:00Z", "the one before it goes after the overlap");
    let third = post(&kit, ADMIN, "/scim-secrets", json!({})).await;
    assert_eq!(third.refused(409), "TWO_SECRETS_GOOD");
    let all = get(&kit, ADMIN, "/scim-secrets").await;
    assert_eq!(names(&all.expect(200), "state"), ["Primary", "Next"]);
    assert!(!all.text.contains(value), "it is never told again");
    let one = format!("/scim-secrets/{}", first["id"].as_str().unwrap());
    delete(&kit, ADMIN, &one).await.expect(204);
    assert_eq!(get(&kit, ADMIN, &one).await.expect(200)["state"], "Revoked");
    assert_eq!(names(&get(&kit, ADMIN, "/scim-secrets").await.expect(200), "state"), ["Revoked", "Primary"]);
    assert_eq!(get(&kit, THEIR_ADMIN, "/scim-secrets").await.expect(200), json!([]));
    delete(&kit, THEIR_ADMIN, &format!("/scim-secrets/{}", second["id"].as_str().unwrap())).await.expect(404);
    for wrong in [json!({"expiresInDays": 0}), json!({"expiresInDays": 3651}), json!({"expiresInDays": "1"})] {
        let refused = post(&kit, ADMIN, "/scim-secrets", wrong.clone()).await.expect(400);
        assert_eq!(refused["details"]["field"], "/expiresInDays", "{wrong}");
    }
    let written = get(&kit, ADMIN, "/audit").await;
    assert!(!written.text.contains(value));
    assert_eq!(
        names(&written.expect(200)["items"], "action"),
        ["scim-token.revoked", "scim-token.issued", "scim-token.issued"]
    );
}

#[tokio::test]
async fn what_another_environment_has_is_not_there() {
    let kit = kit().await;
    let line = command_line(&kit);
    let validity = Validity { lifetime: None, overlap: Duration::from_secs(60) };
    let token = line.issue_token(OURS.id(), Environment::Test, validity).await.unwrap().token.id;
    let (client, tenant) = (Uuid::from_u128(0x77), Uuid::from_u128(0x78));
    let new = NewClient { client, environment: Environment::Test, label: "elsewhere".to_owned() };
    line.register_client(OURS.id(), new).await.unwrap();
    let of = MappedTenant { tenant, organisation: OURS.id(), environment: Environment::Test };
    line.map_tenant(of, &Limits::default()).await.unwrap();
    for list in ["/scim-secrets", "/clients", "/tenants", "/credentials"] {
        assert_eq!(get(&kit, ADMIN, list).await.expect(200), json!([]), "{list}");
    }
    delete(&kit, ADMIN, &format!("/scim-secrets/{token}")).await.expect(404);
    delete(&kit, ADMIN, &format!("/tenants/{tenant}")).await.expect(404);
    call(&kit, ADMIN, Method::POST, &format!("/clients/{client}/disable"), None).await.expect(404);
    let audit = get(&kit, ADMIN, "/audit").await.expect(200);
    assert_eq!(audit["items"], json!([]), "each entry says where it was done");
}

#[tokio::test]
async fn tenants_are_let_in_limited_shut_out_and_removed() {
    let kit = kit().await;
    let tenant = "00000000-0000-4000-8000-000000000077";
    let client = Uuid::from_u128(5).to_string();
    let made = post(&kit, ADMIN, "/tenants", json!({"id": tenant, "roleCap": "manager", "clients": [client]})).await;
    assert_eq!(made.header("location"), format!("/api/management/v1/tenants/{tenant}"));
    let made = made.expect(201);
    assert_eq!(
        made,
        json!({"id": tenant, "enabled": true, "roleCap": "Manager", "clients": [client], "created": made["created"]})
    );
    assert_eq!(post(&kit, ADMIN, "/tenants", json!({"id": tenant})).await.refused(409), "DUPLICATE");
    let one = format!("/tenants/{tenant}");
    let free = put(&kit, ADMIN, &format!("{one}/limits"), json!({})).await.expect(200);
    assert_eq!((&free["roleCap"], &free["clients"]), (&Value::Null, &Value::Null), "what is left out is no limit");
    let none = put(&kit, ADMIN, &format!("{one}/limits"), json!({"clients": []})).await.expect(200);
    assert_eq!(none["clients"], json!([]), "of no applications none may be used");
    for (what, enabled) in [("disable", false), ("enable", true)] {
        let answer = call(&kit, ADMIN, Method::POST, &format!("{one}/{what}"), None).await.expect(200);
        assert_eq!(answer["enabled"], enabled);
        assert_eq!(get(&kit, ADMIN, &one).await.expect(200), answer);
    }
    let theirs = json!({"id": tenant});
    assert_eq!(
        post(&kit, THEIR_ADMIN, "/tenants", theirs.clone()).await.refused(409),
        "IN_USE",
        "its users go elsewhere"
    );
    assert_eq!(get(&kit, THEIR_ADMIN, "/tenants").await.expect(200), json!([]));
    put(&kit, THEIR_ADMIN, &format!("{one}/limits"), json!({})).await.expect(404);
    let wrong = json!({"id": "x", "roleCap": "King", "clients": ["y"]});
    let wrong = post(&kit, ADMIN, "/tenants", wrong).await.expect(400);
    let fields: Vec<&String> = wrong["details"]["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["/id", "/roleCap", "/clients/0"], "all that is wrong is told at once");
    delete(&kit, ADMIN, &one).await.expect(204);
    get(&kit, ADMIN, &one).await.expect(404);
    delete(&kit, ADMIN, &one).await.expect(404);
    post(&kit, THEIR_ADMIN, "/tenants", theirs).await.expect(201);
}

#[tokio::test]
async fn nobody_shuts_himself_out() {
    let kit = kit().await;
    let own = OURS.tenant().to_string();
    // Whoever comes by a tenant may say where it leads too.
    post(&kit, ADMIN, "/tenants", json!({"id": own})).await.expect(201);
    let limits = format!("/tenants/{own}/limits");
    for shut in [json!({"roleCap": "Configurator"}), json!({"clients": [Uuid::from_u128(5)]})] {
        assert_eq!(put(&kit, ADMIN, &limits, shut).await.refused(409), "OWN_ACCESS");
    }
    assert_eq!(
        call(&kit, ADMIN, Method::POST, &format!("/tenants/{own}/disable"), None).await.refused(409),
        "OWN_ACCESS"
    );
    assert_eq!(delete(&kit, ADMIN, &format!("/tenants/{own}")).await.refused(409), "OWN_ACCESS");
    assert_eq!(get(&kit, ADMIN, &format!("/tenants/{own}")).await.expect(200)["enabled"], true);
    put(&kit, ADMIN, &limits, json!({"roleCap": "Admin"})).await.expect(200);
}

#[tokio::test]
async fn clients_are_registered_shut_out_and_their_secrets_have_an_end() {
    let kit = kit().await;
    let (client, secret) = ("00000000-0000-4000-8000-000000000088", "00000000-0000-4000-8000-000000000099");
    let made = post(&kit, ADMIN, "/clients", json!({"id": client, "label": "core banking"})).await.expect(201);
    assert_eq!((&made["enabled"], &made["secretsEnd"], &made["secrets"]), (&json!(true), &Value::Null, &json!([])));
    let taken = post(&kit, THEIR_ADMIN, "/clients", json!({"id": client, "label": "mine"})).await;
    assert_eq!(taken.refused(409), "DUPLICATE", "a client id belongs to one organisation");
    let one = format!("/clients/{client}");
    let secrets = format!("{one}/secrets");
    let told = post(&kit, ADMIN, &secrets, json!({"id": secret, "ends": "2026-06-10T00:00:00Z"})).await;
    assert_eq!(told.header("location"), format!("/api/management/v1{secrets}/{secret}"));
    assert_eq!(told.expect(201)["starts"], "2026-05-28T06:00:00Z");
    let again = post(&kit, ADMIN, &secrets, json!({"id": secret, "ends": "2026-06-10T00:00:00Z"})).await;
    assert_eq!(again.refused(409), "DUPLICATE");
    post(
        &kit,
        ADMIN,
        &secrets,
        json!({"id": client, "starts": "2027-01-01T00:00:00Z", "ends": "2026-06-10T00:00:00Z"}),
    )
    .await
    .expect(400);
    assert_eq!(get(&kit, ADMIN, &one).await.expect(200)["secretsEnd"], "2026-06-10T00:00:00Z");
    let credentials = get(&kit, ADMIN, "/credentials").await.expect(200);
    let seen = &credentials[0];
    assert_eq!(
        (&seen["kind"], &seen["id"], &seen["holder"], &seen["label"]),
        (&json!("ClientSecret"), &json!(secret), &json!(client), &json!("core banking"))
    );
    assert_eq!((&seen["daysLeft"], &seen["state"], &seen["replaced"]), (&json!(12), &json!("Good"), &json!(false)));
    for (what, enabled) in [("disable", false), ("enable", true)] {
        let answer = call(&kit, ADMIN, Method::POST, &format!("{one}/{what}"), None).await.expect(200);
        assert_eq!(answer["enabled"], enabled);
    }
    assert_eq!(get(&kit, THEIR_ADMIN, "/clients").await.expect(200), json!([]));
    delete(&kit, THEIR_ADMIN, &format!("{secrets}/{secret}")).await.expect(404);
    delete(&kit, ADMIN, &format!("{secrets}/{secret}")).await.expect(204);
    delete(&kit, ADMIN, &format!("{secrets}/{secret}")).await.expect(404);
    delete(&kit, ADMIN, &format!("{secrets}/nonsense")).await.expect(404);
    let refused = post(&kit, ADMIN, "/clients", json!({"label": " "})).await.expect(400);
    assert_eq!(refused["details"]["fields"], json!({"/id": "it is needed"}));
}

#[tokio::test]
async fn what_ends_is_listed_first_and_can_be_narrowed() {
    let kit = kit().await;
    let line = command_line(&kit);
    let client = Uuid::from_u128(0x77);
    let new = NewClient { client, environment: Environment::Prod, label: "core".to_owned() };
    line.register_client(OURS.id(), new).await.unwrap();
    for (id, days) in [(1, 400), (2, 20)] {
        let ends = line.now().checked_add(Duration::from_secs(days * 86_400)).unwrap();
        let secret = ClientSecret { id: Uuid::from_u128(id), starts: line.now(), ends };
        line.add_client_secret(OURS.id(), client, secret).await.unwrap();
    }
    post(&kit, ADMIN, "/scim-secrets", json!({})).await.expect(201);
    let told = async |query: &str| {
        let all = get(&kit, ADMIN, &format!("/credentials{query}")).await.expect(200);
        let told = |one: &Value| format!("{} {} {}", one["kind"], one["daysLeft"], one["replaced"]);
        all.as_array().unwrap().iter().map(told).collect::<Vec<_>>()
    };
    let (near, far, never) = ("\"ClientSecret\" 20 true", "\"ClientSecret\" 400 false", "\"ScimSecret\" null false");
    assert_eq!(told("").await, [near, far, never]);
    assert_eq!(told("?kind=scimsecret").await, [never]);
    assert_eq!(told("?endsBefore=2026-07-01T00:00:00Z").await, [near]);
    assert_eq!(
        get(&kit, ADMIN, "/credentials?kind=x&endsBefore=y").await.expect(400)["details"]["fields"]
            .as_object()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(get(&kit, THEIR_ADMIN, "/credentials").await.expect(200), json!([]));
}

async fn raise(kit: &Kit, org: Org, n: u128, kind: &str) {
    let now = command_line(kit).now();
    let seen = Sighting {
        organisation: org.id(),
        id: Uuid::from_u128(n),
        environment: Environment::Prod,
        kind: kind.to_owned(),
        subject: String::new(),
        details: json!({"n": n.to_string()}),
    };
    let work = kit.database.write(seen, move |tx, seen| Box::pin(async move { tx.raise_alert(seen, now).await }));
    Result::<_, StoreError>::unwrap(work.await);
}

#[tokio::test]
async fn alerts_are_listed_page_by_page_and_acknowledged_once() {
    let kit = kit().await;
    for n in 1..=3 {
        raise(&kit, OURS, n, &format!("kind {n}")).await;
        kit.pass(60);
    }
    raise(&kit, THEIRS, 9, "theirs").await;
    let page = get(&kit, ADMIN, "/alerts?limit=2").await.expect(200);
    assert_eq!(names(&page["items"], "kind"), ["kind 3", "kind 2"]);
    let next = page["next"].as_str().unwrap();
    let rest = get(&kit, ADMIN, &format!("/alerts?limit=2&after={next}")).await.expect(200);
    assert_eq!((names(&rest["items"], "kind"), &rest["next"]), (vec!["kind 1"], &Value::Null));
    let one = format!("/alerts/{}", Uuid::from_u128(2));
    let seen = call(&kit, ADMIN, Method::POST, &format!("{one}/acknowledge"), None).await.expect(200);
    assert!(seen["acknowledged"]["by"].as_str().unwrap().starts_with(&format!("user {}/", OURS.tenant())), "{seen}");
    assert_eq!(seen["closed"], Value::Null, "it stays open");
    kit.pass(60);
    let again = call(&kit, As::User(OURS, "Admin", 2), Method::POST, &format!("{one}/acknowledge"), None).await;
    assert_eq!(again.expect(200), seen, "who was first counts");
    assert_eq!(get(&kit, ADMIN, &one).await.expect(200), seen);
    let of = async |query: &str| {
        let page = get(&kit, ADMIN, &format!("/alerts?{query}")).await.expect(200);
        names(&page["items"], "kind").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of("acknowledged=true").await, ["kind 2"]);
    assert_eq!(of("state=closed").await, [""; 0]);
    assert_eq!(of("state=all&acknowledged=false").await, ["kind 3", "kind 1"]);
    call(&kit, THEIR_ADMIN, Method::POST, &format!("{one}/acknowledge"), None).await.expect(404);
    assert_eq!(
        get(&kit, ADMIN, "/alerts?state=x&limit=0&after=y").await.expect(400)["details"]["fields"]
            .as_object()
            .unwrap()
            .len(),
        3
    );
    let written = get(&kit, ADMIN, "/audit?action=alert.acknowledged").await.expect(200);
    assert_eq!(written["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_audit_log_is_searched_by_who_what_and_of_what() {
    let kit = kit().await;
    let client = "00000000-0000-4000-8000-000000000088";
    post(&kit, ADMIN, "/clients", json!({"id": client, "label": "core"})).await.expect(201);
    kit.pass(60);
    let second = As::User(OURS, "Admin", 2);
    call(&kit, second, Method::POST, &format!("/clients/{client}/disable"), None).await.expect(200);
    kit.pass(60);
    post(&kit, ADMIN, "/scim-secrets", json!({})).await.expect(201);
    post(&kit, THEIR_ADMIN, "/scim-secrets", json!({})).await.expect(201);
    let found = async |query: &str| {
        let page = get(&kit, ADMIN, &format!("/audit?{query}")).await.expect(200);
        names(&page["items"], "action").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = ["scim-token.issued", "client.disabled", "client.registered"];
    assert_eq!(found("").await, all, "the newest first, and nothing of others");
    assert_eq!(found(&format!("target={client}")).await, all[1..]);
    assert_eq!(found("action=client.disabled").await, [all[1]]);
    assert_eq!(found("outcome=Refused").await, [""; 0]);
    assert_eq!(found("outcome=done&until=2026-05-28T06:01:30Z").await, all[1..]);
    let entry = get(&kit, ADMIN, "/audit?action=client.disabled").await.expect(200)["items"][0].clone();
    assert_eq!((&entry["outcome"], &entry["source"]), (&json!("Done"), &json!("192.0.2.1")));
    let actor = entry["actor"].as_str().unwrap().replace(' ', "%20");
    assert_eq!(found(&format!("actor={actor}")).await, [all[1]]);
    let first = get(&kit, ADMIN, "/audit?limit=1").await.expect(200);
    let next = first["next"].as_str().unwrap();
    assert_eq!(found(&format!("limit=9&after={next}")).await, all[1..]);
    for wrong in
        ["from=2026-06-02T00:00:00Z&until=2026-06-01T00:00:00Z", "from=2020-01-01T00:00:00Z", "from=x", "after=9"]
    {
        get(&kit, ADMIN, &format!("/audit?{wrong}")).await.expect(400);
    }
    post(&kit, ADMIN, "/audit", json!({})).await.expect(405);
}

#[tokio::test]
async fn hostile_words_are_refused_or_kept_as_they_are() {
    let kit = kit().await;
    let id = |n: u128| Uuid::from_u128(n).to_string();
    for (n, label) in [(1, "'; DROP TABLE clients; --"), (2, "<script>alert(1)</script>"), (3, "مرحبا 🦀")] {
        let made = post(&kit, ADMIN, "/clients", json!({"id": id(n), "label": label})).await.expect(201);
        assert_eq!(made["label"], label);
    }
    let long = "x".repeat(201);
    for (n, label) in [(4, ""), (5, " x"), (6, "a\u{7}b"), (7, "a\u{0}b"), (8, &long), (9, &id(9))] {
        post(&kit, ADMIN, "/clients", json!({"id": id(n), "label": label})).await.expect(400);
    }
    assert_eq!(get(&kit, ADMIN, "/clients").await.expect(200).as_array().unwrap().len(), 3);
    let long = "y".repeat(10_000);
    for query in [format!("target={long}"), "actor=%27%20OR%201=1".to_owned(), "action=%25".to_owned()] {
        assert_eq!(get(&kit, ADMIN, &format!("/audit?{query}")).await.expect(200)["items"], json!([]), "{query}");
    }
    get(&kit, ADMIN, "/audit?target=%00").await.expect(400);
}

#[tokio::test]
async fn where_no_workspace_is_served_it_is_said_what_serves_one() {
    let kit = kit().await;
    let served = ["/workspace", "/runs", "/connections"];
    let rows = operations().iter().filter(|row| served.iter().any(|path| row.path.starts_with(path)));
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 20, "{}", rows.len());
    for row in rows {
        let segments = row.path.split('/').map(|segment| if segment.starts_with('{') { "x" } else { segment });
        let path = segments.collect::<Vec<_>>().join("/");
        let body = (row.method == Method::POST).then(|| json!({}));
        let answer = call(&kit, ADMIN, row.method.clone(), &path, body).await;
        assert_eq!(answer.refused(404), "WORKSPACE_NOT_SERVED", "{}", row.id);
        assert!(answer.text.contains("engage serve --workspace"), "{}", answer.text);
    }
}

#[tokio::test]
async fn who_writes_what_is_secret_has_just_signed_in_where_his_token_says_when() {
    let kit = kit().await;
    let now = kit.time().timestamp().as_second();
    let create = async |auth_time: Value| {
        let token = kit.token_with(ADMIN, json!({"auth_time": auth_time}));
        let request = Request::post("/api/management/v1/clients").header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {token}"));
        let body = json!({"id": Uuid::new_v4(), "label": "core"}).to_string();
        kit.raw(As::Nobody, request, Body::from(body)).await
    };
    create(json!(now - 600)).await.expect(201);
    let late = create(json!(now - 601)).await;
    assert_eq!(late.refused(401), "SIGN_IN_AGAIN");
    let challenge = late.header("www-authenticate");
    assert!(
        challenge.contains("insufficient_user_authentication") && challenge.contains("max_age=\"600\""),
        "{challenge}"
    );
    for wrong in [json!("yesterday"), json!(i64::MAX)] {
        assert_eq!(create(wrong).await.refused(401), "TOKEN_INVALID");
    }
    let token = kit.token_with(ADMIN, json!({"auth_time": now - 86_400}));
    let request = Request::get("/api/management/v1/clients").header("authorization", format!("Bearer {token}"));
    kit.raw(As::Nobody, request, Body::empty()).await.expect(200);
}
