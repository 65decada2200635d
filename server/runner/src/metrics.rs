//! What a runner tells of itself, for whoever draws it.
//!
//! A trait and no library of metrics: what is told is typed, several runners in a process do not mix, and a test counts without
//! a recorder. A binary maps these to Prometheus or OpenTelemetry.

use std::time::Duration;

use engage_engine::ids::{RefId, SemanticId};
use engage_playbooks::run::{FailureKind, RunState};

/// Takes measures in.
pub trait Metrics: Send + Sync {
    /// Takes one in. Called from the one task that leads: must not block.
    fn record(&self, measure: Measure<'_>);
}

/// A thing that happened. No values.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Measure<'a> {
    /// This process leads from now on, and took this many unfinished runs over.
    Led {
        /// How many.
        restored: usize,
    },
    /// This process leads no more.
    Lost,
    /// Another process leads. Told every time that this one has asked.
    StandsBy,
    /// An event was taken in.
    Taken {
        /// How many runs it started.
        started: usize,
    },
    /// A run is at an end.
    Ended {
        /// Its playbook.
        playbook: &'a SemanticId,
        /// How.
        state: RunState,
        /// From its beginning.
        took: Duration,
    },
    /// A block is done.
    Block {
        /// Its playbook.
        playbook: &'a SemanticId,
        /// The block.
        block: &'a RefId,
        /// The last attempt alone.
        took: Duration,
        /// Round trips that it took.
        trips: u32,
    },
    /// An attempt at a block failed.
    Failed {
        /// Its playbook.
        playbook: &'a SemanticId,
        /// The block.
        block: &'a RefId,
        /// What can be done about it.
        kind: FailureKind,
        /// A word that says more.
        reason: &'a str,
        /// Whether it is tried again.
        again: bool,
        /// The outside asked to wait this long.
        throttled: Option<Duration>,
        /// Round trips that it took.
        trips: u32,
    },
    /// A batch is durable.
    Appended {
        /// Its entries.
        entries: usize,
        /// How long it took.
        took: Duration,
    },
    /// How much there is, after a batch.
    Load {
        /// Runs under way.
        running: usize,
        /// Runs that wait: for their turn, a time, an employee.
        waiting: usize,
    },
    /// A run cannot go on: its version of the playbook is not there, or its journal cannot be read.
    Stranded,
    /// A run that was not at an end when its time was over failed with the reason `unfinished`, and is removed.
    GivenUp {
        /// Its playbook.
        playbook: &'a SemanticId,
    },
    /// Runs were removed because their time was over.
    Purged {
        /// How many.
        runs: usize,
    },
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMetrics;

impl Metrics for NoMetrics {
    fn record(&self, _: Measure<'_>) {}
}
