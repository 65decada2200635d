//! What is kept of keys, and when they are asked for again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Shared};

use super::ring::Ring;
use super::{KeyProblem, Slot, Whose};
use crate::settings::Version;

/// How long keys are good for.
const FRESH: Duration = Duration::from_secs(24 * 3600);

/// How long they are used after that where no others are to be had.
const GRACE: Duration = Duration::from_secs(24 * 3600);

/// How often the keys of a tenant are asked for again because of tokens whose key is not among them.
const UNKNOWN_AGAIN: Duration = Duration::from_secs(5 * 60);

/// How often keys are asked for where there are none.
const NONE_AGAIN: Duration = Duration::from_secs(30);

/// A fetch on its way.
pub(super) type Flight = Shared<BoxFuture<'static, Result<(), KeyProblem>>>;

/// What whoever needs a key does next.
pub(super) enum Next {
    /// Look: what can be had is there.
    Look,
    /// Wait for the fetch, then look.
    Wait(Flight),
}

/// What is kept of keys.
#[derive(Default)]
pub(super) struct State {
    slots: HashMap<Slot, Kept>,
    /// When the keys of a tenant were last asked for again, of both versions together.
    again: HashMap<Whose, Duration>,
}

#[derive(Default)]
struct Kept {
    ring: Option<(Arc<Ring>, Duration)>,
    flight: Option<Flight>,
    /// When they were last needed.
    used: Duration,
    /// When they were last asked for where there were none.
    tried: Option<Duration>,
}

impl Kept {
    /// The keys, where they may be used still.
    fn usable(&self, now: Duration) -> Option<&Arc<Ring>> {
        let (ring, since) = self.ring.as_ref()?;
        (now.saturating_sub(*since) <= FRESH + GRACE).then_some(ring)
    }
}

impl State {
    /// The keys, where they may be used still.
    pub(super) fn usable(&self, slot: Slot, now: Duration) -> Option<Arc<Ring>> {
        self.slots.get(&slot)?.usable(now).cloned()
    }

    /// What somebody does who needs a key.
    pub(super) fn next(
        &mut self,
        slot: Slot,
        now: Duration,
        knows: impl Fn(&Ring) -> bool,
        take_off: impl FnOnce() -> Flight,
    ) -> Next {
        let usable = self.usable(slot, now);
        let kept = self.slots.entry(slot).or_default();
        kept.used = now;
        let fresh = kept.ring.as_ref().is_some_and(|(_, since)| now.saturating_sub(*since) <= FRESH);
        if fresh && usable.as_ref().is_some_and(|ring| knows(ring)) {
            return Next::Look;
        }
        if let Some(flight) = &kept.flight {
            return Next::Wait(flight.clone());
        }
        let again = self.again.get(&slot.0).copied();
        let (last, every) = if usable.is_some() { (again, UNKNOWN_AGAIN) } else { (kept.tried, NONE_AGAIN) };
        if last.is_some_and(|last| now.saturating_sub(last) < every) {
            return Next::Look;
        }
        match usable {
            Some(_) => drop(self.again.insert(slot.0, now)),
            None => kept.tried = Some(now),
        }
        Next::Wait(kept.flight.insert(take_off()).clone())
    }

    /// The fetch that is on its way, or a new one.
    pub(super) fn flight(&mut self, slot: Slot, take_off: impl FnOnce() -> Flight) -> Flight {
        self.slots.entry(slot).or_default().flight.get_or_insert_with(take_off).clone()
    }

    /// What is asked for in the background: what somebody has needed of late. The rest is forgotten once it can be used no longer,
    /// so that who comes back after a quiet day is known, whether the authority can be reached just then or not.
    pub(super) fn due(&mut self, now: Duration) -> Vec<Slot> {
        let needed = |kept: &Kept| kept.flight.is_some() || now.saturating_sub(kept.used) <= FRESH;
        let held = |kept: &Kept| needed(kept) || kept.usable(now).is_some();
        self.slots.retain(|slot, kept| slot.0 == Whose::Organizations || held(kept));
        self.again.retain(|_, last| now.saturating_sub(*last) < UNKNOWN_AGAIN);
        let due = self.slots.iter().filter(|(slot, kept)| slot.0 != Whose::Organizations && needed(kept));
        let mut slots: Vec<Slot> = due.map(|(slot, _)| *slot).collect();
        slots.extend([Version::V1, Version::V2].map(|version| (Whose::Organizations, version)));
        slots
    }

    /// Keys have come. Those that were there and are not among them are not trusted from now on.
    pub(super) fn put(&mut self, slot: Slot, ring: Ring, now: Duration) {
        self.slots.entry(slot).or_default().ring = Some((Arc::new(ring), now));
    }

    /// A fetch is over.
    pub(super) fn landed(&mut self, slot: Slot) {
        if let Some(kept) = self.slots.get_mut(&slot) {
            kept.flight = None;
        }
    }
}
