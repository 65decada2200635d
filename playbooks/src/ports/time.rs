//! The time of day, injected.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::run::Clock;
use jiff::{SignedDuration, Timestamp};

/// Time as runs see it: what passes, and what the date is.
pub trait Time: Clock {
    /// The time of day.
    fn timestamp(&self) -> Timestamp;
}

/// Time that counts on from a known instant: for tests, replays and programs that live for the length of a run. It does not
/// follow corrections of the machine's clock.
#[derive(Clone)]
pub struct Since {
    clock: Arc<dyn Clock>,
    zero: Timestamp,
    start: Duration,
}

impl fmt::Debug for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Since").field("zero", &self.zero).finish_non_exhaustive()
    }
}

impl Since {
    /// On a clock, with what the date is now.
    pub fn new(clock: Arc<dyn Clock>, now: Timestamp) -> Self {
        let start = clock.now();
        Self { clock, zero: now, start }
    }
}

#[async_trait]
impl Clock for Since {
    fn now(&self) -> Duration {
        self.clock.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}

impl Time for Since {
    fn timestamp(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.clock.now().saturating_sub(self.start));
        passed.ok().and_then(|passed| self.zero.checked_add(passed).ok()).unwrap_or(Timestamp::MAX)
    }
}
