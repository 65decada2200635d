//! What can go wrong with a call, by what a caller does next.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use super::token::TokenError;
use crate::model::{Reason, Refused};

/// Why a call has no answer, or not the one that was hoped for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server says no: see [`Refusal`].
    #[error("the server refused: {0}")]
    Refused(Box<Refusal>),
    /// There is no token to call with. Nothing was sent.
    #[error("there is no access token")]
    Token(#[source] TokenError),
    /// The address is not one to call.
    #[error("the address cannot be used: {why}")]
    Address {
        /// Why not.
        why: &'static str,
    },
    /// The server could not be reached. Nothing was done: the call may be repeated.
    #[error("the server could not be reached")]
    Unsent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The call was sent, and no answer came. It may have been done: look before it is repeated.
    #[error("no answer came")]
    Unknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The time was up. The call may have been done: look before it is repeated.
    #[error("no answer came within {0:?}")]
    TimedOut(Duration),
    /// An answer came that is not what the API says. It was done, unless the status is one of a refusal.
    #[error("the answer, of status {status}, cannot be read")]
    Unreadable {
        /// The status of the answer.
        status: u16,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The answer has more bytes than are taken.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// What is to be sent cannot be written.
    #[error("the request cannot be written")]
    Unwritable(#[source] serde_json::Error),
}

/// What a server said when it refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status} {}{}", .body.code, .body.details.reason.as_ref().map(|reason| format!(" ({})", reason.as_str())).unwrap_or_default())]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// Why, in the words of the server.
    pub body: Refused,
    /// How the caller stands with his rate.
    pub standing: Option<Standing>,
    /// When to come back, where the server says.
    pub retry_after: Option<Duration>,
}

/// How a caller stands with his rate: of an hour and a minute, the one with less left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How many calls he may make in the window.
    pub limit: u64,
    /// How many of them are left.
    pub remaining: u64,
    /// When the window ends.
    pub reset: Timestamp,
}

impl Error {
    /// Nothing was sent.
    pub(super) fn unsent(error: reqwest::Error) -> Self {
        Self::Unsent(Box::new(error.without_url()))
    }

    /// A call that was on its way.
    pub(super) fn sent(error: reqwest::Error) -> Self {
        if error.is_connect() || error.is_builder() {
            Self::unsent(error)
        } else {
            Self::Unknown(Box::new(error.without_url()))
        }
    }

    /// What the server said, where it refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Why the server refused, in its closed list of words.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.refusal()?.body.details.reason.as_ref()
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

impl Standing {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let reset = i64::try_from(number(headers, "x-ratelimit-reset")?).ok()?;
        Some(Self {
            limit: number(headers, "x-ratelimit-limit")?,
            remaining: number(headers, "x-ratelimit-remaining")?,
            reset: Timestamp::from_second(reset).ok()?,
        })
    }
}

/// When to come back.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, "retry-after").map(Duration::from_secs)
}
