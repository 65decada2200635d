//! How a call to a capability fails, by what the caller does next.

use std::time::Duration;

use engage_engine::SemanticId;

use super::{AiCall, Usage};

/// A call that failed. Neither `Display` nor `Debug` holds a word of prompt, input or answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` version {}: {kind}", context.capability, context.version)]
pub struct AiError {
    /// What it means for the caller.
    pub kind: AiErrorKind,
    /// What was used up to then.
    pub usage: Usage,
    /// Where it happened.
    pub context: Box<AiContext>,
}

/// Where a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AiContext {
    /// The capability.
    pub capability: SemanticId,
    /// Its version.
    pub version: u32,
    /// The run.
    pub run: String,
    /// The block.
    pub block: String,
    /// The endpoint's own id of the request, where it gives one: what its support asks for.
    pub request: Option<String>,
}

impl AiError {
    /// The failure of a call of which nothing was used.
    pub fn new(call: &AiCall<'_>, kind: AiErrorKind) -> Self {
        let context = AiContext {
            capability: call.capability.clone(),
            version: call.version,
            run: call.run.to_owned(),
            block: call.block.to_owned(),
            request: None,
        };
        Self { kind, usage: Usage::default(), context: Box::new(context) }
    }

    /// Whether the same call may help when it is simply sent again. That it is safe is in the contract of
    /// [`Ai`](super::Ai): an answer changes nothing.
    ///
    /// INVARIANT: nowhere else decides this of a capability.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, AiErrorKind::Throttled { .. } | AiErrorKind::Unavailable | AiErrorKind::Unknown)
    }
}

/// The kinds of failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AiErrorKind {
    /// The model's limits are reached for a short time.
    #[error("the model's limits are reached")]
    Throttled {
        /// How long it asks to wait.
        after: Option<Duration>,
    },
    /// What was paid for is used up: waiting within a run does not help.
    #[error("the quota of the model is used up")]
    QuotaExhausted,
    /// The model cannot be reached or is down.
    #[error("the model is not available")]
    Unavailable,
    /// The key was refused.
    #[error("the key was refused")]
    Unauthenticated,
    /// The key may not use this model.
    #[error("the key may not use this model")]
    Denied,
    /// The call cannot be answered as it is: an unknown model, a schema that is none.
    #[error("the call is refused: {reason}")]
    Rejected {
        /// A code, ours or the endpoint's: letters, digits, `_`, `-` and `.`, at most 64 of them.
        reason: String,
    },
    /// The answer does not fit the schema, the second one neither.
    #[error("the answer does not fit the schema{}", all(problems))]
    BadAnswer {
        /// What is wrong, line by line: where in the schema, as a JSON pointer, and the rule there. Where it is much, the last line
        /// says how much more there is.
        problems: Vec<String>,
    },
    /// What came is not JSON: from the model, the second time too, or from an endpoint that answers something else.
    #[error("the answer is not JSON")]
    NotJson,
    /// The model, or a filter in front of it, refuses to answer.
    #[error("the model refuses to answer")]
    Refused,
    /// The answer was cut off at the most tokens that the budget allows.
    #[error("the answer is longer than the budget allows")]
    Truncated,
    /// A limit other than time does not allow the call.
    #[error("the budget does not allow it: {which}")]
    Budget {
        /// The limit.
        which: AiLimit,
    },
    /// The time of the budget is over.
    #[error("the time for the answer is over")]
    Deadline,
    /// Sent, and no whole answer came.
    #[error("the request was sent and no answer came")]
    Unknown,
}

impl AiErrorKind {
    /// A word for programs; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::QuotaExhausted => "quota-exhausted",
            Self::Unavailable => "unavailable",
            Self::Unauthenticated => "unauthenticated",
            Self::Denied => "denied",
            Self::Rejected { .. } => "rejected",
            Self::BadAnswer { .. } => "bad-answer",
            Self::NotJson => "not-json",
            Self::Refused => "refused",
            Self::Truncated => "truncated",
            Self::Budget { .. } => "budget",
            Self::Deadline => "deadline",
            Self::Unknown => "unknown",
        }
    }
}

/// The first of several problems, for a message of one line.
fn all(problems: &[String]) -> String {
    if problems.is_empty() { String::new() } else { format!(": {}", problems.join("; ")) }
}

/// What a call can have too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AiLimit {
    /// The input is larger than the budget allows; nothing was sent.
    InputBytes,
    /// The budget allows no token of an answer; nothing was sent.
    OutputTokens,
    /// The answer is larger than the adapter takes.
    AnswerBytes,
}

impl std::fmt::Display for AiLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InputBytes => "the input is too large",
            Self::OutputTokens => "no tokens for an answer",
            Self::AnswerBytes => "the answer is too large",
        })
    }
}
