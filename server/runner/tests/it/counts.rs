//! How often the journal is written to: each append is a wait for the disk.

use std::sync::Arc;

use engage_playbooks::ports::DurableEngine;

use crate::kit::{Kit, Shape, World, chain, event};

async fn appends(shapes: &[Shape], events: usize) -> (usize, usize) {
    let (kit, world) = (Kit::new(vec![chain("p", shapes)]), Arc::new(World::default()));
    let runner = kit.runner(kit.journal.clone(), world.clone());
    runner.offer((0..events).map(|number| event(&number.to_string())).collect()).await.unwrap();
    let _running = kit.start(world);
    kit.seen.ended(events).await;
    (kit.seen.counts().appends, kit.seen.counts().entries)
}

#[tokio::test]
async fn a_block_costs_one_append_and_a_write_two() {
    // The beginning travels with the first attempt, what a block gives with the attempts of those behind it, and the
    // last of them with the end.
    assert_eq!(appends(&[Shape::Read], 1).await, (2, 4));
    assert_eq!(appends(&[Shape::Read, Shape::Read, Shape::Template], 1).await, (4, 8));
    // What a write has prepared is durable before it writes.
    assert_eq!(appends(&[Shape::Create], 1).await, (3, 5));
    let lead = [Shape::Read, Shape::Read, Shape::Template, Shape::Create, Shape::Create, Shape::Create];
    assert_eq!(appends(&lead, 1).await, (1 + 6 + 3, 17));
    // What a block gives that asks nobody is not written at all.
    assert_eq!(appends(&[Shape::Read, Shape::Output], 1).await, (2, 4));
}

#[tokio::test]
async fn runs_at_the_same_time_share_appends() {
    let lead = [Shape::Read, Shape::Read, Shape::Template, Shape::Create, Shape::Create, Shape::Create];
    let (appends, entries) = appends(&lead, 64).await;
    assert_eq!(entries, 64 * 17);
    assert!(appends <= 20, "{appends} appends for 64 runs");
}
