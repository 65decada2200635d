//! Directories on the server: who comes and goes starts playbooks.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value as Json, json};
use sqlx::Connection as _;

use crate::kit::{PATIENCE, PROGRAM, Place, Server, call};

const JOINED: &str = r#"
playbook joined "Somebody joined" {
  trigger EmployeeProvisioned
  create one = person as application "a directory has no user" {
    contact.LastName: trigger.Employee.LastName
    contact.Email: trigger.Employee.Email
  }
}
"#;

/// A workspace with a playbook for newcomers, an organisation; the setting that says where it is, and its token.
pub(crate) fn place() -> (Place, String, String) {
    let place = Place::new();
    std::fs::write(place.path("workspace/joined.engage"), JOINED).unwrap();
    let data = format!("store.data={}", place.path("data").display());
    let admin = |arguments: &[&str]| {
        let said = Command::new(PROGRAM).args(arguments).args(["--set", &data]).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    };
    admin(&["org", "create", "Contoso", "--environment", "test"]);
    let token = admin(&["scim", "token", "create", "Contoso", "--environment", "test"]);
    (place.with(&["--organisation", "Contoso", "--set", &data], &[]), data, token)
}

pub(crate) fn send(server: &Server, token: &str, method: &str, path: &str, body: &Json) -> (u16, Json) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/scim+json")];
    let (status, text) = call(&server.address(), method, path, &headers, body.to_string().as_bytes());
    (status, serde_json::from_str(&text).unwrap_or(Json::Null))
}

pub(crate) fn user(name: &str) -> Json {
    json!({"userName": format!("{name}@contoso.example"), "externalId": name, "name": {"givenName": name, "familyName": name}})
}

#[test]
fn who_joins_the_directory_is_written_to_the_crm_though_the_server_is_killed() {
    let (place, _, token) = place();
    let server = place.serve();
    assert_eq!(server.ready["scim"]["employees"], format!("http://{}/employees/scim", server.address()));
    let mut expected = Vec::new();
    for n in 0..12 {
        let name = format!("u{n:02}");
        let (status, made) = send(&server, &token, "POST", "/employees/scim/Users", &user(&name));
        assert_eq!(status, 201, "{made}");
        expected.push(name);
    }
    server.kill();
    let server = place.serve();
    server.until("succeeded", 12);
    let (status, found) = send(&server, &token, "GET", "/employees/scim/Users?count=0", &Json::Null);
    assert_eq!((status, &found["totalResults"]), (200, &json!(12)), "what was acknowledged is there");
    assert_eq!(place.contacts(), expected);
    let log = server.end();
    assert!(!log.contains("contoso.example") && !log.contains(&token), "{log}");
}

#[test]
fn the_other_addresses_answer_beside_it_and_a_stranger_is_told_nothing() {
    let (place, _, token) = place();
    let server = place.serve();
    let (status, ready) = server.call("GET", "/readyz", &Json::Null);
    assert_eq!((status, &ready["ready"]), (200, &json!(true)));
    assert_eq!(send(&server, "nobody", "GET", "/rooms/scim/Users", &Json::Null).0, 401);
    assert_eq!(send(&server, &token, "GET", "/rooms/scim/Users", &Json::Null).0, 200);
    assert_eq!(send(&server, &token, "GET", "/runs", &Json::Null).0, 401, "a directory's token is no caller's");
    assert_eq!(server.call("GET", "/nothing", &Json::Null).0, 404);
    server.end();
}

#[test]
fn what_cannot_be_is_told_before_anything_is_served() {
    let (_kept, data, _) = place();
    let refused = |place: &Place| {
        let said = place.command().output().unwrap();
        assert!(!said.status.success());
        String::from_utf8(said.stderr).unwrap()
    };
    let other = Place::new().with(&["--organisation", "Contosso", "--set", &data], &[]);
    let told = refused(&other);
    assert!(told.contains("there is no organisation `Contosso`") && told.contains("Contoso"), "{told}");
    let alone = Place::new().with(&["--set", &data], &[]);
    assert!(refused(&alone).contains("--organisation"), "{}", refused(&alone));
    let wrong = Place::new().with(&["--organisation", "Contoso", "--set", &data, "--set", "scim.burst=none"], &[]);
    assert!(refused(&wrong).contains("scim.burst"));
}

/// Does something to a database, and gives the texts that the last statement finds.
fn ask(file: &Path, statements: &'static str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut database = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        let found = sqlx::query_scalar(statements).fetch_all(&mut database).await.unwrap();
        database.close().await.unwrap();
        found
    })
}

#[test]
fn a_database_that_is_away_is_a_line_in_a_minute_and_not_one_for_each_request() {
    let (place, _, token) = place();
    let (server, file) = (place.serve(), place.path("data/engage.db"));
    let status = || send(&server, &token, "GET", "/employees/scim/Users?count=0", &Json::Null).0;
    assert_eq!(status(), 200);
    let tables =
        ask(&file, "ALTER TABLE scim_tokens RENAME TO away; SELECT name FROM sqlite_schema WHERE name = 'away'");
    assert_eq!(tables, ["away"]);
    assert!((0..40).all(|_| status() == 503));
    ask(&file, "ALTER TABLE away RENAME TO scim_tokens; SELECT name FROM sqlite_schema WHERE name = 'scim_tokens'");
    assert_eq!(status(), 200);
    let log = server.end();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("the store failed")).collect();
    // Two on a machine on which those requests take longer than a minute.
    assert!(matches!(lines.len(), 1 | 2), "{log}");
    assert!(lines[0].contains("left_out=0") && lines[0].contains("request="), "{lines:?}");
    assert_eq!(log.lines().filter(|line| line.contains("status=503")).count(), 40, "each is answered: {log}");
}

#[test]
fn a_run_whose_version_is_gone_for_long_is_removed_and_the_organisation_is_alerted() {
    let (place, _, _) = place();
    let server = place.serve();
    server.offer("visit", "v-1", &json!({"name": "Kari", "mail": "kari@contoso.example"}));
    let run = server.until("succeeded", 1)[0]["run"].as_str().unwrap().to_owned();
    server.end();
    // It began long ago, is not at an end, and its playbook has changed since.
    ask(
        &place.path("runs.sqlite"),
        "DELETE FROM journal_facts WHERE sequence = (SELECT max(sequence) FROM journal_facts);
         UPDATE journal_facts SET fact = json_set(fact, '$.at', '2020-01-01T00:00:00Z');
         UPDATE journal_runs SET ended = NULL, state = 'running', record = json_set(record, '$.state', 'running')
         RETURNING state",
    );
    let model = place.path("workspace/all.engage");
    let text = std::fs::read_to_string(&model).unwrap();
    std::fs::write(&model, text.replacen(" after first {", " {", 1)).unwrap();
    let server = place.serve();
    let until = Instant::now() + PATIENCE;
    while !server.runs().is_empty() {
        assert!(Instant::now() < until, "{:?}", server.runs());
    }
    let log = server.end();
    assert!(log.contains("never ended") && !log.contains("kari"), "{log}");
    let alerts = "SELECT kind || ' ' || environment || ' ' || details FROM alerts WHERE closed IS NULL";
    let [alert]: [String; 1] = ask(&place.path("data/engage.db"), alerts).try_into().unwrap();
    let told = alert.strip_prefix("runs.never-ended test ").unwrap_or_else(|| panic!("{alert}"));
    let told: Json = serde_json::from_str(told).unwrap();
    assert_eq!((&told["runs"], &told["playbooks"], &told["named"]), (&json!(1), &json!({"visit": 1}), &json!([run])));
}
