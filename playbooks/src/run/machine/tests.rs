use serde_json::json;

use super::*;
use crate::run::RunState;
use crate::run::testing::*;

fn machine(blocks: Vec<crate::model::Block>) -> Machine {
    Machine::new(compiled(blocks))
}

/// `a` and `b` side by side, `c` behind both, and the result.
fn diamond() -> Machine {
    machine(vec![
        trigger(),
        block("a", read(), &["trigger"]),
        block("b", read(), &["trigger"]),
        block("c", create(), &["a", "b"]),
        block("result", output("all"), &["c"]),
    ])
}

fn told(commands: &[Command]) -> Vec<String> {
    commands.iter().map(|command| format!("{command:?}")).collect()
}

/// Gives facts, all of them legal, and tells what the last one led to.
fn steps(machine: &mut Machine, facts: &[Fact]) -> Vec<String> {
    let mut last = Vec::new();
    for fact in facts {
        last = machine.step(fact).unwrap_or_else(|illegal| panic!("{illegal}"));
    }
    told(&last)
}

fn states(machine: &Machine) -> Vec<BlockState> {
    machine.view().iter().map(|view| view.state).collect()
}

#[test]
fn everything_ready_runs_at_once_and_nothing_before_its_inputs() {
    let mut machine = diamond();
    assert_eq!(machine.state(), RunState::Queued);
    assert_eq!(steps(&mut machine, &[started(0)]), ["run a #1", "run b #1"]);
    assert_eq!(steps(&mut machine, &[attempted(0, "a", 1), attempted(0, "b", 1)]), [""; 0]);
    assert_eq!(steps(&mut machine, &[done(1, "b", json!(2))]), [""; 0]);
    assert_eq!(steps(&mut machine, &[done(2, "a", json!(1))]), ["run c #1"]);
    let facts = [attempted(2, "c", 1), prepared(3, "c"), done(4, "c", json!({"Id": "1"}))];
    assert_eq!(steps(&mut machine, &facts), ["finish: succeeded"]);
    let outcome = RunOutcome::Succeeded { outputs: json!({"all": {"c": {"Id": "1"}}}) };
    assert_eq!(machine.ended(false), Some(outcome.clone()));
    steps(&mut machine, &[fact(4, FactKind::Finished { outcome })]);
    assert_eq!(machine.state(), RunState::Succeeded);
    let c = &machine.view()[3];
    assert_eq!((c.ready_at, c.started_at, c.ended_at), (Some(second(2)), Some(second(2)), Some(second(4))));
}

#[test]
fn the_bound_holds_and_the_next_one_takes_the_place() {
    let mut machine = diamond().most_at_once(1);
    assert_eq!(steps(&mut machine, &[started(0)]), ["run a #1"]);
    assert_eq!(steps(&mut machine, &[attempted(0, "a", 1), done(1, "a", json!(1))]), ["run b #1"]);
}

#[test]
fn what_failed_is_tried_again_at_its_time_and_not_before() {
    let mut machine = diamond();
    steps(&mut machine, &[started(0), attempted(0, "a", 1), attempted(0, "b", 1)]);
    let wake = steps(&mut machine, &[failed(1, "a", 1, Some(10))]);
    assert_eq!(wake, ["wake a at 1970-01-01T00:00:10Z"]);
    assert!(machine.due(second(9)).is_empty());
    assert_eq!(told(&machine.due(second(10))), ["run a #2"]);
    assert!(machine.due(second(11)).is_empty(), "a command is given once");
    let Command::Run(attempt) = machine.pending(second(11)).remove(1) else { panic!("a is run") };
    assert_eq!((attempt.block.as_str(), attempt.failures, attempt.in_doubt), ("a", 1, false));
}

#[test]
fn a_block_that_failed_for_good_lets_the_others_end_and_starts_nothing() {
    let mut machine = diamond();
    steps(&mut machine, &[started(0), attempted(0, "a", 1), attempted(0, "b", 1)]);
    assert_eq!(steps(&mut machine, &[failed(1, "a", 1, None)]), [""; 0]);
    assert_eq!(steps(&mut machine, &[done(2, "b", json!(1))]), ["finish: failed"]);
    let Some(RunOutcome::Failed { block, failure }) = machine.ended(false) else { panic!("it failed") };
    assert_eq!((block, failure.reason.as_str()), (Some(label("a")), "test"));
}

#[test]
fn a_cancelled_run_starts_nothing_and_ends_with_what_is_under_way() {
    let mut machine = diamond();
    steps(&mut machine, &[started(0), attempted(0, "a", 1), attempted(0, "b", 1), done(1, "b", json!(1))]);
    let cancel = fact(2, FactKind::CancelRequested { by: "eve".into() });
    assert_eq!(steps(&mut machine, &[cancel]), [""; 0]);
    assert_eq!(steps(&mut machine, &[done(3, "a", json!(1))]), ["finish: cancelled"]);
    assert_eq!(states(&machine)[3], BlockState::Ready);
    assert!(machine.step(&attempted(3, "c", 1)).is_err());
    steps(&mut machine, &[fact(3, FactKind::Finished { outcome: RunOutcome::Cancelled { by: "eve".into() } })]);
    assert_eq!(machine.state(), RunState::Cancelled);
}

#[test]
fn the_deadline_starts_nothing_more() {
    let mut machine = machine(vec![trigger(), block("a", read(), &[]), block("b", read(), &["a"])]);
    let mut beginning = beginning(json!({}));
    beginning.deadline = Some(second(10));
    let commands = steps(&mut machine, &[fact(0, FactKind::Started(Box::new(beginning)))]);
    assert_eq!(commands, ["give up at 1970-01-01T00:00:10Z", "run a #1"]);
    steps(&mut machine, &[attempted(0, "a", 1)]);
    assert!(machine.clone().due(second(10)).is_empty(), "a is under way");
    assert_eq!(steps(&mut machine, &[done(10, "a", json!(1))]), ["finish: failed"]);
    let Some(RunOutcome::Failed { block: None, failure }) = machine.ended(true) else { panic!("the run failed") };
    assert_eq!(failure.reason, "deadline");
}

#[test]
fn the_deadline_ends_a_run_in_which_nothing_is_under_way() {
    let mut machine = machine(vec![trigger(), block("a", read(), &[])]);
    let mut beginning = beginning(json!({}));
    beginning.deadline = Some(second(10));
    steps(&mut machine, &[fact(0, FactKind::Started(Box::new(beginning))), attempted(0, "a", 1)]);
    steps(&mut machine, &[fact(1, FactKind::NeedsIdentity { block: label("a"), trips: 0 })]);
    assert_eq!(machine.state(), RunState::NeedsIdentity);
    assert_eq!(told(&machine.due(second(10))), ["finish: failed"]);
    let outcome = RunOutcome::Failed { block: None, failure: failing(FailureKind::Permanent) };
    assert!(machine.step(&fact(9, FactKind::Identified)).is_ok());
    assert!(machine.step(&fact(10, FactKind::Finished { outcome })).is_ok());
}

#[test]
fn a_run_waits_for_its_employee_and_goes_on() {
    let mut machine = diamond();
    steps(&mut machine, &[started(0), attempted(0, "a", 1), attempted(0, "b", 1)]);
    steps(&mut machine, &[fact(1, FactKind::NeedsIdentity { block: label("a"), trips: 0 })]);
    assert_eq!(machine.state(), RunState::Running, "b is under way");
    steps(&mut machine, &[done(2, "b", json!(1))]);
    assert_eq!(machine.state(), RunState::NeedsIdentity);
    assert_eq!(steps(&mut machine, &[fact(3, FactKind::Identified)]), ["run a #2"]);
    assert_eq!(machine.state(), RunState::Running);
}

#[test]
fn after_a_crash_what_was_under_way_is_attempted_again_from_what_it_had_prepared() {
    let mut facts = vec![started(0), attempted(0, "a", 1), attempted(0, "b", 1), done(1, "a", json!(1))];
    let mut crashed = diamond();
    steps(&mut crashed, &facts);
    assert_eq!(told(&crashed.pending(second(5))), ["run b #2"]);
    facts.extend([done(1, "b", json!(1)), attempted(1, "c", 1), prepared(2, "c")]);
    let mut crashed = diamond();
    steps(&mut crashed, &facts);
    let Command::Run(attempt) = crashed.pending(second(5)).remove(0) else { panic!("c is run") };
    assert_eq!((attempt.attempt, attempt.failures), (2, 0));
    assert_eq!(attempt.prepared, Some(json!({"resolved": true})));
    assert!(attempt.in_doubt);
    // The doubt outlives a later attempt whose end is known.
    steps(&mut crashed, &[attempted(5, "c", 2), failed(6, "c", 2, Some(7))]);
    let Command::Run(attempt) = crashed.due(second(7)).remove(0) else { panic!("c is run") };
    assert!(attempt.in_doubt);
}

#[test]
fn what_ended_before_the_crash_is_finished_after_it() {
    let mut machine = machine(vec![trigger(), block("a", read(), &[])]);
    steps(&mut machine, &[started(0), attempted(0, "a", 1), done(1, "a", json!(1))]);
    assert_eq!(told(&machine.pending(second(5))), ["finish: succeeded"]);
}

#[test]
fn going_on_takes_up_what_failed_with_what_it_had_prepared() {
    let mut machine = diamond();
    let facts =
        [started(0), attempted(0, "a", 1), attempted(0, "b", 1), done(1, "a", json!(1)), done(1, "b", json!(1))];
    steps(&mut machine, &facts);
    steps(&mut machine, &[attempted(1, "c", 1), prepared(2, "c"), failed(3, "c", 1, None)]);
    let outcome = machine.ended(false).unwrap();
    steps(&mut machine, &[fact(3, FactKind::Finished { outcome })]);
    let again = |from: Option<&str>| {
        fact(9, FactKind::RetryRequested { by: "eve".into(), from: from.map(label), deadline: None })
    };
    let mut whole = machine.clone();
    let commands = machine.step(&again(None)).unwrap();
    let [Command::Run(attempt)] = commands.as_slice() else { panic!("c alone is run: {commands:?}") };
    assert_eq!((attempt.block.as_str(), attempt.attempt, attempt.failures), ("c", 2, 0));
    assert!(attempt.prepared.is_some() && !attempt.in_doubt);
    assert_eq!(told(&whole.step(&again(Some("a"))).unwrap()), ["run a #2"]);
    let facts = [attempted(9, "a", 2), done(10, "a", json!(2))];
    let Command::Run(attempt) = facts.iter().flat_map(|fact| whole.step(fact).unwrap()).next().unwrap() else {
        panic!("c is run")
    };
    assert_eq!(attempt.input, json!({"a": 2, "b": 1}));
    assert_eq!(attempt.prepared, None);
}

#[test]
fn a_doubt_is_settled_by_who_saw_it_and_by_nobody_else() {
    let side = || machine(vec![trigger(), block("a", create(), &["trigger"]), block("b", create(), &["trigger"])]);
    // Both were cut off after they were prepared; then `a` failed, and `b` was to be tried again.
    let cut_off = [started(0), attempted(0, "a", 1), attempted(0, "b", 1), prepared(1, "a"), prepared(1, "b")];
    let later = [attempted(2, "a", 2), attempted(2, "b", 2), failed(3, "a", 2, None), failed(3, "b", 2, Some(9))];
    let mut machine = side();
    steps(&mut machine, &cut_off);
    steps(&mut machine, &later);
    let outcome = machine.ended(false).unwrap();
    let retry = FactKind::RetryRequested { by: "eve".into(), from: None, deadline: None };
    steps(&mut machine, &[fact(4, FactKind::Finished { outcome })]);
    let commands = machine.step(&fact(5, retry)).unwrap();
    let doubts = commands.iter().map(|command| match command {
        Command::Run(attempt) => (attempt.block.as_str(), attempt.prepared.is_some(), attempt.in_doubt),
        other => panic!("{other:?}"),
    });
    assert_eq!(doubts.collect::<Vec<_>>(), [("a", true, false), ("b", true, true)]);
}

#[test]
fn a_skipped_block_gives_nothing_and_what_needs_it_fails_by_name() {
    use crate::model::{Comparison, Operand, Path, Segment, Source, Transformation, When};
    use engage_engine::model::{Literal, Operator};
    let mut skipped = block("a", read(), &[]);
    skipped.when = Some(When::Test(Comparison {
        left: Source::block(label("trigger"), Some(Path::new(vec![Segment::Key("a".into())]).unwrap())),
        operator: Operator::Equals,
        operands: vec![Operand::Literal(Literal::Number("2".into()))],
    }));
    let mut strict = block("c", create(), &["a"]);
    strict.mappings[0].source.transformations.push(Transformation::Require);
    let mut machine = machine(vec![trigger(), skipped, block("b", read(), &["a"]), strict]);
    assert_eq!(steps(&mut machine, &[started(0)]), ["finish: failed"]);
    assert_eq!(states(&machine)[1..], [BlockState::Skipped, BlockState::Ready, BlockState::Failed]);
    let failure = machine.view()[3].failure.clone().unwrap();
    assert_eq!((failure.kind, failure.reason.as_str()), (FailureKind::Permanent, "absent"));
    assert_eq!(failure.message, "`a`: Require of `a`: there is no value");
}

#[test]
fn a_filter_gives_a_condition_and_refuses_an_absent_operand() {
    use crate::model::{BlockKind, Operand, Source};
    use engage_engine::FieldName;
    use engage_engine::model::{Condition, Operator, Test};
    let filter = |operator, key: &str| {
        let test = Test {
            field: FieldName::new("Email").unwrap(),
            operator,
            operands: vec![Operand::Source(Source::block(label("trigger"), Some(path(&[key]))))],
        };
        block("f", BlockKind::Filter { pattern: slug("p"), part: label("part"), condition: Condition::Test(test) }, &[])
    };
    let given = |operator, key: &str| {
        let mut machine = machine(vec![trigger(), filter(operator, key), block("a", read(), &["f"])]);
        let data = json!({"mail": "a@x", "mails": ["a@x", null, "b@x"]});
        machine.step(&fact(0, FactKind::Started(Box::new(beginning(data))))).unwrap();
        machine.view()[1].failure.clone().map_or_else(
            || Ok(machine.output_of(&label("f")).cloned().unwrap()),
            |failure| Err((failure.reason, failure.message)),
        )
    };
    let one = json!({"$filter": {"field": "Email", "operator": "Equals", "value": "a@x"}});
    assert_eq!(given(Operator::Equals, "mail"), Ok(one));
    let many = json!({"$filter": {"field": "Email", "operator": "In", "values": ["a@x", "b@x"]}});
    assert_eq!(given(Operator::In, "mails"), Ok(many));
    let absent = ("absent".to_owned(), "what `Email` is compared with is absent".to_owned());
    assert_eq!(given(Operator::Equals, "nothing"), Err(absent));
}

#[test]
fn no_value_is_printed() {
    let secret = "a private value";
    let mut machine = diamond();
    let begins = fact(0, FactKind::Started(Box::new(beginning(json!({"a": secret})))));
    let mut commands = machine.step(&begins).unwrap();
    let facts = [attempted(0, "a", 1), attempted(0, "b", 1), done(1, "a", json!(secret)), done(1, "b", json!(secret))];
    for fact in &facts {
        commands.extend(machine.step(fact).unwrap());
    }
    let printed = format!("{machine:?} {commands:?} {:?} {facts:?} {begins:?}", machine.view());
    assert!(!printed.contains(secret), "{printed}");
    assert!(printed.contains("run c #1"), "{printed}");
}

#[test]
fn a_read_whose_condition_is_absent_reads_nothing() {
    // The checker lets none of these through.
    let line = "trigger trigger Manual on:boolean
        filter f crowd.contacts : Email Equals =\"x\"
        read r crowd app : contacts <- f
        output o : * <- r";
    let mut compiled = crate::check::testing::compiled(line).as_ref().clone();
    compiled.blocks[1].block.when = crate::check::testing::block("output o : * <- f when=trigger.on Equals =true").when;
    let mut machine = Machine::new(compiled.into());
    steps(&mut machine, &[fact(0, FactKind::Started(Box::new(beginning(json!({"on": false})))))]);
    let view = machine.view();
    assert_eq!((view[1].state, view[2].state), (BlockState::Skipped, BlockState::Failed));
    assert_eq!(view[2].failure.as_ref().unwrap().reason, "absent");
}

/// The blocks that failed, and why, of a run in which three blocks give 6 MiB each.
fn of_long_values(rest: Vec<crate::model::Block>) -> Vec<(String, String)> {
    let names = ["a", "b", "c"];
    let mut blocks = vec![trigger()];
    blocks.extend(names.iter().map(|name| block(name, read(), &["trigger"])));
    blocks.extend(rest);
    let mut machine = machine(blocks);
    let mut facts = vec![started(0)];
    facts.extend(names.iter().map(|name| attempted(0, name, 1)));
    facts.extend(names.iter().map(|name| done(1, name, json!("x".repeat(6 << 20)))));
    let last = steps(&mut machine, &facts);
    assert!(last.iter().all(|command| command.starts_with("finish")), "{last:?}");
    let failed = machine.view().into_iter().filter_map(|view| Some((view.block.to_string(), view.failure?.reason)));
    failed.collect()
}

#[test]
fn what_is_put_together_beyond_what_a_journal_keeps_fails_its_block() {
    let too_large = |block: &str| vec![(block.to_owned(), "too-large".to_owned())];
    let all = ["a", "b", "c"];
    assert_eq!(of_long_values(vec![block("result", output("result"), &all)]), too_large("result"));
    assert_eq!(of_long_values(vec![block("lead", create(), &all)]), too_large("lead"), "before it is attempted");
    let apart = vec![block("first", output("first"), &["a", "b"]), block("second", output("second"), &["c"])];
    assert_eq!(of_long_values(apart), too_large("second"), "what a run gives is kept as one");
    assert_eq!(of_long_values(vec![block("result", output("result"), &["a", "b"])]), []);
}

#[test]
fn a_run_that_never_ends_is_given_up_wherever_it_stands_and_may_go_on_by_request() {
    let given_up = |at: i64| fact(at, FactKind::Finished { outcome: RunOutcome::unfinished() });
    assert!(diamond().step(&given_up(0)).is_err(), "it has not begun");
    let facts = [started(0), attempted(0, "a", 1), done(1, "a", json!(1)), attempted(1, "b", 1)];
    for before in 1..=facts.len() {
        let mut machine = diamond();
        steps(&mut machine, &facts[..before]);
        assert_eq!((steps(&mut machine, &[given_up(9)]), machine.state()), (vec![], RunState::Failed));
        assert!(machine.outcome().is_some_and(RunOutcome::is_unfinished));
        assert_eq!(machine.pending(second(10)), []);
        assert!(machine.step(&given_up(10)).is_err(), "it is at an end");
        assert_eq!(machine.going_since(), Some(second(0)));
        let again = fact(20, FactKind::RetryRequested { by: "eve".into(), from: None, deadline: None });
        machine.step(&again).unwrap();
        assert_eq!((machine.state(), machine.going_since()), (RunState::Running, Some(second(20))));
    }
    // Another failure of the whole run is none before it is.
    let RunOutcome::Failed { block, failure } = RunOutcome::unfinished() else { panic!("it failed") };
    let failure = BlockFailure { reason: "deadline".to_owned(), ..failure };
    let mut machine = diamond();
    steps(&mut machine, &[started(0)]);
    assert!(machine.step(&fact(1, FactKind::Finished { outcome: RunOutcome::Failed { block, failure } })).is_err());
}
