//! What the facts of a run say block by block.

use std::collections::{BTreeMap, BTreeSet};

use engage_engine::ids::{RefId, SemanticId};
use jiff::Timestamp;

use super::Shape;
use crate::run::{BlockFailure, Fact, FactKind, RunOutcome, RunState};

/// One thing that happened to a block.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Attempted(u32),
    Done {
        trips: u32,
    },
    Failed {
        failure: BlockFailure,
        again: Option<Timestamp>,
    },
    NeedsIdentity {
        trips: u32,
    },
    Identified,
    /// Somebody let the run go on: what the block was is forgotten, or it is taken up again.
    Reset,
}

/// Facts, sorted by what they are about.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Story {
    pub(super) playbook: Option<SemanticId>,
    /// Whether its playbook showed no blocks when it began.
    pub(super) closed: bool,
    pub(super) began: Option<Timestamp>,
    pub(super) ended: Option<(Timestamp, RunOutcome)>,
    pub(super) blocks: BTreeMap<RefId, Vec<(Timestamp, Step)>>,
    /// Blocks that wait for the employee.
    absent: BTreeSet<RefId>,
    /// Blocks that have no end yet.
    open: BTreeSet<RefId>,
}

impl Story {
    pub(super) fn of(facts: &[Fact], shape: &Shape) -> Self {
        let mut story = Self::default();
        facts.iter().for_each(|fact| story.take(fact, shape));
        story
    }

    fn take(&mut self, fact: &Fact, shape: &Shape) {
        match &fact.kind {
            FactKind::Started(beginning) => {
                self.began = Some(fact.at);
                self.playbook = Some(beginning.playbook.clone());
                self.closed = beginning.closed;
            }
            FactKind::Attempted { block, attempt } => {
                self.open.insert(block.clone());
                self.add(block, fact.at, Step::Attempted(*attempt));
            }
            // The block is on its way before and after.
            FactKind::Prepared { .. } | FactKind::CancelRequested { .. } => {}
            FactKind::Done { block, trips, .. } => {
                self.open.remove(block);
                self.add(block, fact.at, Step::Done { trips: *trips });
            }
            FactKind::Failed { block, failure, retry_at, .. } => {
                self.add(block, fact.at, Step::Failed { failure: failure.clone(), again: *retry_at });
            }
            FactKind::NeedsIdentity { block, trips } => {
                self.absent.insert(block.clone());
                self.add(block, fact.at, Step::NeedsIdentity { trips: *trips });
            }
            FactKind::Identified => {
                for block in std::mem::take(&mut self.absent) {
                    self.add(&block, fact.at, Step::Identified);
                }
            }
            FactKind::RetryRequested { from, .. } => self.reset(from.as_ref(), fact.at, shape),
            FactKind::Finished { outcome } => self.ended = Some((fact.at, outcome.clone())),
        }
    }

    fn add(&mut self, block: &RefId, at: Timestamp, step: Step) {
        self.blocks.entry(block.clone()).or_default().push((at, step));
    }

    /// The run goes on: what has no end begins anew, and so do the block that is named and those behind it.
    fn reset(&mut self, from: Option<&RefId>, at: Timestamp, shape: &Shape) {
        self.ended = None;
        self.absent.clear();
        let mut blocks: BTreeSet<RefId> = std::mem::take(&mut self.open);
        blocks.extend(from.map(|from| shape.from(from)).unwrap_or_default());
        for block in blocks {
            self.add(&block, at, Step::Reset);
        }
    }

    /// Where the run as a whole stands, as far as its own facts go.
    pub(super) fn state(&self) -> RunState {
        match (&self.ended, self.began) {
            (Some((_, RunOutcome::Succeeded { .. })), _) => RunState::Succeeded,
            (Some((_, RunOutcome::Failed { .. })), _) => RunState::Failed,
            (Some((_, RunOutcome::Cancelled { .. })), _) => RunState::Cancelled,
            (None, Some(_)) if !self.absent.is_empty() && self.open.is_subset(&self.absent) => RunState::NeedsIdentity,
            (None, Some(_)) => RunState::Running,
            (None, None) => RunState::Queued,
        }
    }
}
