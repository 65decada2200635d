//! How many requests are on their way: fewer after the CRM pushes back, slowly more while all goes well.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// A limit that gives way: halved by a refusal, one more for every round that went well (additive increase,
/// multiplicative decrease, as TCP does).
#[derive(Debug)]
pub(super) struct Pace {
    slots: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    most: usize,
    limit: usize,
    /// Slots that are taken away as soon as those who hold them are done.
    debt: usize,
    calm: usize,
}

/// A request on its way.
pub(super) struct Permit<'a> {
    pace: &'a Pace,
    slot: Option<SemaphorePermit<'a>>,
}

impl Pace {
    pub(super) fn new(most: usize) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        Self { slots: Semaphore::new(most), state: Mutex::new(State { most, limit: most, debt: 0, calm: 0 }) }
    }

    /// Waits for a slot. The semaphore is never closed, so that one always comes.
    pub(super) async fn enter(&self) -> Permit<'_> {
        Permit { pace: self, slot: self.slots.acquire().await.ok() }
    }

    pub(super) fn pushed_back(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let fewer = (state.limit / 2).max(1);
        let gone = state.limit - fewer;
        state.debt += gone - self.slots.forget_permits(gone);
        (state.limit, state.calm) = (fewer, 0);
    }

    pub(super) fn went_well(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.calm += 1;
        if state.calm >= state.limit && state.limit < state.most {
            (state.limit, state.calm) = (state.limit + 1, 0);
            match state.debt.checked_sub(1) {
                Some(debt) => state.debt = debt,
                None => self.slots.add_permits(1),
            }
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.pace.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(debt), Some(slot)) = (state.debt.checked_sub(1), self.slot.take()) {
            state.debt = debt;
            slot.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;

    fn free(pace: &Pace) -> usize {
        pace.slots.available_permits()
    }

    #[tokio::test]
    async fn a_refusal_halves_and_calm_brings_back_one_at_a_time() {
        let pace = Pace::new(8);
        pace.pushed_back();
        assert_eq!(free(&pace), 4);
        (0..4).for_each(|_| pace.went_well());
        assert_eq!(free(&pace), 5);
        (0..1000).for_each(|_| pace.went_well());
        assert_eq!(free(&pace), 8);
        (0..10).for_each(|_| pace.pushed_back());
        assert_eq!(free(&pace), 1);
    }

    #[tokio::test]
    async fn slots_on_their_way_are_taken_when_they_come_back() {
        let pace = Pace::new(4);
        let held = [pace.enter().await, pace.enter().await, pace.enter().await, pace.enter().await];
        pace.pushed_back();
        assert_eq!(free(&pace), 0);
        drop(held);
        assert_eq!(free(&pace), 2);
    }
}
