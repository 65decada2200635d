//! What is due when: one instant per name, the soonest first.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use jiff::Timestamp;

/// A set of alarms, one per key. Setting one anew moves it.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    by_time: BTreeSet<(Timestamp, K)>,
    by_key: HashMap<K, Timestamp>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), by_key: HashMap::new() }
    }
}

impl<K: Clone + Ord + Hash> Timers<K> {
    /// Sets the alarm of a key, or takes it away.
    pub(crate) fn set(&mut self, key: &K, at: Option<Timestamp>) {
        if self.by_key.get(key).copied() == at {
            return;
        }
        if let Some(was) = self.by_key.remove(key) {
            self.by_time.remove(&(was, key.clone()));
        }
        if let Some(at) = at {
            self.by_key.insert(key.clone(), at);
            self.by_time.insert((at, key.clone()));
        }
    }

    /// Sets the alarm of a key, where it is not set for sooner.
    pub(crate) fn sooner(&mut self, key: &K, at: Timestamp) {
        if self.by_key.get(key).is_none_or(|was| at < *was) {
            self.set(key, Some(at));
        }
    }

    /// Whether the alarm of a key is set.
    pub(crate) fn has(&self, key: &K) -> bool {
        self.by_key.contains_key(key)
    }

    /// The soonest alarm; `None`: nothing has to wake up.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the soonest key whose time has come.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<K> {
        let (at, key) = self.by_time.first().cloned().filter(|(at, _)| *at <= now)?;
        self.by_time.remove(&(at, key.clone()));
        self.by_key.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn alarms_come_in_the_order_of_time_and_only_when_due() {
        let mut timers = Timers::default();
        for (key, second) in [("c", 30), ("a", 10), ("b", 20)] {
            timers.set(&key, Some(at(second)));
        }
        assert_eq!(timers.next(), Some(at(10)));
        assert_eq!(timers.due(at(9)), None);
        assert_eq!([timers.due(at(20)), timers.due(at(20)), timers.due(at(20))], [Some("a"), Some("b"), None]);
        assert_eq!(timers.next(), Some(at(30)));
    }

    #[test]
    fn an_alarm_is_moved_and_taken_away() {
        let mut timers = Timers::default();
        timers.set(&"a", Some(at(10)));
        timers.set(&"a", Some(at(70)));
        for later in [60, 50, 80] {
            timers.sooner(&"a", at(later));
        }
        assert_eq!(timers.next(), Some(at(50)));
        timers.set(&"a", None);
        assert_eq!(timers.next(), None);
        assert_eq!(timers.due(at(100)), None);
    }
}
