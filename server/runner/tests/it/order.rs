//! Runs about one subject go one after the other.

use std::sync::Arc;

use engage_playbooks::ports::{DurableEngine, Event};
use engage_playbooks::run::{FailureKind, RunState};
use proptest::prelude::*;

use crate::kit::{Breaking, Fault, Kit, Shape, When, World, chain, event, run_of, settle};

fn about(id: &str, meeting: &str) -> Event {
    Event { subject: Some(meeting.to_owned()), ..event(id) }
}

/// Whether the calls of each event stand together, and events of one meeting in their order.
fn in_order(calls: &[String], events: &[Event]) -> bool {
    let meetings: std::collections::BTreeSet<_> = events.iter().map(|event| &event.subject).collect();
    meetings.into_iter().all(|meeting| {
        let of: Vec<&str> =
            events.iter().filter(|event| event.subject == *meeting).map(|event| event.id.as_str()).collect();
        let positions = calls.iter().filter_map(|call| of.iter().position(|id| id == call));
        positions.is_sorted()
    })
}

#[tokio::test]
async fn the_next_begins_when_the_one_before_is_at_an_end() {
    let (kit, world) = (Kit::new(vec![chain("two", &[Shape::Read, Shape::Create])]), Arc::new(World::gated()));
    let running = kit.start(world.clone());
    let events = vec![about("a", "m1"), about("b", "m1"), about("c", "m2"), about("d", "m1")];
    running.runner.offer(events.clone()).await.unwrap();
    kit.seen.until(|counts| counts.running == 2 && counts.waiting == 2).await;
    assert_eq!(world.events(), ["a", "c"]);
    world.open(100);
    kit.seen.ended(4).await;
    assert!(in_order(&world.events(), &events), "{:?}", world.events());
}

#[tokio::test]
async fn the_next_event_waits_for_every_playbook_of_the_one_before() {
    let kit = Kit::new(vec![chain("one", &[Shape::Read]), chain("other", &[Shape::Read])]);
    let world = Arc::new(World::gated());
    let running = kit.start(world.clone());
    running.runner.offer(vec![about("a", "m1"), about("b", "m1")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 2 && counts.waiting == 2).await;
    world.open(1);
    kit.seen.ended(1).await;
    settle().await;
    assert_eq!(world.events(), ["a", "a"], "one of its two runs is still under way");
    world.open(3);
    kit.seen.ended(4).await;
    assert_eq!(world.events(), ["a", "a", "b", "b"]);
}

#[tokio::test]
async fn runs_of_one_event_do_not_wait_for_each_other() {
    let kit = Kit::new(vec![chain("one", &[Shape::Read]), chain("other", &[Shape::Read])]);
    let world = Arc::new(World::gated());
    let running = kit.start(world.clone());
    running.runner.offer(vec![about("a", "m1")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 2).await;
    world.open(2);
    kit.seen.ended(2).await;
}

#[tokio::test]
async fn a_run_that_fails_holds_up_nobody() {
    let (kit, world) = (Kit::new(vec![chain("one", &[Shape::Read])]), Arc::new(World::default()));
    world.fault("one", 0, Fault::Fails(FailureKind::Permanent));
    let running = kit.start(world.clone());
    running.runner.offer(vec![about("a", "m1"), about("b", "m1")]).await.unwrap();
    kit.seen.ended(2).await;
    let states: Vec<_> = kit.records(&running.runner, "contoso").await.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Failed, RunState::Succeeded]);
}

#[tokio::test]
async fn one_that_waits_for_its_employee_is_given_up_at_its_deadline_and_the_next_goes_on() {
    let (kit, world) = (Kit::new(vec![chain("one", &[Shape::Read])]), Arc::new(World::default()));
    world.fault("one", 0, Fault::Fails(FailureKind::NeedsIdentity));
    let running = kit.start(world.clone());
    running.runner.offer(vec![about("a", "m1")]).await.unwrap();
    kit.seen.until(|counts| counts.failed == 1 && counts.running == 0 && counts.waiting == 1).await;
    kit.time.pass(kit.config.deadline / 2);
    running.runner.offer(vec![about("b", "m1")]).await.unwrap();
    kit.seen.until(|counts| counts.waiting == 2).await;
    settle().await;
    assert_eq!(world.events(), ["a"]);
    kit.time.pass(kit.config.deadline / 2);
    kit.seen.ended(2).await;
    let records = kit.records(&running.runner, "contoso").await;
    assert_eq!(records.iter().map(|run| run.state).collect::<Vec<_>>(), [RunState::Failed, RunState::Succeeded]);
    assert_eq!(records[0].reason.as_deref(), Some("deadline"));
}

#[tokio::test]
async fn a_cancelled_one_leaves_its_line() {
    let (kit, world) = (Kit::new(vec![chain("one", &[Shape::Read])]), Arc::new(World::gated()));
    let running = kit.start(world.clone());
    running.runner.offer(vec![about("a", "m1"), about("b", "m1"), about("c", "m1")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 1 && counts.waiting == 2).await;
    running.runner.cancel(&run_of(&event("b"), "one"), "ann").await.unwrap();
    kit.seen.ended(1).await;
    world.open(2);
    kit.seen.ended(3).await;
    assert_eq!(world.events(), ["a", "c"]);
    let states: Vec<_> = kit.records(&running.runner, "contoso").await.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Succeeded, RunState::Cancelled, RunState::Succeeded]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    #[test]
    fn order_survives_every_death(
        meetings in prop::collection::vec(0_usize..3, 2..8),
        deaths in prop::collection::vec(0_usize..6, 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let kit = Kit::new(vec![chain("two", &[Shape::Read, Shape::Create])]);
            let world = Arc::new(World::default());
            let events: Vec<Event> = meetings.iter().enumerate()
                .map(|(number, meeting)| about(&number.to_string(), &format!("m{meeting}"))).collect();
            kit.runner(kit.journal.clone(), world.clone()).offer(events.clone()).await.unwrap();
            for death in deaths {
                let journal = Breaking::new(Arc::new(kit.journal.reopen()), When::After(death));
                let running = kit.start_on(journal.clone(), world.clone());
                tokio::select! {
                    () = journal.hook.died.notified() => {}
                    _ = kit.done(&running.runner, events.len()) => {}
                }
                drop((running, journal));
                settle().await;
            }
            let running = kit.start(world.clone());
            kit.done(&running.runner, events.len()).await;
            assert!(in_order(&world.events(), &events), "{:?}", world.events());
        });
    }
}
