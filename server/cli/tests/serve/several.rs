//! Several processes on one journal.

use std::time::Instant;

use serde_json::{Value as Json, json};

use crate::cluster::Cluster;
use crate::kit::{PATIENCE, Place, Server, call};
use crate::stub;

fn leads(server: &Server) -> bool {
    let (_, said) = call(&server.address(), "GET", "/readyz", &[], b"");
    serde_json::from_str::<Json>(&said).unwrap()["leader"] == true
}

#[test]
fn with_postgresql_another_stands_by_takes_events_in_and_takes_over() {
    let cluster = Cluster::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = runtime.block_on(cluster.database());
    let (model, asked) = stub::listen();
    let place = Place::new().with(&["--ai", "openai"], &[("ENGAGE_JOURNAL", &url), ("ENGAGE_AI_URL", &model)]);
    let (first, second) = (place.serve(), place.serve());
    assert_eq!((&first.ready["leader"], &second.ready["leader"]), (&json!(true), &json!(false)));
    assert_eq!(first.ready["journal"], "postgres");

    second.offer("visit", "v-1", &json!({"name": "Kari", "mail": "m"}));
    second.until("succeeded", 1);
    second.offer("asked", "a-1", &json!({"name": "Ola"}));
    let half = asked.recv_timeout(PATIENCE).unwrap();
    first.kill();
    drop(half);

    asked.recv_timeout(PATIENCE).unwrap().answer_as_model(&json!({"text": "Hello"}));
    second.until("succeeded", 2);
    assert!(leads(&second));
    assert_eq!(place.contacts(), ["Hello", "Kari", "Kari", "Ola"]);
    // A third stands by, and leads at once where the second ends as it should.
    let third = place.serve();
    assert_eq!(third.ready["leader"], false);
    second.end();
    let until = Instant::now() + PATIENCE;
    while !leads(&third) {
        assert!(Instant::now() < until, "nobody took over");
    }
    third.offer("visit", "v-2", &json!({"name": "Liv", "mail": "m"}));
    third.until("succeeded", 3);
    assert_eq!(place.contacts(), ["Hello", "Kari", "Kari", "Liv", "Liv", "Ola"]);
}

#[test]
fn a_command_asks_the_process_that_leads_and_it_acts() {
    let (url, asked) = stub::listen();
    let place = Place::new().with(&["--ai", "openai"], &[("ENGAGE_AI_URL", &url)]);
    let server = place.serve();
    server.offer("asked", "a-1", &json!({"name": "Kari"}));
    let half = asked.recv_timeout(PATIENCE).unwrap();
    let listed = place.engage(&["runs", "list"]);
    let run = listed["runs"][0]["run"].as_str().unwrap();
    assert_eq!(listed["runs"][0]["state"], "running");

    let workspace = place.path("workspace").display().to_string();
    let crm = format!("memory:{}", place.path("crm.json").display());
    let said = place.engage(&["runs", "cancel", run, "--workspace", &workspace]);
    assert_eq!(said["handed_over"], true, "{said}");
    // A request comes in behind what was offered before, so that it is dealt with once this event has ended.
    server.offer("visit", "v-1", &json!({"name": "Ola", "mail": "m"}));
    server.until("succeeded", 1);
    half.answer_as_model(&json!({"text": "Hello"}));
    server.until("cancelled", 1);
    assert_eq!(place.contacts(), ["Kari", "Ola", "Ola"]);

    let said = place.engage(&["runs", "retry", run, "--workspace", &workspace, "--crm", &crm, "--ai", "local"]);
    assert_eq!(said["handed_over"], true, "{said}");
    server.until("succeeded", 2);
    assert!(asked.try_recv().is_err(), "the model had answered");
    assert_eq!(place.contacts(), ["Hello", "Kari", "Ola", "Ola"]);
    let shown = place.engage(&["runs", "show", run, "--workspace", &workspace]);
    assert_eq!(shown["state"], "succeeded");

    let visits = place.engage(&["runs", "list", "--playbook", "visit"]);
    let visit = visits["runs"][0]["run"].as_str().unwrap();
    let again = ["runs", "replay", visit, "--workspace", &workspace, "--crm", &crm, "--event-id", "v-1-again"];
    let said = place.engage(&again);
    assert_eq!((&said["handed_over"], &said["event"]), (&json!(true), &json!("v-1-again")), "{said}");
    server.until("succeeded", 3);
    assert_eq!(place.contacts(), ["Hello", "Kari", "Ola", "Ola", "Ola", "Ola"], "a run of its own writes again");
    server.end();
}

#[test]
fn a_second_process_on_a_sqlite_file_stands_by_and_takes_over() {
    let place = Place::new();
    let (first, second) = (place.serve(), place.serve());
    assert_eq!((&first.ready["leader"], &second.ready["leader"]), (&json!(true), &json!(false)));
    second.offer("visit", "v-1", &json!({"name": "Kari", "mail": "m"}));
    first.until("succeeded", 1);
    first.kill();
    second.offer("visit", "v-2", &json!({"name": "Ola", "mail": "m"}));
    second.until("succeeded", 2);
    assert_eq!(place.contacts(), ["Kari", "Kari", "Ola", "Ola"]);
}
