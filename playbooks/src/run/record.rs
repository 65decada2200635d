//! How a run begins, and what it is at a glance: made in one place, whoever drives it.

use std::collections::BTreeMap;

use engage_engine::ids::SemanticId;
use jiff::Timestamp;

use super::{Beginning, Machine, RunKey, RunOutcome, RunState};
use crate::compiled::Compiled;
use crate::model::{BlockKind, VersionChoice};
use crate::ports::limits::MAX_EVENT_ID;
use crate::ports::{Event, RunRecord};
use crate::triggers;

impl Beginning {
    /// How a run of a playbook begins that an event starts, and that is given up at `deadline`: all that decides how it goes on.
    pub fn of(event: &Event, playbook: &Compiled, deadline: Option<Timestamp>) -> Self {
        Self {
            playbook: playbook.id.clone(),
            digest: playbook.digest.clone(),
            crm: playbook.crm.clone(),
            trigger: event.kind,
            event: event.id.clone(),
            subject: subject(event),
            data: event.data.clone(),
            given: event.given.clone(),
            employee: event.employee.clone(),
            versions: newest(playbook),
            deadline,
            closed: playbook.closed,
        }
    }
}

/// What an event is about: what whoever offers it says, else what its data says.
fn subject(event: &Event) -> Option<String> {
    let found = || triggers::subject(event.kind, &event.data).filter(|id| (1..=MAX_EVENT_ID).contains(&id.len()));
    event.subject.clone().or_else(|| found().map(str::to_owned))
}

/// The versions of capabilities that stand at `latest`.
fn newest(playbook: &Compiled) -> BTreeMap<SemanticId, u32> {
    let newest = playbook.blocks.iter().filter_map(|node| match &node.block.kind {
        BlockKind::Ai { capability, version: VersionChoice::Latest } => {
            let numbers = node.capability.iter().flat_map(|found| found.versions.iter().map(|version| version.number));
            Some((capability.clone(), numbers.max()?))
        }
        _ => None,
    });
    newest.collect()
}

impl RunRecord {
    /// What is known of a run at a glance; nothing of one that has not begun. `entries`: how many facts its journal has.
    pub fn of(key: &RunKey, machine: &Machine, now: Timestamp, entries: u32) -> Option<Self> {
        let beginning = machine.beginning()?;
        let (failed_block, reason) = match machine.outcome() {
            Some(RunOutcome::Failed { block, failure }) => {
                (block.clone().filter(|_| !beginning.closed), Some(failure.reason.clone()))
            }
            _ => (None, None),
        };
        Some(Self {
            key: key.clone(),
            playbook: beginning.playbook.clone(),
            trigger: beginning.trigger,
            state: machine.state(),
            started_at: machine.started_at()?,
            updated_at: now,
            wake_at: machine.wake_at(),
            failed_block,
            reason,
            entries,
        })
    }

    /// The same of a run that waits for its turn; one that is at an end stays so.
    #[must_use]
    pub fn queued(self) -> Self {
        if self.state.at_an_end() { self } else { Self { state: RunState::Queued, wake_at: None, ..self } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Fact;
    use crate::run::testing::{
        attempted, block, compiled, create, done, failed, key, second, started, template, trigger,
    };

    fn of(facts: &[Fact]) -> RunRecord {
        let blocks = vec![trigger(), block("note", template(), &[]), block("lead", create(), &["trigger"])];
        let machine = Machine::of_facts(compiled(blocks), facts).unwrap();
        RunRecord::of(&key(), &machine, second(9), u32::try_from(facts.len()).unwrap()).unwrap()
    }

    #[test]
    fn a_run_goes_on_by_itself_once_nothing_is_under_way() {
        let facts = [
            started(0),
            attempted(0, "note", 1),
            attempted(0, "lead", 1),
            failed(1, "note", 1, Some(60)),
            failed(2, "lead", 1, Some(30)),
        ];
        let wakes = |facts: &[Fact]| of(facts).wake_at;
        assert_eq!((wakes(&facts[..4]), wakes(&facts)), (None, Some(second(30))), "a block is under way, then none is");
        let queued = of(&facts).queued();
        assert_eq!((queued.state, queued.wake_at, queued.entries), (RunState::Queued, None, 5));
        assert_eq!((queued.started_at, queued.updated_at), (second(0), second(9)));
    }

    #[test]
    fn a_run_that_failed_says_where_and_why_and_is_not_in_a_queue() {
        let mut facts = vec![started(0), attempted(0, "note", 1), attempted(0, "lead", 1), failed(1, "lead", 1, None)];
        facts.push(done(2, "note", serde_json::Value::Null));
        let mut machine = Machine::of_facts(compiled(vec![]), &[]).unwrap();
        assert!(RunRecord::of(&key(), &machine, second(0), 0).is_none(), "it has not begun");
        machine = Machine::of_facts(
            compiled(vec![trigger(), block("note", template(), &[]), block("lead", create(), &["trigger"])]),
            &facts,
        )
        .unwrap();
        let outcome = machine.due(second(3)).into_iter().find_map(|command| match command {
            crate::run::Command::Finish { outcome } => Some(outcome),
            _ => None,
        });
        facts.push(Fact { at: second(3), kind: crate::run::FactKind::Finished { outcome: outcome.unwrap() } });
        let record = of(&facts).queued();
        assert_eq!(record.state, RunState::Failed);
        assert_eq!((record.failed_block.unwrap().as_str(), record.reason.as_deref()), ("lead", Some("test")));
    }
}
