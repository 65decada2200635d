//! How often and how long after a failed call the next one goes out: decorrelated jitter within a cap.

use std::time::Duration;

use uuid::Uuid;

use crate::adapter::{AdapterError, AdapterErrorKind};

/// When calls that certainly had no effect are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most times one call is sent, the first included; 1: never again.
    pub attempts: u32,
    /// The shortest wait.
    pub base: Duration,
    /// The longest wait that jitter may come to; a CRM that asks for more gets it.
    pub cap: Duration,
}

impl RetryPolicy {
    /// Every call is sent once.
    pub const NEVER: Self = Self { attempts: 1, base: Duration::ZERO, cap: Duration::ZERO };
}

impl Default for RetryPolicy {
    /// Six attempts, 200 ms to 20 s apart.
    fn default() -> Self {
        Self { attempts: 6, base: Duration::from_millis(200), cap: Duration::from_secs(20) }
    }
}

/// Chance, injected, so that a test can do without.
pub trait Jitter: Send + Sync {
    /// A duration between the two, both included.
    fn between(&self, low: Duration, high: Duration) -> Duration;
}

/// Jitter from the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomJitter;

impl Jitter for RandomJitter {
    fn between(&self, low: Duration, high: Duration) -> Duration {
        let span = high.saturating_sub(low).as_nanos();
        // The low 62 bits of a random UUID are random in full.
        let random = Uuid::new_v4().as_u128() & ((1 << 62) - 1);
        let extra = span.saturating_mul(random >> 31) >> 31;
        low.saturating_add(Duration::from_nanos(u64::try_from(extra).unwrap_or(u64::MAX)))
    }
}

/// The waits between the attempts of one call.
#[derive(Debug)]
pub(super) struct Backoff {
    policy: RetryPolicy,
    sent: u32,
    previous: Duration,
}

impl Backoff {
    pub(super) fn new(policy: RetryPolicy) -> Self {
        Self { policy, sent: 1, previous: policy.base }
    }

    /// How long to wait before the next attempt; `None` when there is none.
    pub(super) fn next(&mut self, error: &AdapterError, jitter: &dyn Jitter) -> Option<Duration> {
        if self.sent >= self.policy.attempts {
            return None;
        }
        self.sent += 1;
        let high = self.previous.saturating_mul(3).min(self.policy.cap).max(self.policy.base);
        self.previous = jitter.between(self.policy.base, high);
        let asked = match &error.kind {
            AdapterErrorKind::Throttled { after } => after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        Some(self.previous.max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Longest;
    impl Jitter for Longest {
        fn between(&self, _: Duration, high: Duration) -> Duration {
            high
        }
    }

    fn waits(policy: RetryPolicy, kind: &AdapterErrorKind) -> Vec<u128> {
        let mut backoff = Backoff::new(policy);
        let error = AdapterError::new(kind.clone());
        std::iter::from_fn(|| backoff.next(&error, &Longest)).map(|wait| wait.as_millis()).collect()
    }

    #[test]
    fn waits_grow_to_the_cap_and_end() {
        let policy = RetryPolicy { attempts: 6, base: Duration::from_millis(100), cap: Duration::from_secs(2) };
        assert_eq!(waits(policy, &AdapterErrorKind::Locked), [300, 900, 2000, 2000, 2000]);
        assert!(waits(RetryPolicy::NEVER, &AdapterErrorKind::Locked).is_empty());
    }

    #[test]
    fn the_crm_gets_the_pause_it_asks_for() {
        let policy = RetryPolicy { attempts: 3, base: Duration::from_millis(100), cap: Duration::from_secs(2) };
        let throttled = AdapterErrorKind::Throttled { after: Some(Duration::from_secs(30)) };
        assert_eq!(waits(policy, &throttled), [30_000, 30_000]);
        assert_eq!(waits(policy, &AdapterErrorKind::Throttled { after: None }), [300, 900]);
    }

    proptest! {
        #[test]
        fn random_jitter_stays_between(low in 0_u64..10_000, span in 0_u64..1_000_000) {
            let (low, high) = (Duration::from_millis(low), Duration::from_millis(low + span));
            let wait = RandomJitter.between(low, high);
            prop_assert!(low <= wait && wait <= high);
        }
    }
}
