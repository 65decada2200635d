//! What is said of an outage: one line in a minute for each cause, and not one for each request that it refuses.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::response::Response;
use engage_playbooks::ports::Time;

/// How long nothing more is said of a cause.
const QUIET: Duration = Duration::from_secs(60);
/// Of how many causes it is known when they were told; further ones are one.
const MOST: usize = 32;

/// Why a request that was in order could not be answered: something that it needs is away. Its answer carries it, among its
/// extensions, to where it is said.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Outage {
    /// What is away, as a sentence of the log.
    pub what: &'static str,
    /// What it is for the request.
    pub error: String,
    /// What lies below it.
    pub cause: Option<String>,
}

impl Outage {
    /// Of an error, with what it comes from.
    pub fn of(what: &'static str, error: &dyn Error) -> Self {
        Self { what, error: error.to_string(), cause: error.source().map(ToString::to_string) }
    }
}

/// When each cause was told last.
pub struct Outages {
    time: Arc<dyn Time>,
    told: Mutex<HashMap<Outage, Told>>,
}

#[derive(Debug, Clone, Copy)]
struct Told {
    at: Duration,
    left_out: u64,
}

impl fmt::Debug for Outages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outages").field("told", &self.told).finish_non_exhaustive()
    }
}

impl Outages {
    /// Nothing was told yet.
    pub fn new(time: Arc<dyn Time>) -> Self {
        Self { time, told: Mutex::default() }
    }

    /// Says why an answer is a refusal, where it carries that and its cause was not told just before: with how many were left out
    /// since then.
    pub fn tell(&self, answer: &Response) {
        let Some(outage) = answer.extensions().get::<Outage>() else { return };
        if let Some(left_out) = self.due(outage) {
            let Outage { what, error, cause } = outage;
            tracing::error!(error, cause, left_out, "{what}");
        }
    }

    /// How many of a cause were left out since it was told last; `None` where it is not to be told now.
    pub fn due(&self, outage: &Outage) -> Option<u64> {
        let now = self.time.now();
        let quiet = |told: &Told| now.saturating_sub(told.at) < QUIET;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST && !told.contains_key(outage) {
            told.retain(|_, told| quiet(told));
        }
        let known = told.len() < MOST || told.contains_key(outage);
        let key = if known { outage.clone() } else { Outage { what: "", error: String::new(), cause: None } };
        match told.get_mut(&key) {
            Some(told) if quiet(told) => {
                told.left_out += 1;
                None
            }
            before => {
                let left_out = before.map_or(0, |told| told.left_out);
                told.insert(key, Told { at: now, left_out: 0 });
                Some(left_out)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use engage_engine::run::Clock;
    use jiff::Timestamp;

    use super::*;

    #[derive(Default)]
    struct Hand(Mutex<Duration>);

    #[async_trait::async_trait]
    impl Clock for Hand {
        fn now(&self) -> Duration {
            *self.0.lock().unwrap()
        }

        async fn sleep(&self, _: Duration) {}
    }

    impl Time for Hand {
        fn timestamp(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    fn outage(error: impl ToString) -> Outage {
        Outage { what: "the store failed", error: error.to_string(), cause: None }
    }

    #[test]
    fn the_first_of_each_cause_is_told_and_after_a_minute_how_many_were_not() {
        let hand = Arc::new(Hand::default());
        let outages = Outages::new(hand.clone());
        assert_eq!(outages.due(&outage("gone")), Some(0));
        assert!((0..500).all(|_| outages.due(&outage("gone")).is_none()));
        assert_eq!(outages.due(&outage("full")), Some(0), "another cause is told at once");
        *hand.0.lock().unwrap() = QUIET;
        assert_eq!(outages.due(&outage("gone")), Some(500));
        assert_eq!(outages.due(&outage("gone")), None);
        *hand.0.lock().unwrap() = QUIET * 3;
        assert_eq!(outages.due(&outage("gone")), Some(1), "however long it was still");
    }

    #[test]
    fn causes_without_end_cost_no_memory_without_end() {
        let hand = Arc::new(Hand::default());
        let outages = Outages::new(hand.clone());
        let told = (0..10_000).filter(|n| outages.due(&outage(n)).is_some()).count();
        assert_eq!((told, outages.told.lock().unwrap().len()), (MOST + 1, MOST + 1), "the others are one");
        *hand.0.lock().unwrap() = QUIET;
        assert_eq!(outages.due(&outage("new")), Some(0), "what was long ago makes room");
        assert_eq!(outages.told.lock().unwrap().len(), 1);
    }
}
