//! The description of the API: that it is what is checked in, that it is served, and that its examples are true.

use std::collections::HashMap;
use std::path::Path;

use axum::http::Method;
use engage_server::management::operations;
use engage_server::openapi::yaml;
use serde_json::{Value, json};
use uuid::Uuid;

use super::conform::{Management, described, followed, holds};
use super::kit::{As, Kit, OURS};
use super::{ADMIN, alert, call, founded, get, is_served, post};

#[test]
fn the_document_is_the_one_that_is_checked_in() {
    let name = "src/management/openapi/v1.yaml";
    let (path, made) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(name), yaml(described(Management)));
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == made, "server/{name} is out of date: run the tests with UPDATE_GENERATED=1 and commit it");
}

#[test]
fn every_row_is_described_and_says_who_may_call_it() {
    let document = described(Management);
    let mut seen = 0;
    for row in operations().iter().filter(|row| !row.advertised.is_empty()) {
        let said = &document["paths"][row.path][row.method.as_str().to_ascii_lowercase()];
        assert_eq!(said["operationId"], row.id, "{}", row.path);
        if row.open {
            assert_eq!(said["security"], json!([]), "{}", row.id);
        } else {
            assert_eq!(said["x-roles"]["minimum"], row.requirement.minimum.unwrap().as_str(), "{}", row.id);
            assert_eq!(said["x-roles"]["system"], row.requirement.system, "{}", row.id);
        }
        seen += 1;
    }
    let paths = document["paths"].as_object().unwrap().values();
    let all: usize = paths.map(|methods| methods.as_object().unwrap().len()).sum();
    assert_eq!(all, seen, "nothing else is described");
}

#[tokio::test]
async fn everybody_may_read_it() {
    let kit = Kit::start().await;
    for (name, media) in [
        ("openapi.yaml", "application/yaml; charset=utf-8"),
        ("openapi.json", "application/json"),
        ("docs", "text/html; charset=utf-8"),
    ] {
        let answer = get(&kit, As::Nobody, &format!("/{name}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, media), "{name}");
        assert!(!answer.header("x-ratelimit-remaining").is_empty(), "who reads it is counted");
    }
    assert_eq!(get(&kit, As::Nobody, "/openapi.json").await.json(), *described(Management));
    let page = get(&kit, As::Nobody, "/docs").await;
    for row in operations().iter().filter(|row| !row.advertised.is_empty()) {
        assert!(page.text.contains(row.id), "{}", row.id);
    }
}

/// The id of whatever in the examples.
const EXAMPLE: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";
/// The secret of a client that an example makes.
const SECRET: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0002";

/// One of everything that addresses and bodies name, by the beginning of paths, and by names of members.
async fn office(kit: &Kit) -> HashMap<&'static str, String> {
    founded(kit, OURS).await;
    let (tenant, client) = (Uuid::from_u128(0x77).to_string(), Uuid::from_u128(0x88).to_string());
    post(kit, ADMIN, "/tenants", json!({"id": tenant})).await.expect(201);
    post(kit, ADMIN, "/clients", json!({"id": client, "label": "core"})).await.expect(201);
    let office = kit.office(OURS).await;
    let (employee, room) = (OURS.employee(1).to_string(), OURS.room().to_string());
    let portal = json!({"name": "P", "authenticationType": "MitID"});
    let group = json!({"name": "S", "employeeIds": [employee]});
    let hold = kit.post(ADMIN, "/bookme/time-slots/reserve", hold(&employee)).await;
    hold.expect(200);
    let group = kit.post(ADMIN, "/config/service-groups", group).await.id();
    let window = json!({"employeeId": employee, "serviceGroupId": group});
    HashMap::from([
        ("/employees", employee.clone()),
        ("/rooms", room.clone()),
        (
            "/meeting-configurations",
            post(kit, ADMIN, "/meeting-configurations", json!({"customerTypeId": office["customerType"]})).await.id(),
        ),
        ("/portals", kit.post(ADMIN, "/config/portals", portal).await.id()),
        ("/service-groups", group.clone()),
        ("/availability-windows", post(kit, ADMIN, "/availability-windows", window).await.id()),
        ("/holds", EXAMPLE.to_owned()),
        ("/scim-secrets", post(kit, ADMIN, "/scim-secrets", json!({})).await.id()),
        ("/tenants", tenant),
        ("/clients", client),
        ("/alerts", alert(kit, OURS).await),
        ("employeeId", employee),
        ("roomId", room),
        ("serviceGroupId", group),
        ("topicId", office["topic"].to_string()),
        ("customerTypeId", office["customerType"].to_string()),
    ])
}

fn hold(employee: &str) -> Value {
    json!({
        "timeSlot": {
            "status": "Reserved",
            "startDate": "2026-06-01T08:00:00Z",
            "endDate": "2026-06-01T09:00:00Z",
            "employeeId": employee,
        },
        "token": EXAMPLE,
    })
}

/// A value of an example with ids that are there: by the name of the member, or of the list, that holds them.
fn real(name: &str, value: &Value, known: &HashMap<&'static str, String>) -> Value {
    let singular = name.strip_suffix('s').unwrap_or(name);
    match value {
        Value::String(text) if text == EXAMPLE => known.get(singular).map_or(value.clone(), |id| json!(id)),
        Value::Array(items) => items.iter().map(|item| real(name, item, known)).collect(),
        Value::Object(members) => {
            // An operation of a patch is about the list that its path names.
            let path = members.get("path").and_then(Value::as_str).and_then(|path| path.split('/').nth(1));
            let inner = |(name, value): (&String, &Value)| {
                let of = if name == "value" { path.unwrap_or(name) } else { name };
                (name.clone(), real(of, value, known))
            };
            Value::Object(members.iter().map(inner).collect())
        }
        other => other.clone(),
    }
}

#[tokio::test]
async fn every_example_is_as_described_and_is_accepted() {
    let kit = Kit::start().await;
    let known = office(&kit).await;
    let document = described(Management);
    let mut rows: Vec<_> = operations().iter().filter(|row| !row.advertised.is_empty() && !row.open).collect();
    rows.sort_by_key(|row| row.method == Method::DELETE);
    for row in rows {
        let said = &document["paths"][row.path][row.method.as_str().to_ascii_lowercase()];
        for answer in said["responses"].as_object().unwrap().values().filter(|answer| answer["$ref"].is_null()) {
            let content = &answer["content"]["application/json"];
            if !content.is_null() {
                holds(Management, &content["schema"], &content["example"], true, &format!("the example of {}", row.id));
            }
        }
        // What is served of a workspace is not made of examples.
        if is_served(row) {
            continue;
        }
        let path = match row.path.split_once("/{") {
            Some((before, rest)) => {
                let id = known.get(before).unwrap_or_else(|| panic!("nothing of {before}"));
                format!("{before}/{id}{}", rest.split_once('}').unwrap().1).replace("{secretId}", SECRET)
            }
            None => row.path.to_owned(),
        };
        let parameters = said["parameters"].as_array().into_iter().flatten().map(|one| followed(document, one));
        let needed = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
        let query = needed.map(|one| {
            let (name, example) = (one["name"].as_str().unwrap(), &one["example"]);
            let value = real(name, example, &known);
            format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        let address = format!("{path}?{}", query.collect::<Vec<_>>().join("&"));
        let content = &said["requestBody"]["content"]["application/json"];
        let body = (!content.is_null()).then(|| {
            holds(Management, &content["schema"], &content["example"], false, &format!("the example of {}", row.id));
            real("", &content["example"], &known)
        });
        // Pools are what the explanation is about where nobody is named.
        let more = if row.id == "Availability_explain" {
            format!("&explicitEmployeeIds={}", known["employeeId"])
        } else {
            String::new()
        };
        let answer = call(&kit, ADMIN, row.method.clone(), &format!("{address}{more}"), body).await;
        assert!(answer.status.is_success(), "{} {address}: {} {}", row.id, answer.status, answer.text);
    }
}
