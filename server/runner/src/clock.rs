//! Time of day, injected: the only place of the runner that reads a clock.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// The longest that [`SystemTime`] sleeps in one go: a machine that slept, or whose clock was set, is noticed after this long.
const LONGEST_SLEEP: Duration = Duration::from_mins(10);

/// The time of day.
///
/// An execution has an [`engage_engine::run::Clock`], which measures; this one names instants, as schedules and
/// deadlines need them. It may go back: nothing is wrong then but what is due comes later.
#[async_trait]
pub trait WallClock: Send + Sync {
    /// The instant.
    fn now(&self) -> Timestamp;

    /// Returns at the instant, or some time before; at once when it is past. Dropping the future is safe.
    async fn sleep_until(&self, at: Timestamp);
}

/// The machine's clock, and tokio's timers: sleeping needs a tokio runtime with time enabled.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemTime;

#[async_trait]
impl WallClock for SystemTime {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let wait = Duration::try_from(at.duration_since(self.now())).unwrap_or_default();
        tokio::time::sleep(wait.min(LONGEST_SLEEP)).await;
    }
}
