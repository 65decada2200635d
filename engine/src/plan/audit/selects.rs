//! What is fetched: every field that something uses, and no other.

use std::collections::BTreeSet;

use super::Auditor;
use super::expect::instance;
use crate::catalog::{Requirement, Slot};
use crate::ids::FieldName;
use crate::plan::{By, JoinWire, Operation, StepAction};

impl Auditor<'_> {
    pub(super) fn check_selects(&mut self) {
        let used = self.used();
        for (number, part, read) in self.reads() {
            let Some(entity) = self.part(part).map(|part| &part.entity) else { continue };
            let used = used.get(number).into_iter().flatten().filter_map(|field| entity.fields.get(*field));
            let mut expected: Vec<&FieldName> =
                used.filter(|field| !field.name.is_id()).map(|field| &field.name).collect();
            expected.sort_unstable();
            if let Some(missing) = expected.iter().find(|name| read.select.binary_search(name).is_err()) {
                self.find_step(number, format!("does not fetch `{missing}`"));
            } else if !read.select.iter().eq(expected.iter().copied()) {
                self.find_step(number, "fetches what nothing uses");
            }
        }
    }

    /// The fields that each reading step must fetch.
    fn used(&self) -> Vec<BTreeSet<usize>> {
        let mut used = vec![BTreeSet::new(); self.plan.steps.len()];
        let mut add = |step: Option<usize>, fields: &mut dyn Iterator<Item = usize>| {
            if let Some(used) = step.and_then(|step| used.get_mut(step)) {
                used.extend(fields);
            }
        };
        for (dependent, source, _) in self.unapplied() {
            for slot in [dependent, source] {
                add(self.reader(slot.part), &mut std::iter::once(slot.field));
            }
        }
        let values = self.values();
        for (number, position, read) in self.reads() {
            let Some(part) = self.part(position) else { continue };
            match &read.by {
                By::Children { .. } => continue,
                By::Match { .. } => add(Some(number), &mut part.match_on.iter().copied()),
                By::Join { step, field, other, wire: JoinWire::InList } => {
                    add(Some(number), &mut part.entity.position(field.as_str()).into_iter());
                    let from = self.step(*step).and_then(|step| self.part(step.position));
                    add(Some(*step), &mut from.and_then(|from| from.entity.position(other.as_str())).into_iter());
                }
                _ => {}
            }
            if self.plan.operation != Operation::Read {
                add(Some(number), &mut values.get(position).into_iter().flatten().copied());
                continue;
            }
            match self.shape.select.get(position).and_then(Option::as_ref) {
                None => add(Some(number), &mut (0..part.entity.fields.len())),
                Some(wanted) => {
                    let sort = part.sort.map(|(field, _)| field);
                    add(Some(number), &mut wanted.iter().copied().chain(sort));
                }
            }
        }
        used
    }

    /// By part the fields that writes take from records which are read first.
    fn values(&self) -> Vec<BTreeSet<usize>> {
        let mut values = vec![BTreeSet::new(); self.pattern.parts.len()];
        for (slot, _) in self.taken() {
            if let Some(values) = values.get_mut(slot.part) {
                values.insert(slot.field);
            }
        }
        values
    }

    /// The instances of a written part whose records are read by Id.
    pub(super) fn stored(&self, part: usize) -> Vec<usize> {
        let taken = self.taken().filter(|(slot, one)| slot.part == part && self.looked_by(part, *one).is_none());
        let ones: BTreeSet<usize> = taken.map(|(_, one)| one).collect();
        ones.into_iter().collect()
    }

    /// The fields, by instance, that writes take from records which are read first.
    fn taken(&self) -> impl Iterator<Item = (Slot, usize)> + '_ {
        let written = |requirement: &&Requirement| {
            let to = requirement.dependent.part;
            let all = 0..self.expected.count(to);
            self.part(to).is_some_and(|part| !part.read_only) && all.into_iter().any(|one| !self.refers(to, one))
        };
        let sources = self.pattern.requirements.iter().filter(written).flat_map(|requirement| &requirement.sources);
        sources.copied().filter(|slot| !self.is_id(slot)).flat_map(|slot| {
            let all = (0..self.expected.count(slot.part)).map(move |one| (slot, one));
            all.filter(|(slot, one)| self.is_stored(*slot, *one))
        })
    }

    /// Whether only the existing record of an instance has a field's value.
    fn is_stored(&self, slot: Slot, one: usize) -> bool {
        let Some(part) = self.part(slot.part) else { return false };
        let known = instance(self.shape, slot.part, one).is_some_and(|instance| instance.knows(slot.field));
        if part.read_only || known {
            return !known;
        }
        if !self.refers(slot.part, one) {
            let fixed = part.fixed.iter().any(|(field, _)| *field == slot.field);
            if fixed || self.requirement_into(slot).is_some_and(|requirement| self.is_there(requirement)) {
                return false;
            }
        }
        let action = self.writer(slot.part, one).and_then(|step| self.step(step)).map(|step| &step.action);
        let made = matches!(action, Some(StepAction::Create | StepAction::Embed { .. }));
        !made || self.looked_by(slot.part, one).is_some()
    }
}
