//! Time and identifiers: handed in, never taken from the machine by the logic.
//!
//! The only readings of a clock and of randomness in this crate stand here, in [`World::of_this_machine`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Says what time it is.
pub trait Clock: Send + Sync {
    /// The time now. Never goes back.
    fn now(&self) -> Timestamp;
}

/// Makes identifiers.
pub trait Ids: Send + Sync {
    /// An identifier not given out before.
    fn next(&self) -> u128;
}

/// Where time and identifiers come from.
#[derive(Clone)]
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The maker of identifiers.
    pub ids: Arc<dyn Ids>,
}

impl World {
    /// The clock of the machine and random identifiers.
    pub fn of_this_machine() -> World {
        World { clock: Arc::new(MachineClock), ids: Arc::new(RandomIds) }
    }

    /// The same times and identifiers in every run: the clock starts at `start` and moves a millisecond per reading.
    pub fn repeatable(start: Timestamp) -> World {
        World {
            clock: Arc::new(CountingClock { start, readings: AtomicU64::new(0) }),
            ids: Arc::new(CountedIds(AtomicU64::new(0))),
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

struct RandomIds;

impl Ids for RandomIds {
    fn next(&self) -> u128 {
        Uuid::new_v4().as_u128()
    }
}

struct CountingClock {
    start: Timestamp,
    readings: AtomicU64,
}

impl Clock for CountingClock {
    fn now(&self) -> Timestamp {
        let readings = self.readings.fetch_add(1, Ordering::Relaxed);
        let passed = SignedDuration::from_millis(i64::try_from(readings).unwrap_or(i64::MAX));
        self.start.saturating_add(passed).unwrap_or(self.start)
    }
}

struct CountedIds(AtomicU64);

impl Ids for CountedIds {
    fn next(&self) -> u128 {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes()).as_u128()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeatable_world_repeats_itself() {
        let (one, two) = (World::repeatable(Timestamp::UNIX_EPOCH), World::repeatable(Timestamp::UNIX_EPOCH));
        assert_eq!(one.ids.next(), two.ids.next());
        assert_eq!(one.clock.now(), two.clock.now());
        assert_ne!(one.ids.next(), one.ids.next());
        assert!(one.clock.now() < one.clock.now());
    }
}
