//! What the checker lets through, the machine carries to its end: whatever blocks give of the types that they give, every
//! block is given what its type says, and no run fails but where the author wrote `!` or compares with nothing.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::*;
use crate::check::testing::compiled;
use crate::run::testing::{beginning, done, fact, second};
use crate::types::arbitrary::value_of;
use crate::types::conforms;

const PLAYBOOK: &str = "trigger trigger CustomerOverview
    read found customer : account.Id <- trigger.AccountId
    filter same people.contact : Email In found.Results.0.contacts.*.Email
    read others people : contact <- same
    input greeting \"Hello\"
    template text one : text <- found.Results.0.contacts.*.Email
    ai short summary : text <- text when=found.Results.0.account.0.Score GreaterThan =5
    template long one : text <- short.text | default \"nothing\"
    update later people after=long : contact.Id <- found.Results.0.contacts.0.Id | require ; contact.FirstName <- greeting
    create made people : contact.LastName <- long ; contact.AccountId <- found.Results.0.account.0.Id
    output name : * <- found.Results.0.account.0.Name
    output ids : * <- others.Results.*.contact.*.Id";

/// Every block's output, by position.
fn outputs(compiled: &Compiled) -> impl Strategy<Value = Vec<Value>> + use<> {
    let of = compiled.blocks.iter().map(|node| value_of(&node.output).prop_map(Option::unwrap_or_default).boxed());
    of.collect::<Vec<_>>()
}

#[test]
fn what_the_checker_accepts_comes_to_its_end() {
    let compiled = compiled(PLAYBOOK);
    let ended_well = Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&outputs(&compiled), |outputs| {
        let mut machine = Machine::new(Arc::clone(&compiled));
        let event = fact(0, FactKind::Started(Box::new(beginning(outputs[0].clone()))));
        let mut commands = machine.step(&event).unwrap();
        let mut under_way = Vec::new();
        loop {
            for command in std::mem::take(&mut commands) {
                let kind = match command {
                    Command::Run(attempt) => {
                        let position = compiled.position(&attempt.block).unwrap();
                        let misfit = conforms(Some(&attempt.input), &compiled.blocks[position].input);
                        prop_assert_eq!(misfit, Ok(()), "{}", attempt.block);
                        under_way.push(position);
                        FactKind::Attempted { block: attempt.block, attempt: attempt.attempt }
                    }
                    Command::Finish { outcome } => FactKind::Finished { outcome },
                    Command::WakeAt { .. } => continue,
                };
                commands.extend(machine.step(&Fact { at: second(1), kind }).unwrap());
            }
            let Some(position) = under_way.pop() else { break };
            let block = compiled.blocks[position].block.name.as_str();
            commands.extend(machine.step(&done(2, block, outputs[position].clone())).unwrap());
        }
        match machine.outcome() {
            Some(RunOutcome::Succeeded { .. }) => ended_well.set(ended_well.get() + 1),
            Some(RunOutcome::Failed { failure, .. }) => prop_assert_eq!(&failure.reason, "absent"),
            other => prop_assert!(false, "{:?}", other),
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(ended_well.get() > 20, "only {} ended well", ended_well.get());
}
