//! Blocks that reach outside, a file for each kind; those that ask nobody are worked out by the machine.
//!
//! [`Blocks`] is the executor for every host that has a CRM adapter, an AI and a renderer of templates: the embedded runner,
//! a distributed engine, the command line.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use engage_playbooks::blocks::{Blocks, Limits};
//! use engage_playbooks::ports::ai::Ai;
//! use engage_playbooks::ports::{AuditLog, BlockExecutor, Connections, Templates, Time};
//!
//! /// The executor of a host: its CRMs, its model, its templates, its clock, and who is told of every call.
//! fn executor(
//!     connections: Arc<dyn Connections>,
//!     ai: Arc<dyn Ai>,
//!     templates: Arc<dyn Templates>,
//!     time: Arc<dyn Time>,
//!     audit: Arc<dyn AuditLog>,
//! ) -> Arc<dyn BlockExecutor> {
//!     let limits = Limits { time: Duration::from_secs(60), ..Limits::default() };
//!     Arc::new(Blocks::new(connections, ai, templates, time).audit(audit).limits(limits))
//! }
//! assert_eq!(Limits::default().retry.attempts, 4);
//! ```

mod ai;
mod failure;
mod file;
mod follow;
mod gate;
mod operation;
mod seated;
mod template;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::run::{Budget, RetryPolicy};
use jiff::Timestamp;
use serde_json::Value;

use crate::model::BlockKind;
use crate::ports::ai::{Ai, AiBudget};
use crate::ports::limits::MAX_BLOB;
use crate::ports::{
    AuditLog, BlockCall, BlockDone, BlockExecutor, Connections, Files, NoAudit, NoFiles, Templates, Time,
};
use crate::run::{BlockFailure, FailureKind, length};

/// Runs blocks against what a host brings.
#[derive(Clone)]
pub struct Blocks {
    connections: Arc<dyn Connections>,
    ai: Arc<dyn Ai>,
    templates: Arc<dyn Templates>,
    files: Arc<dyn Files>,
    audit: Arc<dyn AuditLog>,
    time: Arc<dyn Time>,
    limits: Limits,
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// What one attempt at a block may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How often a single call to a CRM is repeated within an attempt.
    pub retry: RetryPolicy,
    /// What an attempt may spend on a CRM.
    pub budget: Budget,
    /// How long an attempt waits for a CRM, whatever is left of the run: a call without an answer is left behind then.
    pub time: Duration,
    /// What an attempt may spend on an AI. A capability that names its most tokens has those.
    pub ai: AiBudget,
    /// The largest file that a block gives, in bytes.
    pub file_bytes: usize,
    /// The longest output, and the longest input that is prepared, in bytes of JSON. A journal takes
    /// [`MAX_BLOB`].
    pub value_bytes: usize,
}

impl Default for Limits {
    /// Four calls, 200 ms to 5 s apart; 10,000 requests, five minutes, ten for a last answer; 4,096 tokens out of 1 MiB within two minutes;
    /// files of 8 MiB, values of 16 MiB.
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            retry: RetryPolicy { attempts: 4, cap: Duration::from_secs(5), ..RetryPolicy::default() },
            budget: Budget { elapsed: minutes(5), waiting: minutes(1), ..Budget::default() },
            time: minutes(10),
            ai: AiBudget { max_output_tokens: 4096, max_input_bytes: 1 << 20, time: minutes(2) },
            file_bytes: 8 << 20,
            value_bytes: MAX_BLOB,
        }
    }
}

impl Blocks {
    /// An executor without files and without an audit log.
    pub fn new(
        connections: Arc<dyn Connections>,
        ai: Arc<dyn Ai>,
        templates: Arc<dyn Templates>,
        time: Arc<dyn Time>,
    ) -> Self {
        let (files, audit) = (Arc::new(NoFiles), Arc::new(NoAudit));
        Self { connections, ai, templates, files, audit, time, limits: Limits::default() }
    }

    /// The store of files.
    #[must_use]
    pub fn files(mut self, files: Arc<dyn Files>) -> Self {
        self.files = files;
        self
    }

    /// The audit log.
    #[must_use]
    pub fn audit(mut self, audit: Arc<dyn AuditLog>) -> Self {
        self.audit = audit;
        self
    }

    /// What one attempt may take.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    async fn dispatch(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        match &call.node.block.kind {
            BlockKind::Read { .. } | BlockKind::Create { .. } | BlockKind::Update { .. } => {
                operation::run(self, &call).await
            }
            BlockKind::Ai { version, .. } => ai::run(self, &call, *version).await,
            BlockKind::Template { .. } => template::run(self, &call),
            BlockKind::File { file } => file::run(self, &call, file).await,
            BlockKind::Trigger(_) | BlockKind::Filter { .. } | BlockKind::Input(_) | BlockKind::Output { .. } => {
                Err(failure::permanent("internal", "this block is worked out by the machine"))
            }
        }
    }

    /// Whether a journal takes a value.
    fn fits(&self, value: &Value) -> Result<(), BlockFailure> {
        let (bytes, most) = (length(value), self.limits.value_bytes);
        if bytes <= most {
            return Ok(());
        }
        Err(failure::permanent("too-large", format!("the value has {bytes} bytes, at most {most} are allowed")))
    }

    /// The time that is left of the run; `None`: no end.
    fn left(&self, call: &BlockCall<'_>) -> Result<Option<Duration>, BlockFailure> {
        let Some(deadline) = call.deadline else { return Ok(None) };
        let left = remaining(self.time.timestamp(), deadline);
        if left.is_zero() {
            return Err(failure::of(FailureKind::Transient, "deadline", "the deadline of the run has passed"));
        }
        Ok(Some(left))
    }
}

fn remaining(now: Timestamp, deadline: Timestamp) -> Duration {
    Duration::try_from(deadline.duration_since(now)).unwrap_or_default()
}

#[async_trait]
impl BlockExecutor for Blocks {
    async fn run(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        let answer = self.dispatch(call).await.and_then(|done| match self.fits(&done.output) {
            Ok(()) => Ok(done),
            Err(failure) => Err(BlockFailure { trips: done.trips, ..failure }),
        });
        match &answer {
            Ok(done) => tracing::debug!(trips = done.trips, "done"),
            Err(failure) => tracing::info!(reason = %failure.reason, trips = failure.trips, "failed"),
        }
        answer
    }
}
