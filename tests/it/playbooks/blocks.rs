//! The executor of blocks: effects once, under the right identity, and failures by what can be done about them.

use std::sync::Arc;
use std::time::Duration;

use engage_adapters::memory::presets;
use engage_adapters::wrap::{Fault, FaultKind, When};
use engage_engine::Capabilities;
use engage_engine::acting::Identity;
use engage_engine::adapter::AdapterErrorKind;
use engage_engine::run::AuditAction;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::model::{BlockKind, VersionChoice};
use engage_playbooks::ports::{BlockExecutor, ConnectionError};
use engage_playbooks::run::{
    AloneError, BlockFailure, BlockState, Fact, FactKind, FailureKind, Machine, RetryRule, Run, RunOutcome, RunState,
};
use engage_playbooks::timeline::Timeline;
use serde_json::{Value as Json, json};

use super::world::*;
use crate::run::block_on;

fn go(
    compiled: &Arc<Compiled>,
    executor: &dyn BlockExecutor,
    record: &Watched<'_>,
    data: Json,
) -> Result<Machine, AloneError> {
    let facts = record.facts.lock().unwrap().clone();
    let run = match facts.is_empty() {
        true => Run::new(compiled.clone(), key(), beginning(data)),
        false => Run::from_facts(compiled.clone(), key(), facts),
    };
    block_on(run.retry(RetryRule::NEVER).execute(executor, &*time(), record))
}

fn contoso() -> Json {
    json!({"Name": "contoso"})
}

fn failure(machine: &Machine) -> BlockFailure {
    match machine.outcome() {
        Some(RunOutcome::Failed { failure, .. }) => failure.clone(),
        other => panic!("it did not fail: {other:?}"),
    }
}

#[test]
fn a_run_reads_and_writes_and_prepares_before_it_writes() {
    let stage = Stage::new();
    let record = Watched::new(&stage, Vec::new(), usize::MAX);
    let machine = go(&stage.playbook(false), &stage.blocks(stage.crm.clone()), &record, contoso()).unwrap();
    assert_eq!(machine.state(), RunState::Succeeded, "{:?}", machine.view());
    let Some(RunOutcome::Succeeded { outputs }) = machine.outcome() else { panic!("it succeeded") };
    assert!(outputs["task"].is_string(), "{outputs}");
    let seen = record.seen.lock().unwrap().clone();
    let at = |word: &str| seen.iter().find(|(name, _)| name == word).unwrap().1;
    assert_eq!(at("prepared"), 0, "nothing is written before what was prepared is kept");
    assert_eq!(at("finished"), 1);
    let trips: Vec<u32> = machine.view().iter().map(|view| view.trips).collect();
    assert_eq!(trips, [0, 0, 1, 0, 1, 0]);
    let dump = stage.crm.dump_text(&stage.world.catalog);
    assert!(dump.contains("Call contoso at 1970-01-01T00:00:00Z"), "{dump}");
}

#[test]
fn the_power_may_go_at_any_fact_and_everything_is_there_once() {
    let whole = Stage::new();
    let record = Watched::new(&whole, Vec::new(), usize::MAX);
    go(&whole.playbook(false), &whole.blocks(whole.crm.clone()), &record, contoso()).unwrap();
    let facts = record.facts.lock().unwrap().len();
    for capabilities in [presets::everything(), presets::no_atomic_groups()] {
        for cut in 0..facts {
            let stage = Stage::with(capabilities.clone());
            let (playbook, blocks) = (stage.playbook(false), stage.blocks(stage.crm.clone()));
            let record = Watched::new(&stage, Vec::new(), cut);
            let stopped = go(&playbook, &blocks, &record, contoso()).unwrap_err();
            assert!(matches!(stopped, AloneError::Record(_)), "{stopped}");
            let kept = record.facts.into_inner().unwrap();
            let record = Watched::new(&stage, kept, usize::MAX);
            let machine = go(&playbook, &blocks, &record, contoso()).unwrap();
            assert_eq!(machine.state(), RunState::Succeeded, "cut at {cut}: {:?}", machine.view());
            assert_eq!(stage.world.state(&stage.crm), whole.world.state(&whole.crm), "cut at {cut}");
        }
    }
}

/// Without ids of ours nothing is done once: a repeat would write a second time.
fn keyless() -> Capabilities {
    Capabilities { caller_ids: false, ..presets::everything() }
}

#[test]
fn what_is_not_done_once_is_not_repeated_on_a_doubt() {
    let stage = Stage::with(keyless());
    let (playbook, blocks) = (stage.playbook(false), stage.blocks(stage.crm.clone()));
    let record = Watched::new(&stage, Vec::new(), usize::MAX);
    go(&playbook, &blocks, &record, contoso()).unwrap();
    let facts = record.facts.into_inner().unwrap();
    let prepared = facts.iter().position(|fact| fact.kind.name() == "prepared").unwrap();
    // Cut between the write and what tells of it.
    let stage = Stage::with(keyless());
    let blocks = stage.blocks(stage.crm.clone());
    let record = Watched::new(&stage, Vec::new(), prepared + 1);
    go(&playbook, &blocks, &record, contoso()).unwrap_err();
    assert_eq!(stage.tasks(), 1);
    let kept = record.facts.into_inner().unwrap();
    let record = Watched::new(&stage, kept, usize::MAX);
    let machine = go(&playbook, &blocks, &record, contoso()).unwrap();
    let failure = failure(&machine);
    assert_eq!((failure.kind, failure.reason.as_str()), (FailureKind::Unknown, "in-doubt"));
    assert_eq!(stage.tasks(), 1, "nothing is there twice");
    // Somebody has looked, and wants it done.
    let mut kept = record.facts.into_inner().unwrap();
    let at = kept.last().unwrap().at;
    kept.push(Fact { at, kind: FactKind::RetryRequested { by: "eve".into(), from: None, deadline: None } });
    let machine = go(&playbook, &blocks, &Watched::new(&stage, kept, usize::MAX), contoso()).unwrap();
    assert_eq!(machine.state(), RunState::Succeeded);
}

#[test]
fn a_process_that_no_longer_leads_sends_nothing() {
    let stage = Stage::new();
    let record = Watched { may_send: false, ..Watched::new(&stage, Vec::new(), usize::MAX) };
    let stopped = go(&stage.playbook(false), &stage.blocks(stage.crm.clone()), &record, contoso()).unwrap_err();
    assert!(matches!(stopped, AloneError::Halted(_)), "{stopped}");
    assert_eq!((stage.crm.calls().reads, stage.crm.calls().writes), (0, 0));
    let facts = record.facts.into_inner().unwrap();
    assert!(facts.iter().all(|fact| !matches!(fact.kind, FactKind::Failed { .. })), "it is no failure of the run");
}

#[test]
fn every_call_is_audited_under_the_identity_that_the_block_declares() {
    for escalated in [false, true] {
        let stage = Stage::new();
        let record = Watched::new(&stage, Vec::new(), usize::MAX);
        go(&stage.playbook(escalated), &stage.blocks(stage.crm.clone()), &record, contoso()).unwrap();
        let log = stage.audit.0.lock().unwrap();
        let told: Vec<_> =
            log.iter().map(|entry| (entry.block.as_str(), entry.entity.as_str(), entry.action)).collect();
        let expected = [
            ("account", "account", AuditAction::Read),
            ("task", "task", AuditAction::Create),
            ("task", "remark", AuditAction::Create),
        ];
        assert_eq!(told, expected);
        assert!(log.iter().all(|entry| entry.who == Identity::Employee("ann".into()) && entry.run == key().run));
        let as_whom: Vec<_> = log.iter().map(|entry| entry.as_whom.as_deref()).collect();
        let writes = (!escalated).then_some("ann");
        assert_eq!(as_whom, [Some("ann"), writes, writes]);
        let fields: Vec<String> = log[1].fields.iter().map(ToString::to_string).collect();
        assert_eq!(fields, ["AccountId", "Subject"]);
        let printed = format!("{log:?}").to_lowercase();
        assert!(!printed.contains("call contoso"), "{printed}");
    }
}

#[test]
fn failures_say_what_can_be_done_about_them() {
    use FailureKind::{NeedsIdentity, Permanent, Transient, Unknown};
    let throttled = AdapterErrorKind::Throttled { after: Some(Duration::from_secs(90)) };
    let quota = AdapterErrorKind::QuotaExhausted { after: None };
    let rejected = AdapterErrorKind::Rejected { field: Some("Subject".into()) };
    let cases = [
        (AdapterErrorKind::Unavailable, Transient, "unavailable", None),
        (AdapterErrorKind::Locked, Transient, "locked", None),
        (throttled, Transient, "budget", Some(90_000)),
        (quota, Transient, "quota-exhausted", Some(900_000)),
        (AdapterErrorKind::Denied, Permanent, "denied", None),
        (AdapterErrorKind::Unauthenticated, NeedsIdentity, "unauthenticated", None),
        (rejected, Permanent, "rejected", None),
        (AdapterErrorKind::NotFound, Permanent, "not-found", None),
        (AdapterErrorKind::Conflict, Transient, "conflict", None),
    ];
    for (kind, expected, reason, wait) in cases {
        let stage = Stage::new();
        let faulty = Fault::new(stage.crm.clone()).on(When::Always, FaultKind::Error(kind.clone()));
        let record = Watched::new(&stage, Vec::new(), usize::MAX);
        let machine = go(&stage.playbook(false), &stage.blocks(Arc::new(faulty)), &record, contoso()).unwrap();
        if expected == NeedsIdentity {
            assert_eq!(machine.state(), RunState::NeedsIdentity, "{kind:?}");
            assert_eq!(trips(&machine), 1, "the request that was refused");
            continue;
        }
        let failure = failure(&machine);
        assert_eq!((trips(&machine), failure.trips > 0), (failure.trips, true), "{kind:?}");
        assert_eq!((failure.kind, failure.reason.as_str(), failure.wait_ms), (expected, reason, wait), "{kind:?}");
    }
    // An answer that is lost for good: what is done once may be repeated, all else is for a person to look at.
    for (capabilities, expected) in [(presets::everything(), Transient), (keyless(), Unknown)] {
        let stage = Stage::with(capabilities);
        let lost = Fault::new(stage.crm.clone()).on(When::Write(0), FaultKind::LostAfter);
        let lost = lost.on(When::Call(2), FaultKind::LostBefore).on(When::Call(3), FaultKind::LostBefore);
        let lost = lost.on(When::Call(4), FaultKind::LostBefore).on(When::Call(5), FaultKind::LostBefore);
        let record = Watched::new(&stage, Vec::new(), usize::MAX);
        let machine = go(&stage.playbook(false), &stage.blocks(Arc::new(lost)), &record, contoso()).unwrap();
        assert_eq!(failure(&machine).kind, expected, "{:?}", failure(&machine));
    }
}

/// Requests of all blocks.
fn trips(machine: &Machine) -> u32 {
    machine.view().iter().map(|block| block.trips).sum()
}

#[test]
fn requests_of_attempts_that_failed_are_counted() {
    let stage = Stage::new();
    // The read takes one, and so does each attempt at the write.
    let faulty = Fault::new(stage.crm.clone()).on(When::Write(0), FaultKind::Error(AdapterErrorKind::Conflict));
    let record = Watched::new(&stage, Vec::new(), usize::MAX);
    let blocks = stage.blocks(Arc::new(faulty));
    let machine = go(&stage.playbook(false), &blocks, &record, contoso()).unwrap();
    assert_eq!((machine.state(), failure(&machine).trips, trips(&machine)), (RunState::Failed, 1, 2));
    let mut facts = record.facts.into_inner().unwrap();
    let at = facts.last().unwrap().at;
    facts.push(Fact { at, kind: FactKind::RetryRequested { by: "somebody".into(), from: None, deadline: None } });
    let record = Watched::new(&stage, facts, usize::MAX);
    let machine = go(&stage.playbook(false), &blocks, &record, contoso()).unwrap();
    assert_eq!((machine.state(), trips(&machine)), (RunState::Succeeded, 3));
    let timeline = Timeline::of(&record.facts.into_inner().unwrap(), None, at);
    assert_eq!(timeline.trips, 3);
    assert_eq!(
        timeline.lanes.iter().map(|lane| (lane.attempts, lane.trips)).collect::<Vec<_>>(),
        [(1, 1), (1, 0), (2, 2)]
    );
}

#[test]
fn a_crm_that_is_not_reached_says_why() {
    let unavailable = ConnectionError::Unavailable { after: Some(Duration::from_secs(5)) };
    let cases = [
        (ConnectionError::NotConnected, FailureKind::Permanent, None),
        (unavailable, FailureKind::Transient, Some(5_000)),
    ];
    for (error, kind, wait) in cases {
        let stage = Stage::new();
        let record = Watched::new(&stage, Vec::new(), usize::MAX);
        let blocks = stage.blocks_on(Arc::new(Reached(Err(error))));
        let machine = go(&stage.playbook(false), &blocks, &record, contoso()).unwrap();
        assert_eq!((failure(&machine).kind, failure(&machine).wait_ms), (kind, wait));
    }
    let stage = Stage::new();
    let record = Watched::new(&stage, Vec::new(), usize::MAX);
    let blocks = stage.blocks_on(Arc::new(Reached(Err(ConnectionError::NeedsIdentity))));
    let machine = go(&stage.playbook(false), &blocks, &record, contoso()).unwrap();
    assert_eq!(machine.state(), RunState::NeedsIdentity);
    // The employee is there again, and so is the CRM.
    let mut facts = record.facts.into_inner().unwrap();
    facts.push(Fact { at: facts[0].at, kind: FactKind::Identified });
    let record = Watched::new(&stage, facts, usize::MAX);
    let machine = go(&stage.playbook(false), &stage.blocks(stage.crm.clone()), &record, contoso()).unwrap();
    assert_eq!(machine.state(), RunState::Succeeded);
}

#[test]
fn nobody_is_found_and_the_task_says_what_is_absent() {
    let stage = Stage::new();
    let record = Watched::new(&stage, Vec::new(), usize::MAX);
    let blocks = stage.blocks(stage.crm.clone());
    let machine = go(&stage.playbook(false), &blocks, &record, json!({"Name": "nobody"})).unwrap();
    let failure = failure(&machine);
    assert_eq!((failure.kind, failure.reason.as_str()), (FailureKind::Permanent, "absent"));
    assert_eq!(failure.message, "`task.AccountId`: Require of `account.Results[0].account[0].Id`: there is no value");
    assert_eq!(machine.view()[4].state, BlockState::Failed);
    assert_eq!(stage.tasks(), 0);
}

#[test]
fn capabilities_keep_the_version_that_the_run_began_with() {
    let stage = Stage::new();
    let blocks = stage.blocks(stage.crm.clone());
    let answer = |kind, data| {
        let record = Watched::new(&stage, Vec::new(), usize::MAX);
        go(&single(kind, Some(capability())), &blocks, &record, data).unwrap()
    };
    let version = |machine: Machine| match machine.outcome() {
        Some(RunOutcome::Succeeded { outputs }) => outputs["one"]["version"].as_u64(),
        _ => None,
    };
    assert_eq!(version(answer(ai(VersionChoice::Latest), json!({"a": 1}))), Some(2));
    assert_eq!(version(answer(ai(VersionChoice::Pinned(1)), json!({"a": 1}))), Some(1));
    assert_eq!(failure(&answer(ai(VersionChoice::Pinned(9)), json!({"a": 1}))).reason, "version");
    let failure = failure(&answer(ai(VersionChoice::Latest), json!({"fail": 1})));
    assert_eq!((failure.kind, failure.reason.as_str()), (FailureKind::Permanent, "not-json"));
}

#[test]
fn a_file_is_given_with_its_content_up_to_a_size() {
    let stage = Stage::new();
    let blocks = stage.blocks(stage.crm.clone());
    let file = |id: &str| single(BlockKind::File { file: id.into() }, None);
    let run = |blocks: &_, id| {
        let record = Watched::new(&stage, Vec::new(), usize::MAX);
        go(&file(id), blocks, &record, json!({})).unwrap()
    };
    let machine = run(&blocks, "file-1");
    let Some(RunOutcome::Succeeded { outputs }) = machine.outcome() else { panic!("it succeeded") };
    let content =
        json!({"Id": "file-1", "Name": "hello.txt", "ContentType": "text/plain", "Size": 5, "Content": "aGVsbG8="});
    assert_eq!(outputs["one"], content);
    assert_eq!(failure(&run(&blocks, "file-2")).reason, "not-found");
    let small = engage_playbooks::blocks::Limits { file_bytes: 4, ..Default::default() };
    assert_eq!(failure(&run(&blocks.clone().limits(small), "file-1")).reason, "too-large");
}
