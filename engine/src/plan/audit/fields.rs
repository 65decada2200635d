//! Fields: each has the sources that the pattern and the input give it, and each source is there in time.

use super::Auditor;
use super::expect::{instance, record, requirements};
use crate::catalog::{Part, Requirement, Slot};
use crate::plan::{Count, Origin, RecordShape, Step, StepAction};

impl<'a> Auditor<'a> {
    /// Every field has the sources that the pattern and the input give it, no more and no fewer.
    pub(super) fn check_fields(&mut self) {
        for (number, step) in self.plan.steps.iter().enumerate() {
            let Some(part) = self.part(step.position) else { continue };
            match &step.action {
                StepAction::Read(_) | StepAction::Find { .. } | StepAction::Delete => {
                    if step.action == StepAction::Delete && !part.replace {
                        self.find_step(number, "deletes from a set that is not replaced");
                    }
                    if !step.fields.is_empty() {
                        self.find_step(number, "writes fields");
                    }
                }
                StepAction::Defer => self.check_deferred(number, step, part),
                _ => self.check_written(number, step, part),
            }
            if step.fields.iter().any(|source| part.entity.position(source.field.as_str()).is_none()) {
                self.find_step(number, "writes a field that its entity does not have");
            }
            if !step.fields.is_sorted_by(|a, b| a.field < b.field) {
                self.find_step(number, "has a field twice, or out of order");
            }
        }
        let deferred =
            |requirement: &&Requirement| requirement.deferred && self.is_there(requirement) && self.waits(requirement);
        let waiting: Vec<Requirement> = self.pattern.requirements.iter().filter(deferred).cloned().collect();
        for requirement in waiting {
            let to = requirement.dependent;
            let Some(part) = self.part(to.part).filter(|part| !part.read_only) else { continue };
            let written = (0..self.expected.count(to.part)).any(|one| !self.refers(to.part, one));
            let name = part.entity.fields.get(to.field).map(|field| &field.name);
            let set = self.plan.steps.iter().any(|step| {
                step.position == to.part
                    && step.action == StepAction::Defer
                    && step.fields.iter().any(|source| Some(&source.field) == name)
            });
            if written && !set {
                self.find(format!("a deferred field of `{}` is never set", part.ref_id));
            }
        }
    }

    fn check_deferred(&mut self, number: usize, step: &Step, part: &Part) {
        let own = self.written.get(step.position).into_iter().flatten().flatten();
        if !own.copied().collect::<Vec<_>>().iter().all(|write| step.after.contains(write)) {
            self.find_step(number, "is set before its record is written");
        }
        for source in &step.fields {
            let slot = part.entity.position(source.field.as_str()).map(|field| Slot { part: step.position, field });
            let requirement =
                slot.and_then(|slot| self.requirement_into(slot)).filter(|requirement| requirement.deferred);
            let Count::Exactly(instances) = &step.count else { continue };
            let expected = requirement.map(|requirement| self.parts_of(requirement, instances)).unwrap_or_default();
            if expected.is_empty() || !self.same_origins(&source.from, &expected, number) {
                self.find_step(number, format!("`{}` has other sources than its requirement", source.field));
            }
        }
    }

    fn check_written(&mut self, number: usize, step: &Step, part: &Part) {
        let Count::Exactly(instances) = &step.count else { return };
        if instances.is_empty() {
            if !step.fields.is_empty() || !step.after.is_empty() {
                self.find_step(number, "takes values, or waits, for no instance");
            }
            return;
        }
        let makes = matches!(step.action, StepAction::Create | StepAction::Embed { .. });
        let mut given = vec![false; part.entity.fields.len()];
        for one in instances {
            for field in instance(self.shape, step.position, *one).into_iter().flat_map(|instance| &instance.fields) {
                if let Some(given) = given.get_mut(*field) {
                    *given = true;
                }
            }
        }
        for (field, definition) in part.entity.fields.iter().enumerate() {
            let slot = Slot { part: step.position, field };
            let link = matches!(step.action, StepAction::Embed { .. }) && self.is_link(slot, part);
            let written = step.fields.binary_search_by(|source| source.field.cmp(&definition.name)).ok();
            let from = written
                .and_then(|found| step.fields.get(found))
                .map(|source| source.from.as_slice())
                .unwrap_or_default();
            let expected = if self.is_left_out(step, part, slot) || definition.name.is_id() {
                Vec::new()
            } else {
                self.origins(slot, part, instances, given.get(field) == Some(&true), makes)
            };
            if !self.same_origins(from, &expected, number) {
                self.find_step(number, format!("`{}` has other sources than it should", definition.name));
            }
            let required =
                definition.required && !definition.name.is_id() && part.entity.idempotency != Some(field) && !link;
            if required && makes {
                self.check_value(number, step, field, from);
            }
        }
    }

    /// Whether a step does not write a field that the pattern or the input gives: the link of an embedded record to its
    /// parent, that of a record in the set that is replaced, and the match fields of a record that was found by them.
    pub(super) fn is_left_out(&self, step: &Step, part: &Part, slot: Slot) -> bool {
        match (&step.action, &step.count) {
            (StepAction::Embed { .. }, _) => self.is_link(slot, part),
            (StepAction::Update, Count::Exactly(instances)) => instances.first().is_some_and(|one| {
                let found =
                    record(self.shape, step.position, *one) == RecordShape::Found || self.looked(step.position, *one);
                found && part.match_on.contains(&slot.field)
                    || self.kept_link(step.position, part, *one) == Some(slot.field)
            }),
            _ => false,
        }
    }

    /// A required field of what is made has a value in every instance.
    fn check_value(&mut self, number: usize, step: &Step, field: usize, from: &[Origin]) {
        let Count::Exactly(instances) = &step.count else { return };
        let always = from.iter().any(|origin| *origin != Origin::Input);
        let missing = instances.iter().find(|one| {
            let gives =
                instance(self.shape, step.position, **one).is_some_and(|instance| instance.fields.contains(&field));
            !gives && !self.looked(step.position, **one)
        });
        if !always && missing.is_some() {
            self.find_step(number, "makes a record without a required field");
        }
    }

    fn is_link(&self, slot: Slot, part: &Part) -> bool {
        let parent = self.expected.parents.get(slot.part).copied().flatten();
        requirements(self.pattern, part).any(|requirement| {
            let to_parent = requirement.sources.iter().any(|source| Some(source.part) == parent && self.is_id(source));
            requirement.dependent == slot && to_parent
        })
    }

    pub(super) fn requirement_into(&self, slot: Slot) -> Option<&'a Requirement> {
        let found = self.pattern.requirements.binary_search_by(|requirement| requirement.dependent.cmp(&slot)).ok()?;
        self.pattern.requirements.get(found)
    }

    /// The origins that a field must have, in the order of precedence; steps are looked at elsewhere.
    fn origins(&self, slot: Slot, part: &Part, instances: &[usize], given: bool, makes: bool) -> Vec<Origin> {
        if part.fixed.iter().any(|(field, _)| *field == slot.field) {
            return vec![Origin::Fixed];
        }
        let mut origins = Vec::new();
        if let Some(requirement) = self.requirement_into(slot).filter(|requirement| !self.waits(requirement)) {
            origins.extend(self.parts_of(requirement, instances));
        }
        if given {
            origins.push(Origin::Input);
        }
        if makes && part.defaults.iter().any(|(field, _)| *field == slot.field) {
            origins.push(Origin::Default);
        }
        origins
    }

    /// The sources of a requirement that are there and have a value to give to one of these instances.
    fn parts_of(&self, requirement: &Requirement, instances: &[usize]) -> Vec<Origin> {
        let there = |slot: &&Slot| self.expected.count(slot.part) > 0;
        let sources = requirement.sources.iter().filter(there).filter(|slot| !self.is_empty(slot, instances));
        let origins = sources.filter_map(|slot| {
            let part = self.part(slot.part)?;
            let field = part.entity.fields.get(slot.field)?.name.clone();
            Some(Origin::Part { part: part.ref_id.clone(), field, step: None })
        });
        origins.collect()
    }

    /// Whether a source is a field of records that are being made, to which nothing gives a value.
    pub(super) fn is_empty(&self, slot: &Slot, instances: &[usize]) -> bool {
        let Some(part) = self.part(slot.part).filter(|part| !part.read_only && !self.is_id(slot)) else { return false };
        let valued = part.fixed.iter().chain(&part.defaults).any(|(field, _)| *field == slot.field);
        let required = self.requirement_into(*slot).is_some_and(|requirement| self.is_there(requirement));
        let made = |one: &usize| {
            let one = self.expected.partner(self.pattern, slot.part, *one);
            let step = self.written.get(slot.part).and_then(|part| part.get(one)).copied().flatten();
            let makes = step
                .and_then(|step| self.step(step))
                .is_some_and(|step| matches!(step.action, StepAction::Create | StepAction::Embed { .. }));
            let known = instance(self.shape, slot.part, one).is_some_and(|instance| instance.knows(slot.field));
            (makes || part.entity.embedded.is_some()) && !known && !self.looked(slot.part, one)
        };
        !valued && !required && !instances.is_empty() && instances.iter().all(made)
    }

    /// Whether origins are those expected, and each step that they name provides the value and comes before.
    fn same_origins(&self, from: &[Origin], expected: &[Origin], number: usize) -> bool {
        from.len() == expected.len()
            && from.iter().zip(expected).all(|(origin, expected)| match (origin, expected) {
                (Origin::Part { part, field, step }, Origin::Part { part: other, field: named, .. }) => {
                    let Some(slot) = self.slot(part.as_str(), field.as_str()) else { return false };
                    part == other && field == named && self.provides(slot, *step, number)
                }
                (origin, expected) => origin == expected,
            })
    }

    fn slot(&self, part: &str, field: &str) -> Option<Slot> {
        let position = self.pattern.position(part)?;
        Some(Slot { part: position, field: self.part(position)?.entity.position(field)? })
    }

    /// Whether a step (or none) is who provides a source's value to step `number`, and is waited for.
    fn provides(&self, slot: Slot, named: Option<usize>, number: usize) -> bool {
        let Some(step) = self.step(number) else { return false };
        let Count::Exactly(instances) = &step.count else { return false };
        let waited = |provider: usize| step.after.binary_search(&provider).is_ok();
        let mut any = None;
        let mut is_one = instances.is_empty();
        for provider in instances.iter().filter_map(|one| self.provider(slot, *one, number)) {
            if !waited(provider) {
                return false;
            }
            is_one |= named == Some(provider);
            any = Some(provider);
        }
        is_one || named == any
    }
}
