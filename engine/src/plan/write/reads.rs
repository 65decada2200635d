//! What is read before the writes: read-only parts, records by match, the sets to be replaced, and fields of existing
//! records that others take their values from.

use std::collections::HashSet;

use super::Scene;
use super::cast::Presence;
use super::kinds::{Held, Kind};
use crate::catalog::{Part, Requirement, Slot};
use crate::ids::{FieldName, RefId};
use crate::plan::lower::{Reading, Writing};
use crate::plan::problem::{self, PlanProblem};
use crate::plan::read::{self, narrowed, push_steps, readings, selectivity};
use crate::plan::tree::{Ground, Tree};
use crate::plan::{By, Count, Operation, PartShape, ReadStep, RecordShape, Step, StepAction};

/// What each part must be asked for.
struct Wanted {
    /// Field positions, by part.
    fields: Vec<Vec<usize>>,
    /// Instances of written parts whose records are to be read, by part.
    records: Vec<Vec<usize>>,
    /// Which parts are read together with those that are sought.
    members: Vec<bool>,
    /// Those of them whose records are known.
    anchors: Vec<usize>,
}

impl Scene<'_> {
    /// Plans the reads.
    pub(super) fn plan_reads(&mut self) {
        let mut wanted = self.wanted();
        self.choose_members(&mut wanted);
        if self.finds_suffice(&wanted) {
            self.push_finds();
            return;
        }
        self.grow(&mut wanted);
        for position in self.pattern.order.iter().copied() {
            let Some(part) = self.part(position).filter(|part| !part.read_only) else { continue };
            self.read_records(position, part, &mut wanted);
            self.look(position, part, &wanted);
            self.children(position, part);
        }
    }

    /// The fields that requirements take from records which are not known.
    fn wanted(&self) -> Wanted {
        let parts = self.pattern.parts.len();
        let mut wanted = Wanted {
            fields: vec![Vec::new(); parts],
            records: vec![Vec::new(); parts],
            members: vec![false; parts],
            anchors: Vec::new(),
        };
        for requirement in &self.pattern.requirements {
            if !self.is_written(requirement.dependent.part) {
                continue;
            }
            for slot in requirement.sources.iter().filter(|slot| self.there(slot) && !self.is_id(slot)) {
                self.want(slot, &mut wanted);
            }
        }
        wanted
    }

    fn want(&self, slot: &Slot, wanted: &mut Wanted) {
        let Some(part) = self.part(slot.part) else { return };
        let present = self.present(slot.part);
        let mut any = present.presence == Presence::Sought;
        for instance in 0..present.count {
            if part.read_only {
                any |= present.shape(instance).is_some_and(|shape| !shape.knows(slot.field));
            } else if self.held(slot.part, slot.field, instance) == Held::Record {
                any = true;
                let looked = self.kinds(slot.part).get(instance) == Some(&Kind::Look);
                if let Some(records) = wanted.records.get_mut(slot.part).filter(|_| !looked) {
                    records.push(instance);
                }
            }
        }
        if any && let Some(fields) = wanted.fields.get_mut(slot.part) {
            fields.push(slot.field);
        }
    }

    fn sought(&self, part: usize) -> bool {
        self.present(part).presence == Presence::Sought
    }

    /// Which read-only parts are read, and which known records restrict them.
    fn choose_members(&mut self, wanted: &mut Wanted) {
        for (position, part) in self.pattern.parts.iter().enumerate().filter(|(_, part)| part.read_only) {
            let fields = wanted.fields.get(position).is_some_and(|fields| !fields.is_empty());
            if self.sought(position) || fields && self.present(position).count > 0 && part.read_only {
                mark(&mut wanted.members, position);
            }
        }
        for requirement in &self.pattern.requirements {
            if self.restricts(requirement) {
                self.choose_neighbours(requirement, wanted);
            } else if self.concerns(requirement) {
                self.needs_written(requirement);
            }
        }
        let known = |part: &usize| wanted.members.get(*part) == Some(&true) && self.is_known(*part);
        let mut anchors: Vec<usize> = (0..self.pattern.parts.len()).filter(known).collect();
        anchors.sort_by_key(|part| (selectivity(self.shape, *part), *part));
        wanted.anchors = anchors;
    }

    /// Whether a requirement is about records that are sought.
    fn concerns(&self, requirement: &Requirement) -> bool {
        let to = requirement.dependent.part;
        self.part(to).is_some_and(|part| part.read_only)
            && self.present(to).count > 0
            && (self.sought(to) || requirement.sources.iter().any(|slot| self.sought(slot.part)))
    }

    /// Whether a requirement says which records are sought: all of its sources exist.
    fn restricts(&self, requirement: &Requirement) -> bool {
        let existing = |kind: &Kind| matches!(kind, Kind::Referred | Kind::Update);
        self.concerns(requirement) && requirement.sources.iter().all(|slot| self.kinds(slot.part).iter().all(existing))
    }

    /// Whether the input says which records of a part are meant.
    fn is_known(&self, part: usize) -> bool {
        let filter = matches!(self.shape.parts.get(part), Some(Some(PartShape::Filter { .. })));
        filter || self.present(part).presence == Presence::Given
    }

    fn choose_neighbours(&self, requirement: &Requirement, wanted: &mut Wanted) {
        let slots = requirement.sources.iter().chain(std::iter::once(&requirement.dependent));
        for part in slots.map(|slot| slot.part) {
            if self.present(part).presence == Presence::Given && self.present(part).count > 0 {
                mark(&mut wanted.members, part);
            }
        }
    }

    /// What is sought by a record that does not exist yet is not to be found.
    fn needs_written(&mut self, requirement: &Requirement) {
        let to = requirement.dependent.part;
        let [slot] = requirement.sources.as_slice() else { return };
        let (Some(part), Some(source)) = (self.part(to), self.part(slot.part)) else { return };
        if requirement.optional || !self.sought(to) || !self.there(slot) {
            return;
        }
        let label = &source.ref_id;
        let message = format!("`{}` is found by `{label}`, which is only made by this operation", part.ref_id);
        let help = format!("give `{}` by its `Id`, or give an existing `{label}`", part.ref_id);
        self.problems.push(PlanProblem::new(&problem::NEEDS_WRITTEN, part, message).help(help));
    }

    /// Whether unique keys stand in for every read, so that nothing needs a trip of its own.
    fn finds_suffice(&self, wanted: &Wanted) -> bool {
        let capable = self.finds && self.capabilities.find_in_group && self.capabilities.back_references;
        let mut members =
            (0..self.pattern.parts.len()).filter(|part| wanted.members.get(*part) == Some(&true)).peekable();
        capable
            && members.peek().is_some()
            && members.all(|part| self.findable(part, wanted))
            && wanted.records.iter().all(Vec::is_empty)
            && self.kinds.iter().flatten().any(|kind| !matches!(kind, Kind::Referred | Kind::Embed))
            && !self.kinds.iter().flatten().any(|kind| *kind == Kind::Look)
            && !(0..self.pattern.parts.len()).any(|part| self.unknown_children(part))
    }

    fn findable(&self, position: usize, wanted: &Wanted) -> bool {
        let Some(part) = self.part(position) else { return false };
        let Some(Some(PartShape::Filter { key: Some(key) })) = self.shape.parts.get(position) else { return false };
        let joined = part.incoming.iter().chain(&part.outgoing).filter_map(|position| self.requirement(*position));
        let joined = joined.into_iter().any(|requirement| {
            let others = requirement.sources.iter().chain(std::iter::once(&requirement.dependent));
            let reading = self.part(requirement.dependent.part).is_some_and(|part| part.read_only);
            reading && others.into_iter().any(|slot| slot.part != position && self.there(slot))
        });
        part.entity.is_key(key)
            && self.capabilities.takes_key(key.len())
            && !part.multiple
            && !part.optional
            && part.filter.is_none()
            && wanted.fields.get(position).is_some_and(Vec::is_empty)
            && !self.feeds_match(part, position)
            && !joined
    }

    fn push_finds(&mut self) {
        for (position, part) in self.pattern.parts.iter().enumerate() {
            let Some(Some(PartShape::Filter { key: Some(key) })) = self.shape.parts.get(position) else { continue };
            let key = key.iter().filter_map(|field| self.name(&Slot { part: position, field: *field })).collect();
            let step = self.steps.len();
            self.push(position, part, StepAction::Find { key }, Count::Exactly(vec![0]));
            set(&mut self.read_step, position, step);
            self.writings.push(Writing { step, needs: Vec::new() });
            if let Some(placed) = self.placed.get_mut(position) {
                placed.push(Some((step, 0)));
            }
        }
    }

    /// The queries for read-only parts.
    fn grow(&mut self, wanted: &mut Wanted) {
        if !wanted.members.contains(&true) {
            return;
        }
        let ground = Ground {
            pattern: self.pattern,
            shape: self.shape,
            capabilities: self.capabilities,
            members: wanted.members.clone(),
            joins: self.pattern.requirements.iter().map(|requirement| self.restricts(requirement)).collect(),
            root: None,
        };
        let mut tree = Tree::new(&ground);
        tree.grow_from(&wanted.anchors);
        let told: HashSet<RefId> = self.problems.iter().filter_map(|problem| problem.part.clone()).collect();
        for (position, part) in self.pattern.parts.iter().enumerate() {
            if !self.sought(position) || tree.has(position) || told.contains(&part.ref_id) {
                continue;
            }
            if read::bounded(self.pattern, position) {
                tree.grow_own(position);
            } else {
                let message = format!("nothing says which `{}` is meant", part.ref_id);
                let help = "give its `Id` or a filter";
                self.problems.push(PlanProblem::new(&problem::NOT_FOUND_BY_ANYTHING, part, message).help(help));
            }
        }
        for slot in tree.check_locally() {
            if let Some(fields) = wanted.fields.get_mut(slot.part) {
                fields.push(slot.field);
            }
        }
        push_steps(self.pattern, self.shape, &tree, &mut self.steps, |tree, position| {
            let fields = wanted.fields.get(position).cloned().unwrap_or_default();
            self.pattern.parts.get(position).map(|part| narrowed(tree, position, part, fields)).unwrap_or_default()
        });
        for (step, node) in tree.nodes.iter().enumerate() {
            set(&mut self.read_step, node.part, step);
            self.trips.push(tree.queries.get(node.query).map_or(1, |query| query.trip));
        }
        self.readings = readings(&tree, 0);
        self.known.exact &= tree.exact();
    }

    /// Fields of existing records, by Id.
    fn read_records(&mut self, position: usize, part: &Part, wanted: &mut Wanted) {
        let Some(records) = wanted.records.get_mut(position).map(std::mem::take) else { return };
        if records.is_empty() || self.read_step.get(position).copied().flatten().is_some() {
            return;
        }
        let mut records = records;
        records.sort_unstable();
        records.dedup();
        self.known.exact &= records.len() <= self.capabilities.in_list;
        let select = self.names(position, wanted.fields.get(position).cloned().unwrap_or_default());
        let step = self.push_read(position, part, By::Id, select, Count::Exactly(records), Vec::new());
        set(&mut self.read_step, position, step);
    }

    /// The look-up of records by match.
    fn look(&mut self, position: usize, part: &Part, wanted: &Wanted) {
        let kinds = self.kinds(position).iter().enumerate();
        let looked: Vec<usize> = kinds.filter(|(_, kind)| **kind == Kind::Look).map(|(instance, _)| instance).collect();
        if looked.is_empty() {
            return;
        }
        let mut after = Vec::new();
        for field in &part.match_on {
            let Some((_, requirement)) = self.requirement_into(position, *field) else { continue };
            for slot in &requirement.sources {
                after.extend(self.read_step.get(slot.part).copied().flatten());
                after.extend(self.look_step.get(slot.part).copied().flatten());
            }
        }
        let mut fields = wanted.fields.get(position).cloned().unwrap_or_default();
        fields.extend(&part.match_on);
        self.known.exact &= looked.len() <= self.capabilities.in_list;
        self.known.race = true;
        let by = By::Match { on: self.names(position, part.match_on.clone()) };
        let select = self.names(position, fields);
        let step = self.push_read(position, part, by, select, Count::Exactly(looked), after);
        set(&mut self.look_step, position, step);
    }

    /// Whether the existing records of a replaced set are still to be read.
    fn unknown_children(&self, position: usize) -> bool {
        let Some(part) = self.part(position) else { return false };
        let replaced = self.operation == Operation::Update && part.replace && !part.read_only;
        let given = matches!(self.shape.parts.get(position), Some(Some(PartShape::Given { stale: None, .. })));
        replaced && given && part.entity.embedded.is_none()
    }

    /// The field by which the records of a replaced set belong to their parent, and the parent's Id.
    fn set_link(&self, part: &Part) -> Option<(Slot, Slot)> {
        let mut links = part.incoming.iter().filter_map(|requirement| self.requirement(*requirement));
        links.find_map(|requirement| {
            let parent = |slot: &&Slot| {
                let single = self.part(slot.part).is_some_and(|source| !source.multiple);
                single && self.is_id(slot) && self.there(slot) && !requirement.deferred
            };
            Some((requirement.dependent, *requirement.sources.iter().find(parent)?))
        })
    }

    /// Whether a record given by its Id is one of the set that is replaced: the look-up found it there, or will.
    pub(super) fn in_set(&self, position: usize, instance: usize) -> bool {
        match self.present(position).record(instance) {
            RecordShape::Member => true,
            RecordShape::Given => self.unknown_children(position),
            _ => false,
        }
    }

    /// The field that a record of a replaced set need not be given again: it belongs to its parent already.
    pub(super) fn kept_link(&self, position: usize, part: &Part, instance: usize) -> Option<usize> {
        let (dependent, _) = self.set_link(part).filter(|_| self.in_set(position, instance))?;
        Some(dependent.field).filter(|field| !self.present(position).gives(instance, *field))
    }

    fn children(&mut self, position: usize, part: &Part) {
        if !self.unknown_children(position) {
            return;
        }
        let Some((dependent, source)) = self.set_link(part) else {
            let message = format!("`{}` replaces a set, and its parent is not in the input", part.ref_id);
            let help = "give the parent by its `Id`";
            self.problems.push(PlanProblem::new(&problem::PARENT, part, message).help(help));
            return;
        };
        if self.kind(source.part, 0) == Some(Kind::Create) {
            return;
        }
        let (Some(field), Some(parent)) = (self.name(&dependent), self.part(source.part)) else { return };
        let after = [&self.read_step, &self.look_step].into_iter();
        let sought = self.sought(source.part) || self.kind(source.part, 0) == Some(Kind::Look);
        let after = after.filter_map(|steps| steps.get(source.part).copied().flatten()).filter(|_| sought).collect();
        let by = By::Children { field, parent: parent.ref_id.clone() };
        self.known.exact = false;
        self.push_read(position, part, by, Vec::new(), Count::Found, after);
    }

    fn names(&self, part: usize, mut fields: Vec<usize>) -> Vec<FieldName> {
        fields.sort_unstable();
        fields.dedup();
        fields.into_iter().filter_map(|field| self.name(&Slot { part, field })).collect()
    }

    fn push_read(
        &mut self,
        position: usize,
        part: &Part,
        by: By,
        select: Vec<FieldName>,
        count: Count,
        mut after: Vec<usize>,
    ) -> usize {
        after.sort_unstable();
        after.dedup();
        let trip = after.iter().filter_map(|step| self.trips.get(*step)).max().unwrap_or(&0) + 1;
        self.trips.push(trip);
        let step = self.steps.len();
        self.push(position, part, StepAction::Read(ReadStep { by, select, over_fetch: false }), count);
        if let Some(step) = self.steps.last_mut() {
            step.after.clone_from(&after);
        }
        self.readings.push(Reading { trip, steps: vec![step], after });
        step
    }

    fn push(&mut self, position: usize, part: &Part, action: StepAction, count: Count) {
        self.steps.push(Step {
            part: part.ref_id.clone(),
            position,
            entity: part.entity.id.clone(),
            action,
            count,
            fields: Vec::new(),
            after: Vec::new(),
        });
    }
}

fn mark(members: &mut [bool], part: usize) {
    if let Some(member) = members.get_mut(part) {
        *member = true;
    }
}

fn set(steps: &mut [Option<usize>], part: usize, step: usize) {
    if let Some(slot) = steps.get_mut(part) {
        *slot = Some(step);
    }
}
