//! The machine's time: the only place of the runner that reads a clock.

use std::time::Duration;

use async_trait::async_trait;
use engage_engine::run::{Clock, SystemClock};
use engage_playbooks::ports::Time;
use jiff::Timestamp;

/// The longest sleep in one go: a machine that was suspended, or whose clock was set, is noticed after this long.
const LONGEST_SLEEP: Duration = Duration::from_mins(10);

/// The machine's clocks and tokio's timers: sleeping needs a tokio runtime with time enabled. It may wake up before the
/// time, as whoever waits for an instant has to look at the clock again anyway.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemTime(SystemClock);

#[async_trait]
impl Clock for SystemTime {
    fn now(&self) -> Duration {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration.min(LONGEST_SLEEP)).await;
    }
}

impl Time for SystemTime {
    fn timestamp(&self) -> Timestamp {
        Timestamp::now()
    }
}
