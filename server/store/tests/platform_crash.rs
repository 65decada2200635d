//! Kills a process that writes to the platform's store, at any point of its work, and looks at what is there; and lets
//! several processes make the tables at once.
//!
//! What was acknowledged has to be there, and of every job all or nothing. The process is this program again, with the
//! address of a store; it says on its output what was acknowledged.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]

#[path = "it/cluster.rs"]
mod cluster;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use engage_store::platform::{
    Condition, Content, Database, Directory, DirectoryReads, Environment, Event, Kind, NewRecord, Options, Outbox,
    OutboxReads, Realm, Service, StoreError,
};
use serde_json::json;
use uuid::Uuid;

/// How many write at once, and how often they are killed.
const WRITERS: u64 = 16;
const ROUNDS: u64 = 15;
/// How many processes make the tables at once.
const MIGRATORS: usize = 6;

const TESTS: [&str; 4] = ["sqlite_survives", "postgres_survives", "sqlite_migrates", "postgres_migrates"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match arguments.first().map(String::as_str) {
        Some("--write") => runtime.block_on(write(&arguments[1], arguments[2].parse().unwrap())),
        Some("--open") => drop(runtime.block_on(open(&arguments[1]))),
        _ if arguments.iter().any(|argument| argument == "--list") => {
            if !arguments.iter().any(|argument| argument == "--ignored") {
                TESTS.iter().for_each(|name| println!("{name}: test"));
            }
        }
        _ => tests(&arguments, &runtime),
    }
}

/// The tests that are named, or all.
fn tests(arguments: &[String], runtime: &tokio::runtime::Runtime) {
    let named = |name: &str| arguments.iter().all(|argument| argument.starts_with("--") || name.contains(argument));
    for name in TESTS.into_iter().filter(|name| named(name)) {
        let folder = tempfile::tempdir().unwrap();
        let cluster = name.starts_with("postgres").then(cluster::Cluster::start);
        let place = match &cluster {
            Some(cluster) => runtime.block_on(cluster.database()),
            None => folder.path().join("platform.db").display().to_string(),
        };
        match name.ends_with("_survives") {
            true => runtime.block_on(survives(&place)),
            false => runtime.block_on(migrates(&place)),
        }
    }
}

async fn open(place: &str) -> Database {
    let options = Options { connections: 6, ..Options::default() };
    if place.starts_with("postgres:") {
        Database::connect(place, options).await.unwrap()
    } else {
        Database::open(place, options).await.unwrap()
    }
}

const REALM: Realm =
    Realm { organisation: Uuid::from_u128(1), environment: Environment::Prod, service: Service::Employees };

/// What is killed: makes users and says so to the outbox, for ever.
async fn write(place: &str, round: u64) {
    let database = open(place).await;
    let writers = (0..WRITERS).map(|n| tokio::spawn(writer(database.clone(), round * WRITERS + n)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

async fn writer(database: Database, lane: u64) {
    for turn in 0_u64.. {
        let id = Uuid::from_u64_pair(lane + 1, turn);
        provision(&database, id).await.unwrap();
        let mut output = std::io::stdout().lock();
        output.write_all(format!("{id}\n").as_bytes()).and_then(|()| output.flush()).unwrap();
    }
}

async fn provision(database: &Database, id: Uuid) -> Result<(), StoreError> {
    let content = Content {
        user_name: Some(id.to_string()),
        external_id: None,
        display_name: None,
        active: true,
        body: json!({ "userName": id.to_string() }),
        folded: json!({}),
        deactivated_at: None,
        purge_at: None,
    };
    let event = Event {
        id,
        organisation: REALM.organisation,
        environment: REALM.environment,
        at: jiff::Timestamp::UNIX_EPOCH,
        kind: "EmployeeProvisioned".to_owned(),
        subject: id.to_string(),
        payload: json!({}),
    };
    let new = NewRecord { id, kind: Kind::User, domain: id, content };
    let work = database.write((new, event), |tx, (new, event)| {
        Box::pin(async move {
            tx.insert_record(&REALM, new, jiff::Timestamp::UNIX_EPOCH).await?;
            tx.append_event(event).await
        })
    });
    work.await
}

fn start(arguments: &[&str]) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(arguments).stdout(Stdio::piped()).spawn().unwrap()
}

async fn survives(place: &str) {
    let mut acknowledged = BTreeSet::new();
    // The same points in every run: a small linear congruence is random enough.
    let mut seed = 20_260_601_u64;
    for round in 0..ROUNDS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        kill_after((seed >> 33) % 120, place, round, &mut acknowledged);
        check(place, &acknowledged).await;
    }
    assert!(acknowledged.len() > 300, "it hardly wrote");
}

/// Lets a process write until so many lines were said, kills it, and reads what it had said by then.
fn kill_after(lines: u64, place: &str, round: u64, acknowledged: &mut BTreeSet<Uuid>) {
    let mut writer = start(&["--write", place, &round.to_string()]);
    let mut output = BufReader::new(writer.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut hear = |line: String| acknowledged.insert(line.parse().unwrap());
    for line in output.by_ref().take(usize::try_from(lines).unwrap() + 1) {
        hear(line);
    }
    writer.kill().unwrap();
    for line in output {
        hear(line);
    }
    writer.wait().unwrap();
}

/// Every user that was acknowledged is there, and every user that is there has its event.
async fn check(place: &str, acknowledged: &BTreeSet<Uuid>) {
    let database = open(place).await;
    // A server may still be at what the dead process had asked: what follows comes after it.
    provision(&database, Uuid::from_u64_pair(0, acknowledged.len() as u64)).await.unwrap();
    let mut reader = database.reader();
    let users = reader.records(&REALM, Kind::User, &Condition::all([]), 0, 1_000_000).await.unwrap();
    let users: BTreeSet<Uuid> = users.iter().map(|user| user.id).collect();
    let events = reader.take_events(jiff::Timestamp::UNIX_EPOCH, 1_000_000).await.unwrap();
    let events: BTreeSet<Uuid> = events.iter().map(|waiting| waiting.event.id).collect();
    let lost: Vec<&Uuid> = acknowledged.difference(&users).collect();
    assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
    assert_eq!(users, events, "half a job is there");
}

/// Processes that open a store with nothing in it at once all succeed, and it can be used.
async fn migrates(place: &str) {
    let processes: Vec<Child> = (0..MIGRATORS).map(|_| start(&["--open", place])).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let database = open(place).await;
    let status = database.ready().await.unwrap();
    assert_eq!(status.applied, status.known);
    provision(&database, Uuid::from_u128(1)).await.unwrap();
}
