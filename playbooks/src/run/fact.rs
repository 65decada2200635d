//! Facts: what has happened in a run, in the words of its journal.

use std::collections::BTreeMap;

use engage_engine::ids::{CrmName, RefId, SemanticId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::TriggerKind;

/// One thing that has happened in a run. `Debug` shows no value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// When, by the clock of who appended it.
    pub at: Timestamp,
    /// What.
    pub kind: FactKind,
}

impl std::fmt::Debug for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.at, self.kind.name())
    }
}

/// What can happen in a run.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
// Tagged from outside: whatever buffers a value (an inner tag) loses the spelling of its numbers.
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// The run began. Everything that decides how it goes on is pinned here.
    Started(Box<Beginning>),
    /// A block is sent on its way.
    Attempted {
        /// The block.
        block: RefId,
        /// From 1.
        attempt: u32,
    },
    /// Everything that a writing block needs is known; it writes now. A repeat starts from here, under the same keys.
    Prepared {
        /// The block.
        block: RefId,
        /// Its input with every record that was found in it by Id.
        input: Value,
    },
    /// A block is done.
    Done {
        /// The block.
        block: RefId,
        /// What it gives; where that was too long for an entry, what stands in for it (`{"$blob": digest}`).
        output: Value,
        /// Requests it took.
        trips: u32,
    },
    /// An attempt failed.
    Failed {
        /// The block.
        block: RefId,
        /// Which attempt.
        attempt: u32,
        /// How.
        failure: BlockFailure,
        /// When it is tried again; `None`: it is not.
        retry_at: Option<Timestamp>,
    },
    /// A block waits for the employee to sign in.
    NeedsIdentity {
        /// The block.
        block: RefId,
        /// Requests that went out before that was known.
        #[serde(default, skip_serializing_if = "is_none")]
        trips: u32,
    },
    /// The employee is there again.
    Identified,
    /// Somebody wants the run to stop.
    CancelRequested {
        /// Who.
        by: String,
    },
    /// Somebody wants the run to go on.
    RetryRequested {
        /// Who.
        by: String,
        /// From this block; `None`: from what failed.
        from: Option<RefId>,
        /// Until when, from now on.
        deadline: Option<Timestamp>,
    },
    /// The run is at an end.
    Finished {
        /// How.
        outcome: RunOutcome,
    },
}

impl FactKind {
    /// The word for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::Attempted { .. } => "attempted",
            Self::Prepared { .. } => "prepared",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::NeedsIdentity { .. } => "needs-identity",
            Self::Identified => "identified",
            Self::CancelRequested { .. } => "cancel-requested",
            Self::RetryRequested { .. } => "retry-requested",
            Self::Finished { .. } => "finished",
        }
    }

    /// The block that it is about; `None` where it is about the run.
    pub fn block(&self) -> Option<&RefId> {
        match self {
            Self::Attempted { block, .. }
            | Self::Prepared { block, .. }
            | Self::Done { block, .. }
            | Self::Failed { block, .. }
            | Self::NeedsIdentity { block, .. }
            | Self::RetryRequested { from: Some(block), .. } => Some(block),
            Self::Started(_)
            | Self::Identified
            | Self::CancelRequested { .. }
            | Self::RetryRequested { from: None, .. }
            | Self::Finished { .. } => None,
        }
    }
}

impl FactKind {
    /// What is left for those who may not see the blocks of the playbook: what happened to the run; `None` of what happened in
    /// a block.
    pub fn closed(&self) -> Option<Self> {
        match self {
            Self::Attempted { .. }
            | Self::Prepared { .. }
            | Self::Done { .. }
            | Self::Failed { .. }
            | Self::NeedsIdentity { .. } => None,
            Self::RetryRequested { by, from: _, deadline } => {
                Some(Self::RetryRequested { by: by.clone(), from: None, deadline: *deadline })
            }
            Self::Finished { outcome } => Some(Self::Finished { outcome: outcome.closed() }),
            Self::Started(_) | Self::Identified | Self::CancelRequested { .. } => Some(self.clone()),
        }
    }
}

/// The reason of a run that was given up because it never came to an end: see [`RunOutcome::unfinished`].
pub const UNFINISHED: &str = "unfinished";

impl RunOutcome {
    /// Of a run that is not at an end when those that never end have to go. Whoever keeps the journal says so, whatever the run
    /// waits for, once nobody is at its blocks any more.
    pub fn unfinished() -> Self {
        let failure = BlockFailure {
            kind: FailureKind::Permanent,
            reason: UNFINISHED.to_owned(),
            message: "the run was not at an end for longer than such runs are kept".to_owned(),
            wait_ms: None,
            trips: 0,
        };
        Self::Failed { block: None, failure }
    }

    /// Whether it is that of a run that never came to an end.
    pub fn is_unfinished(&self) -> bool {
        matches!(self, Self::Failed { block: None, failure } if failure.reason == UNFINISHED)
    }

    /// The outcome for those who may not see the blocks of the playbook. What a block failed with may name parts of it, so
    /// that of the words only the reason is left.
    pub fn closed(&self) -> Self {
        match self {
            Self::Failed { block: Some(_), failure } => {
                let message = format!("a block failed with `{}`, and the blocks are not shown", failure.reason);
                Self::Failed { block: None, failure: BlockFailure { message, ..failure.clone() } }
            }
            other => other.clone(),
        }
    }
}

impl std::fmt::Debug for FactKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How a run began.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Beginning {
    /// Its playbook.
    pub playbook: SemanticId,
    /// The digest of the playbook with all that it names: patterns, definitions, templates, capabilities.
    pub digest: String,
    /// The CRM it runs on.
    pub crm: CrmName,
    /// What started it.
    pub trigger: TriggerKind,
    /// The event's id.
    pub event: String,
    /// Runs of one subject go one after the other.
    pub subject: Option<String>,
    /// The event's data.
    pub data: Value,
    /// What `Input` blocks are given, by block.
    pub given: Value,
    /// The employee who acts, by the platform's id for them.
    pub employee: Option<String>,
    /// The version of each capability that stood at `latest`.
    pub versions: BTreeMap<SemanticId, u32>,
    /// When the run is given up.
    pub deadline: Option<Timestamp>,
    /// Whether its playbook is one of a proprietary package: its blocks are not shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

impl std::fmt::Debug for Beginning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beginning")
            .field("playbook", &self.playbook)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

/// How an attempt failed. No values: names of parts, fields and blocks, and ids of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BlockFailure {
    /// What kind of failure, for programs.
    pub kind: FailureKind,
    /// A word that says more, for programs: the kind of an adapter's error, `absent`, `type`.
    pub reason: String,
    /// For people: lower case, no final stop.
    pub message: String,
    /// The outside asked to wait this long before the next attempt, in milliseconds.
    pub wait_ms: Option<u64>,
    /// Requests that went out for the attempt. Journals from before it was counted say nothing: none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub trips: u32,
}

fn is_none(trips: &u32) -> bool {
    *trips == 0
}

/// What can be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Trying again may help.
    Transient,
    /// Trying again gives the same: the input, the playbook or the CRM has to change first.
    Permanent,
    /// Whether it took effect is not known, and a repeat could do it twice: a person has to look.
    Unknown,
    /// The employee has to sign in.
    NeedsIdentity,
}

/// How a run ended.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Every block is done or skipped.
    Succeeded {
        /// What `Output` blocks were given, by their name.
        outputs: Value,
    },
    /// A block failed for good.
    Failed {
        /// The block; `None` where the run as a whole failed (its deadline, or that it never ended).
        block: Option<RefId>,
        /// How.
        failure: BlockFailure,
    },
    /// Somebody stopped it.
    Cancelled {
        /// Who.
        by: String,
    },
}

impl std::fmt::Debug for RunOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
        })
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// It waits for its turn: for an earlier run of its subject, or because too many are under way.
    Queued,
    /// It is under way.
    Running,
    /// It waits for its employee to sign in.
    NeedsIdentity,
    /// It ended well.
    Succeeded,
    /// It failed, and waits for somebody to look.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl RunState {
    /// Whether nothing more happens by itself.
    pub fn at_an_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}
