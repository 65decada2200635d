//! What somebody may want of a run.

use std::sync::Arc;

use engage_engine::ids::RefId;
use engage_playbooks::ports::{DurableEngine, EngineError, Event};
use engage_playbooks::run::{FailureKind, RunKey, RunState};
use engage_runner::Runner;

use crate::kit::{Fault, Kit, Lagging, Shape, World, chain, event, run_of, settle, tenant};

const FOUR: [Shape; 4] = [Shape::Read, Shape::Create, Shape::Read, Shape::Create];

fn key(id: &str) -> RunKey {
    run_of(&event(id), "four")
}

async fn state(runner: &Runner, key: &RunKey) -> RunState {
    runner.status(key).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_cancelled_run_ends_what_is_on_its_way_and_sends_nothing_further() {
    let (kit, world) = (Kit::new(vec![chain("four", &FOUR)]), Arc::new(World::gated()));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 1).await;
    running.runner.cancel(&key("a"), "ann").await.unwrap();
    settle().await;
    assert_eq!(state(&running.runner, &key("a")).await, RunState::Running);
    world.open(100);
    kit.seen.ended(1).await;
    assert_eq!(state(&running.runner, &key("a")).await, RunState::Cancelled);
    assert_eq!((world.count(), kit.seen.counts().blocks), (1, 1));
    running.runner.cancel(&key("a"), "ann").await.unwrap();
    assert!(matches!(running.runner.cancel(&key("b"), "ann").await, Err(EngineError::NoSuchRun(_))));
}

#[tokio::test]
async fn a_run_that_waits_for_a_time_is_cancelled_at_once() {
    let (kit, world) = (Kit::new(vec![chain("four", &FOUR)]), Arc::new(World::default()));
    kit.time.hold();
    world.fault("one", 0, Fault::Fails(FailureKind::Transient));
    let running = kit.start(world);
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.failed == 1 && counts.running == 0).await;
    running.runner.cancel(&key("a"), "ann").await.unwrap();
    kit.seen.ended(1).await;
    assert_eq!(state(&running.runner, &key("a")).await, RunState::Cancelled);
    let counts = kit.seen.counts();
    assert_eq!((counts.running, counts.waiting), (0, 0));
}

#[tokio::test]
async fn a_failed_run_goes_on_from_what_failed_or_from_a_block() {
    let (kit, world) = (Kit::new(vec![chain("four", &FOUR)]), Arc::new(World::default()));
    world.fault("three", 0, Fault::Fails(FailureKind::Permanent));
    world.fault("three", 1, Fault::Fails(FailureKind::Permanent));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.ended(1).await;
    running.runner.retry(&key("a"), None, "ann").await.unwrap();
    kit.seen.ended(2).await;
    let blocks =
        |world: &World| -> Vec<String> { world.calls.lock().unwrap().iter().map(|(_, block)| block.clone()).collect() };
    assert_eq!(blocks(&world), ["one", "two", "three", "three"]);
    running.runner.retry(&key("a"), Some(RefId::new("two").unwrap()), "ann").await.unwrap();
    kit.seen.ended(3).await;
    assert_eq!(blocks(&world)[4..], ["two", "three", "four"]);
    assert_eq!(state(&running.runner, &key("a")).await, RunState::Succeeded);
    assert_eq!(world.records.lock().unwrap().len(), 2, "under the keys of the first time");
    let refused = running.runner.retry(&key("a"), None, "ann").await;
    assert!(matches!(refused, Err(EngineError::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn a_run_whose_journal_was_read_before_its_last_fact_came_is_not_left_behind() {
    let (kit, world) = (Kit::new(vec![chain("four", &FOUR)]), Arc::new(World::default()));
    world.fault("three", 0, Fault::Fails(FailureKind::Permanent));
    let running = kit.start_on(Lagging::new(Arc::new(kit.journal.reopen())), world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.ended(1).await;
    running.runner.retry(&key("a"), None, "ann").await.unwrap();
    kit.seen.until(|counts| counts.ended == 2 || counts.stranded > 0).await;
    assert_eq!(kit.seen.counts().stranded, 0);
    assert_eq!(state(&running.runner, &key("a")).await, RunState::Succeeded);
}

#[tokio::test]
async fn a_retry_is_refused_where_it_makes_no_sense() {
    let (kit, world) = (Kit::new(vec![chain("four", &FOUR)]), Arc::new(World::gated()));
    world.fault("one", 1, Fault::Fails(FailureKind::Permanent));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 1).await;
    assert!(matches!(running.runner.retry(&key("a"), None, "ann").await, Err(EngineError::NotAtAnEnd(_))));
    assert!(matches!(running.runner.retry(&key("x"), None, "ann").await, Err(EngineError::NoSuchRun(_))));
    world.open(100);
    running.runner.offer(vec![event("b")]).await.unwrap();
    kit.seen.ended(2).await;
    let refused = running.runner.retry(&key("b"), Some(RefId::new("nine").unwrap()), "ann").await;
    let Err(EngineError::Refused(why)) = refused else { panic!("{refused:?}") };
    assert_eq!(why, format!("the playbook of run {} has no block `nine`", key("b")));
}

#[tokio::test]
async fn a_run_waits_for_its_employee_over_the_end_of_the_process() {
    let (kit, world) = (Kit::new(vec![chain("four", &FOUR)]), Arc::new(World::default()));
    world.fault("two", 0, Fault::Fails(FailureKind::NeedsIdentity));
    let first = kit.start(world.clone());
    first.runner.offer(vec![Event { employee: Some("ann".to_owned()), ..event("a") }]).await.unwrap();
    kit.seen.until(|counts| counts.failed == 1 && counts.running == 0).await;
    assert_eq!(state(&first.runner, &key("a")).await, RunState::NeedsIdentity);
    drop(first);
    settle().await;
    let second = kit.start(world.clone());
    kit.seen.until(|counts| counts.led == 2).await;
    settle().await;
    assert_eq!(world.count(), 2);
    second.runner.identified(&key("a")).await.unwrap();
    kit.seen.ended(1).await;
    assert_eq!(state(&second.runner, &key("a")).await, RunState::Succeeded);
    // Too late is no harm.
    second.runner.identified(&key("a")).await.unwrap();
    settle().await;
    assert_eq!(world.count(), 5);
}

#[tokio::test]
async fn a_run_that_is_at_an_end_is_erased() {
    let (kit, world) = (Kit::new(vec![chain("four", &FOUR)]), Arc::new(World::gated()));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 1).await;
    assert!(matches!(running.runner.erase(&key("a"), "ann").await, Err(EngineError::NotAtAnEnd(_))));
    world.open(100);
    kit.seen.ended(1).await;
    running.runner.erase(&key("a"), "ann").await.unwrap();
    settle().await;
    assert_eq!(running.runner.status(&key("a")).await.unwrap(), None);
    assert!(matches!(running.runner.history(&key("a")).await, Err(EngineError::NoSuchRun(_))));
    // Its event is known all the same.
    assert!(running.runner.offer(vec![event("a")]).await.unwrap()[0].known);
}

#[tokio::test]
async fn a_run_goes_on_with_the_version_it_began_with_and_waits_for_one_that_is_not_there() {
    let (mut kit, world) = (Kit::new(vec![chain("four", &FOUR)]), Arc::new(World::gated()));
    let first = kit.start(world.clone());
    first.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 1).await;
    drop(first);
    settle().await;
    // The next process knows the new version alone.
    let mut newer = chain("four", &[Shape::Template]);
    Arc::make_mut(&mut newer).digest = "newer".to_owned();
    let old = std::mem::take(&mut kit.shelf);
    kit.shelf.put(&tenant("contoso"), vec![newer.clone()]);
    let second = kit.start(world.clone());
    kit.seen.until(|counts| counts.stranded == 1).await;
    world.open(100);
    second.runner.offer(vec![event("b")]).await.unwrap();
    kit.seen.ended(1).await;
    assert_eq!(state(&second.runner, &key("a")).await, RunState::Running);
    kit.shelf.put(&tenant("contoso"), vec![chain("four", &FOUR)]);
    kit.shelf.put(&tenant("contoso"), vec![newer]);
    second.runner.refresh();
    kit.seen.ended(2).await;
    assert_eq!(state(&second.runner, &key("a")).await, RunState::Succeeded);
    assert_eq!(world.records.lock().unwrap().len(), 2);
    drop(old);
}
