//! What is handed out: attempts, times to wake at, the end.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::next::Phase;
use super::node::Stage;
use super::{Attempt, Command, Machine, failure};
use crate::model::BlockKind;
use crate::run::RunOutcome;

impl Machine {
    pub(super) fn timers(&self) -> Vec<Command> {
        let blocks = self.compiled.blocks.iter().zip(&self.nodes).filter_map(|(node, state)| match state.stage {
            Stage::Retrying { at } if !state.issued => {
                Some(Command::WakeAt { block: Some(node.block.name.clone()), at })
            }
            _ => None,
        });
        let deadline = self.deadline.map(|at| Command::WakeAt { block: None, at });
        if self.stopping() { Vec::new() } else { blocks.chain(deadline).collect() }
    }

    /// Hands out what may start, up to the bound, and the end of the run.
    pub(super) fn issue(&mut self, now: Timestamp) -> Vec<Command> {
        if self.phase != Phase::Going {
            return Vec::new();
        }
        let mut commands = Vec::new();
        let mut free = self.most.saturating_sub(self.nodes.iter().filter(|node| node.in_flight()).count());
        if self.stopping() {
            free = 0;
        }
        for position in 0..self.nodes.len() {
            let Some(node) = self.nodes.get_mut(position) else { continue };
            let startable = match node.stage {
                Stage::Ready => true,
                Stage::Retrying { at } => at <= now,
                _ => false,
            };
            if free > 0 && startable && !node.issued {
                node.issued = true;
                free -= 1;
                commands.extend(self.attempt(position).map(Command::Run));
            }
        }
        commands.extend(self.ended(self.overdue).map(|outcome| Command::Finish { outcome }));
        commands
    }

    /// The next attempt at a block.
    pub(super) fn attempt(&mut self, position: usize) -> Option<Attempt> {
        let block = self.compiled.blocks.get(position)?.block.name.clone();
        // That the input can be made was found when the block became ready.
        let made = self.nodes.get_mut(position)?.input.take();
        let input = made.or_else(|| self.input_of(position).ok())?;
        let node = self.nodes.get(position)?;
        let prepared = node.prepared.as_deref().cloned();
        let cut_off = node.stage == Stage::Running && prepared.is_some();
        let attempt = node.attempts.saturating_add(1);
        Some(Attempt { block, attempt, failures: node.failures, input, prepared, in_doubt: node.in_doubt || cut_off })
    }

    /// How the run has ended, if it has.
    pub(super) fn ended(&self, overdue: bool) -> Option<RunOutcome> {
        // What was handed out and not attempted is not under way: facts alone decide.
        if self.any(Stage::Running) {
            return None;
        }
        if self.nodes.iter().all(|node| node.stage.settled()) {
            return Some(RunOutcome::Succeeded { outputs: self.outputs() });
        }
        let mut blocks = self.compiled.blocks.iter().zip(&self.nodes);
        if let Some((node, state)) = blocks.find(|(_, state)| state.stage == Stage::Failed) {
            let failure = state.failure.clone().unwrap_or_else(|| failure("unknown", "the block failed"));
            return Some(RunOutcome::Failed { block: Some(node.block.name.clone()), failure });
        }
        if let Some(by) = &self.cancelled {
            return Some(RunOutcome::Cancelled { by: by.clone() });
        }
        let failure = failure("deadline", "the deadline of the run has passed");
        overdue.then_some(RunOutcome::Failed { block: None, failure })
    }

    /// What `Output` blocks were given.
    pub(super) fn outputs(&self) -> Value {
        let blocks = self.compiled.blocks.iter().zip(&self.nodes);
        let named = blocks.filter_map(|(node, state)| {
            let BlockKind::Output { name } = &node.block.kind else { return None };
            state.output.as_deref().map(|value| (name.clone(), value.clone()))
        });
        Value::Object(named.collect::<Map<_, _>>())
    }
}
