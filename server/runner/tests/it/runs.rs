//! What becomes of events.

use std::sync::Arc;

use engage_playbooks::model::{Trigger, TriggerKind};
use engage_playbooks::ports::{DurableEngine, EngineError, RunQuery};
use engage_playbooks::run::{FailureKind, RunState};
use serde_json::json;

use crate::kit::{Fault, Kit, Shape, World, chain, compiled, event, run_of, slug, tenant};

const LEAD: [Shape; 6] = [Shape::Read, Shape::Read, Shape::Template, Shape::Create, Shape::Create, Shape::Create];

#[tokio::test]
async fn an_event_starts_a_run_that_goes_to_its_end() {
    let (kit, world) = (Kit::new(vec![chain("lead", &LEAD)]), Arc::new(World::default()));
    let running = kit.start(world.clone());
    let started = running.runner.offer(vec![event("a")]).await.unwrap();
    assert_eq!((started[0].event.as_str(), started[0].known), ("a", false));
    kit.seen.ended(1).await;
    let key = run_of(&event("a"), "lead");
    let record = running.runner.status(&key).await.unwrap().unwrap();
    assert_eq!((record.state, record.entries), (RunState::Succeeded, 2 + 6 * 2 + 3));
    let facts = running.runner.history(&key).await.unwrap();
    assert_eq!(facts.len(), 17);
    assert_eq!(world.records.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn an_event_that_comes_again_starts_nothing_again() {
    let (kit, world) = (Kit::new(vec![chain("lead", &LEAD)]), Arc::new(World::default()));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a"), event("b")]).await.unwrap();
    kit.seen.ended(2).await;
    let again = running.runner.offer(vec![event("a"), event("c")]).await.unwrap();
    assert_eq!(again.iter().map(|started| started.known).collect::<Vec<_>>(), [true, false]);
    kit.seen.ended(3).await;
    assert_eq!((world.count(), kit.records(&running.runner, "contoso").await.len()), (18, 3));
}

#[tokio::test]
async fn a_playbook_is_started_by_its_events_in_its_scope() {
    let portal = |portals: &[&str]| {
        let mut trigger = Trigger::new(TriggerKind::PortalMeetings);
        trigger.portals = portals.iter().map(|portal| (*portal).to_owned()).collect();
        trigger
    };
    let blocks: [(&str, Shape, &[&str]); 1] = [("one", Shape::Template, &["trigger"])];
    let kit = Kit::new(vec![
        compiled("retail", portal(&["retail"]), &blocks),
        compiled("private", portal(&["private", "bank"]), &blocks),
        compiled("any", portal(&[]), &blocks),
        chain("booked", &[Shape::Template]),
    ]);
    let running = kit.start(Arc::new(World::default()));
    let mut of_retail = event("a");
    (of_retail.kind, of_retail.data) = (TriggerKind::PortalMeetings, json!({"PortalId": "retail"}));
    let mut nobodys = event("b");
    nobodys.kind = TriggerKind::AttendanceRecorded;
    running.runner.offer(vec![of_retail, nobodys]).await.unwrap();
    kit.seen.ended(2).await;
    let mut started: Vec<String> =
        kit.records(&running.runner, "contoso").await.iter().map(|run| run.playbook.to_string()).collect();
    started.sort();
    assert_eq!(started, ["any", "retail"]);
    assert_eq!(kit.seen.counts().started, 2);
}

#[tokio::test]
async fn another_tenant_sees_nothing() {
    let kit = Kit::new(vec![chain("lead", &LEAD)]);
    let running = kit.start(Arc::new(World::default()));
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.ended(1).await;
    let mut key = run_of(&event("a"), "lead");
    key.tenant = tenant("fabrikam");
    assert!(matches!(running.runner.history(&key).await, Err(EngineError::NoSuchRun(_))));
    assert!(matches!(running.runner.cancel(&key, "eve").await, Err(EngineError::NoSuchRun(_))));
    assert!(matches!(running.runner.erase(&key, "eve").await, Err(EngineError::NoSuchRun(_))));
    assert_eq!(kit.records(&running.runner, "fabrikam").await, []);
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_refused_and_nothing_of_it_is_kept() {
    let kit = Kit::new(vec![chain("lead", &LEAD)]);
    let running = kit.start(Arc::new(World::default()));
    let refused = async |change: fn(&mut engage_playbooks::ports::Event)| {
        let mut bad = event("bad");
        change(&mut bad);
        let answer = running.runner.offer(vec![event("good"), bad]).await;
        let Err(EngineError::Refused(why)) = answer else { panic!("{answer:?}") };
        why
    };
    assert_eq!(
        refused(|event| event.id = "x".repeat(201)).await,
        "the id of an event has 1 to 200 bytes, this one has 201"
    );
    assert_eq!(refused(|event| event.id.clear()).await, "the id of an event has 1 to 200 bytes, this one has 0");
    let long = "the data of the event cannot be taken in: it has more than 983040 bytes";
    assert_eq!(refused(|event| event.data = json!("x".repeat(100_000_000))).await, long);
    let deep = "the data of the event cannot be taken in: its values stand more than 64 deep within each other";
    assert_eq!(refused(|event| event.data = (0..90).fold(json!(1), |inner, _| json!([inner]))).await, deep);
    assert_eq!(
        refused(|event| event.kind = TriggerKind::Manual).await,
        "an event of the kind Manual names its playbook"
    );
    assert_eq!(
        refused(|event| event.playbook = Some(slug("other"))).await,
        "there is no playbook `other` that is switched on"
    );
    let kind = "`lead` is started by MeetingBooked, not by Manual";
    assert_eq!(refused(|event| (event.kind, event.playbook) = (TriggerKind::Manual, Some(slug("lead")))).await, kind);
    running.runner.offer(vec![event("good")]).await.unwrap();
    kit.seen.ended(1).await;
    assert_eq!(kit.records(&running.runner, "contoso").await.len(), 1);
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_is_a_dead_letter_with_its_reason() {
    let (kit, world) = (Kit::new(vec![chain("lead", &LEAD)]), Arc::new(World::default()));
    world.fault("two", 0, Fault::Fails(FailureKind::Transient));
    world.fault("two", 1, Fault::Fails(FailureKind::Transient));
    world.fault("four", 1, Fault::Fails(FailureKind::Permanent));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.ended(1).await;
    running.runner.offer(vec![event("b")]).await.unwrap();
    kit.seen.ended(2).await;
    assert_eq!((kit.seen.counts().succeeded, kit.seen.counts().failed), (1, 3));
    let dead = RunQuery { states: vec![RunState::Failed], most: 10, ..RunQuery::default() };
    let dead = running.runner.runs(&tenant("contoso"), &dead).await.unwrap().runs;
    assert_eq!(dead.iter().map(|run| run.key.clone()).collect::<Vec<_>>(), [run_of(&event("b"), "lead")]);
    assert_eq!(dead[0].failed_block.as_ref().map(|block| block.as_str()), Some("four"));
    assert_eq!(dead[0].reason.as_deref(), Some("told"));
}

#[tokio::test]
async fn a_panic_in_an_executor_fails_its_run_alone() {
    let (kit, world) = (Kit::new(vec![chain("lead", &LEAD)]), Arc::new(World::default()));
    world.fault("one", 0, Fault::Panics);
    let running = kit.start(world);
    running.runner.offer(vec![event("a"), event("b")]).await.unwrap();
    kit.seen.ended(2).await;
    let records = kit.records(&running.runner, "contoso").await;
    assert_eq!(records.iter().map(|run| run.state).collect::<Vec<_>>(), [RunState::Failed, RunState::Succeeded]);
    assert_eq!(records[0].reason.as_deref(), Some("panic"));
}

#[tokio::test]
async fn a_long_output_goes_beside_the_journal_and_comes_back_and_one_that_is_too_long_fails_its_run() {
    let mut kit = Kit::new(vec![chain("long", &[Shape::Read, Shape::Create])]);
    kit.config.most_output = 100_000;
    let world = Arc::new(World::default());
    world.fault("one", 0, Fault::Gives(60_000));
    world.fault("one", 1, Fault::Gives(100_000));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.ended(1).await;
    let facts = running.runner.history(&run_of(&event("a"), "long")).await.unwrap();
    let engage_playbooks::run::FactKind::Done { output, .. } = &facts[2].kind else { panic!("{facts:?}") };
    assert_eq!(output.as_str().map(str::len), Some(60_000));
    running.runner.offer(vec![event("b")]).await.unwrap();
    kit.seen.ended(2).await;
    let record = running.runner.status(&run_of(&event("b"), "long")).await.unwrap().unwrap();
    assert_eq!((record.state, record.reason.as_deref()), (RunState::Failed, Some("too-large")));
}

#[tokio::test]
async fn a_run_that_is_in_the_journal_already_is_not_begun_again_and_holds_up_no_other() {
    use engage_playbooks::ports::{Batch, Entry, Journal, RunRecord};
    let (kit, world) = (Kit::new(vec![chain("lead", &LEAD)]), Arc::new(World::default()));
    // The store has forgotten the event, and not its run.
    let (key, at) = (run_of(&event("a"), "lead"), event("a").at);
    let lease = kit.journal.lead("before").await.unwrap().unwrap();
    let record = RunRecord {
        key: key.clone(),
        playbook: slug("lead"),
        trigger: TriggerKind::MeetingBooked,
        state: RunState::Succeeded,
        started_at: at,
        updated_at: at,
        wake_at: None,
        failed_block: None,
        reason: None,
        entries: 1,
    };
    let entries = vec![Entry { key, sequence: 0, fact: "{}".to_owned() }];
    let batch = Batch { entries, runs: vec![record], ..Batch::default() };
    kit.journal.append(&lease, &batch).await.unwrap();
    kit.journal.resign(lease).await.unwrap();
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a"), event("b")]).await.unwrap();
    kit.seen.ended(1).await;
    let counts = kit.seen.counts();
    assert_eq!((counts.lost, counts.led, world.count()), (1, 2, 6));
    assert!(world.events().iter().all(|event| event == "b"));
}
