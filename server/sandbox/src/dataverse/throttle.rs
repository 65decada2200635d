//! Service protection: how many requests a user may send in five minutes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::fault::Fault;
use crate::store::RowId;

/// Length of the window, in seconds.
const WINDOW: i64 = 300;

/// Counts requests in a sliding window.
#[derive(Debug)]
pub(crate) struct Throttle {
    limit: usize,
    seen: Mutex<HashMap<RowId, VecDeque<i64>>>,
}

impl Throttle {
    pub(crate) fn new(limit: usize) -> Throttle {
        Throttle { limit, seen: Mutex::default() }
    }

    /// Counts a request: how many are left, or the refusal with the seconds to wait.
    pub(crate) fn count(&self, user: &RowId, now: Timestamp) -> Result<usize, (Fault, i64)> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let times = seen.entry(user.clone()).or_default();
        let now = now.as_second();
        while times.front().is_some_and(|first| *first <= now - WINDOW) {
            times.pop_front();
        }
        if times.len() >= self.limit {
            let wait = times.front().map_or(1, |first| (first + WINDOW - now).max(1));
            let message = format!(
                "Number of requests exceeded the limit of {} over time window of {WINDOW} seconds.",
                self.limit
            );
            return Err((Fault::new(429, "0x80072322", message), wait));
        }
        times.push_back(now);
        Ok(self.limit - times.len())
    }

    pub(crate) fn reset(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides() {
        let throttle = Throttle::new(2);
        let (user, at) = (RowId::new("u"), |second| Timestamp::from_second(second).unwrap());
        assert_eq!(throttle.count(&user, at(0)).unwrap(), 1);
        throttle.count(&user, at(100)).unwrap();
        assert_eq!(throttle.count(&user, at(200)).unwrap_err().1, 100);
        assert!(throttle.count(&user, at(300)).is_ok());
    }
}
