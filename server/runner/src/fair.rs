//! Whose turn it is: runs wait in lanes, one per playbook, and tenants take turns.
//!
//! A place is what a run needs to be under way. It is bounded three times: for all together, per tenant, per playbook
//! of a tenant. A free place goes to the next tenant in the round that has a run which may begin; within the tenant the
//! run that came first has it, among the playbooks whose bound is not reached. So a flood of one tenant makes that
//! tenant wait, and a full playbook makes no other playbook wait.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use engage_engine::SemanticId;
use engage_playbooks::run::{RunKey, Tenant};

/// How many runs may be under way at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of all tenants together.
    pub all: usize,
    /// Of one tenant.
    pub tenant: usize,
    /// Of one playbook of a tenant, where the playbook itself says nothing.
    pub playbook: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { all: 256, tenant: 128, playbook: 128 }
    }
}

/// Runs that wait for a place, and the places that are taken.
#[derive(Debug)]
pub(crate) struct Places {
    limits: Limits,
    taken: usize,
    tenants: HashMap<Tenant, Yard>,
    /// Tenants that may have a run which can begin, in the order of the round; each once.
    round: VecDeque<Tenant>,
    in_round: HashSet<Tenant>,
    /// Grows with every run that comes.
    arrivals: u64,
}

/// The lanes of one tenant.
#[derive(Debug, Default)]
struct Yard {
    taken: usize,
    lanes: BTreeMap<SemanticId, Lane>,
}

/// The runs of one playbook.
#[derive(Debug, Default)]
struct Lane {
    taken: usize,
    limit: usize,
    waiting: VecDeque<(u64, RunKey)>,
}

impl Lane {
    fn may_begin(&self) -> Option<u64> {
        let (arrival, _) = self.waiting.front()?;
        (self.taken < self.limit).then_some(*arrival)
    }
}

impl Yard {
    /// The lane whose first run came before those of all others that may begin.
    fn first(&mut self, limit: usize) -> Option<&mut Lane> {
        if self.taken >= limit {
            return None;
        }
        let lanes = self.lanes.values_mut().filter_map(|lane| Some((lane.may_begin()?, lane)));
        lanes.min_by_key(|(arrival, _)| *arrival).map(|(_, lane)| lane)
    }
}

impl Places {
    /// No run waits, no place is taken. A limit of nothing would let nothing ever run, and counts as one.
    pub(crate) fn new(limits: Limits) -> Self {
        let limits = Limits { all: limits.all.max(1), tenant: limits.tenant.max(1), playbook: limits.playbook.max(1) };
        let (tenants, round, in_round) = (HashMap::new(), VecDeque::new(), HashSet::new());
        Self { limits, taken: 0, tenants, round, in_round, arrivals: 0 }
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    /// Lets a run wait behind all others of its playbook; `limit`: what the playbook says of itself.
    pub(crate) fn wait(&mut self, key: &RunKey, playbook: &SemanticId, limit: Option<u32>) {
        self.arrivals += 1;
        let yard = self.tenants.entry(key.tenant.clone()).or_default();
        let lane = yard.lanes.entry(playbook.clone()).or_default();
        // The newest version of the playbook says how many there may be.
        lane.limit = limit.map_or(self.limits.playbook, |limit| usize::try_from(limit).unwrap_or(usize::MAX).max(1));
        lane.waiting.push_back((self.arrivals, key.clone()));
        self.enter_round(&key.tenant);
    }

    /// Gives the next free place to the run whose turn it is.
    pub(crate) fn next(&mut self) -> Option<RunKey> {
        while self.taken < self.limits.all {
            let tenant = self.round.pop_front()?;
            self.in_round.remove(&tenant);
            // One that has nothing to begin is back in the round as soon as a place of it is given back or a run comes.
            let Some(yard) = self.tenants.get_mut(&tenant) else { continue };
            let Some(lane) = yard.first(self.limits.tenant) else { continue };
            let run = lane.waiting.pop_front();
            lane.taken += 1;
            yard.taken += 1;
            self.taken += 1;
            self.enter_round(&tenant);
            return run.map(|(_, key)| key);
        }
        None
    }

    /// Gives back the place of a run that is not under way any longer.
    pub(crate) fn give_back(&mut self, tenant: &Tenant, playbook: &SemanticId) {
        self.taken = self.taken.saturating_sub(1);
        let Some(yard) = self.tenants.get_mut(tenant) else { return };
        yard.taken = yard.taken.saturating_sub(1);
        if let Some(lane) = yard.lanes.get_mut(playbook) {
            lane.taken = lane.taken.saturating_sub(1);
            if lane.taken == 0 && lane.waiting.is_empty() {
                yard.lanes.remove(playbook);
            }
        }
        if yard.lanes.is_empty() {
            self.tenants.remove(tenant);
        } else {
            self.enter_round(tenant);
        }
    }

    /// Takes a run away that waits for a place. Rare: it looks through the whole lane.
    pub(crate) fn forget(&mut self, key: &RunKey, playbook: &SemanticId) {
        let Some(yard) = self.tenants.get_mut(&key.tenant) else { return };
        if let Some(lane) = yard.lanes.get_mut(playbook) {
            lane.waiting.retain(|(_, other)| other != key);
            if lane.taken == 0 && lane.waiting.is_empty() {
                yard.lanes.remove(playbook);
            }
        }
        if yard.lanes.is_empty() {
            self.tenants.remove(&key.tenant);
        }
    }

    fn enter_round(&mut self, tenant: &Tenant) {
        if self.in_round.insert(tenant.clone()) {
            self.round.push_back(tenant.clone());
        }
    }
}

#[cfg(test)]
mod tests;
