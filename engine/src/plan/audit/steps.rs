//! Instances and fields: everything that must be written is, once, and every value has a source that is there in time.

use super::Auditor;
use super::expect::{instance, record, requirements};
use crate::catalog::{Part, Requirement, Slot};
use crate::plan::{By, Count, Operation, Origin, PartShape, RecordShape, Step, StepAction};

impl<'a> Auditor<'a> {
    /// Which step writes each instance of each part.
    pub(super) fn writers(&mut self) -> Vec<Vec<Option<usize>>> {
        let counts = self.expected.counts.clone();
        let mut written: Vec<Vec<Option<usize>>> = counts.into_iter().map(|count| vec![None; count]).collect();
        for (position, step) in self.plan.steps.iter().enumerate() {
            let writes = matches!(
                step.action,
                StepAction::Create
                    | StepAction::Update
                    | StepAction::Upsert { .. }
                    | StepAction::Embed { .. }
                    | StepAction::Find { .. }
            );
            let Count::Exactly(instances) = &step.count else {
                if !matches!(step.action, StepAction::Read(_)) {
                    self.find_step(position, "writes an unknown number of instances");
                }
                continue;
            };
            for one in instances.iter().filter(|_| writes) {
                match written.get_mut(step.position).and_then(|part| part.get_mut(*one)) {
                    None => self.find_step(position, format!("writes instance {one}, which is not there")),
                    Some(Some(_)) => self.find_step(position, format!("writes instance {one} a second time")),
                    Some(slot) => *slot = Some(position),
                }
            }
        }
        written
    }

    /// Every instance is written as the operation asks, or rightly not at all.
    pub(super) fn check_instances(&mut self) {
        if self.plan.operation == Operation::Read {
            if self.plan.steps.iter().any(|step| !matches!(step.action, StepAction::Read(_))) {
                self.find("a read writes");
            }
            return;
        }
        for (position, part) in self.pattern.parts.iter().enumerate().filter(|(_, part)| !part.read_only) {
            for one in 0..self.expected.count(position) {
                let step = self.written.get(position).and_then(|part| part.get(one)).copied().flatten();
                self.check_instance(position, part, one, step);
            }
            self.check_deletes(position, part);
        }
    }

    fn check_instance(&mut self, position: usize, part: &Part, one: usize, step: Option<usize>) {
        let known = record(self.shape, position, one);
        let create = self.plan.operation == Operation::Create;
        let referred = create && part.match_on.is_empty() && known == RecordShape::Given;
        let existing = matches!(known, RecordShape::Given | RecordShape::Found);
        let makes = create || part.replace;
        let kept = existing || !makes && self.looked(position, one);
        let must = !referred && (!kept || part.entity.embedded.is_some() || self.sends(position, part, one));
        let Some(number) = step else {
            if must {
                self.find(format!("instance {one} of `{}` is not written", part.ref_id));
            }
            return;
        };
        if !must {
            self.find_step(number, format!("instance {one} need not be written"));
        }
        let right = match self.step(number).map(|step| &step.action) {
            Some(StepAction::Embed { .. }) => part.entity.embedded.is_some(),
            Some(StepAction::Create) => makes && !existing && part.entity.embedded.is_none(),
            Some(StepAction::Update) => kept,
            Some(StepAction::Upsert { update_only, key }) => {
                let names =
                    part.match_on.iter().filter_map(|field| part.entity.fields.get(*field)).map(|field| &field.name);
                *update_only != makes
                    && known == RecordShape::New
                    && names.eq(key.iter())
                    && part.entity.is_key(&part.match_on)
                    && self.capabilities.upsert
                    && (self.capabilities.compound_keys || key.len() == 1)
                    && (!makes || part.defaults.is_empty())
                    && part.entity.idempotency.is_none_or(|field| !part.match_on.contains(&field))
            }
            _ => false,
        };
        if !right {
            self.find_step(number, format!("is not what instance {one} needs"));
        }
        let waits = |look: usize| self.step(number).is_some_and(|step| step.after.binary_search(&look).is_ok());
        if !self.looked_by(position, one).is_none_or(waits) {
            self.find_step(number, format!("does not wait for the look-up of instance {one}"));
        }
        let matched = known == RecordShape::New && !part.match_on.is_empty() && part.entity.embedded.is_none();
        let made = matches!(self.step(number).map(|step| &step.action), Some(StepAction::Create));
        if matched && made && !self.looked(position, one) && !self.matches_nothing(part, position, one) {
            self.find_step(number, format!("makes instance {one} without looking for its match"));
        }
    }

    /// Whether something of an existing record is changed.
    fn sends(&self, position: usize, part: &Part, one: usize) -> bool {
        let found = record(self.shape, position, one) == RecordShape::Found || self.looked(position, one);
        let counts = |field: &usize| !found || !part.match_on.contains(field);
        let given = instance(self.shape, position, one).is_some_and(|instance| instance.fields.iter().any(&counts));
        let fixed = part.fixed.iter().any(|(field, _)| counts(field));
        let required = requirements(self.pattern, part).any(|requirement| {
            counts(&requirement.dependent.field) && self.is_there(requirement) && !self.waits(requirement)
        });
        let carries = self.expected.carried.get(position).into_iter().flatten().any(|embed| self.is_carried(*embed));
        given || fixed || required || carries
    }

    fn is_carried(&self, embed: usize) -> bool {
        let given = matches!(self.shape.parts.get(embed), Some(Some(PartShape::Given { .. })));
        self.expected.count(embed) > 0 || self.plan.operation == Operation::Update && given
    }

    fn is_there(&self, requirement: &Requirement) -> bool {
        requirement.sources.iter().any(|slot| self.expected.count(slot.part) > 0)
    }

    /// Whether a deferred requirement must wait: a source's Id is only known once it is written, or a source's field
    /// is itself being written.
    fn waits(&self, requirement: &Requirement) -> bool {
        requirement.deferred
            && requirement.sources.iter().any(|slot| {
                let written = self.written.get(slot.part).into_iter().flatten().flatten();
                let source = self.part(slot.part).filter(|part| !part.read_only);
                let unwritten = || {
                    let referred = |one| self.refers(slot.part, one);
                    !self.is_id(slot) && !(0..self.expected.count(slot.part)).all(referred)
                };
                source.is_some() && (written.copied().any(|step| self.makes_id(step)) || unwritten())
            })
    }

    fn refers(&self, part: usize, one: usize) -> bool {
        let given = record(self.shape, part, one) == RecordShape::Given;
        let bare = self.part(part).is_some_and(|part| part.match_on.is_empty());
        given && bare && self.plan.operation == Operation::Create
    }

    /// Whether only the write tells the Id: of what is made, written by key, or looked up first.
    fn makes_id(&self, step: usize) -> bool {
        self.step(step).is_some_and(|written| match &written.action {
            StepAction::Create | StepAction::Upsert { .. } => true,
            StepAction::Update => match &written.count {
                Count::Exactly(instances) => instances.iter().any(|one| self.looked(written.position, *one)),
                Count::Found => false,
            },
            _ => false,
        })
    }

    fn looked(&self, position: usize, one: usize) -> bool {
        self.looked_by(position, one).is_some()
    }

    /// Whether a match field is the Id of a record that this plan makes: then no record can match.
    fn matches_nothing(&self, part: &Part, position: usize, one: usize) -> bool {
        requirements(self.pattern, part).any(|requirement| {
            let first = requirement.sources.iter().find(|slot| self.expected.count(slot.part) > 0);
            part.match_on.contains(&requirement.dependent.field)
                && !part.fixed.iter().any(|(field, _)| *field == requirement.dependent.field)
                && first.is_some_and(|slot| {
                    let other = self.writer(slot.part, one).and_then(|step| self.step(step));
                    slot.part != position
                        && self.is_id(slot)
                        && other.is_some_and(|step| matches!(step.action, StepAction::Create))
                })
        })
    }

    /// The step that writes the instance of a part that belongs to an instance of another.
    pub(super) fn writer(&self, part: usize, one: usize) -> Option<usize> {
        let multiple = self.part(part).is_some_and(|part| part.multiple);
        self.written.get(part)?.get(if multiple { one } else { 0 }).copied().flatten()
    }

    fn check_deletes(&mut self, position: usize, part: &Part) {
        let stale = match self.shape.parts.get(position) {
            Some(Some(PartShape::Given { stale: Some(stale), .. })) => *stale,
            _ => 0,
        };
        let replaced = part.replace && self.plan.operation == Operation::Update && part.entity.embedded.is_none();
        let expected = if replaced { stale } else { 0 };
        if !part.replace {
            return;
        }
        let deletes =
            self.plan.steps.iter().filter(|step| step.position == position && step.action == StepAction::Delete);
        let deleted: usize = deletes
            .map(|step| match &step.count {
                Count::Exactly(instances) => instances.len(),
                Count::Found => 0,
            })
            .sum();
        if deleted != expected {
            self.find(format!("{deleted} of `{}` are deleted instead of {expected}", part.ref_id));
        }
    }

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
            let expected = requirement.map(|requirement| self.parts_of(requirement)).unwrap_or_default();
            if expected.is_empty() || !self.same_origins(&source.from, &expected, number) {
                self.find_step(number, format!("`{}` has other sources than its requirement", source.field));
            }
        }
    }

    fn check_written(&mut self, number: usize, step: &Step, part: &Part) {
        let Count::Exactly(instances) = &step.count else { return };
        let makes = matches!(step.action, StepAction::Create | StepAction::Embed { .. });
        let mut given = vec![false; part.entity.fields.len()];
        for one in instances {
            for field in instance(self.shape, step.position, *one).into_iter().flat_map(|instance| &instance.fields) {
                if let Some(given) = given.get_mut(*field) {
                    *given = true;
                }
            }
        }
        let found = instances.first().is_some_and(|one| {
            record(self.shape, step.position, *one) == RecordShape::Found || self.looked(step.position, *one)
        });
        for (field, definition) in part.entity.fields.iter().enumerate() {
            let slot = Slot { part: step.position, field };
            let link = matches!(step.action, StepAction::Embed { .. }) && self.is_link(slot, part);
            let matched = found && step.action == StepAction::Update && part.match_on.contains(&field);
            let written = step.fields.binary_search_by(|source| source.field.cmp(&definition.name)).ok();
            let from = written
                .and_then(|found| step.fields.get(found))
                .map(|source| source.from.as_slice())
                .unwrap_or_default();
            let expected = if link || matched || definition.name.is_id() {
                Vec::new()
            } else {
                self.origins(slot, part, given.get(field) == Some(&true), makes)
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

    fn requirement_into(&self, slot: Slot) -> Option<&'a Requirement> {
        let found = self.pattern.requirements.binary_search_by(|requirement| requirement.dependent.cmp(&slot)).ok()?;
        self.pattern.requirements.get(found)
    }

    /// The origins that a field must have, in the order of precedence; steps are looked at elsewhere.
    fn origins(&self, slot: Slot, part: &Part, given: bool, makes: bool) -> Vec<Origin> {
        if part.fixed.iter().any(|(field, _)| *field == slot.field) {
            return vec![Origin::Fixed];
        }
        let mut origins = Vec::new();
        if let Some(requirement) = self.requirement_into(slot).filter(|requirement| !self.waits(requirement)) {
            origins.extend(self.parts_of(requirement));
        }
        if given {
            origins.push(Origin::Input);
        }
        if makes && part.defaults.iter().any(|(field, _)| *field == slot.field) {
            origins.push(Origin::Default);
        }
        origins
    }

    /// The sources of a requirement that are there and have a value to give.
    fn parts_of(&self, requirement: &Requirement) -> Vec<Origin> {
        let sources =
            requirement.sources.iter().filter(|slot| self.expected.count(slot.part) > 0 && !self.is_empty(slot));
        let origins = sources.filter_map(|slot| {
            let part = self.part(slot.part)?;
            let field = part.entity.fields.get(slot.field)?.name.clone();
            Some(Origin::Part { part: part.ref_id.clone(), field, step: None })
        });
        origins.collect()
    }

    /// Whether a source is a field of records that are being made, to which nothing gives a value.
    fn is_empty(&self, slot: &Slot) -> bool {
        let Some(part) = self.part(slot.part).filter(|part| !part.read_only && !self.is_id(slot)) else { return false };
        let valued = part.fixed.iter().chain(&part.defaults).any(|(field, _)| *field == slot.field);
        let required = self.requirement_into(*slot).is_some_and(|requirement| self.is_there(requirement));
        let count = self.expected.count(slot.part);
        let made = |one: usize| {
            let step = self.written.get(slot.part).and_then(|part| part.get(one)).copied().flatten();
            let makes = step
                .and_then(|step| self.step(step))
                .is_some_and(|step| matches!(step.action, StepAction::Create | StepAction::Embed { .. }));
            let known = instance(self.shape, slot.part, one).is_some_and(|instance| instance.knows(slot.field));
            makes && !known && !self.looked(slot.part, one)
        };
        !valued && !required && count > 0 && (0..count).all(made)
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
        let mut needs = instances.iter().map(|one| self.provider(slot, *one, number)).peekable();
        let mut first = None;
        let empty = needs.peek().is_none();
        for provider in needs.flatten() {
            if !waited(provider) {
                return false;
            }
            first = Some(provider);
        }
        // To wait for more than is needed does no harm; to wait for less does.
        empty || (named.is_some() || first.is_none()) && named.is_none_or(waited)
    }

    /// The step without which the value for an instance of step `number` is not known.
    pub(super) fn provider(&self, slot: Slot, one: usize, number: usize) -> Option<usize> {
        let carrier = match self.step(number)?.action {
            StepAction::Embed { parent } => Some(parent),
            _ => None,
        };
        let mut slot = slot;
        let mut written = None;
        // The chain of requirements is as long as there are parts at most: the pattern has no circle of others.
        for _ in 0..=self.pattern.parts.len() {
            let part = self.part(slot.part)?;
            let one = if part.multiple { one } else { 0 };
            if part.read_only {
                let known = instance(self.shape, slot.part, one)
                    .is_some_and(|instance| self.is_id(&slot) || instance.knows(slot.field));
                let found = self.before_writes().position(|step| step.position == slot.part);
                return if known { None } else { written.or(found) };
            }
            let writer = self.writer(slot.part, one);
            if self.is_id(&slot) {
                let looked = self
                    .looked_by(slot.part, one)
                    .filter(|_| self.plan.operation == Operation::Update && !part.replace);
                return writer.filter(|step| self.makes_id(*step)).map(|step| written.or(looked).unwrap_or(step));
            }
            if !self.refers(slot.part, one) {
                if part.fixed.iter().any(|(field, _)| *field == slot.field) {
                    return None;
                }
                if let Some(requirement) = self.requirement_into(slot).filter(|requirement| self.is_there(requirement))
                {
                    written = written.or(writer.filter(|writer| Some(*writer) != carrier));
                    let first = requirement.sources.iter().find(|source| self.expected.count(source.part) > 0)?;
                    slot = *first;
                    continue;
                }
            }
            if instance(self.shape, slot.part, one).is_some_and(|instance| instance.knows(slot.field)) {
                return None;
            }
            let read = self.before_writes().position(|step| {
                let set = matches!(&step.action, StepAction::Read(read) if matches!(read.by, By::Children { .. }));
                step.position == slot.part && !set
            });
            return read.map(|read| written.unwrap_or(read));
        }
        None
    }

    /// The steps that come before all writes.
    fn before_writes(&self) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.plan.steps.iter().take_while(|step| matches!(step.action, StepAction::Read(_) | StepAction::Find { .. }))
    }

    fn looked_by(&self, part: usize, one: usize) -> Option<usize> {
        self.before_writes().position(|step| {
            let by_match = matches!(&step.action, StepAction::Read(read) if matches!(read.by, By::Match { .. }));
            let covers = matches!(&step.count, Count::Exactly(instances) if instances.binary_search(&one).is_ok());
            step.position == part && by_match && covers
        })
    }
}
