//! The machine: a compiled playbook and the facts of one run in, commands out.
//!
//! It reads no clock, does no IO and waits for nothing, so that whoever drives it (a journal on one machine, a
//! distributed engine, a test) gets the same run out of the same facts.
//!
//! # How to drive it
//! 1. Give every fact to [`step`](Machine::step). What it refuses is not appended.
//! 2. Do what the commands say. The [`Attempted`](FactKind::Attempted) of an [`Attempt`] goes in before any other fact, and
//!    both are durable before the block is sent on its way; a [`Command::Finish`] likewise becomes
//!    [`Finished`](FactKind::Finished) at once. [`follow`](Machine::follow) makes those facts, for whoever appends them all together.
//! 3. At the time of a [`Command::WakeAt`], do what [`due`](Machine::due) says.
//! 4. After a crash give a new machine the facts of the journal, leave its commands alone, and do what
//!    [`pending`](Machine::pending) says.
//!
//! # What it decides
//! * **Everything ready runs at once**, up to a bound, in display order. Triggers, filters, `Input` and `Output` blocks are
//!   worked out here and leave no fact: what they give follows from the facts.
//! * **A block whose condition does not hold is skipped**, and what it would give is absent for those that take it.
//! * **One that fails for good stops the run**: what is under way ends, nothing new starts, then the run fails. So does its
//!   deadline, and a request to cancel; a run all of whose blocks were done then has succeeded all the same.
//! * **One that never ends** is given up by whoever keeps it ([`RunOutcome::unfinished`]), wherever it stands.
//! * **Going on by request** without a block takes up what failed, from what it had prepared. With a block, that block and
//!   all behind it are forgotten, what they had prepared too, and with them what failed elsewhere. Keys come from the run and
//!   the block and stay, so records that were made under a key are found again and not made twice: they keep the
//!   values they have. Whoever wants everything anew starts a new run.

#[cfg(test)]
mod checked;
mod command;
mod follow;
mod issue;
mod next;
mod node;
mod settle;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use engage_engine::ids::RefId;
use jiff::Timestamp;

use super::{Beginning, BlockFailure, Fact, FactKind, FailureKind, RunOutcome};
use crate::compiled::Compiled;

pub use command::{Attempt, Command, IllegalFact};
pub use follow::Todo;
pub use view::{BlockState, BlockView};

use next::Phase;
use node::{NodeState, Stage};

/// Blocks of one run that are under way at the same time, where the host says nothing.
pub const MOST_AT_ONCE: usize = 8;

/// One run, as far as its facts go.
#[derive(Clone)]
pub struct Machine {
    compiled: Arc<Compiled>,
    most: usize,
    phase: Phase,
    beginning: Option<Box<Beginning>>,
    started_at: Option<Timestamp>,
    going_since: Option<Timestamp>,
    deadline: Option<Timestamp>,
    overdue: bool,
    cancelled: Option<String>,
    outcome: Option<RunOutcome>,
    /// By position in the playbook.
    nodes: Vec<NodeState>,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("beginning", &self.beginning)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// A run of a playbook that has not begun.
    pub fn new(compiled: Arc<Compiled>) -> Self {
        let nodes = compiled.blocks.iter().map(|_| NodeState::new()).collect();
        Self {
            compiled,
            most: MOST_AT_ONCE,
            phase: Phase::Fresh,
            beginning: None,
            started_at: None,
            going_since: None,
            deadline: None,
            overdue: false,
            cancelled: None,
            outcome: None,
            nodes,
        }
    }

    /// A run as far as its facts go; their commands are left alone.
    ///
    /// # Errors
    /// [`IllegalFact`]: the first that cannot follow those before it.
    pub fn of_facts(compiled: Arc<Compiled>, facts: &[Fact]) -> Result<Self, IllegalFact> {
        let mut machine = Self::new(compiled);
        for fact in facts {
            machine.step(fact)?;
        }
        Ok(machine)
    }

    /// The most blocks that are under way at the same time; never less than one. What a run gives does not depend on it.
    #[must_use]
    pub fn most_at_once(mut self, most: usize) -> Self {
        self.most = most.max(1);
        self
    }

    /// The playbook.
    pub fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    /// How the run began; `None` before.
    pub fn beginning(&self) -> Option<&Beginning> {
        self.beginning.as_deref()
    }

    /// When the run began; what templates take for now.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started_at
    }

    /// When the run began, or was last let go on by request.
    pub fn going_since(&self) -> Option<Timestamp> {
        self.going_since
    }

    /// When the run is given up.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// Takes a fact in, and says what is to be done because of it.
    ///
    /// # Errors
    /// [`IllegalFact`] when it cannot follow those before it; nothing has changed then.
    pub fn step(&mut self, fact: &Fact) -> Result<Vec<Command>, IllegalFact> {
        let position = self.check(fact).map_err(|because| IllegalFact {
            fact: fact.kind.name(),
            block: fact.kind.block().cloned(),
            because,
        })?;
        let mut commands = Vec::new();
        match &fact.kind {
            FactKind::Started(beginning) => self.start(beginning, fact.at),
            FactKind::Identified => self.identified(),
            FactKind::CancelRequested { by } => self.cancelled = Some(by.clone()),
            FactKind::RetryRequested { from, deadline, .. } => self.retry(from.as_ref(), *deadline),
            FactKind::Finished { outcome } => self.finish(outcome),
            kind => commands.extend(position.and_then(|position| self.block(position, kind, fact.at))),
        }
        if let FactKind::Started(_) | FactKind::RetryRequested { .. } = fact.kind {
            self.going_since = Some(fact.at);
            commands.extend(self.deadline.map(|at| Command::WakeAt { block: None, at }));
        }
        self.overdue |= self.is_over(fact.at);
        self.settle(fact.at);
        commands.extend(self.issue(fact.at));
        Ok(commands)
    }

    /// What is to be done because it is so late: blocks whose time has come, or the end of a run whose deadline has passed.
    pub fn due(&mut self, now: Timestamp) -> Vec<Command> {
        self.overdue |= self.is_over(now);
        self.issue(now)
    }

    /// All that is to be done, for whoever takes a run over from its facts: what was under way is attempted again.
    pub fn pending(&mut self, now: Timestamp) -> Vec<Command> {
        if self.phase != Phase::Going {
            return Vec::new();
        }
        self.overdue |= self.is_over(now);
        let mut commands = Vec::new();
        for position in 0..self.nodes.len() {
            let Some(node) = self.nodes.get_mut(position) else { continue };
            node.issued = false;
            if node.stage == Stage::Running {
                commands.extend(self.attempt(position).map(Command::Run));
            }
        }
        commands.extend(self.issue(now));
        commands.extend(self.timers());
        commands
    }

    /// Whether a fact may follow, and which block it is about.
    fn check(&self, fact: &Fact) -> Result<Option<usize>, &'static str> {
        next::of_run(self.phase, &fact.kind)?;
        match &fact.kind {
            FactKind::Identified if !self.any(Stage::NeedsIdentity) => Err("no block waits for the employee"),
            FactKind::CancelRequested { .. } if self.cancelled.is_some() => Err("it is being cancelled already"),
            FactKind::Finished { outcome } if outcome.is_unfinished() => Ok(None),
            FactKind::Finished { outcome } => {
                let ours = self.ended(self.overdue || self.is_over(fact.at)).ok_or("the run is not at an end")?;
                let alike = std::mem::discriminant(&ours) == std::mem::discriminant(outcome);
                if alike { Ok(None) } else { Err("it did not end like this") }
            }
            kind => {
                let Some(block) = kind.block() else { return Ok(None) };
                let position = self.compiled.position(block).ok_or("the playbook has no such block")?;
                let node = self.nodes.get(position).ok_or("the playbook has no such block")?;
                if !matches!(kind, FactKind::RetryRequested { .. }) {
                    next::of_block(node, kind, self.stopping())?;
                }
                Ok(Some(position))
            }
        }
    }

    fn any(&self, stage: Stage) -> bool {
        self.nodes.iter().any(|node| node.stage == stage)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }

    /// Nothing new starts.
    fn stopping(&self) -> bool {
        self.overdue || self.cancelled.is_some() || self.any(Stage::Failed)
    }

    fn start(&mut self, beginning: &Beginning, at: Timestamp) {
        self.phase = Phase::Going;
        self.deadline = beginning.deadline;
        self.started_at = Some(at);
        self.beginning = Some(Box::new(beginning.clone()));
    }

    fn identified(&mut self) {
        for node in self.nodes.iter_mut().filter(|node| node.stage == Stage::NeedsIdentity) {
            node.stage = Stage::Waiting;
        }
    }

    fn retry(&mut self, from: Option<&RefId>, deadline: Option<Timestamp>) {
        (self.phase, self.outcome, self.cancelled) = (Phase::Going, None, None);
        (self.deadline, self.overdue) = (deadline, false);
        let mut forgotten = vec![false; self.nodes.len()];
        for (position, node) in self.compiled.blocks.iter().enumerate() {
            let behind = node.needs.iter().any(|need| forgotten.get(*need) == Some(&true));
            let forget = behind || from == Some(&node.block.name);
            if let Some(mark) = forgotten.get_mut(position) {
                *mark = forget;
            }
            let Some(state) = self.nodes.get_mut(position) else { continue };
            if forget || !state.stage.settled() {
                state.reset(forget);
            }
        }
    }

    fn finish(&mut self, outcome: &RunOutcome) {
        let ended_well = matches!(outcome, RunOutcome::Succeeded { .. });
        self.phase = if ended_well { Phase::Succeeded } else { Phase::Stopped };
        self.outcome = Some(outcome.clone());
    }

    /// A fact about a block that was found legal.
    fn block(&mut self, position: usize, fact: &FactKind, at: Timestamp) -> Option<Command> {
        let stopping = self.stopping();
        let name = self.compiled.blocks.get(position)?.block.name.clone();
        let node = self.nodes.get_mut(position)?;
        let stage = next::of_block(node, fact, stopping).ok()?;
        match fact {
            FactKind::Attempted { attempt, .. } => {
                node.in_doubt |= node.stage == Stage::Running && node.prepared.is_some();
                (node.issued, node.attempts, node.input) = (false, *attempt, None);
                node.times.started.get_or_insert(at);
            }
            FactKind::Prepared { input, .. } => node.prepared = Some(Arc::new(input.clone())),
            FactKind::Done { output, trips, .. } => {
                (node.output, node.failure) = (Some(Arc::new(output.clone())), None);
                node.trips = node.trips.saturating_add(*trips);
            }
            FactKind::NeedsIdentity { trips, .. } => node.trips = node.trips.saturating_add(*trips),
            FactKind::Failed { failure, .. } => {
                node.trips = node.trips.saturating_add(failure.trips);
                node.failures = node.failures.saturating_add(1);
                node.failure = Some(failure.clone());
            }
            _ => {}
        }
        node.stage = stage;
        if matches!(stage, Stage::Done | Stage::Failed) {
            node.end(stage, at);
        }
        match stage {
            Stage::Retrying { at } => Some(Command::WakeAt { block: Some(name), at }),
            _ => None,
        }
    }
}

fn failure(reason: &str, message: &str) -> BlockFailure {
    BlockFailure {
        kind: FailureKind::Permanent,
        reason: reason.to_owned(),
        message: message.to_owned(),
        wait_ms: None,
        trips: 0,
    }
}
