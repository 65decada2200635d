//! How many requests a caller may make: counts of fixed windows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How many keys are counted in memory at once. Those beyond share one count: whoever comes from many addresses gains nothing.
const MOST_KEYS: usize = 100_000;

/// A stretch of time in which requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// When it began, in seconds since 1970.
    pub start: u64,
    /// How long it is, in seconds.
    pub seconds: u64,
}

impl Window {
    /// The window of a length that an instant lies in.
    fn of(now: u64, seconds: u64) -> Self {
        Self { start: now - now % seconds, seconds }
    }

    fn end(self) -> u64 {
        self.start + self.seconds
    }
}

/// Counts cannot be had at present. Why is for the log of whoever counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("requests cannot be counted at present")]
pub struct Uncounted;

/// Counts requests. Servers that share a limit share what counts.
#[async_trait]
pub trait Counted: Send + Sync {
    /// Counts one more of a key in a window, and says how many there are now, this one among them. Windows that are over may be
    /// forgotten.
    ///
    /// # Errors
    /// [`Uncounted`]; the request is let through.
    async fn count(&self, key: &str, window: Window) -> Result<u64, Uncounted>;
}

/// Counts in memory: the requests of one server.
#[derive(Debug, Default)]
pub struct InMemory {
    counts: Mutex<HashMap<(String, u64), (u64, u64)>>,
}

#[async_trait]
impl Counted for InMemory {
    async fn count(&self, key: &str, window: Window) -> Result<u64, Uncounted> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut place = (key.to_owned(), window.seconds);
        if counts.len() >= MOST_KEYS && !counts.contains_key(&place) {
            counts.retain(|(_, seconds), (start, _)| *start + *seconds > window.start);
            if counts.len() >= MOST_KEYS {
                place.0.clear();
            }
        }
        let (start, count) = counts.entry(place).or_insert((window.start, 0));
        if *start != window.start {
            (*start, *count) = (window.start, 0);
        }
        *count += 1;
        Ok(*count)
    }
}

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
pub(super) struct Limiter {
    pub(super) rates: Rates,
    pub(super) counted: Arc<dyn Counted>,
}

/// How a caller stands: of both windows the one with less left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    limit: u64,
    remaining: u64,
    reset: u64,
    /// When to come back, in seconds, where there were too many.
    pub(super) wait: Option<u64>,
}

impl Limiter {
    /// Counts a request. `now` is in seconds since 1970.
    pub(super) async fn take(&self, key: &str, now: u64) -> Standing {
        let hour = self.window(key, now, 3_600, self.rates.per_hour).await;
        let minute = self.window(key, now, 60, self.rates.per_minute).await;
        let wait = hour.wait.max(minute.wait);
        let tighter = match (hour.wait, minute.wait) {
            (None, Some(_)) => minute,
            (None, None) if minute.remaining <= hour.remaining => minute,
            _ => hour,
        };
        Standing { wait, ..tighter }
    }

    async fn window(&self, key: &str, now: u64, seconds: u64, limit: u64) -> Standing {
        let window = Window::of(now, seconds);
        let count = self.counted.count(key, window).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a request is let through");
            0
        });
        let reset = window.end();
        let wait = (count > limit).then(|| reset.saturating_sub(now).max(1));
        Standing { limit, remaining: limit.saturating_sub(count), reset, wait }
    }
}

impl Standing {
    /// Says so, on whatever is answered.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        for (name, value) in [(LIMIT, self.limit), (REMAINING, self.remaining), (RESET, self.reset)] {
            headers.insert(name, HeaderValue::from(value));
        }
    }
}
