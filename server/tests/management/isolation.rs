//! Two organisations: of what the one has, the other finds nothing.

use std::collections::BTreeMap;

use axum::http::Method;
use engage_server::management::operations;
use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::{As, Kit, OURS, Org, THEIRS};
use super::{alert, call, founded, get, is_served, post, put};

fn admin(org: Org) -> As {
    As::User(org, "Admin", 1)
}

/// One of everything that addresses name, by the beginning of the paths.
async fn everything(kit: &Kit, org: Org) -> BTreeMap<&'static str, String> {
    founded(kit, org).await;
    let (office, who) = (kit.office(org).await, admin(org));
    let (tenant, client) = (Uuid::from_u128(0x7700 + org.0), Uuid::from_u128(0x8800 + org.0));
    post(kit, who, "/tenants", json!({"id": tenant})).await.expect(201);
    post(kit, who, "/clients", json!({"id": client, "label": format!("klient {}", org.0)})).await.expect(201);
    let window = json!({"employeeId": org.employee(1), "endDate": "2026-06-01T17:00:00Z"});
    let row = json!({"topicId": office["topic"], "customerTypeId": office["customerType"]});
    let portal = json!({"name": "P", "authenticationType": "MitID"});
    let token = format!("00000000-0000-4000-8000-{:012}", org.0);
    let hold = json!({
        "timeSlot": {
            "status": "Reserved",
            "startDate": "2026-06-01T08:00:00Z",
            "endDate": "2026-06-01T09:00:00Z",
            "employeeId": org.employee(1),
        },
        "token": token,
    });
    kit.post(who, "/bookme/time-slots/reserve", hold).await.expect(200);
    put(kit, who, &format!("/employees/{}/labels", org.employee(1)), json!({"labels": [format!("mærke {}", org.0)]}))
        .await
        .expect(200);
    BTreeMap::from([
        ("topic", office["topic"].to_string()),
        ("customer type", office["customerType"].to_string()),
        ("/employees", org.employee(1).to_string()),
        ("/rooms", org.room().to_string()),
        ("/meeting-configurations", post(kit, who, "/meeting-configurations", row).await.id()),
        ("/portals", kit.post(who, "/config/portals", portal).await.id()),
        ("/service-groups", kit.post(who, "/config/service-groups", json!({"name": "S"})).await.id()),
        ("/availability-windows", post(kit, who, "/availability-windows", window).await.id()),
        ("/holds", token),
        ("/scim-secrets", post(kit, who, "/scim-secrets", json!({})).await.id()),
        ("/tenants", tenant.to_string()),
        ("/clients", client.to_string()),
        ("/alerts", alert(kit, org).await),
    ])
}

/// What stands behind the first thing that a path names.
fn rest(after: &str) -> String {
    after.split_once('}').unwrap().1.replace("{secretId}", "00000000-0000-0000-0000-00000000dead")
}

/// A body that is in order.
fn body(id: &str) -> Value {
    match id {
        "EmployeeLabels_replace" | "RoomLabels_replace" => json!({"labels": []}),
        "RoomBookability_replace" => json!({"canBeBooked": true}),
        "Tenants_limit" => json!({}),
        "DynamicAvailability_replace" => json!({"dynamicAvailability": true}),
        id if id.ends_with("_replace") => json!({}),
        _ => json!([]),
    }
}

#[tokio::test]
async fn whatever_an_address_names_of_others_is_not_there() {
    let kit = Kit::start().await;
    everything(&kit, OURS).await;
    let theirs = everything(&kit, THEIRS).await;
    let named: Vec<_> = operations().iter().filter(|row| row.path.contains('{') && !is_served(row)).collect();
    assert!(named.len() > 15, "{}", named.len());
    for operation in &named {
        let (before, after) = operation.path.split_once("/{").unwrap();
        let rest = rest(after);
        let id = theirs.get(before).unwrap_or_else(|| panic!("nothing of {before}"));
        let address = format!("{before}/{id}{rest}");
        let body = (operation.method != Method::GET).then(|| body(operation.id));
        let answer = call(&kit, admin(OURS), operation.method.clone(), &address, body.clone()).await;
        assert_eq!(answer.status, 404, "{}: {}", operation.id, answer.text);
    }
    // It is there: for those whose it is.
    for operation in named.iter().filter(|row| row.method == Method::GET) {
        let (before, after) = operation.path.split_once("/{").unwrap();
        let rest = rest(after);
        get(&kit, admin(THEIRS), &format!("{before}/{}{rest}", theirs[before])).await.expect(200);
    }
}

#[tokio::test]
async fn whatever_is_named_of_others_in_a_body_or_a_query_is_not_there() {
    let kit = Kit::start().await;
    let ours = everything(&kit, OURS).await;
    let theirs = everything(&kit, THEIRS).await;
    let who = admin(OURS);
    let skills = format!("/employees/{}/skills", OURS.employee(1));
    put(&kit, who, &skills, json!({"topicIds": [theirs["topic"]]})).await.expect(404);
    put(&kit, who, &skills, json!({"customerTypeIds": [theirs["customer type"]]})).await.expect(404);
    for body in [json!({"topicId": theirs["topic"]}), json!({"customerTypeId": theirs["customer type"]})] {
        post(&kit, who, "/meeting-configurations", body).await.expect(404);
    }
    let query = format!("topicId={}&customerTypeId={}", theirs["topic"], ours["customer type"]);
    get(&kit, who, &format!("/meeting-configurations/effective?{query}")).await.expect(404);
    let window = json!({"employeeId": THEIRS.employee(1), "endDate": "2026-06-01T17:00:00Z"});
    post(&kit, who, "/availability-windows", window).await.expect(404);
    let group = json!({"employeeId": OURS.employee(1), "serviceGroupId": theirs["/service-groups"]});
    post(&kit, who, "/availability-windows", group).await.expect(404);
}

#[tokio::test]
async fn lists_hold_nothing_of_others() {
    let kit = Kit::start().await;
    everything(&kit, OURS).await;
    let theirs = everything(&kit, THEIRS).await;
    for operation in operations().iter().filter(|row| row.method == Method::GET && !row.path.contains('{')) {
        let answer = call(&kit, admin(OURS), Method::GET, operation.path, None).await;
        for id in theirs.values().map(String::as_str).chain(["mærke 2", "klient 2", "alarm 2"]) {
            assert!(!answer.text.contains(id), "{} tells of {id}", operation.id);
        }
    }
}
