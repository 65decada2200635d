//! Runs that never end: people hear of them, and they go.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engage_playbooks::ports::{Batch, DurableEngine, Entry, Journal, RunRecord};
use engage_playbooks::run::{FactKind, FailureKind, RunState, UNFINISHED};
use engage_runner::{NeverEnded, Runner};

use crate::kit::{Erasing, Fault, Kit, Running, Shape, World, chain, event, run_of, settle, slug, tenant};

const DAY: Duration = Duration::from_hours(24);

/// A kit in which runs may be without an end for ten days, with a playbook whose deadline is later.
fn kit() -> Kit {
    let mut kit = Kit::new(vec![patient()]);
    kit.time.hold();
    kit.config.unfinished = Some(10 * DAY);
    kit
}

fn patient() -> Arc<engage_playbooks::compiled::Compiled> {
    let mut playbook = chain("one", &[Shape::Read]);
    Arc::make_mut(&mut playbook).deadline = Some(1000 * DAY);
    playbook
}

/// Days go by.
async fn days(kit: &Kit, days: u32) {
    for _ in 0..days {
        kit.time.pass(DAY);
        settle().await;
    }
}

async fn is_there(runner: &Runner, id: &str) -> bool {
    runner.status(&run_of(&event(id), "one")).await.unwrap().is_some()
}

/// A run that waits for its employee.
async fn waiting(kit: &Kit, world: &Arc<World>) -> Running {
    world.fault("one", 0, Fault::Fails(FailureKind::NeedsIdentity));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.failed == 1 && counts.running == 0).await;
    running
}

/// What people were told.
fn told(kit: &Kit) -> Vec<NeverEnded> {
    kit.seen.alerts.lock().unwrap().clone()
}

/// What they are to be told of the run of `a`.
fn never_ended() -> NeverEnded {
    let since = "2026-11-26T09:00:00Z".parse().unwrap();
    NeverEnded { key: run_of(&event("a"), "one"), playbook: slug("one"), since }
}

#[tokio::test]
async fn a_run_that_is_not_at_an_end_when_its_time_is_over_is_told_of_and_removed() {
    let (kit, world) = (kit(), Arc::new(World::default()));
    let running = waiting(&kit, &world).await;
    days(&kit, 9).await;
    assert!(is_there(&running.runner, "a").await && told(&kit).is_empty());
    days(&kit, 1).await;
    assert!(!is_there(&running.runner, "a").await);
    assert_eq!(told(&kit), [never_ended()]);
    let counts = kit.seen.counts();
    assert_eq!((counts.given_up, counts.ended, counts.waiting, counts.lost), (1, 1, 0, 0));
    // Who leads goes on, and its subject has its turn again.
    running.runner.offer(vec![event("b")]).await.unwrap();
    kit.seen.ended(2).await;
}

#[tokio::test]
async fn a_run_says_in_its_journal_why_it_ended_before_it_is_removed() {
    let (kit, world) = (kit(), Arc::new(World::default()));
    drop(waiting(&kit, &world).await);
    settle().await;
    let journal = Erasing::new(Arc::new(kit.journal.reopen()));
    let running = kit.start_on(journal.clone(), world);
    kit.seen.until(|counts| counts.led == 2).await;
    days(&kit, 10).await;
    let [record]: [RunRecord; 1] = journal.hook.runs.lock().unwrap().clone().try_into().unwrap();
    assert_eq!((record.state, record.reason.as_deref()), (RunState::Failed, Some(UNFINISHED)));
    assert_eq!((record.failed_block, record.wake_at), (None, None));
    assert!(!is_there(&running.runner, "a").await);
}

#[tokio::test]
async fn where_the_process_dies_before_it_is_removed_it_goes_as_every_run_that_failed() {
    let (mut kit, world) = (kit(), Arc::new(World::default()));
    kit.config.retention = Some(5 * DAY);
    drop(waiting(&kit, &world).await);
    settle().await;
    let journal = Erasing::new(Arc::new(kit.journal.reopen()));
    journal.hook.dies.store(true, Ordering::SeqCst);
    let running = kit.start_on(journal.clone(), world.clone());
    kit.seen.until(|counts| counts.led == 2).await;
    days(&kit, 10).await;
    assert_eq!(journal.hook.runs.lock().unwrap().len(), 1);
    drop((running, journal));
    settle().await;
    let next = kit.start(world);
    kit.seen.until(|counts| counts.led == 3).await;
    days(&kit, 4).await;
    let facts = next.runner.history(&run_of(&event("a"), "one")).await.unwrap();
    assert!(matches!(&facts.last().unwrap().kind, FactKind::Finished { outcome } if outcome.is_unfinished()));
    // Whoever wants it to go on may say so until then.
    next.runner.retry(&run_of(&event("a"), "one"), None, "ann").await.unwrap();
    kit.seen.until(|counts| counts.succeeded == 1).await;
    days(&kit, 6).await;
    assert!(!is_there(&next.runner, "a").await);
}

#[tokio::test]
async fn nothing_is_removed_while_nobody_can_be_told() {
    let (kit, world) = (kit(), Arc::new(World::default()));
    kit.seen.deaf.store(true, Ordering::Relaxed);
    let running = waiting(&kit, &world).await;
    days(&kit, 11).await;
    assert!(is_there(&running.runner, "a").await);
    assert_eq!(kit.seen.counts().given_up, 0);
    kit.seen.deaf.store(false, Ordering::Relaxed);
    kit.time.pass(Duration::from_hours(1));
    settle().await;
    assert!(!is_there(&running.runner, "a").await);
    assert!(told(&kit).len() > 1 && told(&kit).iter().all(|one| *one == never_ended()));
}

#[tokio::test]
async fn a_run_whose_version_is_gone_is_removed_by_whoever_leads_then() {
    let (mut kit, world) = (kit(), Arc::new(World::default()));
    drop(waiting(&kit, &world).await);
    settle().await;
    kit.shelf = Arc::default();
    kit.shelf.put(&tenant("contoso"), Vec::new());
    days(&kit, 4).await;
    let first = kit.start(world.clone());
    kit.seen.until(|counts| counts.stranded == 1).await;
    days(&kit, 5).await;
    // A refresh that does not bring it back changes nothing.
    first.runner.refresh();
    settle().await;
    assert!(is_there(&first.runner, "a").await);
    drop(first);
    settle().await;
    let second = kit.start(world.clone());
    kit.seen.until(|counts| counts.stranded == 2).await;
    days(&kit, 1).await;
    assert!(!is_there(&second.runner, "a").await);
    assert_eq!(told(&kit), [never_ended()]);
    assert_eq!(kit.seen.counts().lost, 0);
}

#[tokio::test]
async fn a_run_whose_journal_cannot_be_read_is_removed_too() {
    let (kit, world) = (kit(), Arc::new(World::default()));
    let running = waiting(&kit, &world).await;
    let key = run_of(&event("a"), "one");
    drop(running);
    settle().await;
    let journal = kit.journal.reopen();
    let lease = journal.lead("breaks it").await.unwrap().unwrap();
    let sequence = u32::try_from(journal.entries(&key).await.unwrap().len()).unwrap();
    let entries = vec![Entry { key, sequence, fact: "\"no fact\"".to_owned() }];
    journal.append(&lease, &Batch { entries, ..Batch::default() }).await.unwrap();
    drop(journal);
    let second = kit.start(world);
    kit.seen.until(|counts| counts.stranded == 1).await;
    days(&kit, 10).await;
    assert!(!is_there(&second.runner, "a").await);
    assert_eq!(kit.seen.counts().lost, 0);
}

#[tokio::test]
async fn a_retry_gives_a_run_its_time_again() {
    let (mut kit, world) = (kit(), Arc::new(World::default()));
    kit.config.retention = None;
    world.fault("one", 0, Fault::Fails(FailureKind::Permanent));
    world.fault("one", 1, Fault::Fails(FailureKind::NeedsIdentity));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.ended(1).await;
    days(&kit, 8).await;
    let key = run_of(&event("a"), "one");
    running.runner.retry(&key, None, "ann").await.unwrap();
    kit.seen.until(|counts| counts.failed == 2 && counts.running == 0).await;
    days(&kit, 9).await;
    assert!(is_there(&running.runner, "a").await, "it goes on since nine days");
    // Another leader finds when that was.
    drop(running);
    settle().await;
    let second = kit.start(world);
    kit.seen.until(|counts| counts.led == 2).await;
    settle().await;
    assert!(is_there(&second.runner, "a").await);
    days(&kit, 1).await;
    assert!(!is_there(&second.runner, "a").await);
}

#[tokio::test]
async fn a_block_that_is_under_way_comes_to_its_end_first() {
    let (kit, world) = (kit(), Arc::new(World::gated()));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 1).await;
    settle().await;
    days(&kit, 11).await;
    assert!(told(&kit).is_empty());
    world.open(1);
    kit.seen.ended(1).await;
    days(&kit, 1).await;
    let counts = kit.seen.counts();
    assert_eq!((counts.succeeded, counts.given_up), (1, 0));
    assert!(is_there(&running.runner, "a").await);
}

#[tokio::test]
async fn where_it_is_said_so_runs_without_an_end_stay() {
    let (mut kit, world) = (kit(), Arc::new(World::default()));
    kit.config.unfinished = None;
    let running = waiting(&kit, &world).await;
    days(&kit, 200).await;
    assert!(is_there(&running.runner, "a").await && told(&kit).is_empty());
}
