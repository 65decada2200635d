//! How many runs per second: the six-block job (two reads, a template, three creates) on journals in memory, in a file and in
//! PostgreSQL, with a CRM that answers at once.
//!
//! `cargo run --release -p engage-tests --example load [RUNS] [JOURNAL]`, where JOURNAL is `memory`, `SQLite` or `PostgreSQL` to measure
//! one alone; `ENGAGE_KEPT=100000` also fills a file with so many runs.

#[path = "load/mock.rs"]
mod mock;

#[path = "../../server/store/tests/it/cluster.rs"]
mod cluster;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use engage_adapters::ai::local::Local;
use engage_dsl::Workspace;
use engage_dsl::templates::Liquid;
use engage_engine::{Adapter, CrmName, Identity};
use engage_playbooks::Compiled;
use engage_playbooks::blocks::Blocks;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{
    BlockCall, BlockDone, BlockExecutor, ConnectionError, Connections, DurableEngine, Event, Journal,
};
use engage_playbooks::run::{BlockFailure, FailureKind, MemoryJournal, RunState, Tenant};
use engage_runner::{Config, Host, Limits, Measure, MemoryShelf, Metrics, Runner, SystemTime};
use engage_store::{PostgresJournal, PostgresOptions, SqliteJournal};
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;

/// The allocator of the program that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BLOCKS: u32 = 6;

/// The one CRM.
struct One(Arc<dyn Adapter>);

#[async_trait]
impl Connections for One {
    async fn connect(&self, _: &Tenant, _: &CrmName, _: &Identity) -> Result<Arc<dyn Adapter>, ConnectionError> {
        Ok(self.0.clone())
    }
}

/// An outside that is away for an hour.
struct Away;

#[async_trait]
impl BlockExecutor for Away {
    async fn run(&self, _: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        let (reason, message) = ("away".to_owned(), "the outside is away".to_owned());
        Err(BlockFailure { kind: FailureKind::Transient, reason, message, wait_ms: Some(3_600_000), trips: 0 })
    }
}

/// What a round has come to.
#[derive(Default)]
struct Round {
    took: Mutex<Vec<Duration>>,
    entries: Mutex<(usize, usize)>,
}

/// Lets the next run in when one is at its end.
struct Turnstile {
    free: Arc<Semaphore>,
    round: Arc<Round>,
}

impl Metrics for Turnstile {
    fn record(&self, measure: Measure<'_>) {
        match measure {
            Measure::Ended { state, took, .. } => {
                assert_eq!(state, RunState::Succeeded);
                self.round.took.lock().unwrap().push(took);
                self.free.add_permits(1);
            }
            Measure::Appended { entries, .. } => {
                let mut sum = self.round.entries.lock().unwrap();
                *sum = (sum.0 + 1, sum.1 + entries);
            }
            Measure::Failed { again: true, .. } => self.free.add_permits(1),
            _ => {}
        }
    }
}

fn tenant() -> Tenant {
    Tenant::new("contoso").unwrap()
}

fn playbook() -> Arc<Compiled> {
    let files = [
        ("job.engage".to_owned(), include_str!("load/job.engage").to_owned()),
        ("words.liquid".to_owned(), include_str!("load/words.liquid").to_owned()),
    ];
    let workspace = Workspace::from_sources(files);
    let report = workspace.check();
    let found = report.playbooks.as_ref().and_then(|playbooks| playbooks.get("dataverse", "job"));
    found.unwrap_or_else(|| panic!("{:?}", report.diagnostics)).clone()
}

fn event(id: String) -> Event {
    let nobody = uuid::Uuid::nil().to_string();
    Event {
        tenant: tenant(),
        id,
        kind: TriggerKind::Manual,
        subject: None,
        playbook: Some("job".parse().unwrap()),
        employee: None,
        data: json!({"account": nobody, "contact": nobody}),
        given: Json::Null,
        at: jiff::Timestamp::now(),
    }
}

fn blocks(url: Option<String>) -> Arc<dyn BlockExecutor> {
    let (one, time) = (Arc::new(One(mock::Mock::new(url))), Arc::new(SystemTime::default()));
    Arc::new(Blocks::new(one, Arc::new(Local::default()), Arc::new(Liquid::default()), time))
}

/// So many runs, so many of them at a time.
async fn round(
    journal: Arc<dyn Journal>,
    executor: Arc<dyn BlockExecutor>,
    at_once: usize,
    runs: usize,
) -> (Runner, Arc<Round>, Duration) {
    let (free, round) = (Arc::new(Semaphore::new(at_once)), Arc::new(Round::default()));
    let shelf = MemoryShelf::default();
    shelf.put(&tenant(), vec![playbook()]);
    let host = Host::new(journal, Arc::new(shelf), executor);
    let metrics = Arc::new(Turnstile { free: free.clone(), round: round.clone() });
    let limits = Limits { all: at_once, tenant: at_once, playbook: at_once };
    let runner = Runner::new(Host { metrics, ..host }, Config { limits, ..Config::default() });
    let same = runner.clone();
    let led = tokio::spawn(async move { same.run().await });
    let (started, first) = (Instant::now(), uuid::Uuid::from_u128(u128::from(std::process::id()) << 64 | started_at()));
    let offering = (0..at_once.min(64)).map(|lane| {
        let (runner, free, lanes) = (runner.clone(), free.clone(), at_once.min(64));
        tokio::spawn(async move {
            for number in (lane..runs).step_by(lanes) {
                free.acquire().await.unwrap().forget();
                runner.offer(vec![event(format!("{first}-{number}"))]).await.unwrap();
            }
        })
    });
    for lane in offering.collect::<Vec<_>>() {
        lane.await.unwrap();
    }
    // Every place is free again when every run is at its end.
    free.acquire_many(u32::try_from(at_once).unwrap()).await.unwrap().forget();
    let took = started.elapsed();
    runner.stop();
    led.await.unwrap();
    (runner, round, took)
}

/// Tells rounds apart.
fn started_at() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
}

async fn measure(name: &str, journal: Arc<dyn Journal>, executor: Arc<dyn BlockExecutor>, at_once: usize, runs: usize) {
    let (_, round, all) = round(journal, executor, at_once, runs).await;
    let mut took = round.took.lock().unwrap().clone();
    took.sort();
    let of = |share: usize| took[(took.len() - 1) * share / 100];
    let (appends, entries) = *round.entries.lock().unwrap();
    let rate = runs as f64 / all.as_secs_f64();
    let (p50, p99) = (of(50), of(99));
    println!(
        "{name:>24} at {at_once:>3}: {rate:>7.0} runs/s, p50 {p50:>10.2?}, p99 {p99:>10.2?}, {:.1} entries an append, p99 a block {:.0?}",
        entries as f64 / appends.max(1) as f64,
        p99 / BLOCKS
    );
}

/// Resident memory of this process, in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn waiting(folder: &std::path::Path, runs: usize) {
    let journal = Arc::new(SqliteJournal::open(folder.join("waiting.db")).await.unwrap());
    let before = resident();
    let (runner, ..) = round(journal, Arc::new(Away), 256, runs).await;
    let after = resident();
    // What an allocator had kept from before is used first.
    let grown = after.saturating_sub(before);
    println!("{runs} runs that wait: {grown} KiB more, {:.1} KiB each", grown as f64 / runs as f64);
    drop(runner);
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let runs: usize = std::env::args().nth(1).map_or(5_000, |text| text.parse().expect("a number of runs"));
    let only = std::env::args().nth(2);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let (url, folder, cluster) = (mock::serve(), tempfile::tempdir_in(".").unwrap(), cluster::Cluster::start());
    if only.is_none() {
        // First, as nothing is free yet that could be used again.
        waiting(folder.path(), 10_000).await;
    }
    if wanted("memory") {
        measure("memory, no HTTP", Arc::new(MemoryJournal::default()), blocks(None), 1, runs).await;
    }
    for at_once in [1, 32, 64, 256] {
        let runs = if at_once == 1 { runs.div_ceil(10) } else { runs };
        let http = || blocks(Some(url.clone()));
        if wanted("memory") {
            measure("memory", Arc::new(MemoryJournal::default()), http(), at_once, runs).await;
        }
        if wanted("SQLite") {
            let file = SqliteJournal::open(folder.path().join(format!("{at_once}.db"))).await.unwrap();
            measure("SQLite", Arc::new(file), http(), at_once, runs).await;
        }
        if wanted("PostgreSQL") {
            let url = cluster.database().await;
            let database = PostgresJournal::connect(&url, PostgresOptions::default()).await.unwrap();
            measure("PostgreSQL", Arc::new(database), http(), at_once, runs).await;
        }
    }
    if only.is_some() {
        return;
    }
    let kept: usize = std::env::var("ENGAGE_KEPT").map_or(0, |text| text.parse().expect("a number of runs"));
    let file: Arc<dyn Journal> = Arc::new(SqliteJournal::open(folder.path().join("kept.db")).await.unwrap());
    let mut there = 0;
    for level in [1_000, 10_000, 100_000].into_iter().filter(|level| *level <= kept) {
        drop(round(file.clone(), blocks(None), 64, level - there).await);
        measure(&format!("SQLite with {level} kept"), file.clone(), blocks(Some(url.clone())), 64, runs).await;
        there = level + runs;
    }
}
