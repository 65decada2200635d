//! Runs from beginning to end over an outside that remembers, undisturbed and disturbed in every way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engage_engine::run::Clock as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::testing::*;
use super::*;
use crate::compiled::Compiled;
use crate::model::{BlockKind, Comparison, Operand, Source, When};

const RULE: RetryRule = RetryRule { failures: 3, base: Duration::from_secs(1), cap: Duration::from_secs(10) };

/// Drives a run over a world, losing its power at each of some numbers of facts, and gives its facts.
fn drive(compiled: &Arc<Compiled>, world: &World, most: usize, cuts: &[usize]) -> (Machine, Vec<Fact>) {
    let mut facts: Vec<Fact> = Vec::new();
    for cut in cuts.iter().copied().chain([usize::MAX]) {
        let record = Cut { facts: Mutex::new(facts.clone()), most: cut };
        let run = match facts.is_empty() {
            true => Run::new(Arc::clone(compiled), key(), beginning(json!({"a": 1}))),
            false => Run::from_facts(Arc::clone(compiled), key(), facts.clone()),
        };
        let run = run.most_at_once(most).retry(RULE).jitter(&Longest);
        let answer = world.time.run(run.execute(world, &*world.time, &record));
        facts = record.facts.into_inner().unwrap();
        match answer {
            Ok(machine) => return (machine, facts),
            Err(AloneError::Record(_)) => {}
            Err(other) => panic!("{other}: {other:?}"),
        }
    }
    panic!("the last drive is not cut")
}

/// A record whose every append takes a while.
struct Slow<'a>(&'a Virtual);

#[async_trait::async_trait]
impl Record for Slow<'_> {
    async fn append(&self, _: &[Fact]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.0.sleep(Duration::from_millis(30)).await;
        Ok(())
    }
}

#[test]
fn a_block_that_ends_while_another_appends_stops_nobody() {
    let compiled = compiled(vec![
        trigger(),
        block("writes", create(), &["trigger"]),
        block("reads", read(), &["trigger"]),
        block("result", output("all"), &["writes", "reads"]),
    ]);
    let takes = [("writes".to_owned(), Duration::from_millis(100)), ("reads".to_owned(), Duration::from_millis(60))];
    let world = World { takes: takes.into(), ..World::default() };
    let run = Run::new(compiled, key(), beginning(json!({"a": 1})));
    let machine = world.time.run(run.execute(&world, &*world.time, &Slow(&world.time))).unwrap();
    assert!(matches!(outcome(&machine), Some(RunOutcome::Succeeded { .. })));
}

fn outcome(machine: &Machine) -> Option<&RunOutcome> {
    machine.outcome()
}

fn words(facts: &[Fact]) -> Vec<String> {
    let word = |fact: &Fact| match fact.kind.block() {
        Some(block) => format!("{} {block}", fact.kind.name()),
        None => fact.kind.name().to_owned(),
    };
    facts.iter().map(word).collect()
}

/// Trigger, two reads, a template, three creates: the six blocks of the lead playbook, and its result.
fn lead() -> Arc<Compiled> {
    compiled(vec![
        trigger(),
        block("account", read(), &["trigger"]),
        block("contact", read(), &["account"]),
        block("text", template(), &["contact"]),
        block("lead", create(), &["text"]),
        block("task", create(), &["lead"]),
        block("note", create(), &["lead"]),
        block("result", output("lead"), &["lead"]),
    ])
}

#[test]
fn a_run_of_six_blocks_has_so_many_facts() {
    let world = World::default();
    let (machine, facts) = drive(&lead(), &world, 8, &[]);
    assert_eq!(machine.state(), RunState::Succeeded);
    // Begun and finished; six times attempted and done; three times prepared.
    assert_eq!(facts.len(), 2 + 6 * 2 + 3);
    let expected = [
        "started",
        "attempted account",
        "done account",
        "attempted contact",
        "done contact",
        "attempted text",
        "done text",
        "attempted lead",
        "prepared lead",
        "done lead",
        "attempted task",
        "attempted note",
    ];
    assert_eq!(words(&facts)[..12], expected);
    let mut machine = Machine::new(lead());
    let commands: usize = facts.iter().map(|fact| machine.step(fact).unwrap().len()).sum();
    assert_eq!(commands, 6 + 1, "a command for each block and one for the end");
    let effects = world.effects.lock().unwrap();
    assert_eq!(effects.keys().collect::<Vec<_>>(), ["lead", "note", "task"]);
}

/// The shape of the customer overview: seven reads, their filters, four AI blocks, a last one, templates, a create.
fn overview() -> Arc<Compiled> {
    use engage_engine::FieldName;
    use engage_engine::model::{Condition, Operator, Test};
    let filter = |name: &str, from: &str| {
        let test = Test {
            field: FieldName::new("Account").unwrap(),
            operator: Operator::Equals,
            operands: vec![Operand::Source(Source::block(label(from), None))],
        };
        let kind = BlockKind::Filter { pattern: slug("p"), part: label("part"), condition: Condition::Test(test) };
        block(name, kind, &[])
    };
    let ai = || BlockKind::Ai { capability: slug("summary"), version: crate::model::VersionChoice::Latest };
    let mut blocks = vec![trigger(), filter("by-account", "trigger"), block("account", read(), &["by-account"])];
    for (filtered, name) in [("by-a", "contacts"), ("by-b", "meetings"), ("by-c", "leads"), ("by-d", "cases")] {
        blocks.push(filter(filtered, "account"));
        blocks.push(block(name, read(), &[filtered]));
    }
    blocks.push(block("owner", read(), &["account"]));
    blocks.push(block("notes", read(), &["meetings"]));
    for (name, from) in [("ai-a", "contacts"), ("ai-b", "notes"), ("ai-c", "leads"), ("ai-d", "cases")] {
        blocks.push(block(name, ai(), &[from]));
    }
    blocks.push(block("whole", ai(), &["ai-a", "ai-b", "ai-c", "ai-d", "owner"]));
    blocks.push(block("text", template(), &["whole"]));
    blocks.push(block("saved", create(), &["text"]));
    blocks.push(block("result", output("overview"), &["text"]));
    compiled(blocks)
}

#[test]
fn the_overview_takes_its_critical_path() {
    let overview = overview();
    assert_eq!(overview.blocks.len(), 21);
    let world = World { takes: BTreeMap::from([("text".to_owned(), Duration::ZERO)]), ..World::default() };
    let (machine, facts) = drive(&overview, &world, 8, &[]);
    assert_eq!(machine.state(), RunState::Succeeded);
    let took = facts.last().unwrap().at.duration_since(facts[0].at);
    // Account, meetings, notes, their AI, the last AI, the create.
    assert_eq!(took.as_millis(), 600);
    assert!(world.most_at_once.load(Ordering::Relaxed) <= 8);
    let (_, facts) = drive(&overview, &World::default(), 1, &[]);
    let alone = facts.last().unwrap().at.duration_since(facts[0].at);
    assert_eq!(alone.as_millis(), 100 * 14, "one after the other it takes the sum");
}

#[test]
fn every_block_fails_in_every_way() {
    let lead = lead();
    let names = ["account", "contact", "text", "lead", "task", "note"];
    let undisturbed = World::default();
    let (whole, _) = drive(&lead, &undisturbed, 8, &[]);
    for name in names {
        for late in [false, true] {
            let world =
                |kind| World { faults: BTreeMap::from([((name.to_owned(), 1), kind)]), late, ..World::default() };
            let passing = world(FailureKind::Transient);
            let (machine, facts) = drive(&lead, &passing, 8, &[]);
            assert_eq!(outcome(&machine), outcome(&whole), "{name}");
            assert_eq!(*passing.effects.lock().unwrap(), *undisturbed.effects.lock().unwrap(), "{name}");
            let retried = facts.iter().filter(|fact| matches!(fact.kind, FactKind::Failed { .. })).count();
            assert_eq!(retried, 1);
            for kind in [FailureKind::Permanent, FailureKind::Unknown] {
                let lasting = world(kind);
                let (machine, facts) = drive(&lead, &lasting, 8, &[]);
                let Some(RunOutcome::Failed { block: Some(block), failure }) = outcome(&machine) else {
                    panic!("{name} {kind:?}: {:?}", outcome(&machine))
                };
                assert_eq!((block.as_str(), failure.kind), (name, kind));
                assert_eq!(lasting.calls.lock().unwrap()[name], 1, "nothing is tried again");
                go_on(&lead, lasting, facts, &whole, &undisturbed);
            }
        }
    }
}

/// A failed run goes on by request and comes to the same.
fn go_on(compiled: &Arc<Compiled>, world: World, mut facts: Vec<Fact>, whole: &Machine, undisturbed: &World) {
    let at = facts.last().unwrap().at;
    facts.push(Fact { at, kind: FactKind::RetryRequested { by: "eve".into(), from: None, deadline: None } });
    let record = Facts::default();
    let run = Run::from_facts(Arc::clone(compiled), key(), facts).jitter(&Longest);
    let machine = world.time.run(run.execute(&world, &*world.time, &record)).unwrap();
    assert_eq!(outcome(&machine), outcome(whole));
    assert_eq!(*world.effects.lock().unwrap(), *undisturbed.effects.lock().unwrap());
}

#[test]
fn what_never_stops_failing_fails_for_good_after_so_many_times() {
    let faults = (1..=9).map(|nth| (("contact".to_owned(), nth), FailureKind::Transient)).collect();
    let world = World { faults, ..World::default() };
    let (machine, facts) = drive(&lead(), &world, 8, &[]);
    assert_eq!(machine.state(), RunState::Failed);
    assert_eq!(world.calls.lock().unwrap()["contact"], RULE.failures);
    let took = facts.last().unwrap().at.duration_since(facts[0].at);
    // Two pauses, of three and nine seconds, and what the calls took.
    assert_eq!(took.as_millis(), 3_000 + 9_000 + 100 + 3 * 50);
}

#[test]
fn a_run_that_waits_for_its_employee_is_left_and_goes_on() {
    let world =
        World { faults: BTreeMap::from([(("contact".to_owned(), 1), FailureKind::NeedsIdentity)]), ..World::default() };
    let (machine, mut facts) = drive(&lead(), &world, 8, &[]);
    assert_eq!(machine.state(), RunState::NeedsIdentity);
    facts.push(Fact { at: facts.last().unwrap().at, kind: FactKind::Identified });
    let run = Run::from_facts(lead(), key(), facts);
    let machine = world.time.run(run.execute(&world, &*world.time, &Facts::default())).unwrap();
    assert_eq!(machine.state(), RunState::Succeeded);
}

#[test]
fn a_run_is_cancelled_while_a_block_is_under_way() {
    let world = World::default();
    let record = Facts::default();
    let asked = async {
        engage_engine::run::Clock::sleep(&*world.time, Duration::from_millis(120)).await;
        "eve".to_owned()
    };
    let run = Run::new(lead(), key(), beginning(json!({}))).cancel(asked);
    let machine = world.time.run(run.execute(&world, &*world.time, &record)).unwrap();
    assert_eq!(machine.outcome(), Some(&RunOutcome::Cancelled { by: "eve".into() }));
    let expected = [
        "started",
        "attempted account",
        "done account",
        "attempted contact",
        "cancel-requested",
        "done contact",
        "finished",
    ];
    assert_eq!(words(&record.all()), expected);
}

#[test]
fn the_deadline_gives_a_run_up_that_would_be_tried_again_later() {
    let faults = BTreeMap::from([(("account".to_owned(), 1), FailureKind::Transient)]);
    let world = World { faults, ..World::default() };
    let mut beginning = beginning(json!({}));
    beginning.deadline = Some(second(2));
    let run = Run::new(lead(), key(), beginning).retry(RULE).jitter(&Longest);
    let machine = world.time.run(run.execute(&world, &*world.time, &Facts::default())).unwrap();
    let Some(RunOutcome::Failed { block: Some(block), .. }) = machine.outcome() else { panic!("it failed") };
    assert_eq!(block.as_str(), "account", "a pause beyond the deadline is not begun");
}

/// A playbook of blocks of every kind, each taking what some before it give.
fn playbooks() -> impl Strategy<Value = Arc<Compiled>> {
    let node = (0_u8..6, proptest::collection::vec(any::<proptest::sample::Index>(), 0..4), 0_u8..8);
    proptest::collection::vec(node, 1..14).prop_map(|nodes| {
        let mut blocks = vec![trigger()];
        for (position, (kind, needs, conditional)) in nodes.into_iter().enumerate() {
            let names: BTreeSet<String> = needs.iter().map(|at| at.get(&blocks).name.to_string()).collect();
            let from: Vec<&str> = names.iter().map(String::as_str).collect();
            let name = format!("b{position}");
            let kind = match kind {
                0 | 1 => read(),
                2 => create(),
                3 => template(),
                4 => output(&name),
                _ => BlockKind::Input(crate::model::InputValue::Constant(json!({"of": position}))),
            };
            let from = if matches!(kind, BlockKind::Input(_)) { &[] } else { from.as_slice() };
            let mut made = block(&name, kind, from);
            // One in four is conditional, on something that holds or not.
            if let (0 | 1, Some(on)) = (conditional, names.first()) {
                let left = Source::block(label(on), Some(path(&["of"])));
                let operator = if conditional == 0 {
                    engage_engine::model::Operator::IsNull
                } else {
                    engage_engine::model::Operator::IsNotNull
                };
                made.when = Some(When::Test(Comparison { left, operator, operands: Vec::new() }));
            }
            blocks.push(made);
        }
        compiled(blocks)
    })
}

fn takes() -> impl Strategy<Value = BTreeMap<String, Duration>> {
    let taken = proptest::collection::vec(0_u64..300, 14);
    taken.prop_map(|taken| {
        let named = taken.into_iter().enumerate();
        named.map(|(position, ms)| (format!("b{position}"), Duration::from_millis(ms))).collect()
    })
}

/// That no block was attempted before all it needs was at an end.
fn assert_order(compiled: &Arc<Compiled>, facts: &[Fact]) {
    let mut machine = Machine::new(Arc::clone(compiled));
    for fact in facts {
        if let FactKind::Attempted { block, .. } = &fact.kind {
            let views = machine.view();
            for need in &compiled.node(block).unwrap().needs {
                assert!(matches!(views[*need].state, BlockState::Done | BlockState::Skipped), "{block}");
            }
        }
        machine.step(fact).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_journal_cut_anywhere_goes_on_to_the_same_end(
        compiled in playbooks(),
        takes in takes(),
        cuts in proptest::collection::vec(0_usize..40, 0..6),
        most in 1_usize..6,
    ) {
        let undisturbed = World { takes: takes.clone(), ..World::default() };
        let (whole, facts) = drive(&compiled, &undisturbed, most, &[]);
        prop_assert_eq!(whole.state(), RunState::Succeeded);
        assert_order(&compiled, &facts);
        prop_assert!(undisturbed.most_at_once.load(Ordering::Relaxed) <= most);
        let mut cuts = cuts;
        cuts.sort_unstable();
        let disturbed = World { takes, ..World::default() };
        let (machine, facts) = drive(&compiled, &disturbed, most, &cuts);
        assert_order(&compiled, &facts);
        prop_assert_eq!(outcome(&machine), outcome(&whole));
        prop_assert_eq!(&*disturbed.effects.lock().unwrap(), &*undisturbed.effects.lock().unwrap());
        // What is in the journal as done is not called again.
        let done = |facts: &[Fact]| facts.iter().filter(|fact| matches!(fact.kind, FactKind::Done { .. })).count();
        let calls: u32 = undisturbed.calls.lock().unwrap().values().sum();
        prop_assert_eq!(done(&facts), calls as usize);
    }

    #[test]
    fn the_outcome_does_not_depend_on_who_is_done_first(
        compiled in playbooks(),
        one in takes(),
        other in takes(),
        most in 1_usize..6,
    ) {
        let (one, other) = (World { takes: one, ..World::default() }, World { takes: other, ..World::default() });
        let (first, second) = (drive(&compiled, &one, most, &[]).0, drive(&compiled, &other, 8, &[]).0);
        prop_assert_eq!(outcome(&first), outcome(&second));
        prop_assert_eq!(&*one.effects.lock().unwrap(), &*other.effects.lock().unwrap());
        let states = |machine: &Machine| machine.view().iter().map(|view| view.state).collect::<Vec<_>>();
        prop_assert_eq!(states(&first), states(&second));
    }

    #[test]
    fn a_failing_outside_never_breaks_the_order_and_always_comes_to_an_end(
        compiled in playbooks(),
        faults in proptest::collection::btree_map((0_usize..14, 1_u32..4), 0_u8..3, 0..8),
        late in any::<bool>(),
        cuts in proptest::collection::vec(0_usize..40, 0..4),
    ) {
        let kinds = [FailureKind::Transient, FailureKind::Permanent, FailureKind::Unknown];
        let faults = faults.into_iter().map(|((block, nth), kind)| ((format!("b{block}"), nth), kinds[usize::from(kind)]));
        let world = World { faults: faults.collect(), late, ..World::default() };
        let mut cuts = cuts;
        cuts.sort_unstable();
        let (machine, facts) = drive(&compiled, &world, 3, &cuts);
        assert_order(&compiled, &facts);
        prop_assert!(machine.state().at_an_end());
        prop_assert_eq!(facts.last().unwrap().kind.name(), "finished");
    }

    #[test]
    fn what_cannot_follow_is_refused_and_changes_nothing(
        compiled in playbooks(),
        facts in proptest::collection::vec(any_fact(), 0..160),
        begun in any::<bool>(),
    ) {
        let mut machine = Machine::new(Arc::clone(&compiled));
        let mut taken = Vec::new();
        for fact in begun.then(|| started(0)).into_iter().chain(facts) {
            let before = machine.clone();
            match machine.step(&fact) {
                Ok(_) => taken.push(fact),
                Err(_) => prop_assert_eq!(shown(&before), shown(&machine)),
            }
        }
        // What was taken in is a journal, whatever bound the next host has.
        let mut replayed = Machine::new(compiled).most_at_once(2);
        for fact in &taken {
            prop_assert!(replayed.step(fact).is_ok(), "{:?}", fact);
        }
        prop_assert_eq!(format!("{:?}", machine.view()), format!("{:?}", replayed.view()));
    }
}

#[test]
fn facts_from_before_requests_of_failures_were_counted_are_read_and_written_as_they_were() {
    let at = r#""at":"1970-01-01T00:00:01Z""#;
    let failure = r#"{"kind":"transient","reason":"locked","message":"a row is locked","wait-ms":null}"#;
    let old = [
        format!(r#"{{{at},"kind":{{"failed":{{"block":"a","attempt":1,"failure":{failure},"retry_at":null}}}}}}"#),
        format!(r#"{{{at},"kind":{{"needs-identity":{{"block":"a"}}}}}}"#),
    ];
    for text in old {
        let fact: Fact = serde_json::from_str(&text).unwrap();
        match &fact.kind {
            FactKind::Failed { failure: BlockFailure { trips, .. }, .. } | FactKind::NeedsIdentity { trips, .. } => {
                assert_eq!(*trips, 0);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(serde_json::to_string(&fact).unwrap(), text);
    }
    let block = label("a");
    let failure = BlockFailure { trips: 4, ..failing(FailureKind::Transient) };
    for kind in [
        FactKind::NeedsIdentity { block: block.clone(), trips: 1 },
        FactKind::Failed { block, attempt: 1, failure, retry_at: None },
    ] {
        let fact = fact(1, kind);
        let text = serde_json::to_string(&fact).unwrap();
        assert!(text.contains("trips"), "{text}");
        assert_eq!(serde_json::from_str::<Fact>(&text).unwrap(), fact);
    }
}

/// All that can be seen of a machine.
fn shown(machine: &Machine) -> String {
    let mut copy = machine.clone();
    let pending = copy.pending(second(1_000));
    let mut due = machine.clone();
    let due = due.due(second(1_000));
    format!("{:?} {:?} {pending:?} {due:?} {:?}", machine.state(), machine.view(), machine.outcome())
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let name = (0_usize..15).prop_map(|position| label(&format!("b{position}")));
    let kind = (name, 1_u32..4, 0_u8..24, any::<bool>()).prop_map(|(block, attempt, kind, flag)| match kind {
        0 | 1 => FactKind::Started(Box::new(beginning(json!({"a": 1})))),
        2..=8 => FactKind::Attempted { block, attempt },
        9 | 10 => FactKind::Prepared { block, input: json!({}) },
        11..=14 => FactKind::Done { block, output: json!({"of": 1}), trips: 1 },
        15 | 16 => {
            let retry_at = flag.then(|| second(5));
            FactKind::Failed { block, attempt, failure: failing(FailureKind::Transient), retry_at }
        }
        17 => FactKind::NeedsIdentity { block, trips: 1 },
        18 => FactKind::Identified,
        19 => FactKind::CancelRequested { by: "eve".into() },
        20 => FactKind::RetryRequested { by: "eve".into(), from: flag.then_some(block), deadline: None },
        21 => FactKind::Finished { outcome: RunOutcome::Succeeded { outputs: Value::Null } },
        22 => FactKind::Finished { outcome: RunOutcome::Cancelled { by: "eve".into() } },
        _ => {
            FactKind::Finished { outcome: RunOutcome::Failed { block: None, failure: failing(FailureKind::Permanent) } }
        }
    });
    (kind, 0_i64..100).prop_map(|(kind, at)| fact(at, kind))
}
