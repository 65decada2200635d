//! Writes per second of the platform's store: so many at once, each making a user and an event in one job; and how long the
//! lookup of a user takes beside a hundred thousand others.
//!
//! Criterion shows the time of one write of all; the line before it gives writes per second and the time that each took.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a bench stops at the first surprise"
)]

#[path = "../tests/it/cluster.rs"]
mod cluster;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use engage_store::platform::{
    Content, Database, Directory, DirectoryReads, Environment, Event, Kind, NewRecord, Options, Outbox, Realm, Service,
    StoreError,
};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

const REALM: Realm =
    Realm { organisation: Uuid::from_u128(1), environment: Environment::Prod, service: Service::Employees };
/// How many users there are when one is looked for, and how many are made in one job before.
const USERS: u64 = 100_000;
const TOGETHER: u64 = 500;

fn name(n: u64) -> String {
    format!("user{n}@contoso.com")
}

fn record(n: u64) -> NewRecord {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name(n), "active": true,
        "displayName": format!("User {n}"), "name": { "givenName": "User", "familyName": n.to_string() },
        "emails": [{ "type": "work", "value": name(n), "primary": true }],
        "addresses": [{ "type": "work", "formatted": "Copenhagen" }],
    });
    let content = Content {
        user_name: Some(name(n)),
        external_id: Some(Uuid::from_u64_pair(7, n).to_string()),
        display_name: Some(format!("User {n}")),
        active: true,
        folded: body.clone(),
        body,
        deactivated_at: None,
        purge_at: None,
    };
    let id = Uuid::from_u64_pair(1, n);
    NewRecord { id, kind: Kind::User, domain: id, content }
}

fn event(n: u64) -> Event {
    Event {
        id: Uuid::from_u64_pair(2, n),
        organisation: REALM.organisation,
        environment: REALM.environment,
        at: Timestamp::UNIX_EPOCH,
        kind: "EmployeeProvisioned".to_owned(),
        subject: n.to_string(),
        payload: json!({ "id": n }),
    }
}

async fn provision(database: &Database, n: u64) {
    let work = database.write((record(n), event(n)), |tx, (new, event)| {
        Box::pin(async move {
            tx.insert_record(&REALM, new, Timestamp::UNIX_EPOCH).await?;
            tx.append_event(event).await
        })
    });
    Result::<(), StoreError>::unwrap(work.await);
}

/// So many tasks, each writing so often; what each write took.
async fn writes(database: &Database, next: &AtomicU64, at_once: u64, times: u64) -> Vec<Duration> {
    let first = next.fetch_add(at_once * times, Ordering::Relaxed);
    let tasks = (0..at_once).map(|task| {
        let database = database.clone();
        tokio::spawn(async move {
            let mut took = Vec::new();
            for n in 0..times {
                let started = Instant::now();
                provision(&database, first + task * times + n).await;
                took.push(started.elapsed());
            }
            took
        })
    });
    let mut took = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        took.extend(task.await.unwrap());
    }
    took
}

/// Makes users until there are enough, many in one job.
async fn fill(database: &Database, next: &AtomicU64) {
    while next.load(Ordering::Relaxed) < USERS {
        let first = next.fetch_add(TOGETHER, Ordering::Relaxed);
        let work = database.write(first, |tx, first| {
            Box::pin(async move {
                for n in *first..*first + TOGETHER {
                    tx.insert_record(&REALM, &record(n), Timestamp::UNIX_EPOCH).await?;
                }
                Ok::<_, StoreError>(())
            })
        });
        work.await.unwrap();
    }
}

fn show(what: &str, mut took: Vec<Duration>, all: Duration) {
    took.sort();
    let of = |share: usize| took[(took.len() - 1) * share / 100];
    let rate = took.len() as f64 / all.as_secs_f64();
    println!("{what}: {rate:.0}/s, p50 {:?}, p99 {:?}", of(50), of(99));
}

async fn lookups(database: &Database, times: u64) -> Vec<Duration> {
    let mut reader = database.reader();
    let mut took = Vec::new();
    for n in 0..times {
        let started = Instant::now();
        let found = reader.record_by_user_name(&REALM, &name(n * 7919 % USERS)).await.unwrap();
        took.push(started.elapsed());
        assert!(found.is_some());
    }
    took
}

fn platform(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let cluster = cluster::Cluster::start();
    let databases: [(&str, Database); 2] = runtime.block_on(async {
        let url = cluster.database().await;
        [
            ("sqlite", Database::open(folder.path().join("platform.db"), Options::default()).await.unwrap()),
            ("postgres", Database::connect(&url, Options::default()).await.unwrap()),
        ]
    });
    for (name, database) in &databases {
        let next = AtomicU64::new(0);
        for at_once in [1, 32, 256] {
            let started = Instant::now();
            let took = runtime.block_on(writes(database, &next, at_once, 2000 / at_once.min(100)));
            show(&format!("{name}, {at_once} at once"), took, started.elapsed());
            c.bench_function(&format!("{name}/{at_once}"), |b| {
                b.iter_custom(|rounds| {
                    let started = Instant::now();
                    runtime.block_on(writes(database, &next, at_once, rounds));
                    started.elapsed()
                });
            });
        }
        runtime.block_on(fill(database, &next));
        let started = Instant::now();
        let took = runtime.block_on(lookups(database, 5000));
        show(&format!("{name}, lookups among {} users", next.load(Ordering::Relaxed)), took, started.elapsed());
    }
    // The log is what the writer has not yet put where it belongs.
    for file in ["platform.db", "platform.db-wal"] {
        println!("{file}: {} MB", std::fs::metadata(folder.path().join(file)).unwrap().len() >> 20);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(3));
    targets = platform
}
criterion_main!(benches);
