//! One leads, the others stand by; one that was stopped in the middle and goes on later does no harm.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use engage_playbooks::ports::DurableEngine;
use engage_playbooks::run::RunState;

use crate::kit::{Frozen, Kit, Shape, World, chain, event, run_of, settle};

const WRITES: [Shape; 3] = [Shape::Read, Shape::Create, Shape::Create];

#[tokio::test]
async fn a_stand_by_takes_over_when_the_leader_stops() {
    let (kit, world) = (Kit::new(vec![chain("lead", &WRITES)]), Arc::new(World::default()));
    let first = kit.start(world.clone());
    kit.seen.until(|counts| counts.led == 1).await;
    let second = kit.start(world.clone());
    settle().await;
    assert_eq!(kit.seen.counts().led, 1, "the second stands by");
    // Events may be handed to either.
    second.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.ended(1).await;
    first.stopped().await;
    second.runner.offer(vec![event("b")]).await.unwrap();
    kit.seen.ended(2).await;
    assert_eq!(kit.seen.counts().led, 2);
}

#[tokio::test]
async fn a_leader_that_stops_waits_for_what_is_under_way_and_begins_nothing() {
    let (kit, world) = (Kit::new(vec![chain("lead", &WRITES)]), Arc::new(World::gated()));
    kit.time.hold();
    let first = kit.start(world.clone());
    first.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 1).await;
    first.runner.stop();
    settle().await;
    world.open(1);
    first.stopped().await;
    assert_eq!((world.count(), kit.seen.counts().blocks), (1, 1));
    world.open(100);
    let _second = kit.start(world.clone());
    kit.seen.ended(1).await;
    assert_eq!(world.count(), 3, "what was done is not done again");
}

#[tokio::test]
async fn a_leader_that_stops_gives_up_a_block_that_takes_too_long() {
    let (kit, world) = (Kit::new(vec![chain("lead", &WRITES)]), Arc::new(World::gated()));
    kit.time.hold();
    let first = kit.start(world.clone());
    first.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 1).await;
    first.runner.stop();
    settle().await;
    kit.time.pass(kit.config.drain);
    first.stopped().await;
    assert_eq!(kit.seen.counts().blocks, 0);
}

/// A leader that is frozen at a door while another takes over, and that goes on when the other is done.
async fn frozen(at_append: bool) {
    let (kit, world) = (Kit::new(vec![chain("lead", &WRITES)]), Arc::new(World::default()));
    let journal = Frozen::new(Arc::new(kit.journal.reopen()));
    let door = if at_append { &journal.hook.at_append } else { &journal.hook.at_holds };
    door.store(true, Ordering::SeqCst);
    // What the first does to the outside after it wakes up would show here.
    let outside_of_first = Arc::new(World::default());
    let _first = kit.start_on(journal.clone(), outside_of_first.clone());
    let door = kit.runner(kit.journal.clone(), world.clone());
    door.offer(vec![event("a")]).await.unwrap();
    journal.hook.stopped.notified().await;
    // The store gives the lease to the next: it sees the first as gone.
    journal.depose().await;
    let second = kit.start(world.clone());
    kit.seen.ended(1).await;
    let before = second.runner.history(&run_of(&event("a"), "lead")).await.unwrap();
    let written = outside_of_first.records.lock().unwrap().len();
    journal.hook.thaw();
    kit.seen.until(|counts| counts.lost == 1).await;
    settle().await;
    let after = second.runner.history(&run_of(&event("a"), "lead")).await.unwrap();
    assert_eq!(before, after, "nothing of the first was appended");
    let sent = outside_of_first.records.lock().unwrap().len() - written;
    // Whoever was told that it may send, and was stopped before it did, sends: under the key under which the second wrote.
    assert_eq!(sent, usize::from(!at_append));
    let (mine, theirs) = (world.records.lock().unwrap().clone(), outside_of_first.records.lock().unwrap().clone());
    assert!(theirs.iter().all(|(key, value)| mine.get(key) == Some(value)), "{theirs:?}");
    assert_eq!(second.runner.status(&run_of(&event("a"), "lead")).await.unwrap().unwrap().state, RunState::Succeeded);
    // And it stands by.
    drop(second);
    kit.seen.until(|counts| counts.led == 3).await;
}

#[tokio::test]
async fn a_leader_frozen_before_an_append_appends_nothing() {
    frozen(true).await;
}

#[tokio::test]
async fn a_leader_frozen_between_the_question_and_the_request_writes_nothing_new() {
    frozen(false).await;
}
