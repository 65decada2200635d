//! A run as the leader knows it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use engage_engine::ids::RefId;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::RunRecord;
use engage_playbooks::run::{Beginning, Machine, RunKey, RunState};
use jiff::Timestamp;

use crate::order::Line;

/// What is kept of every run that is not at an end. A waiting one is no more than this.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) compiled: Arc<Compiled>,
    pub(super) subject: Option<Arc<str>>,
    pub(super) started_at: Timestamp,
    /// When it began, or was last let go on by request.
    pub(super) since: Timestamp,
    /// Entries in its journal, those of the next batch included.
    pub(super) entries: u32,
    pub(super) place: Place,
}

/// Where a run is.
#[derive(Debug)]
pub(super) enum Place {
    /// Behind an earlier run of its subject.
    Behind,
    /// In a lane: it is its turn as soon as there is a place.
    Queued,
    /// It has a place, and its journal is being read.
    Loading,
    /// It is under way, in a place.
    Active(Box<Active>),
    /// It waits for a time or for its employee.
    Parked,
}

/// What is needed of a run that is under way.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) machine: Machine,
    pub(super) beginning: Arc<Beginning>,
    /// Blocks on their way.
    pub(super) calls: usize,
    /// When blocks are tried again.
    pub(super) wakes: BTreeSet<Timestamp>,
    /// How many attempts in a row crashes cut off, by block.
    pub(super) crashes: HashMap<RefId, u32>,
    /// Something was appended since it was last looked at.
    pub(super) changed: bool,
    /// What the record says of it: it is written again when that changes, and not with every fact.
    pub(super) told: Option<(RunState, Option<Timestamp>)>,
    pub(super) span: tracing::Span,
}

/// A run in hand: taken out of the map while something happens to it.
pub(super) struct Run {
    pub(super) key: RunKey,
    pub(super) known: Known,
    pub(super) active: Box<Active>,
}

impl Known {
    /// What it is kept in order by.
    pub(super) fn line(&self, key: &RunKey) -> Option<Line> {
        let subject = self.subject.clone()?;
        Some(Line { tenant: key.tenant.clone(), subject })
    }
}

impl Active {
    /// A machine that goes on; nothing when its run never began.
    pub(super) fn new(key: &RunKey, machine: Machine, crashes: HashMap<RefId, u32>) -> Option<Box<Self>> {
        let beginning = Arc::new(machine.beginning()?.clone());
        let span = tracing::info_span!(parent: None, "run", run = %key.run, tenant = %key.tenant, playbook = %beginning.playbook);
        let (calls, wakes, changed, told) = (0, BTreeSet::new(), false, None);
        Some(Box::new(Self { machine, beginning, calls, wakes, crashes, changed, told, span }))
    }

    /// When it goes on by itself, or is given up. A deadline that has passed wakes nobody again: what is under way then comes to its
    /// end first.
    pub(super) fn alarm(&self, now: Timestamp) -> Option<Timestamp> {
        let deadline = self.machine.deadline().filter(|at| *at > now);
        self.wakes.first().copied().into_iter().chain(deadline).min()
    }
}

impl Run {
    /// What is known of it at a glance.
    pub(super) fn record(&self, now: Timestamp) -> Option<RunRecord> {
        RunRecord::of(&self.key, &self.active.machine, now, self.known.entries)
    }
}
