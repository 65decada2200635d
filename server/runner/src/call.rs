//! Attempts at blocks: each in a task of its own, but for reads of one run that may travel together, which share one.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::ids::RefId;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::{BlockCall, BlockDone, BlockHost, Halt, JournalError, Lease};
use engage_playbooks::run::together::{Authority, Seat, Together, company, groups};
use engage_playbooks::run::{Attempt, Beginning, BlockFailure, FailureKind, RunKey};
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use crate::host::Host;

/// An attempt that is ready to go.
pub(crate) struct Call {
    pub(crate) key: RunKey,
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) beginning: Arc<Beginning>,
    pub(crate) started_at: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) attempt: Attempt,
    pub(crate) span: tracing::Span,
}

/// What came of an attempt.
pub(crate) struct Ended {
    pub(crate) key: RunKey,
    pub(crate) block: RefId,
    pub(crate) attempt: u32,
    /// How often the block had failed before.
    pub(crate) failures: u32,
    /// What it prepared and did not tell before its end.
    pub(crate) prepared: Option<Value>,
    pub(crate) result: Result<BlockDone, BlockFailure>,
    pub(crate) took: Duration,
    /// It was told to stop: what it answers says nothing.
    pub(crate) halted: bool,
}

/// What an attempt tells the leader while it goes on.
pub(crate) enum Said {
    /// It is about to write this.
    Prepared { key: RunKey, block: RefId, input: Value, reply: oneshot::Sender<()> },
    /// It is at its end, and others of its task are not.
    Ended(Box<Ended>),
    /// The journal says that this process may not send.
    Lost(JournalError),
}

/// What attempts need of the process.
#[derive(Clone)]
pub(crate) struct Around {
    pub(crate) host: Arc<Host>,
    pub(crate) lease: Arc<Lease>,
    pub(crate) leader: mpsc::Sender<Said>,
}

/// Attempts for one task.
pub(crate) struct Calls(Vec<Call>);

impl Calls {
    /// Calls by tasks: reads of one run under one authority share one.
    pub(crate) fn of(calls: Vec<Call>) -> impl Iterator<Item = Self> {
        groups(calls, Call::company).into_iter().map(Self)
    }

    /// Makes the attempts; what comes of all but the last is told the leader as it comes. `None`: there were none.
    pub(crate) async fn make(self, around: Around) -> Option<Ended> {
        let mut together = Together::new(self.0, |call, seat| call.make(around.clone(), seat));
        while let Some(ended) = together.next().await {
            if together.is_empty() {
                return Some(ended);
            }
            // Where the leader is gone nobody wants to know.
            let _ = around.leader.send(Said::Ended(Box::new(ended))).await;
        }
        None
    }
}

impl Call {
    /// With whom it may travel.
    fn company(&self) -> Option<(RunKey, Authority)> {
        let node = self.compiled.node(&self.attempt.block)?;
        Some((self.key.clone(), company(node, self.beginning.employee.is_some())?))
    }

    /// Makes the attempt.
    async fn make(self, around: Around, seat: Option<Seat>) -> Ended {
        let Around { host, lease, leader } = around;
        let span = tracing::info_span!(
            parent: &self.span, "block", block = %self.attempt.block, attempt = self.attempt.attempt
        );
        let start = host.time.now();
        let desk = Desk {
            host: host.clone(),
            lease,
            leader,
            key: self.key.clone(),
            block: self.attempt.block.clone(),
            seat,
            prepared: OnceLock::new(),
            halted: AtomicBool::new(false),
        };
        // A panic in an executor ends this attempt and nothing else.
        let run = AssertUnwindSafe(self.run(&desk)).catch_unwind().instrument(span);
        let result = run.await.unwrap_or_else(|_| Err(permanent("panic", "running the block panicked")));
        Ended {
            halted: desk.halted.into_inner(),
            prepared: desk.prepared.into_inner(),
            took: host.time.now().saturating_sub(start),
            key: self.key,
            block: self.attempt.block,
            attempt: self.attempt.attempt,
            failures: self.attempt.failures,
            result,
        }
    }

    async fn run(&self, desk: &Desk) -> Result<BlockDone, BlockFailure> {
        let Some(node) = self.compiled.node(&self.attempt.block) else {
            return Err(permanent("internal", "the playbook has no such block"));
        };
        let call = BlockCall {
            key: &self.key,
            compiled: &self.compiled,
            node,
            beginning: &self.beginning,
            started_at: self.started_at,
            deadline: self.deadline,
            attempt: &self.attempt,
            host: desk,
        };
        desk.host.executor.run(call).await
    }
}

/// A failure that trying again does not mend.
pub(crate) fn permanent(reason: &str, message: &str) -> BlockFailure {
    BlockFailure {
        kind: FailureKind::Permanent,
        reason: reason.to_owned(),
        message: message.to_owned(),
        wait_ms: None,
        trips: 0,
    }
}

/// Where an attempt asks the leader and the journal.
struct Desk {
    host: Arc<Host>,
    lease: Arc<Lease>,
    leader: mpsc::Sender<Said>,
    key: RunKey,
    block: RefId,
    seat: Option<Seat>,
    /// What is kept with the end of the attempt.
    prepared: OnceLock<Value>,
    halted: AtomicBool,
}

impl Desk {
    fn halt(&self) -> Halt {
        self.halted.store(true, Ordering::Relaxed);
        Halt
    }
}

#[async_trait]
impl BlockHost for Desk {
    async fn prepared(&self, input: Value) -> Result<(), Halt> {
        let (reply, answer) = oneshot::channel();
        let said = Said::Prepared { key: self.key.clone(), block: self.block.clone(), input, reply };
        self.leader.send(said).await.map_err(|_| self.halt())?;
        answer.await.map_err(|_| self.halt())
    }

    async fn prepared_again(&self, input: Value) -> Result<(), Halt> {
        // An attempt prepares once.
        let _ = self.prepared.set(input);
        self.may_send().await
    }

    async fn may_send(&self) -> Result<(), Halt> {
        let Err(error) = self.host.journal.holds(&self.lease).await else { return Ok(()) };
        // Where the leader is gone already there is nobody to tell.
        let _ = self.leader.send(Said::Lost(error)).await;
        Err(self.halt())
    }

    fn seat(&self) -> Option<&Seat> {
        self.seat.as_ref()
    }
}
