//! What happens at its time: runs that wait, schedules, and the end of what is kept.

use std::collections::BTreeMap;

use engage_engine::SemanticId;
use engage_playbooks::run::{RunKey, Tenant};
use engage_playbooks::schedule::Schedule;
use jiff::{SignedDuration, Timestamp};

use super::Leader;
use super::chores::{Chore, Marks};
use crate::schedule;

/// How far apart are two looks for runs whose time is over.
const PURGE_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// The most runs that are removed in one go.
const PURGE_AT_ONCE: usize = 500;

/// What may be due.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// A run goes on, or is given up.
    Run(RunKey),
    /// A schedule fires.
    Schedule(Tenant, SemanticId),
    /// Runs are removed whose time is over.
    Purge,
    /// Runs are given up that never ended.
    Unfinished,
}

/// Schedules that are switched on, and up to when each has fired.
pub(super) type Schedules = BTreeMap<(Tenant, SemanticId), (Schedule, Timestamp)>;

/// Schedules that are switched on.
pub(super) type SwitchedOn = BTreeMap<(Tenant, SemanticId), Schedule>;

impl Leader {
    /// Does what is due.
    pub(super) fn on_time(&mut self) {
        while let Some(alarm) = self.timers.due(self.now) {
            match alarm {
                Alarm::Run(key) => self.woken(&key),
                Alarm::Schedule(tenant, playbook) => self.fire(tenant, playbook),
                Alarm::Purge => self.purge(),
                Alarm::Unfinished => self.look_for_unfinished(),
            }
        }
    }

    /// Finds up to when the schedules that are switched on have fired.
    pub(super) fn look_for_schedules(&mut self) {
        let found = switched_on(&*self.host.shelf);
        let gone: Vec<_> = self.schedules.keys().filter(|key| !found.contains_key(*key)).cloned().collect();
        for key in gone {
            self.timers.set(&Alarm::Schedule(key.0.clone(), key.1.clone()), None);
            self.schedules.remove(&key);
        }
        let (host, lease) = (self.host.clone(), self.lease.clone());
        self.reading = found;
        let names: Vec<_> = self.reading.keys().cloned().collect();
        if names.is_empty() {
            self.refreshed = true;
            return;
        }
        self.chores.spawn(async move {
            let mut marks = Marks::new();
            for schedule in names {
                match host.journal.mark(&lease, &mark_name(&schedule)).await {
                    Ok(mark) => marks.push((schedule, mark)),
                    Err(error) => return Chore::Marked { marks: Err(error) },
                }
            }
            Chore::Marked { marks: Ok(marks) }
        });
    }

    /// Schedules begin to count: from where they were when this process takes over, else from now.
    pub(super) fn scheduled(&mut self, marks: Marks) {
        for (key, mark) in marks {
            let Some(schedule) = self.reading.remove(&key) else { continue };
            let known = self.schedules.get(&key).map(|(_, fired)| *fired);
            // One that is switched on while this process leads has missed nothing.
            let fired = known.or(mark.filter(|_| !self.refreshed)).unwrap_or_else(|| {
                self.pending.mark(mark_name(&key), self.now);
                self.now
            });
            self.schedules.insert(key.clone(), (schedule, fired));
            self.wind(&key);
        }
        self.refreshed = true;
    }

    /// Sets the alarm of a schedule for its next time; one that was missed is due at once.
    fn wind(&mut self, key: &(Tenant, SemanticId)) {
        let next = self.schedules.get(key).and_then(|(schedule, fired)| schedule.after(*fired));
        self.timers.set(&Alarm::Schedule(key.0.clone(), key.1.clone()), next);
    }

    /// Offers the event of a schedule. Of several times that were missed it is the latest.
    fn fire(&mut self, tenant: Tenant, playbook: SemanticId) {
        let key = (tenant, playbook);
        let Some((times, fired)) = self.schedules.get_mut(&key) else { return };
        let Some(at) = schedule::latest(times, *fired, self.now) else { return self.wind(&key) };
        *fired = at;
        let event = schedule::event(&key.0, &key.1, at);
        let (host, of) = (self.host.clone(), key.clone());
        self.chores.spawn(async move {
            let result = host.journal.offer(&[engage_playbooks::ports::Offer::Event(event)]).await;
            Chore::Fired { schedule: of, at, result }
        });
        self.wind(&key);
    }

    /// The event of a schedule is durable: its position may move on.
    pub(super) fn fired(&mut self, schedule: (Tenant, SemanticId), at: Timestamp) {
        self.pending.mark(mark_name(&schedule), at);
        self.look = true;
    }

    /// A run has ended: it is looked at again when its time is over.
    pub(super) fn keep_until_over(&mut self) {
        let Some(retention) = self.retention() else { return };
        self.kept_until = self.now.checked_add(retention).unwrap_or(Timestamp::MAX);
        if !self.purging {
            self.wind_purge();
        }
    }

    fn retention(&self) -> Option<SignedDuration> {
        SignedDuration::try_from(self.config.retention?).ok()
    }

    /// Looks for runs whose time is over: now, and every hour as long as some may be kept.
    pub(super) fn purge(&mut self) {
        let Some(before) = self.retention().and_then(|kept| self.now.checked_sub(kept).ok()) else { return };
        self.purging = true;
        let (host, lease) = (self.host.clone(), self.lease.clone());
        self.chores.spawn(async move {
            let result = host.journal.purge(&lease, before, PURGE_AT_ONCE).await;
            Chore::Purged { result }
        });
    }

    /// Runs were removed: there may be more at once, or later.
    pub(super) fn purged(&mut self, runs: usize) {
        self.purging = false;
        if runs >= PURGE_AT_ONCE { self.purge() } else { self.wind_purge() }
    }

    fn wind_purge(&mut self) {
        if self.timers.has(&Alarm::Purge) {
            return;
        }
        // What ended last is over at `kept_until`; after the look that follows it nothing is kept.
        let next = self.now.checked_add(PURGE_EVERY).ok().filter(|_| self.now <= self.kept_until);
        self.timers.set(&Alarm::Purge, next);
    }
}

/// The schedules of all tenants. One that cannot be read was found wrong when it was checked.
fn switched_on(shelf: &dyn crate::shelf::Shelf) -> SwitchedOn {
    let tenants = shelf.tenants().into_iter();
    let written = tenants.flat_map(|tenant| {
        let schedules = schedule::switched_on(shelf, &tenant).into_iter();
        schedules.map(move |(playbook, written)| ((tenant.clone(), playbook), written))
    });
    let read = written.filter_map(|(key, written)| {
        let schedule = Schedule::read(&written);
        if let Err(error) = &schedule {
            tracing::error!(tenant = %key.0, playbook = %key.1, %error, "a schedule cannot be read");
        }
        Some((key, schedule.ok()?))
    });
    read.collect()
}

fn mark_name((tenant, playbook): &(Tenant, SemanticId)) -> String {
    format!("schedule/{tenant}/{playbook}")
}
