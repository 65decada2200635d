//! What happens to a run: facts go to its machine and to the next batch, commands become facts, calls and alarms.

use std::collections::VecDeque;

use engage_playbooks::run::{Attempt, BlockFailure, Command, Fact, FactKind, FailureKind, Machine, RunKey};

use super::run::{Active, Known, Place, Run};
use super::{Alarm, Leader};
use crate::call::{Call, Ended, Said, permanent};
use crate::metrics::Measure;

impl Leader {
    /// Takes a run in hand that is under way.
    pub(super) fn take(&mut self, key: &RunKey) -> Option<Run> {
        let mut known = self.runs.remove(key)?;
        match std::mem::replace(&mut known.place, Place::Loading) {
            Place::Active(active) => Some(Run { key: key.clone(), known, active }),
            other => {
                known.place = other;
                self.runs.insert(key.clone(), known);
                None
            }
        }
    }

    /// Puts a run back: under way, waiting, or over.
    pub(super) fn put(&mut self, mut run: Run) {
        if let Some(record) = run.record(self.now).filter(|_| std::mem::take(&mut run.active.changed)) {
            let tells = Some((record.state, record.wake_at));
            if run.active.told != tells {
                run.active.told = tells;
                self.pending.record(record);
            }
        }
        let state = run.active.machine.state();
        if state.at_an_end() {
            self.places.give_back(&run.key.tenant, &run.known.compiled.id);
            return self.over(&run.key, &run.known, state);
        }
        self.timers.set(&Alarm::Run(run.key.clone()), run.active.alarm(self.now));
        let Run { key, mut known, active } = run;
        if active.calls == 0 {
            // Its journal has all that is known: it is folded again when its time comes.
            self.places.give_back(&key.tenant, &known.compiled.id);
            known.place = Place::Parked;
        } else {
            known.place = Place::Active(active);
        }
        self.runs.insert(key, known);
    }

    /// Lets a run go on that has a place: with the commands of its last fact, or with all that is to be done.
    pub(super) fn activate(&mut self, key: &RunKey, mut known: Known, mut active: Box<Active>, first: Vec<Command>) {
        known.place = Place::Loading;
        let todo = if first.is_empty() { active.machine.pending(self.now) } else { first };
        let mut run = Run { key: key.clone(), known, active };
        self.perform(&mut run, todo);
        self.put(run);
    }

    /// Something happened to a run, and what follows from it is done.
    pub(super) fn happens(&mut self, run: &mut Run, kind: FactKind) {
        let todo = self.append(run, kind);
        self.perform(run, todo);
    }

    /// Gives a fact to the machine, and where it takes it, to the next batch.
    pub(super) fn append(&mut self, run: &mut Run, kind: FactKind) -> Vec<Command> {
        let fact = Fact { at: self.now, kind };
        let todo = match run.active.machine.step(&fact) {
            Ok(todo) => todo,
            Err(illegal) => {
                tracing::error!(parent: &run.active.span, %illegal, "a fact was left out");
                return Vec::new();
            }
        };
        match self.pending.fact(&run.key, run.known.entries, &fact, self.config.inline_output) {
            Ok(()) => {
                run.known.entries = run.known.entries.saturating_add(1);
                run.active.changed = true;
            }
            // The machine is ahead of the journal now; what follows does not fit, and a new leader folds what is there.
            Err(error) => self.broken = Some(format!("a fact is no JSON: {error}")),
        }
        todo
    }

    fn perform(&mut self, run: &mut Run, todo: Vec<Command>) {
        let mut todo = VecDeque::from(todo);
        while let Some(command) = todo.pop_front() {
            match command {
                Command::Run(attempt) => todo.extend(self.attempt(run, attempt)),
                Command::WakeAt { block: Some(_), at } => {
                    run.active.wakes.insert(at);
                }
                // The machine knows its deadline.
                Command::WakeAt { block: None, .. } => {}
                Command::Finish { outcome } => todo.extend(self.append(run, FactKind::Finished { outcome })),
            }
        }
    }

    /// Sends a block on its way, once the batch that says so is durable: a crash that it causes is counted.
    fn attempt(&mut self, run: &mut Run, attempt: Attempt) -> Vec<Command> {
        if self.stopping {
            return Vec::new();
        }
        let block = attempt.block.clone();
        if run.active.crashes.remove(&block).is_some_and(|crashes| crashes >= self.config.crashes) {
            let failure = permanent("crash", "every attempt was cut off by the end of the process");
            let attempt = attempt.attempt.saturating_sub(1);
            return self.append(run, FactKind::Failed { block, attempt, failure, retry_at: None });
        }
        let todo = self.append(run, FactKind::Attempted { block, attempt: attempt.attempt });
        run.active.calls += 1;
        let machine: &Machine = &run.active.machine;
        self.pending.call(Call {
            key: run.key.clone(),
            compiled: machine.compiled().clone(),
            beginning: run.active.beginning.clone(),
            started_at: run.known.started_at,
            deadline: machine.deadline(),
            attempt,
            span: run.active.span.clone(),
        });
        todo
    }

    /// An attempt came to its end.
    pub(super) fn ended(&mut self, mut ended: Ended) {
        if ended.halted {
            return;
        }
        let Some(mut run) = self.take(&ended.key) else { return };
        run.active.calls = run.active.calls.saturating_sub(1);
        if let Some(input) = ended.prepared.take() {
            self.happens(&mut run, FactKind::Prepared { block: ended.block.clone(), input });
        }
        let fact = self.fact_of(&run, ended);
        self.happens(&mut run, fact);
        self.put(run);
    }

    fn fact_of(&self, run: &Run, ended: Ended) -> FactKind {
        let Ended { block, attempt, failures, result, took, .. } = ended;
        let playbook = &run.known.compiled.id;
        let failure = match result {
            Ok(done) => match self.config.output().hold(&done.output) {
                Ok(()) => {
                    let trips = done.trips;
                    self.host.metrics.record(Measure::Block { playbook, block: &block, took, trips });
                    return FactKind::Done { block, output: done.output, trips };
                }
                Err(why) => {
                    let failure = permanent("too-large", &format!("what the block gives cannot be kept: {why}"));
                    BlockFailure { trips: done.trips, ..failure }
                }
            },
            Err(failure) => failure,
        };
        let (rule, jitter, deadline) = (&self.config.retry, &*self.host.jitter, run.active.machine.deadline());
        let retry_at = rule.retry_at(&failure, failures.saturating_add(1), self.now, deadline, jitter);
        self.host.metrics.record(Measure::Failed {
            playbook,
            block: &block,
            kind: failure.kind,
            reason: &failure.reason,
            again: retry_at.is_some(),
            throttled: failure.wait_ms.map(std::time::Duration::from_millis),
            trips: failure.trips,
        });
        if failure.kind == FailureKind::NeedsIdentity {
            return FactKind::NeedsIdentity { block, trips: failure.trips };
        }
        FactKind::Failed { block, attempt, failure, retry_at }
    }

    /// A block tells something while it is under way.
    pub(super) fn said(&mut self, said: Said) -> Result<(), engage_playbooks::ports::JournalError> {
        match said {
            Said::Lost(error) => Err(error),
            Said::Ended(ended) => {
                self.ended(*ended);
                Ok(())
            }
            Said::Prepared { key, block, input, reply } => {
                if let Some(mut run) = self.take(&key) {
                    self.happens(&mut run, FactKind::Prepared { block, input });
                    self.put(run);
                    self.pending.reply(reply);
                }
                Ok(())
            }
        }
    }

    /// The time of a run has come.
    pub(super) fn woken(&mut self, key: &RunKey) {
        if let Some(mut run) = self.take(key) {
            let now = self.now;
            run.active.wakes.retain(|at| *at > now);
            let todo = run.active.machine.due(now);
            self.perform(&mut run, todo);
            return self.put(run);
        }
        if let Some(known) = self.runs.get_mut(key)
            && let Place::Parked = known.place
        {
            known.place = Place::Queued;
            self.places.wait(key, &known.compiled.id, known.compiled.concurrency);
        }
    }
}
