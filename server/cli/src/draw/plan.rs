//! A plan as a diagram: a band per request, in it the steps that travel, in the column of their stage.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use engage_engine::plan::{By, Count, GroupKind, Member, Plan, Step, StepAction, WireGroup};

use super::{Diagram, Edge, Look, Node};
use crate::workspace::count;

/// The requests of a plan from top to bottom, their steps from left to right.
pub fn plan(plan: &Plan) -> Diagram {
    let mut stage = vec![0; plan.steps.len()];
    for (number, steps) in plan.stages.iter().enumerate() {
        for step in steps {
            if let Some(slot) = stage.get_mut(*step) {
                *slot = number;
            }
        }
    }
    let mut diagram = Diagram { title: title(plan), ..Diagram::default() };
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    for (band, group) in plan.groups.iter().enumerate() {
        diagram.bands.push(band_title(group));
        for member in &group.members {
            let Some(step) = plan.steps.get(member.step) else { continue };
            first.entry(member.step).or_insert(diagram.nodes.len());
            let column = stage.get(member.step).copied().unwrap_or(0);
            diagram.nodes.push(node(step, member, column, band));
        }
    }
    // A step that only travels inside another's write has no request of its own; it stands in its parent's.
    for (position, step) in plan.steps.iter().enumerate() {
        let StepAction::Embed { parent } = step.action else { continue };
        let Some(carrier) = first.get(&parent).and_then(|node| diagram.nodes.get(*node)) else { continue };
        let (column, band) = (stage.get(position).copied().unwrap_or(carrier.column), carrier.band);
        if let Entry::Vacant(entry) = first.entry(position) {
            entry.insert(diagram.nodes.len());
            let whole = Member { step: position, from: 0, to: 0 };
            diagram.nodes.push(node(step, &whole, column, band));
        }
    }
    diagram.edges = edges(plan, &first);
    diagram
}

fn title(plan: &Plan) -> String {
    let figures = &plan.figures;
    let least = if figures.round_trips_exact { "" } else { "at least " };
    let trips = count(figures.round_trips, "request");
    format!("{} {} on {}: {least}{trips}, depth {}", plan.operation, plan.pattern, plan.crm, figures.depth)
}

fn band_title(group: &WireGroup) -> String {
    let kind = match group.kind {
        GroupKind::Read => "read",
        GroupKind::Atomic => "all or nothing",
        GroupKind::Batch => "each on its own",
    };
    format!("trip {} · {} · {kind}", group.trip, group.form)
}

fn node(step: &Step, member: &Member, column: usize, band: usize) -> Node {
    let (verb, read) = verb(&step.action);
    let count = match &step.count {
        Count::Found => "as many as found".to_owned(),
        Count::Exactly(all) if all.len() == 1 => "1 instance".to_owned(),
        Count::Exactly(all) => match member.to.saturating_sub(member.from) {
            0 => format!("{} instances", all.len()),
            part if part == all.len() => format!("{part} instances"),
            1 => format!("{} of {}", member.to, all.len()),
            _ => format!("{} to {} of {}", member.from + 1, member.to, all.len()),
        },
    };
    Node {
        title: format!("{verb} {}", step.part),
        lines: vec![step.entity.to_string(), count],
        column,
        band,
        look: Look {
            dashed: false,
            doubled: !matches!(&step.count, Count::Exactly(all) if all.len() == 1),
            muted: read,
        },
    }
}

fn verb(action: &StepAction) -> (&'static str, bool) {
    match action {
        StepAction::Read(read) => match read.by {
            By::Match { .. } => ("look up", true),
            _ => ("read", true),
        },
        StepAction::Find { .. } => ("find", true),
        StepAction::Create => ("create", false),
        StepAction::Update => ("update", false),
        StepAction::Upsert { update_only: true, .. } => ("update by key", false),
        StepAction::Upsert { .. } => ("create or update", false),
        StepAction::Delete => ("delete", false),
        StepAction::Defer => ("complete", false),
        StepAction::Embed { .. } => ("embed", false),
    }
}

fn edges(plan: &Plan, first: &BTreeMap<usize, usize>) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (position, step) in plan.steps.iter().enumerate() {
        for before in &step.after {
            if let (Some(from), Some(to)) = (first.get(before), first.get(&position)) {
                edges.push(Edge { from: *from, to: *to, label: String::new(), dashed: false });
            }
        }
    }
    edges
}
