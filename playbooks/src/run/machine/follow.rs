//! What follows from commands at once: the facts that they ask for, until attempts and times are all that is left.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;

use super::{Attempt, Command, IllegalFact, Machine};
use crate::run::{Fact, FactKind};

/// What commands leave to whoever drives a machine.
#[derive(Debug, Default)]
pub struct Todo {
    /// Blocks to be sent on their way, once the facts that say so are durable.
    pub attempts: Vec<Attempt>,
    /// When to ask [`Machine::due`].
    pub wakes: BTreeSet<Timestamp>,
}

impl Machine {
    /// Takes in the facts that commands ask for at once, those that follow from these among them, and gives all of them, to be
    /// appended in this order. What is left is added to `todo`.
    ///
    /// # Errors
    /// [`IllegalFact`] for commands of another machine, or of this one before something else happened.
    pub fn follow(&mut self, commands: Vec<Command>, at: Timestamp, todo: &mut Todo) -> Result<Vec<Fact>, IllegalFact> {
        let mut facts = Vec::new();
        let mut queue = VecDeque::from(commands);
        while let Some(command) = queue.pop_front() {
            let kind = match command {
                Command::WakeAt { at, .. } => {
                    todo.wakes.insert(at);
                    continue;
                }
                Command::Run(attempt) => {
                    let (block, number) = (attempt.block.clone(), attempt.attempt);
                    todo.attempts.push(attempt);
                    FactKind::Attempted { block, attempt: number }
                }
                Command::Finish { outcome } => FactKind::Finished { outcome },
            };
            let fact = Fact { at, kind };
            queue.extend(self.step(&fact)?);
            facts.push(fact);
        }
        Ok(facts)
    }
}
