//! Time, injected: the only place of the libraries that reads a clock.

use std::time::{Duration, Instant};

use async_trait::async_trait;

/// Time as an execution sees it.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Time since a moment that stays the same for the life of the clock; never goes back.
    fn now(&self) -> Duration;

    /// Returns once the time has passed. Dropping the future is safe.
    async fn sleep(&self, duration: Duration);
}

/// The machine's clock and tokio's timers; sleeping needs a tokio runtime with time enabled.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
