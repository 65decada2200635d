//! Who comes when many want a place: the order is counted, not timed.

use std::sync::Arc;

use engage_playbooks::ports::{DurableEngine, Event};
use engage_runner::Limits;

use crate::kit::{Kit, Shape, World, chain, event, tenant};

fn of(who: &str, number: usize) -> Event {
    Event { tenant: tenant(who), ..event(&format!("{who}-{number}")) }
}

fn kit(limits: Limits) -> Kit {
    let mut kit = Kit::new(vec![chain("one", &[Shape::Read])]);
    kit.shelf.put(&tenant("flood"), vec![chain("one", &[Shape::Read])]);
    kit.shelf.put(&tenant("quiet"), vec![chain("one", &[Shape::Read])]);
    kit.config.limits = limits;
    kit
}

#[tokio::test]
async fn a_flood_of_one_tenant_starves_no_other() {
    let (kit, world) = (kit(Limits { all: 4, tenant: 4, playbook: 4 }), Arc::new(World::default()));
    let running = kit.runner(kit.journal.clone(), world.clone());
    running.offer((0..2_000).map(|number| of("flood", number)).collect()).await.unwrap();
    running.offer((0..20).map(|number| of("quiet", number)).collect()).await.unwrap();
    let _running = kit.start(world.clone());
    kit.seen.ended(2_020).await;
    let calls = world.events();
    let last = calls.iter().rposition(|event| event.starts_with("quiet")).unwrap();
    // The flood was there first, and what is read of offers at a time is bounded: behind that, they take turns.
    assert!(last <= 2_000 / 2, "the last run of the quiet tenant was number {last}");
    let first = calls.iter().position(|event| event.starts_with("quiet")).unwrap();
    let between = calls[first..=last].iter().filter(|event| event.starts_with("flood")).count();
    assert!(between <= 20 + 4, "{between} runs of the flood between 20 of the quiet tenant");
}

#[tokio::test]
async fn no_more_runs_are_under_way_than_the_limits_say() {
    for (limits, most) in [
        (Limits { all: 3, tenant: 10, playbook: 10 }, 3),
        (Limits { all: 10, tenant: 2, playbook: 10 }, 2),
        (Limits { all: 10, tenant: 10, playbook: 1 }, 1),
    ] {
        let (kit, world) = (kit(limits), Arc::new(World::default()));
        let running = kit.start(world);
        running.runner.offer((0..50).map(|number| of("flood", number)).collect()).await.unwrap();
        kit.seen.ended(50).await;
        assert_eq!(kit.seen.counts().most_running, most, "{limits:?}");
    }
}

#[tokio::test]
async fn what_a_playbook_says_of_itself_counts() {
    let mut narrow = chain("narrow", &[Shape::Read]);
    Arc::make_mut(&mut narrow).concurrency = Some(2);
    let (kit, world) = (Kit::new(vec![narrow, chain("wide", &[Shape::Read])]), Arc::new(World::gated()));
    let running = kit.start(world.clone());
    running.runner.offer((0..10).map(|number| event(&number.to_string())).collect()).await.unwrap();
    kit.seen.until(|counts| counts.running == 12).await;
    assert_eq!(world.count(), 12, "ten of the one, two of the other");
    world.open(100);
    kit.seen.ended(20).await;
}

#[tokio::test]
async fn what_is_not_taken_in_yet_waits_in_the_journal() {
    let (mut kit, world) = (kit(Limits { all: 1, tenant: 1, playbook: 1 }), Arc::new(World::gated()));
    kit.config.most_known = 10;
    let running = kit.start(world.clone());
    for start in 0..5 {
        running.runner.offer((0..100).map(|number| of("flood", start * 100 + number)).collect()).await.unwrap();
    }
    let counts = kit.seen.until(|counts| counts.started > 0 && counts.running == 1).await;
    assert!(counts.started < 300, "{counts:?}");
    world.open(1_000);
    kit.seen.ended(500).await;
}
