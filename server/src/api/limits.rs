//! How many requests a caller may make, in fixed windows that all servers count together.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::identity::{CountKey, CountSpan, StoredCounts};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How many requests are taken of one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// In an hour.
    pub per_hour: u64,
    /// In a minute.
    pub per_minute: u64,
}

impl Default for Rates {
    fn default() -> Self {
        Self { per_hour: 1_000, per_minute: 100 }
    }
}

/// Holds callers to their rates.
#[derive(Clone)]
pub(crate) struct Limiter {
    pub(crate) rates: Rates,
    pub(crate) counts: StoredCounts,
}

/// How a caller stands: of both windows the one with less left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    limit: u64,
    remaining: u64,
    reset: u64,
    /// When to come back, in seconds, where there were too many.
    pub(crate) wait: Option<u64>,
}

impl Limiter {
    /// Counts a request. One that cannot be counted, as the database is away, is let through: what it asks for will say so.
    pub(crate) async fn take(&self, key: CountKey, now: Timestamp) -> Standing {
        let hour = self.window(key, CountSpan::Hour, self.rates.per_hour, now).await;
        let minute = self.window(key, CountSpan::Minute, self.rates.per_minute, now).await;
        let wait = hour.wait.max(minute.wait);
        let tighter = match (hour.wait, minute.wait) {
            (None, Some(_)) => minute,
            (None, None) if minute.remaining <= hour.remaining => minute,
            _ => hour,
        };
        Standing { wait, ..tighter }
    }

    async fn window(&self, key: CountKey, span: CountSpan, limit: u64, now: Timestamp) -> Standing {
        let count = self.counts.count(key, span, now).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a request is let through that could not be counted");
            0
        });
        let (_, end) = span.around(now);
        let left = end.as_second().saturating_sub(now.as_second()).unsigned_abs().max(1);
        let wait = (count > limit).then_some(left);
        Standing { limit, remaining: limit.saturating_sub(count), reset: end.as_second().unsigned_abs(), wait }
    }
}

impl Standing {
    /// Says so, on whatever is answered.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        for (name, value) in [(LIMIT, self.limit), (REMAINING, self.remaining), (RESET, self.reset)] {
            headers.insert(name, HeaderValue::from(value));
        }
    }
}
