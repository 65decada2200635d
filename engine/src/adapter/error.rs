//! How an adapter fails, by what the caller does next.

use std::fmt;
use std::time::Duration;

/// A call that failed. `Display` holds no value and no word of the CRM; those are in [`details`](Self::details).
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct AdapterError {
    /// What it means for the caller.
    pub kind: AdapterErrorKind,
    /// The CRM's own words and code, for support; may hold values, so nothing prints it by itself.
    pub details: Option<String>,
}

impl AdapterError {
    /// An error without details.
    pub fn new(kind: AdapterErrorKind) -> Self {
        Self { kind, details: None }
    }

    /// Whether the same call may simply be sent again: it certainly had no effect and the cause is passing. A quota that is
    /// used up passes too, but not while anybody waits for it.
    ///
    /// INVARIANT: nowhere else decides this.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            AdapterErrorKind::Throttled { .. } | AdapterErrorKind::Unavailable | AdapterErrorKind::Locked
        )
    }
}

impl fmt::Debug for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdapterError").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The kinds of failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdapterErrorKind {
    /// The record, table or column does not exist.
    #[error("not found")]
    NotFound,
    /// A record with this key exists already.
    #[error("a record with this key exists already")]
    Duplicate,
    /// The record has changed since it was read.
    #[error("the record has changed since it was read")]
    Conflict,
    /// The identity may not do this.
    #[error("the acting identity may not do this")]
    Denied,
    /// The credentials were refused.
    #[error("the credentials were refused")]
    Unauthenticated,
    /// The CRM's limits are reached for a short time; nothing took effect.
    #[error("the CRM's limits are reached")]
    Throttled {
        /// How long the CRM asks to wait.
        after: Option<Duration>,
    },
    /// What the CRM allows over a long time, a day as a rule, is used up; nothing took effect. Waiting within a run does
    /// not help: it ends, and is taken up again later.
    #[error("the CRM's quota is used up")]
    QuotaExhausted {
        /// When the CRM says that there is more, from now on.
        after: Option<Duration>,
    },
    /// A row is locked by somebody else; nothing took effect.
    #[error("a row is locked by somebody else")]
    Locked,
    /// The CRM cannot be reached or is down; nothing took effect.
    #[error("the CRM is not available")]
    Unavailable,
    /// The CRM refuses the data; also when a key that should lead to one record leads to several.
    #[error("the CRM refuses the data{}", field.as_ref().map(|f| format!(" in `{f}`")).unwrap_or_default())]
    Rejected {
        /// The abstract field, where the CRM names one that is known.
        field: Option<String>,
    },
    /// The adapter cannot do this at all; nothing was sent.
    #[error("{adapter} cannot {operation}")]
    Unsupported {
        /// What was asked: a verb phrase.
        operation: &'static str,
        /// Who cannot.
        adapter: String,
    },
    /// Sent, and no answer came: it may or may not have taken effect.
    #[error("the request was sent and no answer came")]
    Unknown,
}

/// A write group that failed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct GroupError {
    /// Why.
    pub error: AdapterError,
    /// The position of the write that caused it, where the CRM tells.
    pub culprit: Option<usize>,
}

impl From<AdapterError> for GroupError {
    fn from(error: AdapterError) -> Self {
        Self { error, culprit: None }
    }
}
