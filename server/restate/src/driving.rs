//! A run in hand: facts go to its machine and to the object's state, commands become attempts and timers.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use engage_playbooks::ports::RunRecord;
use engage_playbooks::run::{
    Attempt, Command, Fact, FactKind, FailureKind, IllegalFact, Machine, RunKey, RunState, Todo,
};
use jiff::Timestamp;
use restate_sdk::context::DurableFuture;
use restate_sdk::prelude::*;

use crate::block::EngageBlockClient;
use crate::convert::{Ask, Asked, Ended, EndedResult, fact_name};
use crate::run::{CANCEL, IDENTIFY, RECORD};
use crate::worker::broken;

enum Happened {
    Ended(Box<Ended>),
    TimeCame,
    Cancel(Asked),
    Identify(Asked),
}

type Pending<'a> = Pin<Box<dyn DurableFuture<Output = Result<Happened, TerminalError>> + Send + 'a>>;

/// A run in hand.
pub(crate) struct Driving<'a, 'ctx> {
    ctx: &'a ObjectContext<'ctx>,
    key: RunKey,
    pub(crate) machine: Machine,
    pub(crate) facts: usize,
    /// The time of the last fact: facts never go back.
    pub(crate) at: Timestamp,
    todo: Todo,
}

impl<'a, 'ctx> Driving<'a, 'ctx> {
    pub(crate) fn new(
        ctx: &'a ObjectContext<'ctx>,
        key: RunKey,
        machine: Machine,
        facts: usize,
        at: Timestamp,
    ) -> Self {
        Self { ctx, key, machine, facts, at, todo: Todo::default() }
    }

    /// Keeps a fact, and those that its commands ask for at once.
    pub(crate) fn note(&mut self, kind: FactKind, at: Timestamp) -> Result<(), IllegalFact> {
        self.at = self.at.max(at);
        let commands = self.keep(kind)?;
        self.follow(commands)
    }

    /// Keeps a fact; what follows from it is for the caller.
    pub(crate) fn keep(&mut self, kind: FactKind) -> Result<Vec<Command>, IllegalFact> {
        let fact = Fact { at: self.at, kind };
        let commands = self.machine.step(&fact)?;
        self.set(fact);
        Ok(commands)
    }

    /// Keeps what commands ask for at once, and remembers the others.
    pub(crate) fn follow(&mut self, commands: Vec<Command>) -> Result<(), IllegalFact> {
        let facts = self.machine.follow(commands, self.at, &mut self.todo)?;
        facts.into_iter().for_each(|fact| self.set(fact));
        Ok(())
    }

    fn set(&mut self, fact: Fact) {
        self.ctx.set(&fact_name(self.facts), Json(fact));
        self.facts += 1;
    }

    /// Goes on until the run is at an end.
    pub(crate) async fn finish(&mut self) -> Result<(), TerminalError> {
        let mut pending: DurableFuturesUnordered<Pending<'_>> = DurableFuturesUnordered::new();
        // What stands behind the n-th future: an attempt, or something else.
        let mut asked = vec![None, None];
        let mut slept = BTreeSet::new();
        pending.push(listen(self.ctx, CANCEL, Happened::Cancel));
        pending.push(listen(self.ctx, IDENTIFY, Happened::Identify));
        loop {
            for attempt in std::mem::take(&mut self.todo.attempts) {
                pending.push(self.send(&attempt));
                asked.push(Some(attempt));
            }
            if let Some(wake) = self.todo.wakes.first().copied().filter(|wake| slept.insert(*wake)) {
                let pause = Duration::try_from(wake.duration_since(self.at)).unwrap_or_default();
                pending.push(Box::pin(self.ctx.sleep(pause).map_ok(|()| Happened::TimeCame)));
                asked.push(None);
            }
            self.remember();
            if self.machine.outcome().is_some() {
                return Ok(());
            }
            let Some((index, happened)) = pending.next().await? else { return Ok(()) };
            let happened = happened?;
            if let Happened::Identify(_) = happened {
                // The employee may have to sign in more than once.
                pending.push(listen(self.ctx, IDENTIFY, Happened::Identify));
                asked.push(None);
            }
            let attempt = asked.get_mut(index).and_then(Option::take);
            self.happened(happened, attempt).map_err(|error| broken(&error))?;
        }
    }

    fn send(&self, attempt: &Attempt) -> Pending<'a> {
        let Attempt { block, attempt, failures, input, prepared, in_doubt } = attempt.clone();
        let (beginning, started_at) = (self.machine.beginning(), self.machine.started_at());
        let ask = beginning.zip(started_at).map(|(beginning, started_at)| Ask {
            key: self.key.clone(),
            beginning: Box::new(beginning.clone()),
            started_at,
            deadline: self.machine.deadline(),
            block,
            attempt,
            failures,
            input,
            prepared,
            in_doubt,
        });
        let client = self.ctx.service_client::<EngageBlockClient<'_>>();
        match ask {
            Some(ask) => {
                Box::pin(client.attempt(Json(ask)).call().map_ok(|Json(ended)| Happened::Ended(Box::new(ended))))
            }
            // INVARIANT: no attempt comes from a run that has not begun.
            None => Box::pin(self.ctx.sleep(Duration::ZERO).map_ok(|()| Happened::TimeCame)),
        }
    }

    fn happened(&mut self, happened: Happened, attempt: Option<Attempt>) -> Result<(), IllegalFact> {
        match (happened, attempt) {
            (Happened::Ended(ended), Some(attempt)) => self.ended(*ended, attempt),
            (Happened::Cancel(asked), _) => self.note(FactKind::CancelRequested { by: asked.by }, asked.at),
            (Happened::Identify(asked), _) if self.machine.state() == RunState::NeedsIdentity => {
                self.note(FactKind::Identified, asked.at)
            }
            (Happened::TimeCame, _) => {
                let now = self.todo.wakes.pop_first().map_or(self.at, |wake| wake.max(self.at));
                self.at = now;
                let commands = self.machine.due(now);
                self.follow(commands)
            }
            _ => Ok(()),
        }
    }

    fn ended(&mut self, ended: Ended, attempt: Attempt) -> Result<(), IllegalFact> {
        let Ended { at, prepared, result } = ended;
        let block = attempt.block;
        if let (Some(input), None) = (prepared, attempt.prepared) {
            self.note(FactKind::Prepared { block: block.clone(), input }, at)?;
        }
        let kind = match result {
            EndedResult::Done { output, trips } => FactKind::Done { block, output, trips },
            EndedResult::Failed { failure, .. } if failure.kind == FailureKind::NeedsIdentity => {
                FactKind::NeedsIdentity { block, trips: failure.trips }
            }
            EndedResult::Failed { failure, retry_at } => {
                FactKind::Failed { block, attempt: attempt.attempt, failure, retry_at }
            }
        };
        self.note(kind, at)
    }

    /// Keeps what the run is at a glance.
    fn remember(&self) {
        self.remember_as(self.machine.state());
    }

    /// As [`remember`](Driving::remember), of a run that the machine does not know to stand elsewhere.
    pub(crate) fn remember_as(&self, state: RunState) {
        let entries = u32::try_from(self.facts).unwrap_or(u32::MAX);
        let record = RunRecord::of(&self.key, &self.machine, self.at, entries);
        if let Some(record) = record {
            self.ctx.set(RECORD, Json(RunRecord { state, ..record }));
        }
    }
}

fn listen<'a>(ctx: &'a ObjectContext<'_>, name: &str, what: fn(Asked) -> Happened) -> Pending<'a> {
    Box::pin(ctx.signal::<Json<Asked>>(name).map_ok(move |Json(asked)| what(asked)))
}
