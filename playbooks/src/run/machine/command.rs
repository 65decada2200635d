//! What a machine wants of whoever drives it, and what it refuses.

use std::fmt;

use engage_engine::ids::RefId;
use jiff::Timestamp;
use serde_json::Value;

use crate::run::RunOutcome;

/// What a machine wants done. `Debug` shows no value.
#[derive(Clone, PartialEq)]
pub enum Command {
    /// Append [`Attempted`](crate::run::FactKind::Attempted) with these numbers, then send the block on its way.
    Run(Attempt),
    /// Ask [`Machine::due`](super::Machine::due) at this time: a block is tried again then, or the run is given up.
    WakeAt {
        /// The block; `None`: the deadline of the run.
        block: Option<RefId>,
        /// When.
        at: Timestamp,
    },
    /// Append [`Finished`](crate::run::FactKind::Finished) with this outcome.
    Finish {
        /// How the run ended.
        outcome: RunOutcome,
    },
}

/// An attempt at a block. `Debug` shows no value.
#[derive(Clone, PartialEq)]
pub struct Attempt {
    /// The block.
    pub block: RefId,
    /// Which attempt, from 1: one more than the last, over the whole life of the run.
    pub attempt: u32,
    /// How often it has failed since the run began or somebody let it go on: what a retry policy counts. Attempts that a
    /// crash cut off are not among them.
    pub failures: u32,
    /// What the block is given.
    pub input: Value,
    /// What an earlier attempt had prepared: the block starts from here instead of finding everything again.
    pub prepared: Option<Value>,
    /// An earlier attempt was prepared and how it ended is not known: what it wrote may be there. Only a write that is done
    /// once may be repeated.
    pub in_doubt: bool,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("block", &self.block)
            .field("attempt", &self.attempt)
            .field("prepared", &self.prepared.is_some())
            .field("in_doubt", &self.in_doubt)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(attempt) => write!(f, "run {} #{}", attempt.block, attempt.attempt),
            Self::WakeAt { block: Some(block), at } => write!(f, "wake {block} at {at}"),
            Self::WakeAt { block: None, at } => write!(f, "give up at {at}"),
            Self::Finish { outcome } => write!(f, "finish: {outcome:?}"),
        }
    }
}

/// A fact that cannot follow those before it. Nothing has changed by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{fact}`{} cannot follow here: {because}", block.as_ref().map(|block| format!(" of `{block}`")).unwrap_or_default())]
pub struct IllegalFact {
    /// The fact, by its word.
    pub fact: &'static str,
    /// The block that it is about.
    pub block: Option<RefId>,
    /// Why not.
    pub because: &'static str,
}
