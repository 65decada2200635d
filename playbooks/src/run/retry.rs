//! When a block that failed is tried again.

use std::time::Duration;

use engage_engine::run::Jitter;
use jiff::{SignedDuration, Timestamp};

use super::{BlockFailure, FailureKind};

/// How often and how long after a failure a block is tried again: exponentially growing pauses, each drawn between the
/// shortest and three times the longest that the one before could have been.
///
/// The engine repeats single calls within an attempt by a policy of its own; this is for what outlasts that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryRule {
    /// The most failures of one block, the last included; 1: never again.
    pub failures: u32,
    /// The shortest pause.
    pub base: Duration,
    /// The longest pause that chance may come to; an outside that asks for more gets it.
    pub cap: Duration,
}

impl RetryRule {
    /// Nothing is tried again.
    pub const NEVER: Self = Self { failures: 1, base: Duration::ZERO, cap: Duration::ZERO };

    /// The pause after the n-th failure, from 1; `None` where it was the last.
    ///
    /// ```
    /// use std::time::Duration;
    /// use engage_engine::run::RandomJitter;
    /// use engage_playbooks::run::RetryRule;
    /// let rule = RetryRule { failures: 3, base: Duration::from_secs(1), cap: Duration::from_secs(60) };
    /// assert!(rule.delay(2, &RandomJitter).is_some_and(|pause| pause.as_secs() <= 9));
    /// assert_eq!(rule.delay(3, &RandomJitter), None);
    /// ```
    pub fn delay(&self, failures: u32, jitter: &dyn Jitter) -> Option<Duration> {
        if failures >= self.failures {
            return None;
        }
        let high = self.base.saturating_mul(3_u32.saturating_pow(failures)).min(self.cap).max(self.base);
        Some(jitter.between(self.base, high))
    }

    /// When a block is tried again after its n-th failure, from 1; `None` where trying again does not help, it was the
    /// last failure, or the run would be over by then.
    pub fn retry_at(
        &self,
        failure: &BlockFailure,
        failures: u32,
        now: Timestamp,
        deadline: Option<Timestamp>,
        jitter: &dyn Jitter,
    ) -> Option<Timestamp> {
        if failure.kind != FailureKind::Transient {
            return None;
        }
        let asked = Duration::from_millis(failure.wait_ms.unwrap_or_default());
        let pause = self.delay(failures, jitter)?.max(asked);
        let at = now.checked_add(SignedDuration::try_from(pause).ok()?).ok()?;
        deadline.is_none_or(|deadline| at < deadline).then_some(at)
    }
}

impl Default for RetryRule {
    /// Eight failures, one second to five minutes apart.
    fn default() -> Self {
        Self { failures: 8, base: Duration::from_secs(1), cap: Duration::from_secs(300) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Longest;
    impl Jitter for Longest {
        fn between(&self, _: Duration, high: Duration) -> Duration {
            high
        }
    }

    fn failure(kind: FailureKind, wait_ms: Option<u64>) -> BlockFailure {
        BlockFailure { kind, reason: "locked".into(), message: "a row is locked".into(), wait_ms, trips: 0 }
    }

    const RULE: RetryRule = RetryRule { failures: 5, base: Duration::from_secs(1), cap: Duration::from_secs(20) };

    #[test]
    fn pauses_grow_to_the_cap_and_end() {
        let pauses: Vec<_> = (1..6).map(|n| RULE.delay(n, &Longest).map(|pause| pause.as_secs())).collect();
        assert_eq!(pauses, [Some(3), Some(9), Some(20), Some(20), None]);
        assert_eq!(RetryRule::NEVER.delay(1, &Longest), None);
    }

    #[test]
    fn the_outside_gets_the_pause_it_asks_for_and_the_deadline_wins() {
        let now = Timestamp::UNIX_EPOCH;
        let at = |wait, deadline: Option<i64>| {
            let deadline = deadline.map(|second| Timestamp::from_second(second).unwrap());
            RULE.retry_at(&failure(FailureKind::Transient, wait), 1, now, deadline, &Longest).map(Timestamp::as_second)
        };
        assert_eq!(at(None, None), Some(3));
        assert_eq!(at(Some(90_000), None), Some(90));
        assert_eq!(at(Some(90_000), Some(91)), Some(90));
        assert_eq!(at(Some(90_000), Some(90)), None);
        assert_eq!(at(Some(u64::MAX), None), None);
    }

    proptest! {
        #[test]
        fn nothing_but_what_passes_is_tried_again(n in 0_u32..10, wait in proptest::option::of(0_u64..1_000_000)) {
            for kind in [FailureKind::Permanent, FailureKind::Unknown, FailureKind::NeedsIdentity] {
                prop_assert_eq!(RULE.retry_at(&failure(kind, wait), n, Timestamp::UNIX_EPOCH, None, &Longest), None);
            }
            let again = RULE.retry_at(&failure(FailureKind::Transient, wait), n, Timestamp::UNIX_EPOCH, None, &Longest);
            prop_assert_eq!(again.is_some(), n < RULE.failures);
            prop_assert!(again.is_none_or(|at| at.as_millisecond() >= wait.unwrap_or_default() as i64));
        }
    }
}
