//! What happens at its time, and that nothing happens when nothing is due.

use std::sync::Arc;
use std::time::Duration;

use engage_playbooks::compiled::Compiled;
use engage_playbooks::model::{Schedule, Trigger, TriggerKind};
use engage_playbooks::ports::DurableEngine;
use engage_playbooks::run::{FactKind, FailureKind, RunKey, RunState};
use jiff::Timestamp;

use crate::kit::{Fault, Kit, Shape, World, chain, compiled, event, run_of, settle, tenant};

fn scheduled(cron: &str) -> Arc<Compiled> {
    let mut trigger = Trigger::new(TriggerKind::Schedule);
    trigger.schedule = Some(Schedule { cron: cron.to_owned(), zone: "Europe/Copenhagen".to_owned() });
    compiled("nightly", trigger, &[("one", Shape::Read, &["trigger"])])
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The fire times of all runs so far, in order.
async fn fired(kit: &Kit, runner: &engage_runner::Runner) -> Vec<String> {
    let mut fired = Vec::new();
    for record in kit.records(runner, "contoso").await {
        let facts = runner.history(&record.key).await.unwrap();
        let FactKind::Started(beginning) = &facts[0].kind else { panic!("{facts:?}") };
        let time = beginning.data["FireTime"].as_str().unwrap();
        assert_eq!(beginning.event, format!("schedule/nightly/{time}"));
        fired.push(time.to_owned());
    }
    fired
}

#[tokio::test]
async fn with_nothing_due_nobody_wakes_up() {
    let (mut kit, world) = (Kit::new(vec![chain("one", &[Shape::Read])]), Arc::new(World::default()));
    kit.time.hold();
    kit.config.retention = None;
    let running = kit.start(world.clone());
    kit.seen.until(|counts| counts.led == 1).await;
    settle().await;
    assert_eq!(kit.time.sleeps(), 0, "it waits for no time at all");
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.ended(1).await;
    settle().await;
    let (sleeps, appends) = (kit.time.sleeps(), kit.seen.counts().appends);
    kit.time.pass(Duration::from_secs(60));
    settle().await;
    assert_eq!((kit.time.sleeps(), kit.seen.counts().appends), (sleeps, appends));
}

#[tokio::test]
async fn a_pause_outlasts_the_process() {
    let (kit, world) = (Kit::new(vec![chain("one", &[Shape::Read])]), Arc::new(World::default()));
    kit.time.hold();
    world.fault("one", 0, Fault::Fails(FailureKind::Transient));
    let first = kit.start(world.clone());
    first.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.failed == 1 && counts.running == 0).await;
    let record = first.runner.status(&run_of(&event("a"), "one")).await.unwrap().unwrap();
    assert_eq!((record.state, record.wake_at), (RunState::Running, Some(at("2026-11-26T09:00:03Z"))));
    drop(first);
    settle().await;
    let second = kit.start(world.clone());
    kit.seen.until(|counts| counts.led == 2).await;
    settle().await;
    assert_eq!(world.count(), 1, "its time has not come");
    kit.time.pass(Duration::from_secs(3));
    kit.seen.ended(1).await;
    assert_eq!(second.runner.status(&record.key).await.unwrap().unwrap().wake_at, None);
}

#[tokio::test]
async fn a_run_is_given_up_at_its_deadline() {
    let mut playbook = chain("one", &[Shape::Read]);
    Arc::make_mut(&mut playbook).deadline = Some(Duration::from_mins(20));
    let (kit, world) = (Kit::new(vec![playbook]), Arc::new(World::default()));
    kit.time.hold();
    world.fault("one", 0, Fault::Fails(FailureKind::NeedsIdentity));
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.failed == 1 && counts.running == 0).await;
    kit.time.pass(Duration::from_mins(20));
    kit.seen.ended(1).await;
    let record = running.runner.status(&run_of(&event("a"), "one")).await.unwrap().unwrap();
    assert_eq!((record.state, record.reason.as_deref()), (RunState::Failed, Some("deadline")));
}

#[tokio::test]
async fn a_run_whose_block_is_under_way_at_the_deadline_is_given_up_behind_it() {
    let mut late = chain("late", &[Shape::Read, Shape::Read]);
    Arc::make_mut(&mut late).deadline = Some(Duration::from_secs(2));
    let (kit, world) = (Kit::new(vec![late]), Arc::new(World::gated()));
    kit.time.hold();
    let running = kit.start(world.clone());
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.until(|counts| counts.running == 1).await;
    settle().await;
    kit.time.pass(Duration::from_secs(3));
    settle().await;
    // Whoever leads still listens.
    running.runner.offer(vec![event("b")]).await.unwrap();
    world.open(9);
    kit.seen.ended(1).await;
    let record = running.runner.status(&run_of(&event("a"), "late")).await.unwrap().unwrap();
    assert_eq!((record.state, record.reason.as_deref()), (RunState::Failed, Some("deadline")));
    kit.seen.ended(2).await;
    let record = running.runner.status(&run_of(&event("b"), "late")).await.unwrap().unwrap();
    assert_eq!(record.state, RunState::Succeeded);
}

#[tokio::test]
async fn a_schedule_fires_in_the_wall_time_of_its_zone_across_a_change_of_the_clocks() {
    let (kit, world) = (Kit::new(vec![scheduled("30 2 * * *")]), Arc::new(World::default()));
    kit.time.hold();
    kit.time.set(at("2027-03-26T12:00:00Z"));
    let running = kit.start(world);
    kit.seen.until(|counts| counts.led == 1).await;
    settle().await;
    for (day, runs) in [("2027-03-27T12:00:00Z", 1), ("2027-03-28T12:00:00Z", 2), ("2027-03-29T12:00:00Z", 3)] {
        kit.time.set(at(day));
        kit.seen.ended(runs).await;
    }
    // On the 28th the clocks jump from two to three.
    let expected = ["2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"];
    assert_eq!(fired(&kit, &running.runner).await, expected);
}

#[tokio::test]
async fn a_schedule_fires_each_time_once_and_of_what_was_missed_the_last() {
    let (kit, world) = (Kit::new(vec![scheduled("0 3 * * *")]), Arc::new(World::default()));
    kit.time.hold();
    let first = kit.start(world.clone());
    kit.seen.until(|counts| counts.led == 1).await;
    settle().await;
    kit.time.set(at("2026-11-27T02:00:00Z"));
    kit.seen.ended(1).await;
    settle().await;
    drop(first);
    settle().await;
    // Another leads at once: what has fired does not fire again.
    let second = kit.start(world.clone());
    kit.seen.until(|counts| counts.led == 2).await;
    settle().await;
    assert_eq!(fired(&kit, &second.runner).await, ["2026-11-27T02:00:00Z"]);
    drop(second);
    settle().await;
    // Nobody leads for a week.
    kit.time.set(at("2026-12-04T09:00:00Z"));
    let third = kit.start(world.clone());
    kit.seen.ended(2).await;
    settle().await;
    assert_eq!(fired(&kit, &third.runner).await, ["2026-11-27T02:00:00Z", "2026-12-04T02:00:00Z"]);
    kit.time.set(at("2026-12-05T02:00:00Z"));
    kit.seen.ended(3).await;
}

#[tokio::test]
async fn a_schedule_is_switched_on_and_off_while_somebody_leads() {
    let (kit, world) = (Kit::new(Vec::new()), Arc::new(World::default()));
    kit.time.hold();
    let running = kit.start(world);
    kit.seen.until(|counts| counts.led == 1).await;
    kit.shelf.put(&tenant("contoso"), vec![scheduled("0 3 * * *")]);
    running.runner.refresh();
    settle().await;
    kit.time.set(at("2026-11-27T02:00:00Z"));
    kit.seen.ended(1).await;
    kit.shelf.put(&tenant("contoso"), Vec::new());
    running.runner.refresh();
    settle().await;
    kit.time.set(at("2026-11-29T02:00:00Z"));
    settle().await;
    // On again: what was missed while it was off is not made up for.
    kit.shelf.put(&tenant("contoso"), vec![scheduled("0 3 * * *")]);
    running.runner.refresh();
    settle().await;
    assert_eq!(kit.seen.counts().ended, 1);
}

#[tokio::test]
async fn what_was_kept_long_enough_is_removed_and_then_nobody_looks_any_more() {
    let (mut kit, world) = (Kit::new(vec![chain("one", &[Shape::Read])]), Arc::new(World::default()));
    kit.time.hold();
    kit.config.retention = Some(Duration::from_hours(10));
    let running = kit.start(world);
    running.runner.offer(vec![event("a")]).await.unwrap();
    kit.seen.ended(1).await;
    let key: RunKey = run_of(&event("a"), "one");
    for _ in 0..10 {
        kit.time.pass(Duration::from_hours(1));
        settle().await;
    }
    assert!(running.runner.status(&key).await.unwrap().is_some());
    for _ in 0..2 {
        kit.time.pass(Duration::from_hours(1));
        settle().await;
    }
    assert!(running.runner.status(&key).await.unwrap().is_none());
    assert_eq!(kit.seen.counts().purged, 1);
    let sleeps = kit.time.sleeps();
    kit.time.pass(Duration::from_hours(1_000));
    settle().await;
    assert_eq!(kit.time.sleeps(), sleeps);
}
