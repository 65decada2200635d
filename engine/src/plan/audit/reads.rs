//! Reads: everything that is to be found is, once, in queries that the CRM can take.

use std::collections::BTreeMap;

use super::Auditor;
use super::expect::record;
use crate::adapter::JoinSort;
use crate::catalog::{Requirement, Slot};
use crate::ids::FieldName;
use crate::plan::{By, JoinWire, Operation, PartShape, ReadStep, RecordShape, StepAction};
use crate::value::FieldType;

/// A query, as the steps tell it.
#[derive(Default)]
struct Shape {
    depth: usize,
    many_depth: usize,
    to_one: usize,
    to_many: usize,
    /// It joins by values.
    by_value: bool,
}

impl Shape {
    fn add(&mut self, place: Place, many: bool) {
        self.depth = self.depth.max(place.depth);
        self.many_depth = self.many_depth.max(place.many);
        if many {
            self.to_many += 1;
        } else {
            self.to_one += 1;
        }
    }
}

/// Where a step stands: the step of its query, and the joins between the two.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    query: usize,
    depth: usize,
    /// How many of the joins are to many records.
    many: usize,
    /// One of the joins above the last is to one record.
    up: bool,
    /// The last join is to one record.
    one: bool,
}

impl Place {
    /// One join further.
    fn joined(self, many: bool) -> Self {
        Self {
            query: self.query,
            depth: self.depth + 1,
            many: self.many + usize::from(many),
            up: self.up || self.one,
            one: !many,
        }
    }
}

impl<'a> Auditor<'a> {
    pub(super) fn check_reads(&mut self) {
        let queries = self.check_joins();
        self.check_over_fetch(&queries);
    }

    pub(super) fn reads(&self) -> impl Iterator<Item = (usize, usize, &'a ReadStep)> + use<'a> {
        self.plan.steps.iter().enumerate().filter_map(|(number, step)| match &step.action {
            StepAction::Read(read) => Some((number, step.position, read)),
            _ => None,
        })
    }

    /// Joins follow requirements and stay within the limits of a query. Answers the query of each reading step.
    fn check_joins(&mut self) -> Vec<(usize, usize)> {
        let mut place: Vec<Place> = vec![Place::default(); self.plan.steps.len()];
        let mut shapes: BTreeMap<usize, Shape> = BTreeMap::new();
        let limits = self.capabilities.join.clone();
        let mut followed = std::collections::BTreeSet::new();
        for (number, part, read) in self.reads() {
            let mut own = Place { query: number, ..Place::default() };
            if let By::Join { step, field, other, wire } = &read.by {
                let from = self.step(*step).filter(|_| *step < number).map_or(part, |step| step.position);
                if self.link(part, field, from, other).is_none() {
                    self.find_step(number, "is joined by no requirement");
                }
                let waits = self.step(number).is_some_and(|own| own.after.contains(step));
                if waits == (*wire == JoinWire::InList && self.ids_are_known(*step, other)) {
                    self.find_step(number, "waits for what it joins, or does not, as it should");
                }
                if read.by.is_nested() {
                    own = place.get(*step).copied().unwrap_or_default().joined(!field.is_id());
                    let shape = shapes.entry(own.query).or_default();
                    shape.add(own, !field.is_id());
                    if !field.is_id() && own.up && !limits.many_below_one {
                        self.find_step(number, "joins many below one");
                    }
                    let follows = limits.any_field || self.has_relationship(part, field, from, other);
                    let by_value = *wire == JoinWire::ByValue;
                    shapes.entry(own.query).or_default().by_value |= by_value;
                    if by_value && (follows || !self.are_texts(part, field, from, other)) || !by_value && !follows {
                        self.find_step(number, "joins by fields that are no relationship, or by value without need");
                    }
                    let entity = self.part(part).map(|part| &part.entity);
                    let column = entity.and_then(|entity| entity.field(field.as_str())?.read_column.as_deref());
                    let reference = (*step, other.clone(), entity.map(|entity| entity.crm_type.as_str()), column);
                    if !field.is_id() && !followed.insert(reference) && !limits.repeats {
                        self.find_step(number, "follows a reference that another join of its query follows");
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
                || shape.many_depth > limits.many_depth
                || shape.to_one > limits.max_to_one
                || shape.to_many > limits.max_to_many
                || total > limits.max_total
            {
                self.find_step(*query, "joins more than one query can");
            }
            if shape.by_value && !self.takes_values(*query, shape) {
                self.find_step(*query, "joins by value what such a query cannot");
            }
        }
        // What the wire sorts and limits: nothing that is joined by value, whatever its depth.
        let depth =
            |query: usize| shapes.get(&query).map_or(0, |shape| if shape.by_value { usize::MAX } else { shape.depth });
        place.into_iter().map(|place| (place.query, depth(place.query))).collect()
    }

    /// Whether a query that joins by values is one: joins to many one below the other, all of its own records wanted.
    fn takes_values(&self, query: usize, shape: &Shape) -> bool {
        let Some(limits) = &self.capabilities.join.by_value else { return false };
        let own = self.step(query).map(|step| step.position);
        let part = own.and_then(|own| self.part(own));
        shape.to_one + shape.to_many <= limits.max_total
            && shape.many_depth == shape.to_many
            && part.is_some_and(|part| part.limit.is_none() && (part.sort.is_none() || own == self.root()))
    }

    /// Whether two fields are texts that records may be joined by.
    fn are_texts(&self, part: usize, field: &FieldName, from: usize, other: &FieldName) -> bool {
        let is_text = |part: usize, field: &FieldName| {
            let field = self.part(part).and_then(|part| part.entity.field(field.as_str()));
            field.is_some_and(|field| field.field_type == FieldType::String)
        };
        let written = self.plan.operation != Operation::Read && self.part(part).is_none_or(|part| !part.read_only);
        !written && is_text(part, field) && is_text(from, other)
    }

    /// Whether the values that a list takes from a step are the Ids of the input, so that it need not wait.
    pub(super) fn ids_are_known(&self, step: usize, other: &FieldName) -> bool {
        let Some(step) = self.step(step).filter(|_| other.is_id()) else { return false };
        let by_id = matches!(&step.action, StepAction::Read(read) if read.by == By::Id);
        by_id && self.part(step.position).is_some_and(|part| part.filter.is_none())
    }

    /// Whether a join follows a reference that names its relationship.
    fn has_relationship(&self, part: usize, field: &FieldName, from: usize, other: &FieldName) -> bool {
        let (part, name) = match (field.is_id(), other.is_id()) {
            (true, false) => (from, other),
            (false, true) => (part, field),
            _ => return false,
        };
        let field = self.part(part).and_then(|part| part.entity.field(name.as_str()));
        field.is_some_and(|field| field.via.is_some())
    }

    /// The requirement behind a join, with the source that it uses.
    pub(super) fn link(
        &self,
        part: usize,
        field: &FieldName,
        from: usize,
        other: &FieldName,
    ) -> Option<(usize, usize)> {
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

    /// The requirements that no join applies, with the steps of both sides.
    pub(super) fn unapplied(&self) -> Vec<(Slot, Slot, usize)> {
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
                if let (Some(a), Some(b)) = (self.reader(requirement.dependent.part), self.reader(slot.part))
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
    pub(super) fn involves(&self, requirement: &Requirement) -> bool {
        let slots = || requirement.sources.iter().chain(std::iter::once(&requirement.dependent));
        let sought = slots().any(|slot| self.expected.is_sought(slot.part));
        let existing = |slot: &Slot| {
            let all = 0..self.expected.count(slot.part);
            let known = [RecordShape::Given, RecordShape::Member, RecordShape::Found];
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
                            _ if queries.get(number).is_some_and(|(_, depth)| *depth == usize::MAX) => false,
                            (JoinWire::InList, _) => rows.get(*step).copied().flatten().is_some_and(|rows| rows <= 1),
                            (_, JoinSort::Wire) => true,
                            (_, JoinSort::WireWhenFlat) => queries.get(number).is_some_and(|(_, depth)| *depth <= 1),
                            (_, JoinSort::Local) => false,
                        };
                        (part.limit.is_some() || first) && !on_wire
                    }
                    By::Join { .. } | By::Match { .. } | By::Children { .. } => false,
                    By::Id | By::Filter | By::Own => is_root && part.limit.is_some() && self.drops(position, &checked),
                };
            if read.over_fetch != expected {
                self.find_step(number, "says the wrong thing about over-fetch");
            }
        }
    }

    fn drops(&self, root: usize, checked: &std::collections::BTreeSet<usize>) -> bool {
        let others = self.pattern.parts.iter().enumerate().filter(|(position, _)| *position != root);
        let given = |position: usize| self.shape.parts.get(position).is_some_and(Option::is_some);
        !checked.is_empty() || others.into_iter().any(|(position, part)| !part.optional || given(position))
    }

    /// The part that makes the matches of a read.
    pub(super) fn root(&self) -> Option<usize> {
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
}
