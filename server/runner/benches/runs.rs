//! Durable runs of a playbook of six blocks per second, on a SQLite file: an outside that answers at once, so that what
//! is left is the engine and the disk.
//!
//! `cargo bench -p engage-runner --bench runs -- RUNS CONCURRENCY`; 5,000 and 64 where nothing is said.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise"
)]

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use engage_playbooks::model::{BlockKind, TriggerKind};
use engage_playbooks::ports::{BlockCall, BlockDone, BlockExecutor, DurableEngine, Event};
use engage_playbooks::run::{BlockFailure, FailureKind, RunState, Tenant};
use engage_runner::{Config, Host, Limits, Measure, MemoryShelf, Metrics, Runner};
use engage_store::SqliteJournal;
use tokio::sync::mpsc;

#[path = "../tests/it/kit/playbooks.rs"]
#[expect(dead_code, reason = "tests have more kinds of blocks")]
mod playbooks;

use playbooks::{Shape, chain};

/// Answers at once.
struct AtOnce;

#[async_trait]
impl BlockExecutor for AtOnce {
    async fn run(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        let halted = |_| BlockFailure {
            kind: FailureKind::Transient,
            reason: "halted".to_owned(),
            message: String::new(),
            wait_ms: None,
            trips: 0,
        };
        if matches!(call.node.block.kind, BlockKind::Create { .. }) {
            call.host.prepared(call.attempt.input.clone()).await.map_err(halted)?;
            call.host.may_send().await.map_err(halted)?;
        }
        Ok(BlockDone { output: serde_json::json!({ "Id": "0c1f9d1e-7a55-4a0e-9f4c-2f4f5c2f9a11" }), trips: 1 })
    }
}

/// Tells how long each run took, and counts appends.
struct Told(mpsc::UnboundedSender<Option<std::time::Duration>>);

impl Metrics for Told {
    fn record(&self, measure: Measure<'_>) {
        let told = match measure {
            Measure::Ended { state, took, .. } => {
                assert_eq!(state, RunState::Succeeded);
                Some(took)
            }
            Measure::Appended { .. } => None,
            _ => return,
        };
        self.0.send(told).unwrap();
    }
}

fn event(number: usize) -> Event {
    Event {
        tenant: Tenant::new("contoso").unwrap(),
        id: format!("event-{number}"),
        kind: TriggerKind::MeetingBooked,
        subject: Some(format!("meeting-{number}")),
        playbook: None,
        employee: None,
        data: serde_json::json!({ "Meeting": { "Id": number.to_string(), "Title": "A meeting of two" } }),
        given: serde_json::Value::Null,
        at: "2026-11-26T09:00:00Z".parse().unwrap(),
    }
}

async fn measure(runs: usize, concurrency: usize) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(SqliteJournal::open(folder.path().join("journal.db")).await.unwrap());
    let shelf = MemoryShelf::default();
    let lead = [Shape::Read, Shape::Read, Shape::Template, Shape::Create, Shape::Create, Shape::Create];
    shelf.put(&Tenant::new("contoso").unwrap(), vec![chain("lead", &lead)]);
    let mut host = Host::new(journal, Arc::new(shelf), Arc::new(AtOnce));
    let (sender, mut told) = mpsc::unbounded_channel();
    host.metrics = Arc::new(Told(sender));
    let limits = Limits { all: 1_000, tenant: 1_000, playbook: 1_000 };
    let runner = Runner::new(host, Config { limits, ..Config::default() });
    let same = runner.clone();
    let task = tokio::spawn(async move { same.run().await });
    let start = Instant::now();
    let (mut offered, mut appends, mut latencies) = (0, 0, Vec::new());
    while latencies.len() < runs {
        // As many runs as there are places; each that ends makes room for one.
        while offered < runs && offered - latencies.len() < concurrency {
            let (runner, number) = (runner.clone(), offered);
            tokio::spawn(async move { runner.offer(vec![event(number)]).await.unwrap() });
            offered += 1;
        }
        match told.recv().await.unwrap() {
            Some(took) => latencies.push(took),
            None => appends += 1,
        }
    }
    let took = start.elapsed().as_secs_f64();
    latencies.sort();
    let [p50, p99] = [50, 99].map(|percent| latencies[(runs - 1) * percent / 100].as_secs_f64() * 1_000.0);
    let rate = runs as f64 / took;
    println!("{runs} runs, {concurrency} at once: {rate:.0}/s, p50 {p50:.1} ms, p99 {p99:.1} ms, {appends} appends");
    runner.stop();
    task.await.unwrap();
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure(numbers.first().copied().unwrap_or(5_000), numbers.get(1).copied().unwrap_or(64)));
}
