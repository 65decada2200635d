//! Timelines: the facts of a run as what a person looks at. Who waited for whom, what took how long, and which blocks
//! decided how long the whole took. No value of a record is in one; [`values`] takes those out for who asks for them.
//!
//! ```
//! use engage_playbooks::run::{Beginning, Fact, FactKind, RunState};
//! use engage_playbooks::timeline::{LaneState, Shape, Timeline};
//! # mod greeting { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/greeting.rs")); }
//! # use greeting::*;
//! let compiled = compiled();
//! let at = jiff::Timestamp::UNIX_EPOCH;
//! let begun = Beginning::of(&event(), &compiled, None);
//! let facts = [Fact { at, kind: FactKind::Started(Box::new(begun)) }];
//!
//! let timeline = Timeline::of(&facts, Some(&Shape::of(&compiled)), at);
//! assert_eq!((timeline.state, timeline.trips), (RunState::Running, 0));
//! let lanes: Vec<_> = timeline.lanes.iter().map(|lane| (lane.block.as_str(), lane.state)).collect();
//! assert_eq!(lanes, [("trigger", LaneState::Done), ("name", LaneState::Done)]);
//! ```

mod fold;
mod shape;
mod story;
mod values;

use engage_engine::ids::{RefId, SemanticId};
use jiff::Timestamp;

use crate::run::{BlockFailure, RunState};

pub use shape::{Shape, ShapeBlock};
pub use values::values;

/// A run, block by block.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// The playbook; `None` where the run has no fact yet.
    pub playbook: Option<SemanticId>,
    /// Where the run stands.
    pub state: RunState,
    /// When it began.
    pub from: Timestamp,
    /// When it ended, or the instant of looking.
    pub to: Timestamp,
    /// Blocks in display order; of a run whose playbook is not known those that have facts; none of one that does not show them.
    pub lanes: Vec<Lane>,
    /// Whether its blocks are not shown: its playbook is one of a proprietary package.
    pub closed: bool,
    /// Why it failed.
    pub failure: Option<BlockFailure>,
    /// Who stopped it.
    pub cancelled_by: Option<String>,
    /// Requests that its blocks took.
    pub trips: u32,
}

/// A block of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Its name.
    pub block: RefId,
    /// Its title for people; may be empty.
    pub title: String,
    /// What kind of block it is, in a word; empty where the playbook is not known.
    pub kind: &'static str,
    /// Positions of the blocks that it waits for.
    pub after: Vec<usize>,
    /// Of those, the one that was done last: what it waited for in truth.
    pub held_by: Option<usize>,
    /// Where it stands.
    pub state: LaneState,
    /// What it did when, in order; nothing overlaps.
    pub spans: Vec<Span>,
    /// When it was done or skipped.
    pub settled: Option<Timestamp>,
    /// Attempts so far, those before a retry of the run included.
    pub attempts: u32,
    /// Requests that it took.
    pub trips: u32,
    /// When it is tried again, of one that pauses.
    pub retry_at: Option<Timestamp>,
    /// Why its last attempt failed, of one that is not done since.
    pub failure: Option<BlockFailure>,
    /// Whether it is on the path that decided how long the run took, of one that is at its end.
    pub critical: bool,
}

/// Where a block of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LaneState {
    /// It waits for other blocks.
    Waiting,
    /// All it needs is there; it waits for its turn.
    Ready,
    /// It is on its way.
    Running,
    /// An attempt failed; it is tried again.
    Paused,
    /// It waits for the employee to sign in.
    NeedsIdentity,
    /// It is done.
    Done,
    /// Its condition did not hold.
    Skipped,
    /// It failed for good.
    Failed,
    /// The run ended before it was done.
    Stopped,
}

impl LaneState {
    /// The word for people and for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::NeedsIdentity => "needs-identity",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// A stretch of time of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// What it did.
    pub phase: Phase,
    /// From when.
    pub from: Timestamp,
    /// To when; not before `from`.
    pub to: Timestamp,
}

/// What a block does in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Waits for other blocks.
    Waiting,
    /// Waits for its turn.
    Ready,
    /// Is on its way.
    Running {
        /// Which attempt, from 1.
        attempt: u32,
        /// Whether it failed.
        failed: bool,
    },
    /// Waits until it is tried again.
    Paused,
    /// Waits for the employee.
    NeedsIdentity,
}

impl Phase {
    /// The word for people and for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Running { failed: false, .. } => "running",
            Self::Running { failed: true, .. } => "failed",
            Self::Paused => "paused",
            Self::NeedsIdentity => "needs-identity",
        }
    }
}

#[cfg(test)]
mod tests;
