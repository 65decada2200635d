//! Service protection: how many requests a user may send in five minutes, and how many at the same time.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::fault::Fault;
use crate::server::Ticket;
use crate::store::RowId;

/// Length of the window, in seconds.
const WINDOW: i64 = 300;

/// Counts requests in a sliding window.
#[derive(Debug)]
pub(crate) struct Throttle {
    limit: usize,
    concurrency: usize,
    seen: Mutex<HashMap<RowId, VecDeque<i64>>>,
    flying: Mutex<HashMap<String, Arc<AtomicUsize>>>,
}

impl Throttle {
    pub(crate) fn new(limit: usize, concurrency: usize) -> Throttle {
        Throttle { limit, concurrency, seen: Mutex::default(), flying: Mutex::default() }
    }

    /// Takes a place among the requests of a caller that are in flight.
    pub(crate) fn enter(&self, caller: &str) -> Result<Ticket, Fault> {
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = flying.entry(caller.to_owned()).or_default();
        Ticket::take(taken, self.concurrency).ok_or_else(|| {
            let message = format!("Number of concurrent requests exceeded the limit of {}.", self.concurrency);
            Fault::new(429, "0x80072326", message)
        })
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
        let throttle = Throttle::new(2, 1);
        let (user, at) = (RowId::new("u"), |second| Timestamp::from_second(second).unwrap());
        assert_eq!(throttle.count(&user, at(0)).unwrap(), 1);
        throttle.count(&user, at(100)).unwrap();
        assert_eq!(throttle.count(&user, at(200)).unwrap_err().1, 100);
        assert!(throttle.count(&user, at(300)).is_ok());
    }

    #[test]
    fn a_place_is_free_again_when_its_ticket_is_gone() {
        let throttle = Throttle::new(9, 1);
        let ticket = throttle.enter("u").unwrap();
        assert_eq!(throttle.enter("u").unwrap_err().code, "0x80072326");
        assert!(throttle.enter("other").is_ok());
        drop(ticket);
        assert!(throttle.enter("u").is_ok());
    }
}
