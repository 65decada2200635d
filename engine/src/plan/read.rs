//! Plans of reads: anchors, root, and the tree of queries from them.

use super::lower::{self, Reading};
use super::problem::{self, PlanProblem};
use super::tree::{Found, Ground, Tree};
use super::{Count, InputShape, InstanceShape, Operation, PartShape, Plan, ReadStep, RecordShape, Step, StepAction};
use crate::adapter::Capabilities;
use crate::catalog::{EntityField, Part, Pattern, Slot};
use crate::ids::FieldName;

/// Plans a read.
pub(super) fn plan(
    pattern: &Pattern,
    shape: &InputShape,
    capabilities: &Capabilities,
) -> Result<Plan, Vec<PlanProblem>> {
    let mut problems = Vec::new();
    let anchors = anchors(pattern, shape, &mut problems);
    let root = root(pattern, &anchors, &mut problems);
    let Some(root) = root.filter(|_| problems.is_empty()) else { return Err(problems) };
    let ground = Ground {
        pattern,
        shape,
        capabilities,
        members: vec![true; pattern.parts.len()],
        joins: vec![true; pattern.requirements.len()],
        root: Some(root),
    };
    let mut tree = Tree::new(&ground);
    tree.grow_from(&start(pattern, shape, root, anchors));
    for part in unreached_first(pattern, root) {
        if !tree.has(part) && bounded(pattern, part) {
            tree.grow_own(part);
        }
    }
    unreached(pattern, &tree, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let checked = tree.check_locally();
    let mut steps = Vec::with_capacity(tree.nodes.len());
    let select = Select { pattern, shape, checked: &by_part(pattern, checked) };
    push_steps(pattern, shape, &tree, &mut steps, |tree, part| select.fields(tree, part));
    let readings = readings(&tree, 0);
    let exact = tree.exact();
    Ok(lower::reads_only(pattern, Operation::Read, capabilities, steps, readings, exact))
}

fn anchors(pattern: &Pattern, shape: &InputShape, problems: &mut Vec<PlanProblem>) -> Vec<usize> {
    let mut anchors = Vec::new();
    for (position, part) in pattern.parts.iter().enumerate() {
        match shape.parts.get(position).and_then(Option::as_ref) {
            None => {}
            Some(PartShape::Filter { .. }) => anchors.push(position),
            Some(PartShape::Given { instances, .. }) => {
                let bare = |one: &InstanceShape| one.record != RecordShape::New && one.fields.is_empty();
                if instances.is_empty() {
                    let message = format!("`{}` is given with no instance to read", part.ref_id);
                    let help = "give the `Id` or a filter, or leave the part out";
                    problems.push(PlanProblem::new(&problem::NONE_GIVEN, part, message).help(help));
                } else if !instances.iter().all(bare) {
                    let message = format!("`{}` is read and given by something else than its `Id`", part.ref_id);
                    let help = "give the `Id` alone, or one filter";
                    problems.push(PlanProblem::new(&problem::BY_ID, part, message).help(help));
                }
                anchors.push(position);
            }
        }
    }
    anchors
}

/// The part that makes the matches: the sole anchor, else the part named root, else the only one that has records by
/// itself.
pub(super) fn root(pattern: &Pattern, anchors: &[usize], problems: &mut Vec<PlanProblem>) -> Option<usize> {
    if let [only] = anchors {
        return Some(*only);
    }
    if let Some(named) = pattern.parts.iter().position(|part| part.root) {
        if anchors.is_empty() && !bounded(pattern, named) {
            problems.extend(pattern.parts.get(named).map(nothing_given));
            return None;
        }
        return Some(named);
    }
    let labels = |parts: &[usize]| {
        let labels = parts.iter().filter_map(|part| pattern.parts.get(*part));
        labels.map(|part| format!("`{}`", part.ref_id)).collect::<Vec<_>>().join(", ")
    };
    if anchors.is_empty() {
        let own: Vec<usize> = (0..pattern.parts.len()).filter(|part| bounded(pattern, *part)).collect();
        if let [only] = own.as_slice() {
            return Some(*only);
        }
        let message = format!("nothing says which records of `{}` to read", pattern.id);
        let help = "give a part by its `Id` or by a filter";
        problems.push(PlanProblem::whole(&problem::ROOT, message).help(help));
        return None;
    }
    let message = format!("{} are given, and none is the root", labels(anchors));
    let help = "mark the part that makes one match per instance as `root`, or give one part alone";
    problems.push(PlanProblem::whole(&problem::ROOT, message).help(help));
    None
}

fn nothing_given(part: &Part) -> PlanProblem {
    let message = format!("nothing says which `{}` to read", part.ref_id);
    PlanProblem::new(&problem::UNREACHED, part, message).help("give its `Id` or a filter")
}

/// Whether a part has a condition or a limit of its own.
pub(super) fn bounded(pattern: &Pattern, part: usize) -> bool {
    pattern.parts.get(part).is_some_and(|part| part.filter.is_some() || part.limit.is_some())
}

/// The anchors, the best start first: the root, then Ids, then keys, then other filters.
fn start(pattern: &Pattern, shape: &InputShape, root: usize, mut anchors: Vec<usize>) -> Vec<usize> {
    anchors.sort_by_key(|part| (*part != root, selectivity(shape, *part), *part));
    if anchors.is_empty() && bounded(pattern, root) {
        anchors.push(root);
    }
    anchors
}

/// How little an anchor finds: Ids least.
pub(super) fn selectivity(shape: &InputShape, part: usize) -> usize {
    match shape.parts.get(part).and_then(Option::as_ref) {
        Some(PartShape::Given { .. }) => 0,
        Some(PartShape::Filter { key: Some(_) }) => 1,
        Some(PartShape::Filter { key: None }) => 2,
        None => 3,
    }
}

fn unreached_first(pattern: &Pattern, root: usize) -> impl Iterator<Item = usize> {
    std::iter::once(root).chain(0..pattern.parts.len())
}

fn unreached(pattern: &Pattern, tree: &Tree<'_, '_>, problems: &mut Vec<PlanProblem>) {
    for (position, part) in pattern.parts.iter().enumerate().filter(|(position, _)| !tree.has(*position)) {
        let message = format!("no given part leads to `{}`, and it has no condition or limit of its own", part.ref_id);
        let help = "give its `Id` or a filter, or add `where` or `limit` to the part";
        problems.push(PlanProblem::new(&problem::UNREACHED, tree.part(position).unwrap_or(part), message).help(help));
    }
}

/// Field positions by part, sorted.
pub(super) fn by_part(pattern: &Pattern, slots: Vec<Slot>) -> Vec<Vec<usize>> {
    let mut by_part = vec![Vec::new(); pattern.parts.len()];
    for slot in slots {
        if let Some(fields) = by_part.get_mut(slot.part) {
            fields.push(slot.field);
        }
    }
    by_part
}

/// What a read selects.
struct Select<'a> {
    pattern: &'a Pattern,
    shape: &'a InputShape,
    checked: &'a [Vec<usize>],
}

impl Select<'_> {
    fn fields(&self, tree: &Tree<'_, '_>, position: usize) -> Vec<FieldName> {
        let Some(part) = self.pattern.parts.get(position) else { return Vec::new() };
        match self.shape.select.get(position).and_then(Option::as_ref) {
            None => {
                let readable = |field: &&EntityField| field.read_column.is_some();
                named(part.entity.fields.iter().filter(readable))
            }
            Some(wanted) => {
                let mut fields = wanted.clone();
                fields.extend(self.checked.get(position).into_iter().flatten());
                fields.extend(part.sort.map(|(field, _)| field));
                narrowed(tree, position, part, fields)
            }
        }
    }
}

fn named<'f>(fields: impl Iterator<Item = &'f EntityField>) -> Vec<FieldName> {
    fields.filter(|field| !field.name.is_id()).map(|field| field.name.clone()).collect()
}

/// The fields wanted, with those that pair rows of an In-list with their parents, by name.
pub(super) fn narrowed(tree: &Tree<'_, '_>, position: usize, part: &Part, mut fields: Vec<usize>) -> Vec<FieldName> {
    let Some(node) = tree.node_of.get(position).copied().flatten() else { return Vec::new() };
    if let Some(Found::Joined { field, wire: super::JoinWire::InList, .. }) = tree.nodes.get(node).map(|n| &n.found) {
        fields.push(*field);
    }
    fields.extend(tree.listed(node));
    fields.sort_unstable();
    fields.dedup();
    named(fields.iter().filter_map(|field| part.entity.fields.get(*field)))
}

/// A reading step per node, in the order of the search.
pub(super) fn push_steps(
    pattern: &Pattern,
    shape: &InputShape,
    tree: &Tree<'_, '_>,
    steps: &mut Vec<Step>,
    select: impl Fn(&Tree<'_, '_>, usize) -> Vec<FieldName>,
) {
    let base = steps.len();
    for node in &tree.nodes {
        let Some(part) = pattern.parts.get(node.part) else { continue };
        let parent = match &node.found {
            Found::Joined { from, .. } => Some(base + from),
            Found::Directly(_) => None,
        };
        let waits = node.found.is_nested() || tree.queries.get(node.query).is_some_and(|query| query.parent.is_some());
        let Some(by) = tree.by(node, parent.unwrap_or(0)) else { continue };
        let count = match (&by, shape.parts.get(node.part)) {
            (super::By::Id, Some(Some(PartShape::Given { instances, .. }))) => {
                Count::Exactly((0..instances.len()).collect())
            }
            _ => Count::Found,
        };
        let read = ReadStep { by, select: select(tree, node.part), over_fetch: tree.over_fetch(node) };
        steps.push(Step {
            part: part.ref_id.clone(),
            position: node.part,
            entity: part.entity.id.clone(),
            action: StepAction::Read(read),
            count,
            fields: Vec::new(),
            after: parent.filter(|_| waits).into_iter().collect(),
        });
    }
}

/// What travels as one query each, the steps counted from `base`.
pub(super) fn readings(tree: &Tree<'_, '_>, base: usize) -> Vec<Reading> {
    let reading = |query: &super::tree::Query| Reading {
        trip: query.trip,
        steps: query.nodes.iter().map(|node| base + node).collect(),
        after: query.parent.map(|node| base + node).into_iter().collect(),
    };
    tree.queries.iter().map(reading).collect()
}
