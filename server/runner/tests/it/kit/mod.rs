//! What the tests share.

mod clock;
mod crm;
mod journals;
mod playbooks;
mod seen;
mod world;

use std::sync::Arc;
use std::time::Duration;

use engage_engine::run::Jitter;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{BlockExecutor, DurableEngine, Event, Journal, RunQuery, RunRecord};
use engage_playbooks::run::{MemoryJournal, RunKey, Tenant};
use engage_runner::{Config, Host, MemoryShelf, Runner};
use serde_json::{Value, json};

pub(crate) use clock::TestTime;
pub(crate) use crm::Crm;
pub(crate) use journals::{Breaking, Erasing, Frozen, Lagging, When};
pub(crate) use playbooks::{Shape, chain, compiled, slug};
pub(crate) use seen::Seen;
pub(crate) use world::{Fault, World};

/// The longest pause every time.
struct Longest;

impl Jitter for Longest {
    fn between(&self, _: Duration, high: Duration) -> Duration {
        high
    }
}

pub(crate) fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

/// An event that starts every playbook of `contoso` with such a trigger.
pub(crate) fn event(id: &str) -> Event {
    Event {
        tenant: tenant("contoso"),
        id: id.to_owned(),
        kind: TriggerKind::MeetingBooked,
        subject: None,
        playbook: None,
        employee: None,
        data: json!({ "Meeting": { "Id": id } }),
        given: Value::Null,
        at: "2026-11-26T09:00:00Z".parse().unwrap(),
    }
}

/// A place where runners can be started and killed.
pub(crate) struct Kit {
    pub(crate) shelf: Arc<MemoryShelf>,
    pub(crate) time: Arc<TestTime>,
    pub(crate) seen: Arc<Seen>,
    pub(crate) config: Config,
    pub(crate) journal: Arc<MemoryJournal>,
}

/// A runner that runs; dropping it is a crash.
pub(crate) struct Running {
    pub(crate) runner: Runner,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    /// Waits until it has stopped.
    pub(crate) async fn stopped(mut self) {
        self.runner.stop();
        (&mut self.task).await.unwrap();
    }
}

impl Kit {
    /// A kit of `contoso` with these playbooks.
    pub(crate) fn new(playbooks: Vec<Arc<Compiled>>) -> Self {
        let shelf = MemoryShelf::default();
        shelf.put(&tenant("contoso"), playbooks);
        let config = Config { holder: "test".to_owned(), ..Config::default() };
        let (time, seen, journal) = (Arc::default(), Arc::default(), Arc::default());
        Self { shelf: Arc::new(shelf), time, seen, config, journal }
    }

    /// A runner on a journal that does nothing yet.
    pub(crate) fn runner(&self, journal: Arc<dyn Journal>, executor: Arc<dyn BlockExecutor>) -> Runner {
        let host = Host {
            journal,
            shelf: self.shelf.clone(),
            executor,
            time: self.time.clone(),
            jitter: Arc::new(Longest),
            metrics: self.seen.clone(),
            alerts: self.seen.clone(),
        };
        Runner::new(host, self.config.clone())
    }

    /// Starts a runner on a journal.
    pub(crate) fn start_on(&self, journal: Arc<dyn Journal>, executor: Arc<dyn BlockExecutor>) -> Running {
        let runner = self.runner(journal, executor);
        let same = runner.clone();
        Running { runner, task: tokio::spawn(async move { same.run().await }) }
    }

    /// Starts a process of its own on the journal in memory.
    pub(crate) fn start(&self, executor: Arc<dyn BlockExecutor>) -> Running {
        self.start_on(Arc::new(self.journal.reopen()), executor)
    }

    /// Waits until so many runs of `contoso` are at an end, whoever told of it, and gives them.
    pub(crate) async fn done(&self, runner: &Runner, runs: usize) -> Vec<RunRecord> {
        loop {
            let records = self.records(runner, "contoso").await;
            if records.len() == runs && records.iter().all(|run| run.state.at_an_end()) {
                return records;
            }
            settle().await;
        }
    }

    /// What is known of the runs of a tenant, oldest first.
    pub(crate) async fn records(&self, runner: &Runner, of: &str) -> Vec<RunRecord> {
        let query = RunQuery { most: 100_000, ..RunQuery::default() };
        let mut runs = runner.runs(&tenant(of), &query).await.unwrap().runs;
        runs.reverse();
        runs
    }
}

/// The run of an event and a playbook.
pub(crate) fn run_of(event: &Event, playbook: &str) -> RunKey {
    RunKey::of_event(&event.tenant, &slug(playbook), &event.id)
}

/// Lets every task that can go on do so.
pub(crate) async fn settle() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}
