//! From the records of each part to matches: one per record of the root, joined by the pattern's requirements.
//!
//! How the records travelled (nested in one query, or query by query) does not matter here: each part has a list
//! that holds at least what any match needs, and requirements join the lists by hash.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use super::error::{Failure, RunErrorKind};
use super::fetch::{Found, Rows};
use super::outcome::{Match, Results};
use super::query::{Key, read_of};
use super::state::{Known, State};
use crate::catalog::{Part, Pattern};
use crate::ids::FieldName;
use crate::plan::{By, Operation, Plan};
use crate::value::Instance;

/// A requirement seen from one of its sides.
#[derive(Debug, Clone, Copy)]
struct Edge {
    /// The part at the other end.
    to: usize,
    /// This side's field.
    own: usize,
    /// The other side's.
    other: usize,
    /// The dependent's reference may be empty.
    optional: bool,
    /// This side is the dependent.
    dependent: bool,
    /// One of several sources: it joins, but does not have to hold.
    alternative: bool,
}

/// How the records of one part are found in a match.
struct Visit {
    part: usize,
    /// The edge to the part it is joined from; `None`: its records are in every match.
    tree: Option<Edge>,
    /// Other requirements that must hold with parts visited before.
    filters: Vec<Edge>,
    /// Its records by the field of its tree edge.
    index: HashMap<Key, Vec<usize>>,
}

/// Puts the matches of a read together.
pub(super) fn assemble(pattern: &Pattern, plan: &Plan, state: &State, rows: Rows) -> Result<Results, Failure> {
    let mut lists: Vec<Option<Vec<Found>>> = vec![None; pattern.parts.len()];
    for (step, rows) in plan.steps.iter().zip(rows) {
        if let (Some(_), Some(list)) = (read_of(step), lists.get_mut(step.position)) {
            list.get_or_insert_default().extend(rows);
        }
    }
    for (part, list) in pattern.parts.iter().zip(&mut lists) {
        if let Some(list) = list {
            super::order::sort(part, list);
        }
    }
    let Some(root) = root(pattern, plan, state) else { return Ok(Results::default()) };
    let mut assembly = Assembly::new(pattern, plan, state, lists, root);
    assembly.narrow(root);
    assembly.show(plan);
    assembly.matches(root)
}

/// Before anything is read: the parts of which records fall away after they are read, so that a limit has to wait. Those
/// that lie between the root and a further anchor, and those at which a requirement closes a circle.
pub(super) fn narrowed(pattern: &Pattern, plan: &Plan, state: &State) -> Vec<bool> {
    let (Operation::Read, Some(root)) = (plan.operation, root(pattern, plan, state)) else { return Vec::new() };
    let mut lists: Vec<Option<Vec<Found>>> = vec![None; pattern.parts.len()];
    for step in plan.steps.iter().filter(|step| read_of(step).is_some()) {
        if let Some(list) = lists.get_mut(step.position) {
            *list = Some(Vec::new());
        }
    }
    let assembly = Assembly::new(pattern, plan, state, lists, root);
    let mut leads: Vec<bool> = (0..pattern.parts.len()).map(|part| anchored(state, part)).collect();
    let mut narrowed = vec![false; pattern.parts.len()];
    for visit in assembly.visits.iter().rev() {
        if let Some(narrowed) = narrowed.get_mut(visit.part).filter(|_| !visit.filters.is_empty()) {
            *narrowed = true;
        }
        let Some(edge) = visit.tree.filter(|edge| edge.to != root && leads.get(visit.part) == Some(&true)) else {
            continue;
        };
        if let (Some(leads), Some(narrowed)) = (leads.get_mut(edge.to), narrowed.get_mut(edge.to)) {
            (*leads, *narrowed) = (true, true);
        }
    }
    narrowed
}

/// The sole anchor; else the part named root; else what is read by itself.
pub(super) fn root(pattern: &Pattern, plan: &Plan, state: &State) -> Option<usize> {
    let reads = || plan.steps.iter().filter_map(|step| Some((step.position, &read_of(step)?.by)));
    let mut anchors = reads().map(|(part, _)| part).filter(|part| anchored(state, *part));
    let first = anchors.next();
    if let (Some(sole), None) = (first, anchors.find(|part| Some(*part) != first)) {
        return Some(sole);
    }
    let named = reads().map(|(part, _)| part).find(|part| pattern.parts.get(*part).is_some_and(|part| part.root));
    let alone = || reads().find(|(_, by)| !matches!(by, By::Join { .. })).map(|(part, _)| part);
    named.or(first).or_else(alone)
}

fn anchored(state: &State, part: usize) -> bool {
    !matches!(state.parts.get(part), None | Some(Known::Nothing))
}

struct Assembly<'a> {
    pattern: &'a Pattern,
    state: &'a State,
    /// By part, in order; `None`: not read.
    lists: Vec<Option<Vec<Found>>>,
    visits: Vec<Visit>,
    /// By part and record what the answer shows of it.
    shown: Vec<Vec<Arc<Instance>>>,
}

impl<'a> Assembly<'a> {
    fn new(pattern: &'a Pattern, plan: &Plan, state: &'a State, lists: Vec<Option<Vec<Found>>>, root: usize) -> Self {
        let mut assembly = Self { pattern, state, lists, visits: Vec::new(), shown: Vec::new() };
        assembly.visits = assembly.visits(plan, root);
        assembly
    }

    fn list(&self, part: usize) -> &[Found] {
        self.lists.get(part).and_then(Option::as_deref).unwrap_or_default()
    }

    fn field(&self, part: usize, field: usize) -> Option<&FieldName> {
        Some(&self.pattern.parts.get(part)?.entity.fields.get(field)?.name)
    }

    fn key(&self, part: usize, row: usize, field: usize) -> Option<Key> {
        Key::of(self.list(part).get(row)?.value(self.field(part, field)?.as_str()))
    }

    /// Requirements between parts that were read, from both sides.
    fn edges(&self) -> Vec<Vec<Edge>> {
        let mut edges: Vec<Vec<Edge>> = vec![Vec::new(); self.pattern.parts.len()];
        let read = |part: usize| self.lists.get(part).is_some_and(Option::is_some);
        for requirement in &self.pattern.requirements {
            let (dependent, alternative) = (requirement.dependent, requirement.sources.len() > 1);
            for source in requirement.sources.iter().filter(|source| read(source.part) && read(dependent.part)) {
                let edge = |to, own, other, dependent| {
                    let optional = requirement.optional;
                    Edge { to, own, other, optional, dependent, alternative }
                };
                if let Some(list) = edges.get_mut(dependent.part) {
                    list.push(edge(source.part, dependent.field, source.field, true));
                }
                if let Some(list) = edges.get_mut(source.part) {
                    list.push(edge(dependent.part, source.field, dependent.field, false));
                }
            }
        }
        edges
    }

    /// From the root along the requirements, the plan's own joins first. Of what can be visited next, parts of which
    /// a requirement names the one record come before those of which a sort or a limit chooses, and sources before
    /// dependents: so a requirement that closes a circle is known when there is something to choose.
    fn visits(&self, plan: &Plan, root: usize) -> Vec<Visit> {
        let edges = self.edges();
        let planned = self.planned(plan);
        let mut order: Vec<usize> = vec![usize::MAX; self.pattern.parts.len()];
        for (rank, part) in self.pattern.order.iter().enumerate() {
            if let Some(slot) = order.get_mut(*part) {
                *slot = rank;
            }
        }
        let mut starts = std::iter::once(root).chain(plan.steps.iter().map(|step| step.position));
        let mut visited = vec![false; self.pattern.parts.len()];
        let mut visits = Vec::new();
        let mut next = BinaryHeap::new();
        loop {
            let part = match next.pop() {
                Some(Reverse((_, _, part))) => part,
                None => match starts.next() {
                    Some(part) => part,
                    None => return visits,
                },
            };
            match visited.get_mut(part) {
                Some(seen) if !*seen && self.lists.get(part).is_some_and(Option::is_some) => *seen = true,
                _ => continue,
            }
            let own = edges.get(part).map_or(&[][..], Vec::as_slice);
            let known = own.iter().filter(|edge| visited.get(edge.to) == Some(&true) && edge.to != part);
            let from = |part: usize| planned.get(part).copied().flatten();
            visits.push(self.visit(part, known.copied().collect(), from(part)));
            for edge in own.iter().filter(|edge| visited.get(edge.to) == Some(&false)) {
                // Its records were read for those of another part, which has to come first.
                if from(edge.to).is_none_or(|from| visited.get(from) == Some(&true)) {
                    let one = self.field(edge.to, edge.other).is_some_and(FieldName::is_id);
                    next.push(Reverse((!one, order.get(edge.to).copied(), edge.to)));
                }
            }
        }
    }

    /// By part the one that its records were read for.
    fn planned(&self, plan: &Plan) -> Vec<Option<usize>> {
        let mut planned = vec![None; self.pattern.parts.len()];
        for step in &plan.steps {
            if let (Some(By::Join { step: from, .. }), Some(slot)) =
                (read_of(step).map(|read| &read.by), planned.get_mut(step.position))
            {
                *slot = plan.steps.get(*from).map(|from| from.position);
            }
        }
        planned
    }

    fn visit(&self, part: usize, mut known: Vec<Edge>, planned: Option<usize>) -> Visit {
        let tree = known.iter().position(|edge| Some(edge.to) == planned).or((!known.is_empty()).then_some(0));
        let tree = tree.map(|position| known.remove(position));
        let mut index: HashMap<Key, Vec<usize>> = HashMap::new();
        if let Some(edge) = tree {
            for row in 0..self.list(part).len() {
                if let Some(key) = self.key(part, row, edge.own) {
                    index.entry(key).or_default().push(row);
                }
            }
        }
        known.retain(|edge| !edge.alternative);
        Visit { part, tree, filters: known, index }
    }

    /// Further anchors filter: on the way from one to the root only records stay that lead to one of its own.
    fn narrow(&mut self, root: usize) {
        let mut narrows: Vec<bool> = (0..self.pattern.parts.len()).map(|part| anchored(self.state, part)).collect();
        let mut gone: Vec<HashSet<usize>> = vec![HashSet::new(); self.pattern.parts.len()];
        for visit in self.visits.iter().rev() {
            let Some(edge) = visit.tree.filter(|edge| edge.to != root) else { continue };
            if narrows.get(visit.part) != Some(&true) {
                continue;
            }
            let own_gone = gone.get(visit.part).cloned().unwrap_or_default();
            let leads = |row: usize| {
                let key = self.key(edge.to, row, edge.other);
                let found = key.and_then(|key| visit.index.get(&key));
                found.is_some_and(|rows| rows.iter().any(|row| !own_gone.contains(row)))
            };
            let lost: Vec<usize> = (0..self.list(edge.to).len()).filter(|row| !leads(*row)).collect();
            if let (Some(gone), Some(narrows)) = (gone.get_mut(edge.to), narrows.get_mut(edge.to)) {
                gone.extend(lost);
                *narrows = true;
            }
        }
        for visit in &mut self.visits {
            if let Some(gone) = gone.get(visit.part).filter(|gone| !gone.is_empty()) {
                visit.index.values_mut().for_each(|rows| rows.retain(|row| !gone.contains(row)));
            }
        }
    }

    /// What the answer shows: the fields that the plan names, not those that only the engine needed.
    fn show(&mut self, plan: &Plan) {
        let mut shown: Vec<Vec<Arc<Instance>>> = vec![Vec::new(); self.pattern.parts.len()];
        for step in &plan.steps {
            let (Some(read), Some(list)) = (read_of(step), shown.get_mut(step.position)) else { continue };
            let wanted: HashSet<&FieldName> = read.select.iter().collect();
            let is_wanted = |name: &FieldName| name.is_id() || wanted.contains(name);
            *list = self.list(step.position).iter().map(|row| trimmed(row, is_wanted)).collect();
        }
        self.shown = shown;
    }

    fn matches(&self, root: usize) -> Result<Results, Failure> {
        let most = self.pattern.parts.get(root).and_then(|part| part.limit);
        let most = most.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut results = Results::default();
        for row in 0..self.list(root).len() {
            if results.matches.len() >= most {
                break;
            }
            results.matches.extend(self.one(root, row)?);
        }
        Ok(results)
    }

    /// The match of one record of the root; `None` where a part that has to be there is not.
    fn one(&self, root: usize, row: usize) -> Result<Option<Match>, Failure> {
        let mut chosen: Vec<Vec<usize>> = vec![Vec::new(); self.pattern.parts.len()];
        for visit in &self.visits {
            let Some(part) = self.pattern.parts.get(visit.part) else { continue };
            let rows = if visit.part == root { vec![row] } else { self.choose(visit, part, &chosen)? };
            if rows.is_empty() && (!part.optional || anchored(self.state, visit.part)) {
                return Ok(None);
            }
            if let Some(slot) = chosen.get_mut(visit.part) {
                *slot = rows;
            }
        }
        let mut parts = BTreeMap::new();
        for ((part, rows), shown) in self.pattern.parts.iter().zip(&chosen).zip(&self.shown) {
            let records = rows.iter().filter_map(|row| shown.get(*row)).cloned().collect();
            parts.insert(part.ref_id.clone(), records);
        }
        Ok(Some(Match { parts }))
    }

    fn choose(&self, visit: &Visit, part: &Part, chosen: &[Vec<usize>]) -> Result<Vec<usize>, Failure> {
        let filters = self.filters(visit, chosen);
        let passes = |row: &usize| filters.iter().all(|filter| filter.passes(self, visit.part, *row));
        let most = part.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut rows: Vec<usize> = match visit.tree {
            None => (0..self.list(visit.part).len()).filter(passes).take(most).collect(),
            Some(edge) => {
                let above = chosen.get(edge.to).map_or(&[][..], Vec::as_slice);
                let keys: HashSet<Key> = above.iter().filter_map(|row| self.key(edge.to, *row, edge.other)).collect();
                let below = keys.iter().filter_map(|key| visit.index.get(key));
                below.flat_map(|rows| rows.iter().copied().filter(passes).take(most)).collect()
            }
        };
        // A record's place in the list is its rank.
        rows.sort_unstable();
        if !part.multiple && rows.len() > 1 {
            if part.sort.is_none() {
                return Err(Failure::at(RunErrorKind::Several, &part.ref_id));
            }
            rows.truncate(1);
        }
        Ok(rows)
    }

    fn filters(&self, visit: &Visit, chosen: &[Vec<usize>]) -> Vec<Filter> {
        let filter = |edge: &Edge| {
            let rows = chosen.get(edge.to).map_or(&[][..], Vec::as_slice);
            let keys = rows.iter().filter_map(|row| self.key(edge.to, *row, edge.other)).collect();
            Filter { edge: *edge, keys, empty: rows.is_empty() }
        };
        visit.filters.iter().map(filter).collect()
    }
}

/// A requirement that must hold with what a match already has.
struct Filter {
    edge: Edge,
    keys: HashSet<Key>,
    empty: bool,
}

impl Filter {
    fn passes(&self, assembly: &Assembly<'_>, part: usize, row: usize) -> bool {
        match assembly.key(part, row, self.edge.own) {
            Some(key) if !self.empty => self.keys.contains(&key) || self.source_without(),
            // What is not there asks for nothing where the requirement is optional.
            _ => self.edge.optional,
        }
    }

    /// This side is a source, and no dependent has a value to hold it to.
    fn source_without(&self) -> bool {
        !self.edge.dependent && self.edge.optional && self.keys.is_empty()
    }
}

fn trimmed(row: &Found, wanted: impl Fn(&FieldName) -> bool) -> Arc<Instance> {
    if row.values.keys().all(&wanted) {
        return row.values.clone();
    }
    let shown = row.values.iter().filter(|(name, _)| wanted(name));
    Arc::new(shown.map(|(name, value)| (name.clone(), value.clone())).collect())
}
