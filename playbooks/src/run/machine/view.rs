//! A run for people: block by block, with times. No values.

use engage_engine::ids::RefId;
use jiff::Timestamp;
use serde::Serialize;

use super::Machine;
use super::next::Phase;
use super::node::{NodeState, Stage};
use crate::run::{BlockFailure, RunOutcome, RunState};

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockState {
    /// What it needs is not there yet.
    Waiting,
    /// What it needs is there; it waits for a place.
    Ready,
    /// It is under way.
    Running,
    /// It failed and is tried again.
    Retrying,
    /// It waits for the employee to sign in.
    NeedsIdentity,
    /// It gave its output.
    Done,
    /// Its condition did not hold.
    Skipped,
    /// It failed for good.
    Failed,
}

/// A block of a run at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockView {
    /// The block.
    pub block: RefId,
    /// Where it stands.
    pub state: BlockState,
    /// How often it was attempted; none for blocks that ask nobody.
    pub attempts: u32,
    /// When what it needs was there.
    pub ready_at: Option<Timestamp>,
    /// When it was first sent on its way.
    pub started_at: Option<Timestamp>,
    /// When it was done, skipped or failed for good.
    pub ended_at: Option<Timestamp>,
    /// When it is tried again.
    pub retry_at: Option<Timestamp>,
    /// How its last attempt failed, where that is not mended.
    pub failure: Option<BlockFailure>,
    /// Requests that went out for it, those of attempts that failed among them.
    pub trips: u32,
}

impl Machine {
    /// Where the run stands.
    pub fn state(&self) -> RunState {
        match (self.phase, &self.outcome) {
            (Phase::Fresh, _) => RunState::Queued,
            (Phase::Succeeded, _) => RunState::Succeeded,
            (Phase::Stopped, Some(RunOutcome::Cancelled { .. })) => RunState::Cancelled,
            (Phase::Stopped, _) => RunState::Failed,
            (Phase::Going, _) => {
                let moves =
                    |node: &NodeState| node.in_flight() || matches!(node.stage, Stage::Ready | Stage::Retrying { .. });
                let waits = self.any(Stage::NeedsIdentity) && !self.nodes.iter().any(moves);
                if waits { RunState::NeedsIdentity } else { RunState::Running }
            }
        }
    }

    /// When the run goes on by itself: nothing is under way, and a block that failed is tried again then.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let going = self.phase == Phase::Going && !self.nodes.iter().any(NodeState::in_flight);
        let retries = self.nodes.iter().filter_map(|node| match node.stage {
            Stage::Retrying { at } => Some(at),
            _ => None,
        });
        if going { retries.min() } else { None }
    }

    /// How the run ended; `None` while it has not.
    pub fn outcome(&self) -> Option<&RunOutcome> {
        self.outcome.as_ref()
    }

    /// The run for people: its blocks in display order.
    pub fn view(&self) -> Vec<BlockView> {
        let blocks = self.compiled.blocks.iter().zip(&self.nodes);
        blocks.map(|(node, state)| view(&node.block.name, state)).collect()
    }

    /// What a block gave; `None` where it gave nothing yet, or was skipped.
    pub fn output_of(&self, block: &RefId) -> Option<&serde_json::Value> {
        self.nodes.get(self.compiled.position(block)?)?.output.as_deref()
    }
}

fn view(block: &RefId, node: &NodeState) -> BlockView {
    let (state, retry_at) = match node.stage {
        Stage::Waiting => (BlockState::Waiting, None),
        Stage::Ready => (BlockState::Ready, None),
        Stage::Running => (BlockState::Running, None),
        Stage::Retrying { at } => (BlockState::Retrying, Some(at)),
        Stage::NeedsIdentity => (BlockState::NeedsIdentity, None),
        Stage::Done => (BlockState::Done, None),
        Stage::Skipped => (BlockState::Skipped, None),
        Stage::Failed => (BlockState::Failed, None),
    };
    BlockView {
        block: block.clone(),
        state,
        attempts: node.attempts,
        ready_at: node.times.ready,
        started_at: node.times.started,
        ended_at: node.times.ended,
        retry_at,
        failure: node.failure.clone(),
        trips: node.trips,
    }
}
