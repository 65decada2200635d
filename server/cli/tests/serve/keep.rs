//! How long runs are kept, and runs that are erased.

use std::time::Instant;

use serde_json::json;
use sqlx::Connection as _;

use crate::kit::{PATIENCE, Place, Server};

/// Waits until no run is left.
fn until_none(server: &Server) {
    let until = Instant::now() + PATIENCE;
    while !server.runs().is_empty() {
        assert!(Instant::now() < until, "runs are left");
    }
}

/// Lets all that has ended have ended so many days earlier.
fn aged(place: &Place, days: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", place.path("runs.sqlite").display());
        let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let ended = format!("strftime('%Y-%m-%dT%H:%M:%S', ended, '-{days} days') || substr(ended, 20)");
        let change = format!("UPDATE journal_runs SET ended = {ended}");
        sqlx::query(sqlx::AssertSqlSafe(change)).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    });
}

/// A journal with one run that ended so many days ago.
fn ended(days: u32) -> Place {
    let place = Place::new();
    let server = place.serve();
    server.offer("visit", "v-1", &json!({"name": "Kari", "mail": "m"}));
    server.until("succeeded", 1);
    server.end();
    aged(&place, days);
    place
}

#[test]
fn runs_are_kept_thirty_days_or_as_long_as_the_operator_says() {
    let place = ended(29);
    let server = place.serve();
    // A run behind it has ended once the leader has looked.
    server.offer("visit", "v-2", &json!({"name": "Ola", "mail": "m"}));
    server.until("succeeded", 2);
    server.end();
    aged(&place, 2);
    let place = place.with(&[], &[("ENGAGE_KEEP", "forever")]);
    let server = place.serve();
    server.offer("visit", "v-3", &json!({"name": "Liv", "mail": "m"}));
    server.until("succeeded", 3);
    server.end();
    // What the command line says wins. Two ended two days ago or earlier, one just now.
    let place = place.with(&["--keep", "36h"], &[]);
    let server = place.serve();
    let until = Instant::now() + PATIENCE;
    while server.runs().len() != 1 {
        assert!(Instant::now() < until, "{:?}", server.runs());
    }
    server.end();
}

#[test]
fn without_a_word_runs_go_after_thirty_days() {
    let place = ended(31);
    let server = place.serve();
    until_none(&server);
    server.end();
}

#[test]
fn a_command_asks_the_process_that_leads_to_erase_a_run() {
    let place = Place::new();
    let server = place.serve();
    server.offer("visit", "v-1", &json!({"name": "Kari", "mail": "m"}));
    let run = server.until("succeeded", 1)[0]["run"].as_str().unwrap().to_owned();
    let said = place.engage(&["runs", "erase", &run]);
    assert_eq!(said["handed_over"], true, "{said}");
    until_none(&server);
    assert_eq!(place.contacts(), ["Kari", "Kari"], "what it wrote stays");
    server.end();
}
