//! What one execution may spend on a CRM before it stops and is taken up again later.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What one execution may spend. It stops where the next request would exceed one of these, with
/// [`RunErrorKind::Budget`](super::RunErrorKind::Budget).
///
/// A deadline is another thing: it is how long a caller waits for an answer, and cuts off the request under way. A
/// budget never does; it only begins nothing that it does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The most requests, repeats and look-ups included. What an adapter sends beside for tokens, metadata and further
    /// pages does not count.
    pub requests: usize,
    /// The longest time spent waiting for the next attempt; requests that wait side by side wait once.
    pub waiting: Duration,
    /// How long after its start an execution still sends something.
    pub elapsed: Duration,
}

impl Budget {
    /// No limit.
    pub const UNLIMITED: Self = Self { requests: usize::MAX, waiting: Duration::MAX, elapsed: Duration::MAX };
}

impl Default for Budget {
    /// 10,000 requests, five minutes of waiting (as long as the window in which a CRM commonly counts requests), an
    /// hour in all.
    fn default() -> Self {
        Self { requests: 10_000, waiting: Duration::from_secs(300), elapsed: Duration::from_secs(3600) }
    }
}

/// The limit of a [`Budget`] that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// So many requests have been sent.
    Requests(usize),
    /// The next wait would make more than this.
    Waiting(Duration),
    /// So much time has passed, or would have after the next wait.
    Elapsed(Duration),
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests(1) => write!(f, "1 request"),
            Self::Requests(most) => write!(f, "{most} requests"),
            Self::Waiting(most) => write!(f, "{} s of waiting", most.as_secs_f64()),
            Self::Elapsed(most) => write!(f, "{} s", most.as_secs_f64()),
        }
    }
}

/// What has been spent of a budget.
#[derive(Debug)]
pub(super) struct Purse {
    budget: Budget,
    /// On the clock.
    start: Duration,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    requests: usize,
    waiting: Duration,
    /// Until when somebody waits already, on the clock.
    until: Duration,
}

impl Purse {
    pub(super) fn new(budget: Budget, now: Duration) -> Self {
        Self { budget, start: now, used: Mutex::default() }
    }

    /// Takes a request out of the budget.
    pub(super) fn request(&self, now: Duration) -> Result<(), Spent> {
        if now.saturating_sub(self.start) >= self.budget.elapsed {
            return Err(Spent::Elapsed(self.budget.elapsed));
        }
        let mut used = self.used();
        if used.requests >= self.budget.requests {
            return Err(Spent::Requests(self.budget.requests));
        }
        used.requests += 1;
        Ok(())
    }

    /// Takes a request that settles a doubt: it is counted and never refused, since whoever leaves a doubt behind has to
    /// ask the same later.
    pub(super) fn settle(&self) {
        let mut used = self.used();
        used.requests = used.requests.saturating_add(1);
    }

    /// Takes a wait out of the budget, for a request after it.
    pub(super) fn wait(&self, now: Duration, wait: Duration) -> Result<(), Spent> {
        let Budget { requests, waiting, elapsed } = self.budget;
        let end = now.saturating_add(wait);
        let mut used = self.used();
        if used.requests >= requests {
            return Err(Spent::Requests(requests));
        }
        if end.saturating_sub(self.start) >= elapsed {
            return Err(Spent::Elapsed(elapsed));
        }
        let more = end.saturating_sub(used.until.max(now));
        if used.waiting.saturating_add(more) > waiting {
            return Err(Spent::Waiting(waiting));
        }
        used.waiting += more;
        used.until = used.until.max(end);
        Ok(())
    }

    /// Locked for bookkeeping only.
    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn waiting_side_by_side_counts_once() {
        let purse = Purse::new(Budget { waiting: seconds(10), ..Budget::default() }, Duration::ZERO);
        assert_eq!(purse.wait(seconds(0), seconds(6)), Ok(()));
        assert_eq!(purse.wait(seconds(1), seconds(5)), Ok(()));
        assert_eq!(purse.wait(seconds(2), seconds(7)), Ok(()));
        assert_eq!(purse.wait(seconds(9), seconds(2)), Err(Spent::Waiting(seconds(10))));
        assert_eq!(purse.wait(seconds(9), seconds(1)), Ok(()));
    }

    #[test]
    fn a_wait_for_a_request_that_is_not_covered_is_not_begun() {
        let purse = Purse::new(Budget { requests: 1, elapsed: seconds(20), ..Budget::default() }, seconds(5));
        assert_eq!(purse.wait(seconds(5), seconds(20)), Err(Spent::Elapsed(seconds(20))));
        assert_eq!(purse.request(seconds(24)), Ok(()));
        assert_eq!(purse.request(seconds(25)), Err(Spent::Elapsed(seconds(20))));
        assert_eq!(purse.request(seconds(6)), Err(Spent::Requests(1)));
        assert_eq!(purse.wait(seconds(6), seconds(1)), Err(Spent::Requests(1)));
    }

    proptest! {
        /// However requests and waits come, no more is granted than there is.
        #[test]
        fn never_more_than_the_budget(
            requests in 0_usize..20,
            waiting in 0_u64..60,
            elapsed in 1_u64..200,
            calls in proptest::collection::vec((0_u64..10, proptest::option::of(0_u64..30)), 0..60),
        ) {
            let budget = Budget { requests, waiting: seconds(waiting), elapsed: seconds(elapsed) };
            let purse = Purse::new(budget, seconds(7));
            let (mut now, mut sent) = (7, 0);
            let mut covered = std::collections::BTreeSet::new();
            for (pause, wait) in calls {
                now += pause;
                match wait {
                    None => if purse.request(seconds(now)).is_ok() {
                        sent += 1;
                        prop_assert!(now - 7 < elapsed);
                    },
                    Some(wait) => if purse.wait(seconds(now), seconds(wait)).is_ok() {
                        covered.extend(now..now + wait);
                        prop_assert!(now + wait - 7 < elapsed);
                    },
                }
            }
            prop_assert!(sent <= requests);
            prop_assert!(covered.len() as u64 <= waiting);
        }
    }
}
