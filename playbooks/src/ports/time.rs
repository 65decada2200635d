//! The time of day, injected.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
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

/// A clock that stands still while anything goes on, and once everybody waits goes on to when the first wakes: for cases,
/// replays and tests, which take no time and go the same way every time.
#[derive(Debug, Default)]
pub struct Standing {
    now: Mutex<Duration>,
    sleepers: Mutex<BTreeMap<Duration, Vec<Waker>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Standing {
    /// Does work that waits for this clock and for nothing else.
    pub async fn pass<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            loop {
                let woken = Arc::new(Woken { already: AtomicBool::new(false), outer: context.waker().clone() });
                let polled = work.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&woken))));
                if polled.is_ready() || woken.already.load(Ordering::Relaxed) {
                    return polled;
                }
                let Some((next, wakers)) = locked(&self.sleepers).pop_first() else { return Poll::Pending };
                *locked(&self.now) = next;
                wakers.into_iter().for_each(Waker::wake);
            }
        })
        .await
    }
}

#[async_trait]
impl Clock for Standing {
    fn now(&self) -> Duration {
        *locked(&self.now)
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.now().saturating_add(duration);
        poll_fn(|context| {
            if self.now() >= until {
                return Poll::Ready(());
            }
            locked(&self.sleepers).entry(until).or_default().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Tells whether somebody was woken while work was polled: then it goes on without time passing.
struct Woken {
    already: AtomicBool,
    outer: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.already.store(true, Ordering::Relaxed);
        self.outer.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join3;

    use super::*;
    use crate::run::testing::Virtual;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn time_passes_only_when_everybody_waits() {
        let time = Virtual::default();
        let sleeps = |first, second| {
            let time = &time;
            async move {
                time.sleep(seconds(first)).await;
                time.sleep(seconds(second)).await;
                time.now()
            }
        };
        let mut turns = 0;
        let busy = poll_fn(|context| {
            turns += 1;
            context.waker().wake_by_ref();
            if turns == 50 { Poll::Ready(time.now()) } else { Poll::Pending }
        });
        let ends = time.run(join3(sleeps(20, 1), busy, sleeps(3, 5)));
        assert_eq!(ends, (seconds(21), seconds(0), seconds(8)));
    }
}
