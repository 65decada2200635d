//! One block of a run: where it stands.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::run::BlockFailure;

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// What it needs is not there yet.
    Waiting,
    /// What it needs is there.
    Ready,
    /// It is under way.
    Running,
    /// It failed and is tried again.
    Retrying {
        /// When.
        at: Timestamp,
    },
    /// It waits for the employee.
    NeedsIdentity,
    /// It gave its output.
    Done,
    /// Its condition did not hold.
    Skipped,
    /// It failed for good.
    Failed,
}

impl Stage {
    /// Whether those that need it may go on.
    pub(super) fn settled(self) -> bool {
        matches!(self, Self::Done | Self::Skipped)
    }
}

/// What is kept of a block.
#[derive(Clone)]
pub(super) struct NodeState {
    pub(super) stage: Stage,
    /// Since the run began.
    pub(super) attempts: u32,
    /// Since the run began or went on by request.
    pub(super) failures: u32,
    /// A `Run` was handed out and its `Attempted` has not come. It takes up a place and changes nothing else: facts alone
    /// decide which fact may follow.
    pub(super) issued: bool,
    pub(super) in_doubt: bool,
    /// Of a block that is ready.
    pub(super) input: Option<Value>,
    pub(super) prepared: Option<Arc<Value>>,
    pub(super) output: Option<Arc<Value>>,
    /// How long the output is, in bytes of JSON, where it is part of what the run gives.
    pub(super) given: usize,
    pub(super) failure: Option<BlockFailure>,
    /// Since the run began, of all attempts.
    pub(super) trips: u32,
    pub(super) times: Times,
}

/// When what happened to a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) ready: Option<Timestamp>,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
}

impl NodeState {
    pub(super) fn new() -> Self {
        Self {
            stage: Stage::Waiting,
            attempts: 0,
            failures: 0,
            issued: false,
            in_doubt: false,
            input: None,
            prepared: None,
            output: None,
            given: 0,
            failure: None,
            trips: 0,
            times: Times::default(),
        }
    }

    /// Takes up a place among those that run at once.
    pub(super) fn in_flight(&self) -> bool {
        self.issued || self.stage == Stage::Running
    }

    /// Ends at a stage.
    pub(super) fn end(&mut self, stage: Stage, at: Timestamp) {
        self.stage = stage;
        self.input = None;
        self.times.ended = Some(at);
    }

    /// As if it had never run, but that attempts and requests are counted on. What was prepared stays unless it is forgotten too, and with
    /// it a doubt, unless the block failed: then somebody has seen it who wants it done all the same.
    pub(super) fn reset(&mut self, forget: bool) {
        let prepared = self.prepared.take().filter(|_| !forget);
        let in_doubt = self.in_doubt && !forget && self.stage != Stage::Failed;
        *self = Self { attempts: self.attempts, trips: self.trips, prepared, in_doubt, ..Self::new() };
    }
}
