//! Appends per second: so many runs at once, each appending one entry and what is known of the run, again and again.
//!
//! Criterion shows the time of one append of all; the line before it gives appends per second and the time that each of
//! them took.
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

#[path = "../tests/it/cluster.rs"]
mod cluster;
#[path = "../tests/it/facts.rs"]
mod facts;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{Batch, Entry, Journal, Lease, RunRecord};
use engage_playbooks::run::RunState;
use engage_store::{PostgresJournal, PostgresOptions, SqliteJournal};
use facts::key;

/// Bytes of a fact: about what an output of a block has.
const FACT: usize = 400;

fn batch(run: u128, sequence: u32) -> Batch {
    let key = key(run);
    let fact = format!("{{\"at\":\"2026-01-01T00:00:00Z\",\"kind\":{{\"done\":\"{}\"}}}}", "x".repeat(FACT));
    let record = RunRecord {
        key: key.clone(),
        playbook: engage_engine::SemanticId::new("portal-lead").unwrap(),
        trigger: TriggerKind::PortalMeetings,
        state: RunState::Running,
        started_at: jiff::Timestamp::UNIX_EPOCH,
        updated_at: jiff::Timestamp::UNIX_EPOCH,
        wake_at: None,
        failed_block: None,
        reason: None,
        entries: sequence + 1,
    };
    Batch { entries: vec![Entry { key, sequence, fact }], runs: vec![record], ..Batch::default() }
}

/// So many runs, each appending so often; what each append took.
async fn appends(journal: &Arc<dyn Journal>, lease: &Lease, first: u128, at_once: u32, times: u32) -> Vec<Duration> {
    let tasks = (0..at_once).map(|n| {
        let (journal, lease) = (journal.clone(), lease.clone());
        tokio::spawn(async move {
            let mut took = Vec::new();
            for sequence in 0..times {
                let batch = batch(first + u128::from(n), sequence);
                let started = Instant::now();
                journal.append(&lease, &batch).await.unwrap();
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

fn journals(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let cluster = cluster::Cluster::start();
    let stores: [(&str, Arc<dyn Journal>); 2] = runtime.block_on(async {
        let url = cluster.database().await;
        [
            (
                "sqlite",
                Arc::new(SqliteJournal::open(folder.path().join("journal.db")).await.unwrap()) as Arc<dyn Journal>,
            ),
            ("postgres", Arc::new(PostgresJournal::connect(&url, PostgresOptions::default()).await.unwrap())),
        ]
    });
    let next = AtomicU32::new(0);
    for (name, journal) in &stores {
        let lease = runtime.block_on(journal.lead("bench")).unwrap().unwrap();
        for at_once in [1, 32, 256] {
            let fresh = || u128::from(next.fetch_add(at_once, Ordering::Relaxed));
            let (times, started) = (2000 / at_once.min(100), Instant::now());
            let mut took = runtime.block_on(appends(journal, &lease, fresh(), at_once, times));
            let all = started.elapsed();
            took.sort();
            let of = |share: usize| took[(took.len() - 1) * share / 100];
            let rate = took.len() as f64 / all.as_secs_f64();
            println!("{name}, {at_once} at once: {rate:.0} appends/s, p50 {:?}, p99 {:?}", of(50), of(99));
            c.bench_function(&format!("{name}/{at_once}"), |b| {
                b.iter_custom(|rounds| {
                    let started = Instant::now();
                    runtime.block_on(appends(journal, &lease, fresh(), at_once, u32::try_from(rounds).unwrap()));
                    started.elapsed()
                });
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(3));
    targets = journals
}
criterion_main!(benches);
