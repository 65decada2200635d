//! Instances and fields: everything that must be written is, once, and every value has a source that is there in time.

use super::Auditor;
use super::expect::{in_set, instance, record, requirements};
use crate::catalog::{Part, Requirement, Slot};
use crate::plan::{Count, Operation, PartShape, RecordShape, StepAction};

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
        let existing = matches!(known, RecordShape::Given | RecordShape::Member | RecordShape::Found);
        let makes = create || part.replace;
        let kept = existing || !makes && self.looked(position, one);
        let must = !referred && (!kept || part.entity.embedded.is_some() || self.sends(position, part, one));
        // Of parents that a read has yet to count there are not all yet.
        let parent = self.expected.parents.get(position).copied().flatten();
        let waits = parent.is_some_and(|parent| {
            let many = self.part(parent).is_some_and(|part| part.multiple);
            many && self.expected.open.get(parent) == Some(&true) && one >= self.expected.count(parent)
        });
        let Some(number) = step else {
            if must && !waits {
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
        let link = self.kept_link(position, part, one);
        let counts = |field: &usize| (!found || !part.match_on.contains(field)) && link != Some(*field);
        let given = instance(self.shape, position, one).is_some_and(|instance| instance.fields.iter().any(&counts));
        let fixed = part.fixed.iter().any(|(field, _)| counts(field));
        let required = requirements(self.pattern, part).any(|requirement| {
            counts(&requirement.dependent.field) && self.is_there(requirement) && !self.waits(requirement)
        });
        let carries = self.expected.carried.get(position).into_iter().flatten().any(|embed| self.is_carried(*embed));
        given || fixed || required || carries
    }

    /// The field that makes a record of a replaced set its parent's, unless the caller gives it.
    pub(super) fn kept_link(&self, position: usize, part: &Part, one: usize) -> Option<usize> {
        if !in_set(self.shape, self.plan.operation, part, position, one) {
            return None;
        }
        let mut links = requirements(self.pattern, part).filter(|requirement| {
            let by_parent = |slot: &Slot| {
                let single = self.part(slot.part).is_some_and(|source| !source.multiple);
                single && self.is_id(slot) && self.expected.count(slot.part) > 0
            };
            !requirement.deferred && requirement.sources.iter().any(by_parent)
        });
        let field = links.next()?.dependent.field;
        let given = instance(self.shape, position, one).is_some_and(|instance| instance.fields.contains(&field));
        (!given).then_some(field)
    }

    fn is_carried(&self, embed: usize) -> bool {
        let given = matches!(self.shape.parts.get(embed), Some(Some(PartShape::Given { .. })));
        self.expected.count(embed) > 0 || self.plan.operation == Operation::Update && given
    }

    pub(super) fn is_there(&self, requirement: &Requirement) -> bool {
        requirement.sources.iter().any(|slot| self.expected.count(slot.part) > 0)
    }

    /// Whether a deferred requirement must wait: a source's Id is only known once it is written, or a source's field
    /// is itself being written.
    pub(super) fn waits(&self, requirement: &Requirement) -> bool {
        requirement.deferred
            && requirement.sources.iter().any(|slot| {
                let written = || self.written.get(slot.part).into_iter().flatten().enumerate();
                let source = self.part(slot.part).filter(|part| !part.read_only);
                let unwritten = || {
                    let referred = |one| self.refers(slot.part, one);
                    !self.is_id(slot) && !(0..self.expected.count(slot.part)).all(referred)
                };
                let made = |(one, step): (usize, &Option<usize>)| step.is_some_and(|step| self.makes_id(step, one));
                source.is_some() && (written().any(made) || unwritten())
            })
    }

    pub(super) fn refers(&self, part: usize, one: usize) -> bool {
        let given = record(self.shape, part, one) == RecordShape::Given;
        let bare = self.part(part).is_some_and(|part| part.match_on.is_empty());
        given && bare && self.plan.operation == Operation::Create
    }

    /// Whether only the write tells the Id of an instance: of what is made, written by key, or looked up first.
    pub(super) fn makes_id(&self, step: usize, one: usize) -> bool {
        self.step(step).is_some_and(|written| match &written.action {
            StepAction::Create | StepAction::Upsert { .. } => true,
            StepAction::Update => self.looked(written.position, one),
            _ => false,
        })
    }

    pub(super) fn looked(&self, position: usize, one: usize) -> bool {
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
        self.written.get(part)?.get(self.expected.partner(self.pattern, part, one)).copied().flatten()
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
}
