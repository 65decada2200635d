//! How many requests a caller may make, in fixed windows that all servers count together.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use uuid::Uuid;

use crate::http::Stood;
use crate::identity::{CountKey, CountSpan, StoredCounts};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How many tokens that were let in are remembered, twice: those of late, and those before.
const REMEMBERED: usize = 10_000;

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

impl Rates {
    /// Each span that is counted, and how many requests it may have.
    fn each(self) -> [(CountSpan, u64); 2] {
        [(CountSpan::Hour, self.per_hour), (CountSpan::Minute, self.per_minute)]
    }
}

/// Holds callers to their rates.
pub(crate) struct Limiter {
    rates: Rates,
    counts: StoredCounts,
    familiar: Familiar,
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
    pub(crate) fn new(rates: Rates, counts: StoredCounts) -> Self {
        Self { rates, counts, familiar: Familiar::default() }
    }

    /// Counts a request. One that cannot be counted, as the database is away, is let through: what it asks for will say so.
    pub(crate) async fn take(&self, key: CountKey, now: Timestamp) -> Standing {
        let [hour, minute] = self.rates.each();
        let hour = self.window(key, hour, now).await;
        let minute = self.window(key, minute, now).await;
        Standing::tighter(hour, minute)
    }

    async fn window(&self, key: CountKey, (span, limit): (CountSpan, u64), now: Timestamp) -> Standing {
        let known = self.counts.known(key, span, now);
        if known > limit {
            // It does not matter by how many: a flood is not written down.
            return Standing::of(known, (span, limit), now);
        }
        let count = self.counts.count(key, span, now).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a request is let through that could not be counted");
            0
        });
        Standing::of(count, (span, limit), now)
    }

    /// Counts a request that was refused before it was known who calls. Nothing is waited for: a refusal costs next to nothing.
    pub(crate) fn note(&self, from: IpAddr, now: Timestamp) -> Standing {
        let [hour, minute] = self.rates.each().map(|window| self.noted(CountKey::Address(from), window, now));
        Standing::tighter(hour, minute)
    }

    fn noted(&self, key: CountKey, (span, limit): (CountSpan, u64), now: Timestamp) -> Standing {
        let known = self.counts.known(key, span, now);
        let count = if known > limit { known } else { self.counts.note(key, span, now) };
        Standing::of(count, (span, limit), now)
    }

    /// A token was let in to an organisation; whether it was not before, as far as that is remembered. One token may lead to several.
    pub(crate) fn admitted(&self, token: &[u8], organisation: Uuid) -> bool {
        self.familiar.add(token, organisation)
    }

    /// A token that came from there was refused.
    pub(crate) fn refused(&self, from: IpAddr, now: Timestamp) {
        for window in self.rates.each() {
            let _ = self.noted(CountKey::Refused(from), window, now);
        }
    }

    /// How whoever calls from there stands, where so many tokens that came from there were refused that no further one is looked at:
    /// who makes tokens up has us check a signature for each. Those who were let in before are not shut out by others who call from
    /// the same address.
    pub(crate) fn shut(&self, from: IpAddr, token: &[u8], now: Timestamp) -> Option<Standing> {
        let known =
            |(span, limit)| Standing::of(self.counts.known(CountKey::Refused(from), span, now), (span, limit), now);
        let [hour, minute] = self.rates.each().map(known);
        let standing = Standing::tighter(hour, minute);
        (standing.wait.is_some() && !self.familiar.has(token)).then_some(standing)
    }
}

impl Standing {
    fn of(count: u64, (span, limit): (CountSpan, u64), now: Timestamp) -> Self {
        let (_, end) = span.around(now);
        let left = end.as_second().saturating_sub(now.as_second()).unsigned_abs().max(1);
        let wait = (count > limit).then_some(left);
        Self { limit, remaining: limit.saturating_sub(count), reset: end.as_second().unsigned_abs(), wait }
    }

    fn tighter(hour: Self, minute: Self) -> Self {
        let wait = hour.wait.max(minute.wait);
        let tighter = match (hour.wait, minute.wait) {
            (None, Some(_)) => minute,
            (None, None) if minute.remaining <= hour.remaining => minute,
            _ => hour,
        };
        Self { wait, ..tighter }
    }

    /// Says so, on whatever is answered.
    pub(crate) fn tell(self, stood: &Stood) {
        let told = [(LIMIT, self.limit), (REMAINING, self.remaining), (RESET, self.reset)];
        stood.say(told.map(|(name, value)| (name, HeaderValue::from(value))).into());
    }
}

/// Tokens that were let in, by a hash that nobody outside of this process can foresee. One that is taken for another has its
/// signature checked, and no more.
#[derive(Default)]
struct Familiar {
    hasher: RandomState,
    /// Those of late, and those before; each with the organisations that it led to.
    kept: Mutex<[HashMap<u64, Vec<Uuid>>; 2]>,
}

impl Familiar {
    /// Remembers one, and that it leads to an organisation; whether it was not known that it does.
    fn add(&self, token: &[u8], organisation: Uuid) -> bool {
        let token = self.hasher.hash_one(token);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !kept.iter().filter_map(|kept| kept.get(&token)).flatten().any(|known| *known == organisation);
        let [late, before] = &mut *kept;
        if late.len() >= REMEMBERED && !late.contains_key(&token) {
            *before = std::mem::take(late);
        }
        let there = late.entry(token).or_default();
        if !there.contains(&organisation) {
            there.push(organisation);
        }
        is_new
    }

    fn has(&self, token: &[u8]) -> bool {
        let token = self.hasher.hash_one(token);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|kept| kept.contains_key(&token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_late_are_remembered_and_take_no_more_room_than_there_is() {
        let familiar = Familiar::default();
        let (ours, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for token in 0..(3 * REMEMBERED as u64) {
            assert!(familiar.add(&token.to_be_bytes(), ours));
        }
        let before = (2 * REMEMBERED as u64 - 1).to_be_bytes();
        assert!(!familiar.add(&before, ours), "it is remembered from before");
        assert!(familiar.add(&before, theirs) && !familiar.add(&before, theirs), "it leads somewhere else as well");
        assert!(familiar.has(&(3 * REMEMBERED as u64 - 1).to_be_bytes()));
        assert!(!familiar.has(&0u64.to_be_bytes()) && !familiar.has(b"another"));
        assert!(familiar.kept.lock().unwrap().iter().all(|kept| kept.len() <= REMEMBERED));
    }
}
