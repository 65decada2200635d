//! What was read of the database, for half a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

/// How long it is kept: half of the minute within which a change has to hold.
const KEPT: Duration = Duration::from_secs(30);

/// How much is kept. Strangers can have us look for any id.
const MOST: usize = 10_000;

/// What ids lead to.
#[derive(Debug)]
pub(crate) struct Cache<V> {
    kept: Mutex<HashMap<Uuid, Kept<V>>>,
}

#[derive(Debug)]
struct Kept<V> {
    value: V,
    /// Whether it leads anywhere.
    leads: bool,
    at: Duration,
}

impl<V> Default for Cache<V> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

impl<V: Clone> Cache<V> {
    /// What is known of an id; `now` is a clock that never goes back.
    pub(crate) fn get(&self, id: Uuid, now: Duration) -> Option<V> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(&id).filter(|kept| now.saturating_sub(kept.at) < KEPT)?;
        Some(kept.value.clone())
    }

    /// Keeps what was asked for at an instant. Where there is no room, what leads nowhere goes, and then everything: it is read
    /// again.
    pub(crate) fn put(&self, id: Uuid, value: V, leads: bool, at: Duration) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST && !kept.contains_key(&id) {
            kept.retain(|_, kept| kept.leads && at.saturating_sub(kept.at) < KEPT);
            if kept.len() >= MOST {
                kept.clear();
            }
        }
        kept.insert(id, Kept { value, leads, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_for_half_a_minute_and_strangers_do_not_drive_out_customers() {
        let cache = Cache::default();
        let (customer, seconds) = (Uuid::from_u128(1), Duration::from_secs);
        cache.put(customer, 7, true, seconds(0));
        for stranger in 2..30_000 {
            cache.put(Uuid::from_u128(stranger), 0, false, seconds(1));
            assert!(cache.kept.lock().unwrap().len() <= MOST);
        }
        assert_eq!(cache.get(customer, seconds(29)), Some(7));
        assert_eq!(cache.get(customer, seconds(30)), None);
        assert_eq!(cache.get(Uuid::from_u128(29_999), seconds(2)), Some(0), "that somebody is nobody is known too");
    }
}
