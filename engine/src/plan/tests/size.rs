//! Large patterns and inputs: planned whole, in time that grows with their size.

use std::time::{Duration, Instant};

use super::*;
use crate::plan::InstanceShape;

/// Ten times as much may not take forty times as long; what is very quick is not measured. A busy machine only ever makes
/// it slower, so that one good measurement of several is enough.
#[track_caller]
fn grows_linearly(work: impl Fn(usize) -> Duration) {
    let small = work(1_000);
    let large = (0..5).map(|_| work(10_000)).find(|large| *large < small * 40 || *large < Duration::from_millis(200));
    assert!(large.is_some(), "{small:?}, then more than forty times as long");
}

/// Plans, audits, prints and lets go of a plan, under each set of capabilities.
fn time(pattern: &Pattern, shape: &InputShape, operation: Operation, operations: usize) -> Duration {
    let mut all = ours();
    all.atomic_group.as_mut().unwrap().max_writes = 100_000;
    let start = Instant::now();
    plan(pattern, operation, shape, &theirs()).unwrap();
    for capabilities in [all, bare()] {
        let planned = plan(pattern, operation, shape, &capabilities).unwrap();
        if operation != Operation::Read {
            assert_eq!(planned.figures.server_operations, operations);
        }
        assert_sound(&planned, pattern, shape, &capabilities);
        assert!(planned.explain().len() < planned.to_json().to_string().len());
        drop(planned);
    }
    start.elapsed()
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
        let mut shape = InputShape { parts: vec![None; count], select: Vec::new() };
        shape.parts[0] = Some(PartShape::Filter { key: None });
        time(pattern, &shape, Operation::Read, 0)
            + time(pattern, &InputShape::minimal(pattern, Operation::Create), Operation::Create, count)
    });
}

#[test]
fn a_value_that_is_passed_on_ten_thousand_times() {
    grows_linearly(|count| {
        let mut lines: Vec<String> = (0..count).map(|number| format!("n{number:05} note")).collect();
        lines.extend((1..count).map(|number| format!("n{number:05}.Title = n{:05}.Title", number - 1)));
        let catalog = catalog(&with(&lines.join("\n")));
        let pattern = catalog.pattern("crm-a", "p").unwrap();
        let mut shape = InputShape::minimal(pattern, Operation::Create);
        let title = pattern.parts[0].entity.position("Title").unwrap();
        let first = InstanceShape { fields: vec![title], ..InstanceShape::default() };
        shape.parts[0] = Some(PartShape::Given { instances: vec![first], stale: None });
        time(pattern, &shape, Operation::Create, count)
    });
}

#[test]
fn ten_thousand_embedded_parts_that_take_from_each_other() {
    grows_linearly(|count| {
        let mut lines = vec!["e event".to_owned(), "a account".to_owned()];
        lines.extend((0..count).map(|number| format!("p{number:05} person")));
        lines.extend((0..count).map(|number| format!("p{number:05}.EventId = e.Id")));
        lines.push("p00000.Role = a.Name".to_owned());
        lines.extend((1..count).map(|number| format!("p{number:05}.Role = p{:05}.Role", number - 1)));
        let catalog = catalog(&model(&lines.join("\n")));
        let pattern = catalog.pattern("crm-a", "p").unwrap();
        time(pattern, &InputShape::minimal(pattern, Operation::Create), Operation::Create, 2)
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
