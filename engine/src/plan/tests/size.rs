//! Large patterns and inputs: planned whole, in time that grows with their size.

use std::time::{Duration, Instant};

use super::*;
use crate::plan::InstanceShape;

/// Ten times as much may not take forty times as long; what is very quick is not measured. A busy machine only ever makes
/// it slower, so that one good measurement of several is enough.
#[track_caller]
fn grows_linearly(work: impl Fn(usize) -> Duration) {
    work(100);
    let small = (0..3).map(|_| work(1_000)).max().unwrap();
    let large = (0..5).map(|_| work(10_000)).find(|large| *large < small * 40 || *large < Duration::from_millis(200));
    assert!(large.is_some(), "{small:?}, then more than forty times as long");
}

fn time(pattern: &Pattern, shape: &InputShape, operation: Operation, writes: usize) -> Duration {
    let mut capabilities = ours();
    capabilities.atomic_group.as_mut().unwrap().max_writes = 100_000;
    let start = Instant::now();
    let planned = plan(pattern, operation, shape, &capabilities).unwrap();
    let took = start.elapsed();
    assert_eq!(planned.figures.server_operations, writes);
    for capabilities in [theirs(), bare()] {
        plan(pattern, operation, shape, &capabilities).unwrap();
    }
    took
}

/// Notes, each about the one that `of` says.
fn notes(count: usize, of: fn(usize) -> usize) -> Model {
    let mut lines: Vec<String> = (0..count).map(|number| format!("n{number} employee")).collect();
    lines.extend((1..count).map(|number| format!("n{number}.Manager = n{}.Id", of(number))));
    with(&lines.join("\n"))
}

#[test]
fn a_chain_of_ten_thousand_parts() {
    grows_linearly(|count| {
        let catalog = catalog(&notes(count, |number| number - 1));
        let pattern = catalog.pattern("crm-a", "p").unwrap();
        time(pattern, &InputShape::minimal(pattern, Operation::Create), Operation::Create, count)
    });
}

#[test]
fn a_fan_of_ten_thousand_parts() {
    grows_linearly(|count| {
        let catalog = catalog(&notes(count, |_| 0));
        let pattern = catalog.pattern("crm-a", "p").unwrap();
        time(pattern, &InputShape::minimal(pattern, Operation::Create), Operation::Create, count);
        let mut shape = InputShape { parts: vec![None; count], select: Vec::new() };
        shape.parts[0] = Some(PartShape::Filter { key: None });
        let start = Instant::now();
        plan(pattern, Operation::Read, &shape, &bare()).unwrap();
        start.elapsed()
    });
}

#[test]
fn a_part_of_ten_thousand_instances() {
    let catalog = catalog(&with("e event\nn[] note\nm[] note\nn.EventId = e.Id\nm.Title = n.Title optional"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    grows_linearly(|count| {
        let mut shape = InputShape { parts: vec![None; 3], select: Vec::new() };
        let instances = vec![InstanceShape { fields: vec![4], ..InstanceShape::default() }; count];
        shape.parts[2] = Some(PartShape::Given { instances, stale: None });
        time(pattern, &shape, Operation::Create, 2 * count + 1)
    });
}
