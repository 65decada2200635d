//! What somebody wants of a run.

use engage_playbooks::ports::{OfferId, Request};
use engage_playbooks::run::{Command, FactKind, RunKey, RunState};

use super::Leader;
use super::chores::Chore;
use super::run::{Active, Known, Place, Run};
use crate::fold::Folded;

impl Leader {
    /// A request was offered. A run that is under way hears it at once; the journal of any other is read first.
    pub(super) fn request(&mut self, offer: OfferId, request: Request) {
        let key = request.key().clone();
        if let Request::Erase { by, .. } = &request {
            return self.erase(offer, &key, by);
        }
        if let Some(mut run) = self.take(&key) {
            if let Some(fact) = self.fact_for(&run, request) {
                self.happens(&mut run, fact);
            }
            self.pending.taken(offer);
            return self.put(run);
        }
        self.requests.entry(key.clone()).or_default().push((offer, request));
        self.load(&key);
    }

    /// The fact that a request becomes; none where it comes too late or too early.
    fn fact_for(&self, run: &Run, request: Request) -> Option<FactKind> {
        let state = run.active.machine.state();
        match request {
            Request::Cancel { by, .. } => (!state.at_an_end()).then_some(FactKind::CancelRequested { by }),
            Request::Identify { .. } => {
                let waits = |block: &engage_playbooks::run::BlockView| {
                    block.state == engage_playbooks::run::BlockState::NeedsIdentity
                };
                run.active.machine.view().iter().any(waits).then_some(FactKind::Identified)
            }
            Request::Retry { from, by, .. } => {
                let goes = matches!(state, RunState::Failed | RunState::Cancelled);
                let deadline = run.known.compiled.deadline_from(self.now, Some(self.config.deadline));
                goes.then_some(FactKind::RetryRequested { by, from, deadline })
            }
            Request::Erase { .. } => None,
        }
    }

    /// Removes a run that is at an end.
    fn erase(&mut self, offer: OfferId, key: &RunKey, by: &str) {
        if self.runs.contains_key(key) {
            tracing::warn!(run = %key.run, "a run that is not at an end is not erased");
            return self.pending.taken(offer);
        }
        tracing::info!(run = %key.run, tenant = %key.tenant, by, "a run is erased");
        let (host, lease, key) = (self.host.clone(), self.lease.clone(), key.clone());
        self.chores.spawn(async move {
            let result = host.journal.erase(&lease, &key).await;
            Chore::Erased { key, offer: Some(offer), result }
        });
    }

    /// The journal of a run was read: what was wanted of it is done, and where it has a place it goes on.
    pub(super) fn loaded(&mut self, key: &RunKey, folded: Folded) {
        let Folded { machine, entries, crashes } = folded;
        let known = self.runs.remove(key);
        let requests = self.requests.remove(key).unwrap_or_default();
        let was_known = known.is_some();
        let Some((known, active)) = self.in_hand(key, known, machine, entries, crashes) else { return };
        let mut run = Run { key: key.clone(), known, active };
        for (offer, request) in requests {
            if let Some(fact) = self.fact_for(&run, request) {
                let todo = self.append(&mut run, fact);
                self.finish(&mut run, todo);
            }
            self.pending.taken(offer);
        }
        if self.given_up.remove(key) {
            self.give_up(&mut run);
        }
        match (was_known, &run.known.place) {
            (true, Place::Loading) => {
                let Run { known, active, .. } = run;
                self.activate(key, known, active, Vec::new());
            }
            (true, _) => self.put_back(run),
            (false, _) => self.take_up(run),
        }
    }

    fn in_hand(
        &mut self,
        key: &RunKey,
        known: Option<Known>,
        machine: engage_playbooks::run::Machine,
        entries: u32,
        crashes: std::collections::HashMap<engage_engine::ids::RefId, u32>,
    ) -> Option<(Known, Box<Active>)> {
        let compiled = machine.compiled().clone();
        let started_at = machine.started_at()?;
        let active = Active::new(key, machine, crashes)?;
        let known = known.unwrap_or_else(|| {
            let subject = active.beginning.subject.as_deref().map(std::sync::Arc::from);
            Known { compiled, subject, started_at, since: self.now, entries, place: Place::Parked }
        });
        Some((known, active))
    }

    /// Of what follows from a request, only the end: everything else is found again when the run goes on.
    fn finish(&mut self, run: &mut Run, todo: Vec<Command>) {
        for command in todo {
            if let Command::Finish { outcome } = command {
                self.append(run, FactKind::Finished { outcome });
            }
        }
    }

    /// Puts a run back that waits: where it was, in its lane where it may go on now, or nowhere when it is over.
    fn put_back(&mut self, run: Run) {
        let state = run.active.machine.state();
        let goes_on = matches!(run.known.place, Place::Parked) && run.active.changed && !state.at_an_end();
        let queued = goes_on || !matches!(run.known.place, Place::Parked);
        if let Some(record) = run.record(self.now).filter(|_| run.active.changed) {
            self.pending.record(if queued { record.queued() } else { record });
        }
        let Run { key, mut known, .. } = run;
        if state.at_an_end() {
            self.places.forget(&key, &known.compiled.id);
            return self.over(&key, &known, state);
        }
        if goes_on {
            known.place = Place::Queued;
            self.places.wait(&key, &known.compiled.id, known.compiled.concurrency);
        }
        self.runs.insert(key, known);
    }

    /// A run that was at an end goes on: behind those of its subject that wait already.
    fn take_up(&mut self, run: Run) {
        if !run.active.changed || run.active.machine.state().at_an_end() {
            return;
        }
        let Some(record) = run.record(self.now) else { return };
        self.pending.record(record.queued());
        let Run { key, known, .. } = run;
        self.may_never_end(known.since);
        self.runs.insert(key.clone(), known);
        self.queue(&key);
    }
}
