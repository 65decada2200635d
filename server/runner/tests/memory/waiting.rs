//! What a waiting run costs: it holds no task and no machine, only what tells where it is.

use std::sync::Arc;

use async_trait::async_trait;
use engage_playbooks::ports::{BlockCall, BlockDone, BlockExecutor, DurableEngine};
use engage_playbooks::run::{BlockFailure, FailureKind};
use engage_runner::{Config, Host, Limits, Measure, MemoryShelf, Metrics, Runner};
use engage_store::SqliteJournal;
use tokio::sync::watch;

use crate::HEAP;
use crate::playbooks::{Shape, chain};

/// The runs that wait.
const RUNS: usize = 3_000;
/// What one may cost, in bytes: its id, its place, its alarm, and what the store knows of its journal.
const MOST: usize = 1_000;

/// Everybody has to sign in first.
struct NeedsIdentity;

#[async_trait]
impl BlockExecutor for NeedsIdentity {
    async fn run(&self, _: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        let (reason, message) = ("identity".to_owned(), "the employee has to sign in".to_owned());
        Err(BlockFailure { kind: FailureKind::NeedsIdentity, reason, message, wait_ms: None, trips: 0 })
    }
}

/// How many runs wait, and how many are under way.
struct Load(watch::Sender<(usize, usize)>);

impl Metrics for Load {
    fn record(&self, measure: Measure<'_>) {
        if let Measure::Load { running, waiting } = measure {
            self.0.send_replace((waiting, running));
        }
    }
}

fn event(number: usize) -> engage_playbooks::ports::Event {
    engage_playbooks::ports::Event {
        tenant: engage_playbooks::run::Tenant::new("contoso").unwrap(),
        id: format!("event-{number}"),
        kind: engage_playbooks::model::TriggerKind::MeetingBooked,
        subject: Some(format!("meeting-{number}")),
        playbook: None,
        employee: Some("ann".to_owned()),
        data: serde_json::json!({ "Meeting": { "Id": number.to_string(), "Title": "x".repeat(2_000) } }),
        given: serde_json::Value::Null,
        at: "2026-11-26T09:00:00Z".parse().unwrap(),
    }
}

#[tokio::test]
async fn thousands_of_waiting_runs_are_small() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(SqliteJournal::open(folder.path().join("journal.db")).await.unwrap());
    let shelf = MemoryShelf::default();
    let tenant = engage_playbooks::run::Tenant::new("contoso").unwrap();
    shelf.put(&tenant, vec![chain("lead", &[Shape::Read, Shape::Create])]);
    let load = Arc::new(Load(watch::Sender::new((0, 0))));
    let mut host = Host::new(journal, Arc::new(shelf), Arc::new(NeedsIdentity));
    host.metrics = load.clone();
    let limits = Limits { all: 64, tenant: 64, playbook: 64 };
    let runner = Runner::new(host, Config { limits, ..Config::default() });
    let same = runner.clone();
    let task = tokio::spawn(async move { same.run().await });
    let settled = async |waiting: usize| {
        load.0.subscribe().wait_for(|load| *load == (waiting, 0)).await.unwrap();
    };
    runner.offer(vec![event(RUNS)]).await.unwrap();
    settled(1).await;
    let before = HEAP.current_usage();
    for start in (0..RUNS).step_by(500) {
        runner.offer((start..start + 500).map(event).collect()).await.unwrap();
    }
    settled(RUNS + 1).await;
    let each = HEAP.current_usage().saturating_sub(before) / RUNS;
    println!("{each} bytes for each of {RUNS} waiting runs");
    assert!(each <= MOST, "{each} bytes for a waiting run");
    task.abort();
}
