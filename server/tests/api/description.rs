//! The description of the API: that it is what is checked in, that it is served, and that its examples are true.

use std::collections::HashMap;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request};
use engage_client::model::Reason as Known;
use engage_server::api::{Reason, Version, operations};
use engage_server::openapi::yaml;
use serde_json::Value;

use super::conform::{described, followed, holds};
use super::kit::{ADMIN, As, Kit, OURS, SYSTEM};

#[test]
fn every_document_is_the_one_that_is_checked_in() {
    for version in Version::ALL {
        let name = format!("src/api/openapi/{}.yaml", version.as_str());
        let (path, made) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(&name), yaml(described(version)));
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &made).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == made, "server/{name} is out of date: run the tests with UPDATE_GENERATED=1 and commit it");
    }
}

#[test]
fn a_version_describes_its_rows_and_says_who_may_call_them() {
    for version in Version::ALL {
        let document = described(version);
        let mut seen = 0;
        for row in operations().iter().filter(|row| row.advertised.contains(&version)) {
            let described = &document["paths"][row.path][row.method.as_str().to_ascii_lowercase()];
            assert_eq!(described["operationId"], row.id, "{} {}", version.as_str(), row.path);
            if row.open {
                assert_eq!(described["security"], serde_json::json!([]), "{}", row.id);
            } else {
                let minimum = row.requirement.minimum.unwrap().as_str();
                assert_eq!(described["x-roles"]["minimum"], minimum, "{}", row.id);
                assert_eq!(described["x-roles"]["system"], row.requirement.system, "{}", row.id);
            }
            seen += 1;
        }
        let paths = document["paths"].as_object().unwrap().values();
        let all: usize = paths.map(|methods| methods.as_object().unwrap().len()).sum();
        assert_eq!(all, seen, "nothing else is described");
    }
    assert_eq!(operations().iter().filter(|row| row.advertised.contains(&Version::V3)).count(), 87);
}

#[test]
fn versions_differ_as_they_do() {
    let schema = |version: Version, name: &str| described(version)["components"]["schemas"][name].clone();
    let has = |version: Version, name: &str, member: &str| !schema(version, name)["properties"][member].is_null();
    for (name, member, since) in [
        ("Meeting", "videoLink", Version::V2),
        ("CreateMeeting", "cpr", Version::V2),
        ("CreateMeeting", "isInternal", Version::V3),
        ("Topic", "localizedName", Version::V3),
        ("Employee", "labels", Version::V3),
    ] {
        for version in Version::ALL {
            assert_eq!(has(version, name, member), version >= since, "{name}.{member} in {}", version.as_str());
        }
    }
    assert_eq!(schema(Version::V1, "MeetingType")["enum"][0], "physical");
    assert_eq!(schema(Version::V2, "MeetingType")["enum"][0], "Physical");
    assert_eq!(schema(Version::V1, "BookedBy")["enum"], serde_json::json!(["employee", "customer"]));
    assert_eq!(schema(Version::V1, "EmployeeType")["anyOf"][0]["enum"], serde_json::json!(["Explicit", "Global"]));
    let needed = schema(Version::V1, "CreateMeeting")["required"].clone();
    assert!(needed.as_array().unwrap().iter().any(|name| name == "timeSlotId"), "{needed}");
    let method = |version: Version, name: &str| !described(version)["paths"]["/bookme/meetings/{id}"][name].is_null();
    assert_eq!(Version::ALL.map(|version| method(version, "put")), [true, true, false]);
    assert_eq!(Version::ALL.map(|version| method(version, "patch")), [false, true, true]);
    for version in Version::ALL {
        assert!(!described(version).to_string().contains("\"x-since\""), "what types say of versions is not told");
        assert_eq!(described(version)["paths"]["/labels"].is_null(), version < Version::V3);
    }
}

#[test]
fn the_client_knows_every_operation_and_every_reason() {
    let rows = operations().iter().filter(|row| row.advertised.contains(&Version::V3));
    for row in rows {
        let known = (row.id, row.method.as_str(), row.path);
        assert!(engage_client::OPERATIONS.contains(&known), "{known:?}");
    }
    let told: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(Known::KNOWN.iter().map(Known::as_str).collect::<Vec<_>>(), told);
}

#[tokio::test]
async fn everybody_may_read_it_and_is_told_when_he_has_it_already() {
    let kit = Kit::start().await;
    for version in Version::ALL {
        for (name, media) in [
            ("openapi.yaml", "application/yaml; charset=utf-8"),
            ("openapi.json", "application/json"),
            ("docs", "text/html; charset=utf-8"),
        ] {
            let path = format!("{}/{name}", version.prefix());
            let answer = kit.call(As::Nobody, Method::GET, &path, None).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, media), "{path}");
            assert!(!answer.header("x-ratelimit-remaining").is_empty(), "who reads it is counted");
            let tag = answer.header("etag").to_owned();
            let again = Request::builder().uri(&path).header("if-none-match", &tag);
            let again = kit.raw(SYSTEM, again, Body::empty()).await;
            assert_eq!((again.status.as_u16(), again.text.as_str(), again.header("etag")), (304, "", tag.as_str()));
            let other = Request::builder().uri(&path).header("if-none-match", "\"other\"");
            assert_eq!(kit.raw(SYSTEM, other, Body::empty()).await.status, 200);
        }
        let json = kit.call(As::Nobody, Method::GET, &format!("{}/openapi.json", version.prefix()), None).await;
        assert_eq!(json.json(), *described(version));
    }
}

#[tokio::test]
async fn the_page_has_every_operation_and_nothing_of_elsewhere() {
    let kit = Kit::start().await;
    let page = kit.call(As::Nobody, Method::GET, "/api/v3/docs", None).await;
    for row in operations().iter().filter(|row| row.advertised.contains(&Version::V3)) {
        assert!(page.text.contains(&format!("<details id=\"{}\">", row.id)), "{}", row.id);
    }
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    for word in ["<script", "src=", "http-equiv", "@import", "url("] {
        assert!(!page.text.contains(word), "{word}");
    }
}

/// Operations whose examples meet what the office has already, and what is answered then.
const MET: [(&str, u16); 3] =
    [("EmployeeSchedules_create", 409), ("CustomerTypes_delete", 409), ("TimeSlots_patch", 409)];

/// The examples of a version as requests, in an order that makes sense: what is made, before what reads it, before what removes it.
fn requests(version: Version) -> Vec<(&'static str, &'static str, &'static Value)> {
    let paths = described(version)["paths"].as_object().unwrap();
    let mut all: Vec<_> = paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(|(method, said)| (path.as_str(), method.as_str(), said))
        })
        .collect();
    let rank = |(_, method, said): &(&str, &str, &Value)| match (*method, said["operationId"].as_str().unwrap()) {
        (_, "TimeSlots_reserve") => 0,
        ("get", _) => 2,
        ("post", _) => 1,
        ("delete", _) => 4,
        _ => 3,
    };
    all.sort_by_key(rank);
    all
}

/// What a parameter is in an example.
fn example(parameter: &Value) -> Option<String> {
    match &parameter["example"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(",")),
        other => Some(other.to_string()),
    }
}

#[tokio::test]
async fn every_example_is_as_described_and_is_accepted() {
    for version in Version::ALL {
        let kit = Kit::start().await;
        let office = kit.office(OURS).await;
        let text = |n: u8| format!("0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e00{n:02x}");
        let mut known: HashMap<String, String> = HashMap::from([
            (text(1), OURS.employee(1).to_string()),
            (text(2), OURS.room().to_string()),
            (text(3), office["topic"].to_string()),
            (text(4), office["customerType"].to_string()),
            (text(13), OURS.id().to_string()),
        ]);
        let (mut seen, mut refused) = (0, Vec::new());
        for (path, method, said) in requests(version) {
            match one(&kit, version, (path, method, said), &mut known).await {
                Ok(done) => seen += usize::from(done),
                Err(answer) => refused.push(answer),
            }
        }
        assert!(refused.is_empty(), "{}", refused.join("\n"));
        assert!(seen > 40 || version < Version::V3 && seen > 20, "{seen}");
    }
}

/// Sends an example; whether it was done, or what was answered where it should have been.
async fn one(
    kit: &Kit,
    version: Version,
    (path, method, said): (&str, &str, &'static Value),
    known: &mut HashMap<String, String>,
) -> Result<bool, String> {
    let (document, id) = (described(version), said["operationId"].as_str().unwrap());
    let real = |text: &str, known: &HashMap<String, String>| {
        known.iter().fold(text.to_owned(), |text, (example, real)| text.replace(example.as_str(), real))
    };
    let made = said["responses"].as_object().unwrap().iter().find_map(|(_, answer)| {
        let content = &answer["content"]["application/json"];
        answer["$ref"].is_null().then_some(content).filter(|content| !content.is_null())
    });
    if let Some(content) = made {
        holds(version, &content["schema"], &content["example"], true, &format!("the example of {id}"));
    }
    let mut address = format!("{}{path}", version.prefix());
    let mut query = Vec::new();
    for parameter in said["parameters"].as_array().into_iter().flatten() {
        let parameter = followed(document, parameter);
        let name = parameter["name"].as_str().unwrap();
        match parameter["in"].as_str().unwrap() {
            "path" => address = address.replace(&format!("{{{name}}}"), &named(id, known)),
            "query" => query.extend(example(parameter).map(|value| format!("{name}={}", real(&value, known)))),
            _ => {}
        }
    }
    let address = format!("{address}?{}", query.join("&").replace(' ', "%20"));
    let content = &said["requestBody"]["content"]["application/json"];
    let body = (!content.is_null()).then(|| {
        holds(version, &content["schema"], &content["example"], false, &format!("the example of {id}"));
        serde_json::from_str(&real(&content["example"].to_string(), known)).unwrap()
    });
    let method: Method = method.to_ascii_uppercase().parse().unwrap();
    let answer = kit.call(ADMIN, method, &address, body).await;
    if path.starts_with("/present/") && answer.status == 501 {
        return Ok(false);
    }
    if let Some((_, status)) = MET.iter().find(|(met, _)| *met == id) {
        assert_eq!(answer.status.as_u16(), *status, "{id} {}", answer.text);
        return Ok(false);
    }
    if !answer.status.is_success() {
        return Err(format!("{id} {address}: {} {}", answer.status, answer.text));
    }
    let ids = made.and_then(|content| {
        Some((content["example"]["id"].as_str()?.to_owned(), answer.json()["id"].as_str()?.to_owned()))
    });
    if let Some((example, real)) = ids {
        known.entry(example).or_insert(real);
    }
    Ok(true)
}

/// The id that the address of an operation names, by what it is about.
fn named(id: &str, known: &HashMap<String, String>) -> String {
    let number = match id.split('_').next().unwrap() {
        _ if id.ends_with("Employee") => 1,
        "Employees" | "EmployeeSchedules" => 1,
        "Rooms" => 2,
        "Topics" => 3,
        "CustomerTypes" => 4,
        "Meetings" => 5,
        "TimeSlots" => 7,
        "Labels" => 8,
        "CompetenceGroups" => 9,
        "ServiceGroups" => 10,
        "Portals" => 11,
        "OrganizationSettings" => 13,
        "Locations" => 14,
        _ => 16,
    };
    known
        .get(&format!("0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e00{number:02x}"))
        .cloned()
        .unwrap_or_else(|| "pension".to_owned())
}
