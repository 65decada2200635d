//! Follows values from block to block, in display order: what a block takes was given before.

use std::collections::BTreeMap;

use engage_engine::ids::{FieldName, RefId};
use engage_engine::model::Condition;

use super::end::part_field;
use super::{Flow, Sink, SinkKind, Start, StartKind};
use crate::compiled::{Compiled, Node};
use crate::model::{BlockKind, InputValue, Operand, Origin, Path, Segment, Source, Transformation, When};
use crate::taken::Taken;

/// The most flows that are told of one playbook: every start may reach every sink.
const MOST: usize = 20_000;

/// A value as it leaves a block: where it began, and its way up to there.
#[derive(Debug, Clone, PartialEq)]
struct Given {
    start: Start,
    through: Vec<RefId>,
    transformations: Vec<&'static str>,
}

/// What blocks give that make it of what they take; others begin something themselves.
type Made = BTreeMap<RefId, Vec<Given>>;

/// All flows of a playbook.
pub(super) fn flows(compiled: &Compiled) -> Vec<Flow> {
    let mut made = Made::new();
    let mut flows = Vec::new();
    for node in &compiled.blocks {
        let taken = taken(compiled, node, &made);
        if let Some(given) = remade(node, &taken) {
            made.insert(node.block.name.clone(), given);
        }
        flows.extend(taken.into_iter().map(|(given, sink)| flow(given, sink)));
        if flows.len() >= MOST {
            flows.truncate(MOST);
            break;
        }
    }
    flows
}

fn flow(Given { start, through, transformations }: Given, sink: Sink) -> Flow {
    Flow { start, through, transformations, sink }
}

/// What a block takes, and where each value of it ends. What a filter compares with ends there: it decides what is found.
fn taken(compiled: &Compiled, node: &Node, made: &Made) -> Vec<(Given, Sink)> {
    let block = &node.block;
    let mut taken = Vec::new();
    for mapping in &block.mappings {
        let Some(sink) = sink(node, mapping.destination.as_ref()) else { continue };
        for given in given(compiled, &mapping.source, made) {
            taken.push((given, sink.clone()));
        }
    }
    if let BlockKind::Filter { condition, .. } = &block.kind {
        for (field, source) in compared(node, condition) {
            let sink = Sink { kind: SinkKind::Search { field }, block: block.name.clone(), path: String::new() };
            taken.extend(given(compiled, source, made).into_iter().map(|given| (given, sink.clone())));
        }
    }
    for source in block.when.iter().flat_map(conditions) {
        let sink = Sink { kind: SinkKind::Condition, block: block.name.clone(), path: String::new() };
        taken.extend(given(compiled, source, made).into_iter().map(|given| (given, sink.clone())));
    }
    taken
}

/// What a block gives that is made of what it takes: a text, an answer. A filter gives nothing but its condition.
fn remade(node: &Node, taken: &[(Given, Sink)]) -> Option<Vec<Given>> {
    let mut given = match &node.block.kind {
        BlockKind::Filter { .. } => return Some(Vec::new()),
        BlockKind::Template { .. } => Vec::new(),
        BlockKind::Ai { .. } => vec![begin(node, StartKind::Answer, String::new())],
        _ => return None,
    };
    for (value, _) in taken.iter().filter(|(_, sink)| sink.kind != SinkKind::Condition) {
        // One way is enough to see that it gets there; the first is the one that was written first.
        if given.iter().all(|known| known.start != value.start) {
            let mut next = value.clone();
            next.through.push(node.block.name.clone());
            given.push(next);
        }
    }
    Some(given)
}

/// What a source gives.
fn given(compiled: &Compiled, source: &Source, made: &Made) -> Vec<Given> {
    let Origin::Block { block, path } = &source.origin else { return Vec::new() };
    let Some(node) = compiled.node(block) else { return Vec::new() };
    let names: Vec<&'static str> = source.transformations.iter().map(Transformation::name).collect();
    let mut all = match made.get(block) {
        Some(given) => given.clone(),
        None => match &node.block.kind {
            BlockKind::Read { .. } => records(node, &Taken::of(path.as_ref(), source)),
            _ => starts(node, &whole_path(path.as_ref(), &source.transformations)),
        },
    };
    for one in &mut all {
        one.transformations.extend(names.iter().filter(|name| **name != "Identity"));
    }
    all
}

/// The keys of a path and of what is extracted behind it.
fn whole_path(path: Option<&Path>, transformations: &[Transformation]) -> Vec<String> {
    let mut keys = path.map(keys).unwrap_or_default();
    for step in transformations {
        match step {
            Transformation::Extract(path) => keys.extend(self::keys(path)),
            Transformation::Identity
            | Transformation::Where { .. }
            | Transformation::First
            | Transformation::Require
            | Transformation::Default(_) => {}
            _ => break,
        }
    }
    keys
}

fn keys(path: &Path) -> Vec<String> {
    let keys = path.segments().iter().filter_map(|segment| match segment {
        Segment::Key(key) => Some(key.clone()),
        Segment::Index(_) | Segment::All => None,
    });
    keys.collect()
}

/// What a block that begins something gives at a path.
fn starts(node: &Node, keys: &[String]) -> Vec<Given> {
    let one = |kind| vec![begin(node, kind, keys.join("."))];
    match &node.block.kind {
        BlockKind::Trigger(_) => one(StartKind::Event),
        BlockKind::Input(InputValue::Given(_)) => one(StartKind::Given),
        BlockKind::Input(InputValue::Constant(_)) => one(StartKind::Constant),
        BlockKind::File { .. } => one(StartKind::File),
        BlockKind::Create { .. } | BlockKind::Update { .. } => one(StartKind::Written),
        BlockKind::Read { .. }
        | BlockKind::Filter { .. }
        | BlockKind::Template { .. }
        | BlockKind::Ai { .. }
        | BlockKind::Output { .. } => Vec::new(),
    }
}

fn begin(node: &Node, kind: StartKind, path: String) -> Given {
    let start = Start { kind, block: node.block.name.clone(), path, field: None, column: None, sensitive: false };
    Given { start, through: Vec::new(), transformations: Vec::new() }
}

/// The fields of records that are taken of a read.
fn records(node: &Node, taken: &Taken) -> Vec<Given> {
    let Some(pattern) = node.pattern.as_deref() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, selected) in &node.select {
        let read = |field: &&&FieldName| field.is_id() || selected.contains(**field);
        let (ids, fields): (Vec<_>, Vec<_>) = taken.fields(pattern, name).into_iter().partition(|field| field.is_id());
        found.extend(fields.iter().chain(&ids).filter(read).filter_map(|field| {
            let part_field = part_field(pattern, name.as_str(), field.as_str())?;
            let mut given = begin(node, StartKind::Record, format!("{name}.{field}"));
            given.start.field = Some(part_field.field);
            given.start.column = part_field.read;
            given.start.sensitive = part_field.sensitive;
            Some(given)
        }));
    }
    found
}

/// Where a mapping of a block leads to; `None` for a block that takes nothing by mappings.
fn sink(node: &Node, destination: Option<&Path>) -> Option<Sink> {
    let keys = destination.map(keys).unwrap_or_default();
    let kind = match &node.block.kind {
        BlockKind::Create { .. } | BlockKind::Update { .. } => {
            let field = node.pattern.as_deref().zip(keys.first()).zip(keys.get(1));
            let found = field.and_then(|((pattern, part), field)| part_field(pattern, part, field));
            // A whole part is a condition that finds a record, or instances as they come.
            let (field, column) = found.map_or((None, None), |found| (Some(found.field), found.written));
            SinkKind::Record { field, column }
        }
        BlockKind::Read { .. } => {
            let field = node.pattern.as_deref().zip(keys.first()).zip(keys.get(1));
            let found = field.and_then(|((pattern, part), field)| part_field(pattern, part, field));
            SinkKind::Search { field: found.map(|found| found.field) }
        }
        BlockKind::Ai { capability, .. } => {
            SinkKind::Ai { capability: capability.to_string(), allowed: node.block.allow_sensitive.clone() }
        }
        BlockKind::Template { template } => SinkKind::Template { template: template.to_string() },
        BlockKind::Output { name } => SinkKind::Output { name: name.clone() },
        BlockKind::Trigger(_) | BlockKind::Filter { .. } | BlockKind::Input(_) | BlockKind::File { .. } => return None,
    };
    Some(Sink { kind, block: node.block.name.clone(), path: keys.join(".") })
}

/// What a filter compares with what: the field, and the source of the operand.
fn compared<'m>(node: &Node, condition: &'m Condition<Operand>) -> Vec<(Option<String>, &'m Source)> {
    let BlockKind::Filter { part, .. } = &node.block.kind else { return Vec::new() };
    let mut found = Vec::new();
    let mut open = vec![condition];
    while let Some(condition) = open.pop() {
        match condition {
            Condition::And(inner) | Condition::Or(inner) => open.extend(inner.iter().rev()),
            Condition::Not(inner) => open.push(inner),
            Condition::Test(test) => {
                let pattern = node.pattern.as_deref();
                let field = pattern.and_then(|pattern| part_field(pattern, part.as_str(), test.field.as_str()));
                let field = field.map(|field| field.field);
                found.extend(sources(&test.operands).map(|source| (field.clone(), source)));
            }
        }
    }
    found
}

/// The sources that a condition of a block looks at.
fn conditions(when: &When) -> Vec<&Source> {
    let mut found = Vec::new();
    let mut open = vec![when];
    while let Some(when) = open.pop() {
        match when {
            When::And(inner) | When::Or(inner) => open.extend(inner.iter().rev()),
            When::Not(inner) => open.push(inner),
            When::Test(test) => {
                found.push(&test.left);
                found.extend(sources(&test.operands));
            }
        }
    }
    found
}

fn sources(operands: &[Operand]) -> impl Iterator<Item = &Source> {
    operands.iter().filter_map(|operand| match operand {
        Operand::Source(source) => Some(source),
        Operand::Literal(_) => None,
    })
}
