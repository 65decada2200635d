//! How reads find their records: each part once, by what the input and the pattern say, after what tells the values.

use super::Auditor;
use super::expect::record;
use crate::catalog::{Part, Slot};
use crate::plan::{By, Count, Operation, PartShape, RecordShape, StepAction};

impl Auditor<'_> {
    pub(super) fn check_found(&mut self) {
        self.check_times();
        for (number, part, read) in self.reads() {
            let Some(part) = self.part(part).map(|found| (part, found)) else { continue };
            if !self.finds_right(number, part, &read.by) {
                self.find_step(number, "finds its records by something else than what the input and the pattern say");
            }
            if let Some(expected) = self.told_by(part, &read.by)
                && self.step(number).is_some_and(|step| step.after != expected)
            {
                self.find_step(number, "does not wait for what tells its values, or for more");
            }
        }
        for (number, step) in self.plan.steps.iter().enumerate() {
            if let StepAction::Find { key } = &step.action
                && !self.is_found_by_key(step.position, key, &step.count)
            {
                self.find_step(number, "is found by something else than one declared key");
            }
        }
    }

    /// Which parts are read how often.
    fn check_times(&mut self) {
        let mut found = vec![0_usize; self.pattern.parts.len()];
        let mut sets = vec![0_usize; self.pattern.parts.len()];
        for step in &self.plan.steps {
            let times = match &step.action {
                StepAction::Read(read) if matches!(read.by, By::Match { .. }) => continue,
                StepAction::Read(read) if matches!(read.by, By::Children { .. }) => &mut sets,
                StepAction::Read(_) | StepAction::Find { .. } => &mut found,
                _ => continue,
            };
            if let Some(times) = times.get_mut(step.position) {
                *times += 1;
            }
        }
        for (position, part) in self.pattern.parts.iter().enumerate() {
            let times = |times: &[usize]| times.get(position).copied().unwrap_or(0);
            let must = self.plan.operation == Operation::Read || self.expected.is_sought(position);
            if must && times(&found) != 1 || times(&found) > 1 {
                self.find(format!("`{}` is read {} times", part.ref_id, times(&found)));
            }
            let unknown = matches!(self.shape.parts.get(position), Some(Some(PartShape::Given { stale: None, .. })));
            let replaced = part.replace && !part.read_only && part.entity.embedded.is_none();
            let set = replaced && unknown && self.plan.operation == Operation::Update && !self.is_new_set(part);
            if times(&sets) != usize::from(set) {
                self.find(format!("the set of `{}` is read {} times", part.ref_id, times(&sets)));
            }
        }
    }

    /// Whether the parent of a replaced set is itself made, so that there is no set yet.
    fn is_new_set(&self, part: &Part) -> bool {
        let writer = self.parent_slot(part).and_then(|(_, source)| self.writer(source.part, 0));
        let made = writer.and_then(|step| self.step(step)).map(|step| &step.action);
        matches!(made, Some(StepAction::Create))
    }

    /// The requirement that leads from a replaced set to its single parent.
    fn parent_slot(&self, part: &Part) -> Option<(Slot, Slot)> {
        let requirements = part.incoming.iter().filter_map(|position| self.pattern.requirements.get(*position));
        requirements.filter(|requirement| !requirement.deferred).find_map(|requirement| {
            let parent = |slot: &&Slot| {
                let single = self.part(slot.part).is_some_and(|source| !source.multiple);
                single && self.is_id(slot) && self.expected.count(slot.part) > 0
            };
            Some((requirement.dependent, *requirement.sources.iter().find(parent)?))
        })
    }

    fn finds_right(&self, number: usize, (position, part): (usize, &Part), by: &By) -> bool {
        let Some(count) = self.step(number).map(|step| &step.count) else { return false };
        let found = *count == Count::Found;
        let read_only = part.read_only || self.plan.operation == Operation::Read;
        match (by, self.shape.parts.get(position).and_then(Option::as_ref)) {
            (By::Id, Some(PartShape::Given { instances, .. })) => match count {
                Count::Exactly(all) if read_only => all.iter().copied().eq(0..instances.len()),
                // Of a written part all, to restrict what is sought, or those whose values others take.
                Count::Exactly(some) => {
                    let all = some.iter().copied().eq(0..instances.len());
                    all || !some.is_empty() && *some == self.stored(position)
                }
                Count::Found => false,
            },
            (By::Filter, Some(PartShape::Filter { .. })) => found && read_only,
            (By::Own, None) => {
                let bounded = part.filter.is_some() || part.limit.is_some();
                found && read_only && bounded && !self.is_led_to(number, position, part)
            }
            // A known record of a written part may be read to restrict what is sought.
            (By::Join { .. }, given) => found && (read_only || given.is_some()),
            // Instances that follow from the pattern are matched as those that are given.
            (By::Match { on }, Some(PartShape::Given { .. }) | None) => {
                let names = part.match_on.iter().filter_map(|field| part.entity.fields.get(*field));
                let new = |one: &usize| {
                    let there = *one < self.expected.count(position);
                    there && record(self.shape, position, *one) == RecordShape::New
                };
                !read_only
                    && names.map(|field| &field.name).eq(on)
                    && matches!(count, Count::Exactly(some) if !some.is_empty() && some.iter().all(new))
            }
            (By::Children { field, parent }, Some(_)) => {
                let named = self.parent_slot(part).is_some_and(|(dependent, source)| {
                    let name = part.entity.fields.get(dependent.field).map(|field| &field.name);
                    name == Some(field) && self.part(source.part).is_some_and(|source| source.ref_id == *parent)
                });
                found && named
            }
            _ => false,
        }
    }

    /// Whether a requirement leads to a part from one that is read before.
    fn is_led_to(&self, number: usize, position: usize, part: &Part) -> bool {
        let before = |slot: &Slot| slot.part != position && self.reader(slot.part).is_some_and(|read| read < number);
        part.incoming.iter().chain(&part.outgoing).any(|requirement| {
            let Some(requirement) = self.pattern.requirements.get(*requirement) else { return false };
            let led = if requirement.dependent.part == position {
                requirement.sources.iter().any(before)
            } else {
                before(&requirement.dependent)
            };
            led && self.involves(requirement)
        })
    }

    /// The steps that a read must wait for; none where joins say it.
    fn told_by(&self, (_, part): (usize, &Part), by: &By) -> Option<Vec<usize>> {
        let mut after = Vec::new();
        match by {
            By::Id | By::Filter | By::Own => {}
            By::Join { .. } => return None,
            By::Match { .. } => {
                for requirement in super::expect::requirements(self.pattern, part) {
                    let field = requirement.dependent.field;
                    let fixed = part.fixed.iter().any(|(fixed, _)| *fixed == field);
                    if part.match_on.contains(&field) && !fixed {
                        after.extend(requirement.sources.iter().flat_map(|slot| self.all_reads(slot.part)));
                    }
                }
            }
            By::Children { .. } => {
                if let Some((_, source)) = self.parent_slot(part)
                    && (self.expected.is_sought(source.part) || self.looked_by(source.part, 0).is_some())
                {
                    after.extend(self.all_reads(source.part));
                }
            }
        }
        after.sort_unstable();
        after.dedup();
        Some(after)
    }

    fn all_reads(&self, part: usize) -> impl Iterator<Item = usize> + use<> {
        let reads = self.reads.get(part).copied().unwrap_or_default();
        reads.by_input.into_iter().chain(reads.by_match)
    }

    fn is_found_by_key(&self, position: usize, key: &[crate::ids::FieldName], count: &Count) -> bool {
        let Some(part) = self.part(position) else { return false };
        let Some(Some(PartShape::Filter { key: Some(fields) })) = self.shape.parts.get(position) else { return false };
        let names = fields.iter().filter_map(|field| part.entity.fields.get(*field)).map(|field| &field.name);
        let can = self.capabilities.find_in_group && (self.capabilities.compound_keys || key.len() == 1);
        can && names.eq(key)
            && part.entity.is_key(fields)
            && part.read_only
            && !part.multiple
            && !part.optional
            && part.filter.is_none()
            && *count == Count::Exactly(vec![0])
    }
}
