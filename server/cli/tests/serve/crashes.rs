//! Killed at any time, told to end at any time: runs end, nothing is written twice, nothing is lost.

use serde_json::{Value as Json, json};

use crate::kit::{PATIENCE, Place};
use crate::stub;

fn answered() -> Json {
    json!({"text": "Hello"})
}

#[test]
fn a_kill_while_a_block_is_under_way_loses_nothing_and_doubles_nothing() {
    let (url, asked) = stub::listen();
    let place = Place::new().with(&["--ai", "openai"], &[("ENGAGE_AI_URL", &url)]);
    let server = place.serve();
    server.offer("asked", "a-1", &json!({"name": "Kari"}));
    let first = asked.recv_timeout(PATIENCE).unwrap();
    assert_eq!(place.contacts(), ["Kari"], "what was written before is in the file");
    server.kill();
    drop(first);

    let server = place.serve();
    assert_eq!(server.offer("asked", "a-1", &json!({"name": "Kari"})), json!(true), "the event is known");
    asked.recv_timeout(PATIENCE).unwrap().answer_as_model(&answered());
    server.until("succeeded", 1);
    assert_eq!(server.runs().len(), 1);
    assert_eq!(place.contacts(), ["Hello", "Kari"]);
    server.end();
}

#[test]
fn kills_in_the_middle_of_many_runs_leave_each_with_its_records_once() {
    const ROUNDS: usize = 4;
    const RUNS: usize = 12;
    let place = Place::new();
    for round in 0..ROUNDS {
        let server = place.serve();
        for run in 0..RUNS {
            let name = format!("v-{round}-{run}");
            server.offer("visit", &name, &json!({"name": name, "mail": "m"}));
        }
        server.kill();
    }
    let server = place.serve();
    server.until("succeeded", ROUNDS * RUNS);
    server.end();
    let mut expected: Vec<String> =
        (0..ROUNDS).flat_map(|round| (0..RUNS).map(move |run| format!("v-{round}-{run}"))).collect();
    expected.extend(expected.clone());
    expected.sort();
    assert_eq!(place.contacts(), expected);
}

#[test]
fn told_to_end_it_lets_what_is_under_way_come_to_its_end_and_the_rest_goes_on_later() {
    let (url, asked) = stub::listen();
    let place = Place::new().with(&["--ai", "openai"], &[("ENGAGE_AI_URL", &url)]);
    let mut server = place.serve();
    server.offer("asked", "a-1", &json!({"name": "Kari"}));
    let first = asked.recv_timeout(PATIENCE).unwrap();
    assert_eq!(first.path, "/chat/completions");
    server.terminate();
    server.logged("ending");
    first.answer_as_model(&answered());
    let log = server.ended();
    assert!(!log.contains("Kari") && !log.contains("Hello"), "{log}");

    let server = place.serve();
    server.until("succeeded", 1);
    assert!(asked.try_recv().is_err(), "what was answered is not asked again");
    assert_eq!(place.contacts(), ["Hello", "Kari"]);
}
