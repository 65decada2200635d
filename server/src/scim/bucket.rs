//! Each organisation's share of requests: a bucket of tokens that fills as time goes by.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

/// How many buckets are kept before full ones are forgotten.
const MOST: usize = 10_000;

/// The buckets of all organisations of this process.
#[derive(Debug)]
pub(super) struct Buckets {
    per_second: f64,
    burst: f64,
    of: Mutex<HashMap<Uuid, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

impl Buckets {
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: f64::from(per_second), burst: f64::from(burst), of: Mutex::default() }
    }

    /// Takes a token, or says in how many seconds there is one. `now` is a clock that never goes back.
    pub(super) fn take(&self, organisation: Uuid, now: Duration) -> Result<(), u64> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.len() >= MOST {
            // One that is full again is as one that was never there.
            of.retain(|_, bucket| self.filled(*bucket, now) < self.burst);
        }
        let bucket = of.entry(organisation).or_insert(Bucket { tokens: self.burst, at: now });
        let tokens = self.filled(*bucket, now);
        if tokens < 1.0 {
            *bucket = Bucket { tokens, at: now };
            return Err(((1.0 - tokens) / self.per_second).ceil().max(1.0) as u64);
        }
        *bucket = Bucket { tokens: tokens - 1.0, at: now };
        Ok(())
    }

    fn filled(&self, bucket: Bucket, now: Duration) -> f64 {
        let since = now.saturating_sub(bucket.at).as_secs_f64();
        (bucket.tokens + since * self.per_second).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_as_many_as_time_brings() {
        let buckets = Buckets::new(2, 3);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let at = Duration::from_millis;
        for _ in 0..3 {
            assert_eq!(buckets.take(one, at(0)), Ok(()));
        }
        assert_eq!(buckets.take(one, at(0)), Err(1));
        assert_eq!(buckets.take(other, at(0)), Ok(()), "each has its own");
        assert_eq!(buckets.take(one, at(400)), Err(1));
        assert_eq!(buckets.take(one, at(500)), Ok(()));
        assert_eq!(buckets.take(one, at(500)), Err(1));
        for _ in 0..3 {
            assert_eq!(buckets.take(one, at(60_000)), Ok(()), "no more than the burst gathers");
        }
        assert_eq!(buckets.take(one, at(60_000)), Err(1));
    }
}
