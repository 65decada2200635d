//! How an execution fails, by what its caller does next, and what it had done until then.

use std::fmt;
use std::time::Duration;

use crate::adapter::{AdapterError, AdapterErrorKind};
use crate::ids::{CrmName, RefId};
use crate::input::InputProblem;
use crate::plan::PlanProblem;

use super::budget::Spent;
use super::outcome::Effects;

/// An execution that did not come to its end.
///
/// `Display` holds names and ids, never a value. What the CRM said in its own words is in the [`AdapterError`] that
/// [`source`](std::error::Error::source) leads to.
#[derive(Debug, thiserror::Error)]
#[error("{}{kind}", context.place())]
pub struct RunError {
    /// Why.
    #[source]
    pub kind: RunErrorKind,
    /// Where, and what had been done.
    pub context: Box<RunContext>,
}

/// Where an execution stopped and what it left behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunContext {
    /// The run.
    pub run: String,
    /// The part that failed, where one did.
    pub part: Option<RefId>,
    /// The step of the plan that failed.
    pub step: Option<usize>,
    /// The instances of the part that failed, by position.
    pub positions: Vec<usize>,
    /// What had become of each instance, part by part, before anything was undone; empty where nothing was sent yet.
    pub effects: Effects,
    /// What was undone of it, in the order in which that was tried: newest first.
    pub compensated: Vec<Compensated>,
}

impl RunContext {
    fn place(&self) -> String {
        let Some(part) = &self.part else { return String::new() };
        match self.positions.as_slice() {
            [] => format!("`{part}`: "),
            [position] => format!("`{part}[{position}]`: "),
            [first, .., last] => format!("`{part}[{first}]` to `[{last}]`: "),
        }
    }
}

/// What became of one effect after a later one failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compensated {
    /// The part.
    pub part: RefId,
    /// The instance.
    pub position: usize,
    /// The record, where its Id is known.
    pub id: Option<String>,
    /// What was done about it.
    pub result: Undo,
}

/// Whether an effect was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// The record that this execution made is gone.
    Removed,
    /// A change or a removal stays as it is: what was there before is not known.
    NotUndone,
    /// It could not be removed.
    Failed(AdapterErrorKind),
}

/// Why an execution stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunErrorKind {
    /// The input does not fit the pattern; nothing was sent.
    #[error("the input has {}: {}", problems(.0.len()), first(.0))]
    Input(Vec<InputProblem>),
    /// There is no plan for this input; nothing was written.
    #[error("there is no plan: {}", first(.0))]
    Plan(Vec<PlanProblem>),
    /// The identity given is not the one that the pattern acts under.
    #[error("the pattern acts as {needs}, and the identity given is not that")]
    Acting {
        /// `the application` or `an employee`.
        needs: &'static str,
    },
    /// The adapter serves another CRM than the pattern is resolved for.
    #[error("the pattern is resolved for `{pattern}`, and the adapter serves `{adapter}`")]
    Crm {
        /// The pattern's.
        pattern: CrmName,
        /// The adapter's.
        adapter: CrmName,
    },
    /// A record that has to be there is not; nothing was written.
    #[error("no record is found")]
    NoRecord,
    /// Several records were found where one is meant; nothing was written.
    #[error("several records are found where one is meant")]
    Several,
    /// The CRM gave only part of an answer, so there is none.
    #[error("the CRM gave only part of the records")]
    Truncated,
    /// A call failed for good.
    #[error("the CRM did not do it")]
    Adapter(#[source] AdapterError),
    /// A key of this write is taken by a record that is not of this operation.
    #[error("a record that is not of this operation has the same key")]
    Duplicate(#[source] AdapterError),
    /// A group that should take effect as a whole is there in part.
    #[error("only some records of a group that is written as a whole are there: {}", .ids.join(", "))]
    Partial {
        /// Those that are there.
        ids: Vec<String>,
    },
    /// A write without a key was sent and no answer came: it may or may not have taken effect. It is not repeated.
    #[error("it is not known whether the write took effect")]
    OutcomeUnknown(#[source] AdapterError),
    /// The budget does not cover the next request; nothing is on its way any more. Executing again with the same
    /// operation key goes on from what [`RunContext::effects`] tells, where the plan says `once: yes`.
    #[error("the budget of {spent} does not cover the next request")]
    Budget {
        /// The limit that is reached.
        spent: Spent,
        /// How long the CRM asked to wait, or the policy would have waited.
        after: Option<Duration>,
        /// Why the last request was to be sent again, if it was.
        #[source]
        cause: Option<AdapterError>,
    },
    /// The time was over.
    #[error("the deadline has passed")]
    Deadline(#[source] Option<AdapterError>),
    /// The observer refused the plan; nothing was written.
    #[error("the plan was refused before the first write")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The adapter broke its contract.
    #[error("the adapter broke its contract: {0}")]
    Contract(&'static str),
    /// A plan that cannot be executed: a defect of the engine.
    #[error("the plan cannot be executed: {0}")]
    Internal(&'static str),
}

/// An execution that may come to its end when it is repeated later with the same operation key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Later {
    /// How long to wait, where that is known.
    pub after: Option<Duration>,
}

impl RunErrorKind {
    /// Whether the same execution may succeed later, and when: the CRM's limits were reached, it was not there, or the
    /// time or the budget was over. Nothing else has to change for it.
    pub fn later(&self) -> Option<Later> {
        let of = |error: &AdapterError| match &error.kind {
            AdapterErrorKind::Throttled { after } | AdapterErrorKind::QuotaExhausted { after } => {
                Some(Later { after: *after })
            }
            AdapterErrorKind::Locked | AdapterErrorKind::Unavailable => Some(Later { after: None }),
            _ => None,
        };
        match self {
            Self::Budget { after, .. } => Some(Later { after: *after }),
            Self::Adapter(error) => of(error),
            Self::Deadline(cause) => Some(cause.as_ref().and_then(of).unwrap_or(Later { after: None })),
            _ => None,
        }
    }

    /// It ended for want of budget or quota alone.
    pub(super) fn waits_for_more(&self) -> bool {
        match self {
            Self::Budget { .. } => true,
            Self::Adapter(error) => matches!(error.kind, AdapterErrorKind::QuotaExhausted { .. }),
            _ => false,
        }
    }

    /// Nobody knows what of a write took effect. Worse than any other failure: undoing could tear apart what did.
    pub(super) fn is_unsure(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_) | Self::Partial { .. })
    }

    /// How the CRM failed, where it did.
    pub(super) fn of_the_crm(&self) -> Option<&AdapterErrorKind> {
        match self {
            Self::Adapter(error) | Self::Deadline(Some(error)) | Self::Budget { cause: Some(error), .. } => {
                Some(&error.kind)
            }
            _ => None,
        }
    }
}

fn problems(count: usize) -> String {
    if count == 1 { "a problem".to_owned() } else { format!("{count} problems") }
}

fn first<T: fmt::Display>(problems: &[T]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

/// A failure on its way to becoming a [`RunError`]: the kind and the place, not yet what had been done.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: RunErrorKind,
    pub(super) place: Option<Box<Place>>,
}

/// Where something failed.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) part: RefId,
    pub(super) step: Option<usize>,
    pub(super) positions: Vec<usize>,
}

impl Failure {
    /// Of a part as a whole.
    pub(super) fn at(kind: RunErrorKind, part: &RefId) -> Self {
        Self { kind, place: Some(Box::new(Place { part: part.clone(), step: None, positions: Vec::new() })) }
    }

    /// Of one instance.
    pub(super) fn of(mut self, position: usize) -> Self {
        if let Some(place) = &mut self.place {
            place.positions = vec![position];
        }
        self
    }

    /// In a step of the plan.
    pub(super) fn step(mut self, step: usize) -> Self {
        if let Some(place) = &mut self.place {
            place.step = Some(step);
        }
        self
    }
}

impl Failure {
    /// The worse of two, the earlier of two alike.
    pub(super) fn or_worse(earlier: Option<Self>, later: Self) -> Self {
        match earlier {
            Some(earlier) if earlier.kind.is_unsure() || !later.kind.is_unsure() => earlier,
            _ => later,
        }
    }
}

impl From<RunErrorKind> for Failure {
    fn from(kind: RunErrorKind) -> Self {
        Self { kind, place: None }
    }
}
