//! Time that stands still until it is told otherwise.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::run::Clock;
use engage_playbooks::ports::Time;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Short sleeps pass at once and take the clock along; longer ones end when the clock is set.
pub(crate) struct TestTime {
    now: watch::Sender<Timestamp>,
    /// Sleeps up to this long pass by themselves.
    pub(crate) jump: Mutex<Duration>,
    /// Sleeps that were begun.
    pub(crate) sleeps: AtomicUsize,
}

impl Default for TestTime {
    fn default() -> Self {
        let now = watch::Sender::new("2026-11-26T09:00:00Z".parse().unwrap());
        Self { now, jump: Mutex::new(Duration::from_mins(10)), sleeps: AtomicUsize::new(0) }
    }
}

impl TestTime {
    /// No sleep passes by itself.
    pub(crate) fn hold(&self) {
        *self.jump.lock().unwrap() = Duration::ZERO;
    }

    /// Sets the clock, never back.
    pub(crate) fn set(&self, to: Timestamp) {
        self.now.send_if_modified(|now| {
            let later = to > *now;
            *now = to.max(*now);
            later
        });
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, duration: Duration) {
        let to = *self.now.borrow() + SignedDuration::try_from(duration).unwrap();
        self.set(to);
    }

    /// How many sleeps were begun so far.
    pub(crate) fn sleeps(&self) -> usize {
        self.sleeps.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Clock for TestTime {
    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.timestamp().as_microsecond()).unwrap())
    }

    async fn sleep(&self, duration: Duration) {
        self.sleeps.fetch_add(1, Ordering::Relaxed);
        let due = self.timestamp() + SignedDuration::try_from(duration).unwrap();
        let jump = *self.jump.lock().unwrap();
        if duration <= jump {
            tokio::task::yield_now().await;
            return self.set(due);
        }
        let mut now = self.now.subscribe();
        now.wait_for(|now| *now >= due).await.unwrap();
    }
}

impl Time for TestTime {
    fn timestamp(&self) -> Timestamp {
        *self.now.borrow()
    }
}
