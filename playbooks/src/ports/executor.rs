//! Who runs the blocks that reach outside: the only part of a run that has effects.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use crate::compiled::{Compiled, Node};
use crate::run::together::Seat;
use crate::run::{Attempt, Beginning, BlockFailure, RunKey};

/// Runs blocks. Object-safe; one value serves any number of runs at once.
///
/// # Contract
/// * **Under the run's keys.** What is written carries keys made of the run's id, the block's name, the part and the position,
///   so that an attempt after a crash finds what an earlier one made.
/// * **Prepared before written.** [`BlockHost::prepared`] or [`BlockHost::prepared_again`] returns `Ok` before the first write; where
///   [`Attempt::prepared`] is given, the block starts from that and calls neither again.
/// * **In doubt.** Where [`Attempt::in_doubt`] says so, only what is done once may be repeated; all else fails as
///   [`FailureKind::Unknown`](crate::run::FailureKind::Unknown).
/// * **The lease is looked at before each request** by [`BlockHost::may_send`] of the block that sends it.
/// * **Reads may travel with those of other blocks** through [`BlockHost::seat`], and give what they would give alone.
/// * **No values** in failures.
/// * **Dropping the future** abandons what is on its way, as a crash does.
#[async_trait]
pub trait BlockExecutor: Send + Sync {
    /// Makes an attempt at a block.
    ///
    /// # Errors
    /// [`BlockFailure`], which says whether trying again may help. The executor does not wait for it.
    async fn run(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure>;
}

/// What an executor is given. `Debug` shows no value.
#[derive(Clone, Copy)]
pub struct BlockCall<'a> {
    /// The run.
    pub key: &'a RunKey,
    /// The playbook.
    pub compiled: &'a Compiled,
    /// The block: one that a machine sends on its way.
    pub node: &'a Node,
    /// How the run began: who acts, which versions are pinned.
    pub beginning: &'a Beginning,
    /// When the run began: what a template takes for now, so that repeats render the same.
    pub started_at: Timestamp,
    /// When the run is given up.
    pub deadline: Option<Timestamp>,
    /// The attempt, with the block's input.
    pub attempt: &'a Attempt,
    /// Whoever drives the run.
    pub host: &'a dyn BlockHost,
}

impl std::fmt::Debug for BlockCall<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockCall").field("run", &self.key.run).field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

/// What an executor may ask of whoever drives the run.
#[async_trait]
pub trait BlockHost: Send + Sync {
    /// Makes [`Prepared`](crate::run::FactKind::Prepared) durable: once this returns `Ok`, writes go out.
    ///
    /// # Errors
    /// [`Halt`]: nothing may be written.
    async fn prepared(&self, input: Value) -> Result<(), Halt>;

    /// The same for what every attempt prepares alike, nothing having been read for it, and writes once however often it is
    /// tried. A host may then keep the fact together with what the attempt comes to, and let the write go out at once.
    ///
    /// # Errors
    /// [`Halt`]: nothing may be written.
    async fn prepared_again(&self, input: Value) -> Result<(), Halt> {
        self.prepared(input).await
    }

    /// Whether a request may still go out, asked of the journal's store.
    ///
    /// # Errors
    /// [`Halt`]: nothing may be sent.
    async fn may_send(&self) -> Result<(), Halt>;

    /// Where the block's reads meet those of others; `None`: each travels by itself.
    fn seat(&self) -> Option<&Seat> {
        None
    }
}

/// Whoever drives the run has to stop: another leads, or the journal does not take any more. What the executor then
/// answers is not appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the run is no longer driven from here")]
pub struct Halt;

/// What a block came to. `Debug` shows no value.
#[derive(Clone, PartialEq)]
pub struct BlockDone {
    /// What it gives.
    pub output: Value,
    /// Requests that went out for it. One that several blocks share counts for one of them.
    pub trips: u32,
}

impl std::fmt::Debug for BlockDone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockDone").field("trips", &self.trips).finish_non_exhaustive()
    }
}
