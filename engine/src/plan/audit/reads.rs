//! Reads: everything that is to be found is, once, in queries that the CRM can take.

use std::collections::BTreeMap;

use super::Auditor;
use super::expect::{instance, record};
use crate::adapter::JoinSort;
use crate::catalog::{Requirement, Slot};
use crate::ids::FieldName;
use crate::plan::{By, Count, JoinWire, Operation, PartShape, ReadStep, RecordShape, StepAction};

/// A query, as the steps tell it.
#[derive(Default)]
struct Shape {
    depth: usize,
    to_one: usize,
    to_many: usize,
}

impl<'a> Auditor<'a> {
    pub(super) fn check_reads(&mut self) {
        self.check_found();
        let queries = self.check_joins();
        self.check_over_fetch(&queries);
        self.check_selects();
    }

    fn reads(&self) -> impl Iterator<Item = (usize, usize, &'a ReadStep)> + use<'a> {
        self.plan.steps.iter().enumerate().filter_map(|(number, step)| match &step.action {
            StepAction::Read(read) => Some((number, step.position, read)),
            _ => None,
        })
    }

    /// Which parts are read how often.
    fn check_found(&mut self) {
        let mut found = vec![0_usize; self.pattern.parts.len()];
        for (number, part, read) in self.reads() {
            if !matches!(read.by, By::Match { .. } | By::Children { .. })
                && let Some(found) = found.get_mut(part)
            {
                *found += 1;
            }
            if let (By::Match { .. }, Some(step)) = (&read.by, self.step(number)) {
                let Count::Exactly(instances) = &step.count else { continue };
                if instances.iter().any(|one| record(self.shape, part, *one) != RecordShape::New) {
                    self.find_step(number, "looks up a record that is known");
                }
            }
        }
        for step in self.plan.steps.iter().filter(|step| matches!(step.action, StepAction::Find { .. })) {
            if let Some(found) = found.get_mut(step.position) {
                *found += 1;
            }
        }
        for (position, part) in self.pattern.parts.iter().enumerate() {
            let found = found.get(position).copied().unwrap_or(0);
            let must = self.plan.operation == Operation::Read || self.expected.is_sought(position);
            if must && found != 1 || found > 1 {
                self.find(format!("`{}` is read {found} times", part.ref_id));
            }
            self.check_children(position);
        }
    }

    fn check_children(&mut self, position: usize) {
        let Some(part) = self.part(position).filter(|part| part.replace && !part.read_only) else { return };
        let unknown = matches!(self.shape.parts.get(position), Some(Some(PartShape::Given { stale: None, .. })));
        let must = unknown && self.plan.operation == Operation::Update && part.entity.embedded.is_none();
        let reads = self.reads().filter(|(_, part, read)| *part == position && matches!(read.by, By::Children { .. }));
        let count = reads.count();
        if count != usize::from(must) {
            self.find(format!("the set of `{}` is read {count} times", part.ref_id));
        }
    }

    /// Joins follow requirements and stay within the limits of a query. Answers the query of each reading step.
    fn check_joins(&mut self) -> Vec<(usize, usize)> {
        let mut place: Vec<(usize, usize)> = vec![(0, 0); self.plan.steps.len()];
        let mut shapes: BTreeMap<usize, Shape> = BTreeMap::new();
        let limits = self.capabilities.join.clone();
        let mut followed = std::collections::BTreeSet::new();
        for (number, part, read) in self.reads() {
            let mut own = (number, 0);
            if let By::Join { step, field, other, wire } = &read.by {
                let from = self.step(*step).filter(|_| *step < number).map_or(part, |step| step.position);
                let link = self.link(part, field, from, other);
                if link.is_none() || !self.step(number).is_some_and(|own| own.after.contains(step)) {
                    self.find_step(number, "is joined by no requirement");
                }
                if *wire == JoinWire::Nested {
                    let (query, depth) = place.get(*step).copied().unwrap_or_default();
                    own = (query, depth + 1);
                    let shape = shapes.entry(query).or_default();
                    shape.depth = shape.depth.max(own.1);
                    if field.is_id() {
                        shape.to_one += 1;
                    } else {
                        shape.to_many += 1;
                    }
                    let entity = self.part(part).map(|part| &part.entity);
                    let column = entity.and_then(|entity| entity.field(field.as_str())?.read_column.as_deref());
                    let reference = (*step, other.clone(), entity.map(|entity| entity.crm_type.as_str()), column);
                    if !field.is_id() && !followed.insert(reference) && !limits.repeats {
                        self.find_step(number, "follows a reference that another join of its query follows");
                    }
                    if !field.is_id() && !other.is_id() && !limits.any_field {
                        self.find_step(number, "joins by fields that are no reference");
                    }
                }
            }
            if let Some(place) = place.get_mut(number) {
                *place = own;
            }
        }
        for (query, shape) in &shapes {
            let total = shape.to_one + shape.to_many;
            if shape.depth > limits.depth
                || shape.to_one > limits.max_to_one
                || shape.to_many > limits.max_to_many
                || total > limits.max_total
            {
                self.find_step(*query, "joins more than one query can");
            }
        }
        let depth = |query: usize| shapes.get(&query).map_or(0, |shape| shape.depth);
        place.into_iter().map(|(query, _)| (query, depth(query))).collect()
    }

    /// The requirement behind a join, with the source that it uses.
    fn link(&self, part: usize, field: &FieldName, from: usize, other: &FieldName) -> Option<(usize, usize)> {
        let slot = |part: usize, field: &FieldName| {
            Some(Slot { part, field: self.part(part)?.entity.position(field.as_str())? })
        };
        let (here, there) = (slot(part, field)?, slot(from, other)?);
        let positions = self.part(part).into_iter().flat_map(|part| part.incoming.iter().chain(&part.outgoing));
        positions.into_iter().find_map(|position| {
            let requirement = self.pattern.requirements.get(*position)?;
            let source = |dependent: Slot, slot: Slot| {
                (requirement.dependent == dependent).then(|| requirement.sources.iter().position(|s| *s == slot))?
            };
            Some((*position, source(here, there).or_else(|| source(there, here))?))
        })
    }

    /// The reading step of each part, in the tree of joins.
    fn readers(&self) -> Vec<Option<usize>> {
        let mut readers = vec![None; self.pattern.parts.len()];
        for (number, part, read) in self.reads() {
            let in_tree = !matches!(read.by, By::Match { .. } | By::Children { .. });
            if let Some(slot) = readers.get_mut(part).filter(|slot| slot.is_none() && in_tree) {
                *slot = Some(number);
            }
        }
        readers
    }

    /// The requirements that no join applies, with the steps of both sides.
    fn unapplied(&self) -> Vec<(Slot, Slot, usize)> {
        let readers = self.readers();
        let reader = |part: usize| readers.get(part).copied().flatten();
        let mut applied = std::collections::BTreeSet::new();
        for (_, part, read) in self.reads() {
            if let By::Join { step, field, other, .. } = &read.by {
                let from = self.step(*step).map_or(part, |step| step.position);
                applied.extend(self.link(part, field, from, other));
            }
        }
        let mut unapplied = Vec::new();
        for (position, requirement) in self.pattern.requirements.iter().enumerate() {
            for (source, slot) in requirement.sources.iter().enumerate() {
                if let (Some(a), Some(b)) = (reader(requirement.dependent.part), reader(slot.part))
                    && !applied.contains(&(position, source))
                    && self.involves(requirement)
                {
                    unapplied.push((requirement.dependent, *slot, a.max(b)));
                }
            }
        }
        unapplied
    }

    /// Whether a requirement restricts what is read: before writes, only where something is sought, and by the records
    /// of a written part only where they all exist.
    fn involves(&self, requirement: &Requirement) -> bool {
        let slots = || requirement.sources.iter().chain(std::iter::once(&requirement.dependent));
        let sought = slots().any(|slot| self.expected.is_sought(slot.part));
        let existing = |slot: &Slot| {
            let all = 0..self.expected.count(slot.part);
            let known = [RecordShape::Given, RecordShape::Found];
            all.into_iter().all(|one| known.contains(&record(self.shape, slot.part, one)))
        };
        let read_only = |slot: &Slot| self.part(slot.part).is_some_and(|part| part.read_only);
        let restricted = || {
            let written = |slot: &&Slot| !read_only(slot);
            slots().filter(written).all(|slot| existing(slot) || self.expected.count(slot.part) == 0)
        };
        self.plan.operation == Operation::Read || sought && read_only(&requirement.dependent) && restricted()
    }

    /// `over_fetch` stands where limits or requirements are applied by the engine, and nowhere else.
    fn check_over_fetch(&mut self, queries: &[(usize, usize)]) {
        let rows = self.rows();
        let checked: std::collections::BTreeSet<usize> = self.unapplied().iter().map(|(_, _, step)| *step).collect();
        let root = self.root();
        for (number, position, read) in self.reads() {
            let Some(part) = self.part(position) else { continue };
            let many = matches!(&read.by, By::Join { field, .. } if !field.is_id());
            let is_root = root == Some(position);
            let expected = checked.contains(&number)
                || match &read.by {
                    By::Join { .. } if is_root => part.limit.is_some(),
                    By::Join { step, wire, .. } if many => {
                        let first = root.is_some() && !part.multiple && part.sort.is_some();
                        let on_wire = match (wire, self.capabilities.join.sorted) {
                            (JoinWire::InList, _) => rows.get(*step).copied().flatten().is_some_and(|rows| rows <= 1),
                            (JoinWire::Nested, JoinSort::Wire) => true,
                            (JoinWire::Nested, JoinSort::WireWhenFlat) => {
                                queries.get(number).is_some_and(|(_, depth)| *depth <= 1)
                            }
                            (JoinWire::Nested, JoinSort::Local) => false,
                        };
                        (part.limit.is_some() || first) && !on_wire
                    }
                    By::Join { .. } | By::Match { .. } | By::Children { .. } => false,
                    By::Id | By::Filter | By::Own => is_root && part.limit.is_some() && self.drops(position, &checked),
                };
            if read.over_fetch != expected && !self.written_sought(position) {
                self.find_step(number, "says the wrong thing about over-fetch");
            }
        }
    }

    fn written_sought(&self, position: usize) -> bool {
        self.plan.operation != Operation::Read && self.part(position).is_some_and(|part| !part.read_only)
    }

    fn drops(&self, root: usize, checked: &std::collections::BTreeSet<usize>) -> bool {
        let others = self.pattern.parts.iter().enumerate().filter(|(position, _)| *position != root);
        let given = |position: usize| self.shape.parts.get(position).is_some_and(Option::is_some);
        !checked.is_empty() || others.into_iter().any(|(position, part)| !part.optional || given(position))
    }

    /// The part that makes the matches of a read.
    fn root(&self) -> Option<usize> {
        if self.plan.operation != Operation::Read {
            return None;
        }
        let mut given =
            self.shape.parts.iter().enumerate().filter(|(_, part)| part.is_some()).map(|(position, _)| position);
        match (given.next(), given.next()) {
            (Some(only), None) => Some(only),
            _ => {
                let named = self.pattern.parts.iter().position(|part| part.root);
                let bounded = |part: &crate::catalog::Part| part.filter.is_some() || part.limit.is_some();
                named.or_else(|| self.pattern.parts.iter().position(bounded))
            }
        }
    }

    /// The most records that each reading step brings, where that is known.
    pub(super) fn rows(&self) -> Vec<Option<usize>> {
        let root = self.root();
        let mut rows: Vec<Option<usize>> = vec![None; self.plan.steps.len()];
        for (number, position, read) in self.reads() {
            let Some(part) = self.part(position) else { continue };
            let limit = part.limit.and_then(|limit| usize::try_from(limit).ok());
            let most = match (&read.by, self.shape.parts.get(position).and_then(Option::as_ref)) {
                (By::Id, Some(PartShape::Given { instances, .. })) => Some(instances.len()),
                (By::Filter, Some(PartShape::Filter { key: Some(_) })) => Some(1),
                (By::Join { step, field, .. }, _) => {
                    let above = rows.get(*step).copied().flatten();
                    if field.is_id() || !part.multiple && root != Some(position) {
                        above
                    } else {
                        above.zip(limit).and_then(|(above, limit)| above.checked_mul(limit))
                    }
                }
                (By::Filter | By::Own, _) => limit,
                _ => None,
            };
            if let Some(slot) = rows.get_mut(number) {
                *slot = most;
            }
        }
        rows
    }

    /// Every field that something uses is fetched.
    fn check_selects(&mut self) {
        let mut needed: Vec<(usize, Slot)> = Vec::new();
        let readers = self.readers();
        let reader = |part: usize| readers.get(part).copied().flatten();
        for (dependent, source, _) in self.unapplied() {
            needed.extend([dependent, source].into_iter().filter_map(|slot| Some((reader(slot.part)?, slot))));
        }
        for (number, part, read) in self.reads() {
            if let By::Join { step, field, other, wire: JoinWire::InList } = &read.by {
                let from = self.step(*step).map_or(part, |step| step.position);
                let field = self.part(part).and_then(|part| part.entity.position(field.as_str()));
                let other = self.part(from).and_then(|part| part.entity.position(other.as_str()));
                needed.extend(field.map(|field| (number, Slot { part, field })));
                needed.extend(other.map(|field| (*step, Slot { part: from, field })));
            }
        }
        if self.plan.operation == Operation::Read {
            for (position, part) in self.pattern.parts.iter().enumerate() {
                let wanted = self.shape.select.get(position).and_then(Option::as_ref);
                let all = || (0..part.entity.fields.len()).collect();
                let fields: Vec<usize> = wanted.cloned().unwrap_or_else(all);
                needed.extend(
                    fields.into_iter().filter_map(|field| Some((reader(position)?, Slot { part: position, field }))),
                );
            }
        } else {
            needed.extend(self.values_read(&readers));
        }
        for (number, slot) in needed {
            let Some(StepAction::Read(read)) = self.step(number).map(|step| &step.action) else { continue };
            let field = self.part(slot.part).and_then(|part| part.entity.fields.get(slot.field));
            let Some(field) = field.filter(|field| !field.name.is_id()) else { continue };
            if read.select.binary_search(&field.name).is_err() {
                self.find_step(number, format!("does not fetch `{}`", field.name));
            }
        }
    }

    /// The fields that writes take from records which are read first.
    fn values_read(&self, readers: &[Option<usize>]) -> Vec<(usize, Slot)> {
        let mut needed = Vec::new();
        for requirement in &self.pattern.requirements {
            let to = requirement.dependent.part;
            let written = self.written.get(to).is_some_and(|part| part.iter().any(Option::is_some));
            if !written || self.part(to).is_none_or(|part| part.read_only) {
                continue;
            }
            for slot in &requirement.sources {
                let known = |one: usize| instance(self.shape, slot.part, one).is_some_and(|i| i.knows(slot.field));
                let read_only = self.part(slot.part).is_some_and(|part| part.read_only);
                let count = self.expected.count(slot.part);
                if read_only && (self.expected.is_sought(slot.part) || !(0..count).all(known)) && count > 0 {
                    // Where nothing reads the part, the writes' own check finds that nothing provides the value.
                    needed.extend(readers.get(slot.part).copied().flatten().map(|reader| (reader, *slot)));
                }
            }
        }
        needed
    }
}
