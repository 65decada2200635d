//! What was asked for last, as much of it as there is room for.

use std::collections::HashMap;

use crate::Tenancy;

/// The most organisations that are kept.
const MAX_KEPT: usize = 256;
/// The most bytes of all together, where nobody says otherwise: some ten thousand full calendars.
const MAX_BYTES: usize = 512 << 20;

/// Something of organisations, as much as there is room for: what was asked for longest ago makes room for what is new.
#[derive(Debug)]
pub(super) struct Recent<V> {
    all: HashMap<Tenancy, Entry<V>>,
    /// How often something was asked for.
    asked: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    bytes: usize,
    /// When it was asked for last, by how often something was by then.
    asked: u64,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self { all: HashMap::new(), asked: 0, bytes: MAX_BYTES }
    }
}

impl<V> Recent<V> {
    /// No more than so many bytes from now on.
    pub(super) fn limit(&mut self, bytes: usize) {
        self.bytes = bytes;
    }

    pub(super) fn has(&self, of: &Tenancy) -> bool {
        self.all.contains_key(of)
    }

    pub(super) fn get(&mut self, of: &Tenancy) -> Option<&V> {
        self.asked += 1;
        let entry = self.all.get_mut(of)?;
        entry.asked = self.asked;
        Some(&entry.value)
    }

    /// Keeps something of so many bytes; whether others had to go. It stays itself, however large it is: it is what is asked for now.
    pub(super) fn put(&mut self, of: Tenancy, value: V, bytes: usize) -> bool {
        self.asked += 1;
        self.all.insert(of, Entry { value, bytes, asked: self.asked });
        let before = self.all.len();
        while self.all.len() > 1 && self.is_too_much() {
            let Some(oldest) = self.all.iter().min_by_key(|(_, entry)| entry.asked).map(|(of, _)| *of) else { break };
            self.all.remove(&oldest);
        }
        self.all.len() < before
    }

    fn is_too_much(&self) -> bool {
        self.all.len() > MAX_KEPT || self.all.values().map(|entry| entry.bytes).sum::<usize>() > self.bytes
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Environment;

    fn of(n: u128) -> Tenancy {
        Tenancy { organisation: Uuid::from_u128(n), environment: Environment::Prod }
    }

    #[test]
    fn what_was_asked_for_longest_ago_goes_first() {
        let mut recent = Recent::default();
        recent.limit(100);
        for n in 1..=3 {
            assert!(!recent.put(of(n), n, 30));
        }
        assert_eq!(recent.get(&of(1)), Some(&1));
        assert!(recent.put(of(4), 4, 30), "there is room for three");
        let there = |recent: &Recent<u128>| (1..=9).filter(|n| recent.has(&of(*n))).collect::<Vec<_>>();
        assert_eq!(there(&recent), [1, 3, 4]);
        assert!(recent.put(of(3), 3, 60), "it has grown");
        assert_eq!(there(&recent), [3, 4]);
        assert!(recent.put(of(5), 5, 1_000));
        assert_eq!(there(&recent), [5], "what is asked for now stays, however large it is");
    }

    #[test]
    fn no_more_organisations_are_kept_than_there_is_room_for() {
        let mut recent = Recent::default();
        let gone = (0..1_000_u128).filter(|n| recent.put(of(*n), (), 0)).count();
        assert_eq!((gone, recent.all.len()), (1_000 - MAX_KEPT, MAX_KEPT));
    }
}
