//! Whose turn it is: from an event to a place, and what is over makes room.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::{Event, OfferId};
use engage_playbooks::run::{Fact, FactKind, Machine, RunKey, RunState};
use jiff::{SignedDuration, Timestamp};

use super::run::{Active, Known, Place, Run};
use super::{Alarm, Leader};
use crate::intake;
use crate::metrics::Measure;

impl Leader {
    /// An event was offered: every playbook whose trigger it meets begins a run. The batch of the last takes the offer, so that
    /// where a process dies before it the next one begins what is missing, and nothing twice.
    pub(super) fn event(&mut self, offer: OfferId, event: &Event) {
        let (mut started, at) = (0, self.next_start());
        for compiled in intake::started_by(event, &*self.host.shelf) {
            started += usize::from(self.begin(event, at, compiled));
            // Each run keeps the data: a long event that starts many is more than one batch holds.
            self.pending.part();
        }
        self.host.metrics.record(Measure::Taken { started });
        self.pending.taken(offer);
    }

    fn begin(&mut self, event: &Event, at: Timestamp, compiled: Arc<Compiled>) -> bool {
        let key = RunKey::of_event(&event.tenant, &compiled.id, &event.id);
        // The store knows the event no more, but the run is there: it is not begun again.
        if self.runs.contains_key(&key) || self.existing.contains(&key) {
            return false;
        }
        let beginning = intake::beginning(event, &compiled, at, &self.config);
        let subject = beginning.subject.as_deref().map(Arc::from);
        let mut machine = Machine::new(compiled.clone()).most_at_once(self.config.blocks_at_once);
        let fact = Fact { at, kind: FactKind::Started(Box::new(beginning)) };
        let Ok(first) = machine.step(&fact) else { return false };
        if let Err(error) = self.pending.fact(&key, 0, &fact, self.config.inline_output) {
            self.broken = Some(format!("a beginning is no JSON: {error}"));
        }
        let Some(active) = Active::new(&key, machine, HashMap::new()) else { return false };
        let known = Known { compiled, subject, started_at: at, since: at, entries: 1, place: Place::Behind };
        let run = Run { key: key.clone(), known, active };
        let Some(record) = run.record(self.now) else { return false };
        self.pending.record(record.queued());
        let Run { known, active, .. } = run;
        self.runs.insert(key.clone(), known);
        self.fresh.insert(key.clone(), (active, first));
        self.may_never_end(at);
        self.queue(&key);
        true
    }

    /// Events are told apart by the instants at which their runs begin, so that a leader who takes over finds their order again.
    fn next_start(&mut self) -> Timestamp {
        let after = self.last_start.checked_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX);
        self.last_start = self.now.max(after);
        self.last_start
    }

    /// Puts a run that is new here into its line, and where it is its turn, into its lane.
    pub(super) fn queue(&mut self, key: &RunKey) {
        let Some(known) = self.runs.get_mut(key) else { return };
        let turn = known.line(key).is_none_or(|line| self.order.join(&line, known.started_at, key));
        known.place = if turn { Place::Queued } else { Place::Behind };
        if turn {
            self.places.wait(key, &known.compiled.id, known.compiled.concurrency);
        }
    }

    /// Gives free places to the runs whose turn it is.
    pub(super) fn admit(&mut self) {
        while !self.stopping {
            self.pending.part();
            let Some(key) = self.places.next() else { break };
            let Some(known) = self.runs.get_mut(&key) else { continue };
            known.place = Place::Loading;
            match self.fresh.remove(&key) {
                Some((active, first)) => {
                    if let Some(known) = self.runs.remove(&key) {
                        self.activate(&key, known, active, first);
                    }
                }
                None => self.load(&key),
            }
        }
        // What did not begin at once is folded from its journal when it does: nobody keeps what waits.
        self.fresh.clear();
    }

    /// A run is at an end, and out of the map: the next of its subject has its turn.
    pub(super) fn over(&mut self, key: &RunKey, known: &Known, state: RunState) {
        self.timers.set(&Alarm::Run(key.clone()), None);
        self.leave(key, known);
        let took = Duration::try_from(self.now.duration_since(known.started_at)).unwrap_or_default();
        self.pending.ended(known.compiled.id.clone(), state, took);
        self.keep_until_over();
    }

    /// A run leaves its line: those behind it may have their turn.
    pub(super) fn leave(&mut self, key: &RunKey, known: &Known) {
        let next = known.line(key).map(|line| self.order.leave(&line, key)).unwrap_or_default();
        for key in &next {
            self.turn(key);
        }
    }

    /// It is the turn of a run that waited for another of its subject.
    fn turn(&mut self, key: &RunKey) {
        let Some(known) = self.runs.get_mut(key) else { return };
        if let Place::Behind = known.place {
            known.place = Place::Queued;
            self.places.wait(key, &known.compiled.id, known.compiled.concurrency);
        }
    }
}
