//! What an engine tells of itself, for Prometheus; and whether this process leads.
//!
//! No measure names a tenant, a run or a reason: what is told grows with the playbooks of the workspace alone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use engage_playbooks::run::FailureKind;
use engage_runner::{Measure, Metrics};
use engage_server::http::HttpMeasures;
use engage_server::work::WorkMeasures;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::sync::watch;

use super::engine::EngineName;
use crate::timeline::state;

/// Bounds of histograms of runs, in seconds: from a block without a round trip to a day.
const RUN: [f64; 12] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0, 3600.0, 86400.0];
/// Bounds of histograms of blocks, in seconds.
const BLOCK: [f64; 11] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0];
/// Bounds of histograms of appends, in seconds.
const APPEND: [f64; 9] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];
/// Bounds of histograms of batches, in entries.
const ENTRIES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 256.0, 1024.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRun {
    playbook: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBlock {
    playbook: String,
    block: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFailure {
    playbook: String,
    block: String,
    kind: &'static str,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// Whether this process leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// `None` until the journal has answered.
    pub(super) leads: Option<bool>,
    /// Grows with every time that it began to lead.
    term: u64,
}

/// Takes the measures of an engine in.
pub(super) struct Measures {
    registry: Registry,
    http: Arc<HttpMeasures>,
    work: Option<Arc<WorkMeasures>>,
    standing: watch::Sender<Standing>,
    leader: Gauge,
    restored: Counter,
    events: Counter,
    started: Counter,
    runs: Histograms<OfRun>,
    blocks: Histograms<OfBlock>,
    trips: Family<OfBlock, Counter>,
    failures: Family<OfFailure, Counter>,
    retries: Family<OfBlock, Counter>,
    throttles: Family<OfBlock, Counter>,
    append: Histogram,
    entries: Histogram,
    running: Gauge,
    waiting: Gauge,
    stranded: Counter,
    purged: Counter,
    given_up: Counter,
}

impl Measures {
    /// Those that the engine tells of, and directories where they are served.
    pub(super) fn of(engine: EngineName, directories: bool) -> Self {
        let mut registry = Registry::with_prefix("engage");
        let mut measures = Self {
            http: Arc::new(HttpMeasures::of(&mut registry)),
            work: directories.then(|| Arc::new(WorkMeasures::of(&mut registry))),
            registry,
            standing: watch::Sender::default(),
            leader: Gauge::default(),
            restored: Counter::default(),
            events: Counter::default(),
            started: Counter::default(),
            runs: Family::new_with_constructor(|| Histogram::new(RUN)),
            blocks: Family::new_with_constructor(|| Histogram::new(BLOCK)),
            trips: Family::default(),
            failures: Family::default(),
            retries: Family::default(),
            throttles: Family::default(),
            append: Histogram::new(APPEND),
            entries: Histogram::new(ENTRIES),
            running: Gauge::default(),
            waiting: Gauge::default(),
            stranded: Counter::default(),
            purged: Counter::default(),
            given_up: Counter::default(),
        };
        measures.register();
        if engine == EngineName::Embedded {
            measures.register_of_leader();
        }
        measures
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("events", "Events that were taken in", self.events.clone());
        registry.register("runs_started", "Runs that began", self.started.clone());
        let seconds = || Unit::Seconds;
        registry.register_with_unit("run", "From beginning to end of a run", seconds(), self.runs.clone());
        registry.register_with_unit("block", "The last attempt at a block", seconds(), self.blocks.clone());
        registry.register("round_trips", "Requests of blocks, those of attempts that failed too", self.trips.clone());
        registry.register("block_failures", "Attempts that failed", self.failures.clone());
        registry.register("block_retries", "Attempts that failed and are made again", self.retries.clone());
        registry.register("throttles", "Attempts that the outside asked to wait", self.throttles.clone());
    }

    /// What only a process knows that leads: elsewhere a zero would be an untruth.
    fn register_of_leader(&mut self) {
        let (registry, seconds) = (&mut self.registry, || Unit::Seconds);
        registry.register("leader", "1 while this process leads", self.leader.clone());
        registry.register("runs_restored", "Unfinished runs that were taken over", self.restored.clone());
        registry.register_with_unit("append", "Until a batch was durable", seconds(), self.append.clone());
        registry.register("append_entries", "Entries of a batch", self.entries.clone());
        registry.register("runs_running", "Runs under way", self.running.clone());
        registry.register("runs_waiting", "Runs that wait for their turn, a time, an employee", self.waiting.clone());
        registry.register("runs_stranded", "Runs that cannot go on here", self.stranded.clone());
        registry.register("runs_purged", "Runs that were removed because their time was over", self.purged.clone());
        registry.register("runs_given_up", "Runs that never ended and were removed", self.given_up.clone());
    }

    /// Everything, as Prometheus reads it (OpenMetrics text).
    ///
    /// # Errors
    /// Never: text in memory takes everything.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut written = String::new();
        text::encode(&mut written, &self.registry)?;
        Ok(written)
    }

    /// Where requests are counted.
    pub(super) fn http(&self) -> Arc<HttpMeasures> {
        Arc::clone(&self.http)
    }

    /// Those of work in the background, where directories are served.
    pub(super) fn work(&self) -> Option<Arc<WorkMeasures>> {
        self.work.clone()
    }

    /// Whether this process leads, now and whenever that changes.
    pub(super) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// How often this process has begun to lead.
    pub(super) fn term(&self) -> u64 {
        self.standing.borrow().term
    }

    fn stands(&self, leads: bool) {
        self.leader.set(i64::from(leads));
        if !leads {
            self.running.set(0);
            self.waiting.set(0);
        }
        self.standing.send_if_modified(|standing| {
            let changed = standing.leads != Some(leads);
            *standing = Standing { leads: Some(leads), term: standing.term + u64::from(leads) };
            changed
        });
    }
}

impl Metrics for Measures {
    fn record(&self, measure: Measure<'_>) {
        match measure {
            Measure::Led { restored } => {
                self.stands(true);
                self.restored.inc_by(restored as u64);
            }
            Measure::Lost | Measure::StandsBy => self.stands(false),
            Measure::Taken { started } => {
                self.events.inc();
                self.started.inc_by(started as u64);
            }
            Measure::Ended { playbook, state: stands, took } => {
                let labels = OfRun { playbook: playbook.to_string(), state: state(stands) };
                self.runs.get_or_create(&labels).observe(took.as_secs_f64());
            }
            Measure::Block { playbook, block, took, trips } => {
                let labels = OfBlock { playbook: playbook.to_string(), block: block.to_string() };
                self.blocks.get_or_create(&labels).observe(took.as_secs_f64());
                self.trips.get_or_create(&labels).inc_by(u64::from(trips));
            }
            Measure::Failed { playbook, block, kind, reason: _, again, throttled, trips } => {
                let labels = OfBlock { playbook: playbook.to_string(), block: block.to_string() };
                self.trips.get_or_create(&labels).inc_by(u64::from(trips));
                self.failed(labels, kind, again, throttled);
            }
            Measure::Appended { entries, took } => {
                self.append.observe(took.as_secs_f64());
                self.entries.observe(entries as f64);
            }
            Measure::Load { running, waiting } => {
                self.running.set(i64::try_from(running).unwrap_or(i64::MAX));
                self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
            }
            Measure::Stranded => {
                self.stranded.inc();
            }
            Measure::Purged { runs } => {
                self.purged.inc_by(runs as u64);
            }
            Measure::GivenUp { playbook: _ } => {
                self.given_up.inc();
            }
            // What a later runner tells beside.
            _ => {}
        }
    }
}

impl Measures {
    fn failed(&self, of: OfBlock, kind: FailureKind, again: bool, throttled: Option<Duration>) {
        let kind = match kind {
            FailureKind::Transient => "transient",
            FailureKind::Permanent => "permanent",
            FailureKind::Unknown => "unknown",
            FailureKind::NeedsIdentity => "needs-identity",
        };
        let labels = OfFailure { playbook: of.playbook.clone(), block: of.block.clone(), kind };
        self.failures.get_or_create(&labels).inc();
        if again {
            self.retries.get_or_create(&of).inc();
        }
        if throttled.is_some() {
            self.throttles.get_or_create(&of).inc();
        }
    }
}
