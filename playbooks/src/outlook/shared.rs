//! Which reads travel together, and how many requests that saves: what certainly starts in one step of the machine.

use std::collections::{BTreeMap, BTreeSet};

use engage_engine::Capabilities;
use engage_engine::plan::{GroupKind, Plan, StepAction, plan};

use super::SharedReads;
use crate::compiled::{Compiled, Node};
use crate::model::BlockKind;
use crate::run::MOST_AT_ONCE;
use crate::run::together::{MOST_QUERIES, company, groups, pack};

/// Reads that share requests, and how many requests fewer that makes.
pub(super) fn reads(playbook: &Compiled, capabilities: &Capabilities) -> (Vec<SharedReads>, usize) {
    let most = capabilities.shared_queries().min(MOST_QUERIES);
    let (mut shared, mut saved) = (Vec::new(), 0);
    for group in together(playbook) {
        let rounds: Vec<Vec<Vec<usize>>> = group.iter().map(|node| rounds(node, capabilities)).collect();
        let alone: usize = rounds.iter().flatten().map(Vec::len).sum();
        let deepest = rounds.iter().map(Vec::len).max().unwrap_or(0);
        let round_trips = (0..deepest)
            .map(|round| {
                let asks = rounds.iter().filter_map(|own| own.get(round)).flatten().copied().collect();
                pack(asks, most, |queries| *queries, |_, _| true).len()
            })
            .sum();
        if round_trips < alone {
            saved += alone - round_trips;
            shared
                .push(SharedReads { blocks: group.iter().map(|node| node.block.name.clone()).collect(), round_trips });
        }
    }
    (shared, saved)
}

/// Reads that start in one step of the machine, whatever happens: those that wait for the same blocks, as far as a run has
/// places at the same time, and have the same company whoever acts.
fn together(playbook: &Compiled) -> Vec<Vec<&Node>> {
    let mut behind: Vec<BTreeSet<usize>> = Vec::with_capacity(playbook.blocks.len());
    let mut ahead: BTreeMap<BTreeSet<usize>, usize> = BTreeMap::new();
    let mut start = Vec::new();
    for node in &playbook.blocks {
        let mut waits = BTreeSet::new();
        for need in &node.needs {
            match playbook.blocks.get(*need) {
                Some(needed) if leaves_facts(needed) => waits.extend([*need]),
                _ => waits.extend(behind.get(*need).into_iter().flatten()),
            }
        }
        if leaves_facts(node) {
            let place = ahead.entry(waits.clone()).or_default();
            let at_once = *place < MOST_AT_ONCE;
            *place += 1;
            let authority = [true, false].map(|employee| company(node, employee));
            start.push((node, at_once.then(|| (waits.clone(), authority))));
        }
        behind.push(waits);
    }
    let readers = start.into_iter().filter(|(node, _)| matches!(node.block.kind, BlockKind::Read { .. }));
    let groups = groups(readers, |(_, company)| company.clone()).into_iter();
    groups.map(|group| group.into_iter().map(|(node, _)| node).collect()).collect()
}

/// Whether a block is sent on its way; the others are worked out by the machine as soon as they can be.
fn leaves_facts(node: &Node) -> bool {
    match node.block.kind {
        BlockKind::Trigger(_) | BlockKind::Filter { .. } | BlockKind::Input(_) | BlockKind::Output { .. } => false,
        BlockKind::Read { .. }
        | BlockKind::Create { .. }
        | BlockKind::Update { .. }
        | BlockKind::Template { .. }
        | BlockKind::Ai { .. }
        | BlockKind::File { .. } => true,
    }
}

/// By trip, how many queries stand in each request of a read.
fn rounds(node: &Node, capabilities: &Capabilities) -> Vec<Vec<usize>> {
    let (Some(operation), Some(pattern), Some(shape)) = (node.operation(), &node.pattern, &node.planned) else {
        return Vec::new();
    };
    // That it can be planned was found before.
    let Ok(plan) = plan(pattern, operation, shape, capabilities) else { return Vec::new() };
    let mut rounds: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for group in plan.groups.iter().filter(|group| group.kind == GroupKind::Read) {
        let steps: BTreeSet<usize> = group.members.iter().map(|member| member.step).collect();
        rounds.entry(group.trip).or_default().push(steps.into_iter().filter(|step| asks(&plan, *step)).count());
    }
    rounds.into_values().collect()
}

/// Whether a step is a query of its own, and not inside another's.
fn asks(plan: &Plan, step: usize) -> bool {
    plan.steps.get(step).is_some_and(|step| matches!(&step.action, StepAction::Read(read) if !read.by.is_nested()))
}
