//! Where the fields of a write take their values from.

use super::Scene;
use super::cast::{Presence, parent_of};
use super::kinds::{Held, Kind};
use crate::catalog::{Part, Requirement, Slot};
use crate::plan::lower::Need;
use crate::plan::problem::{self, PlanProblem};
use crate::plan::{FieldSource, Origin};

/// The fields of a step, and what they need.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) sources: Vec<FieldSource>,
    /// Positions of the fields, as in `sources`.
    pub(super) positions: Vec<usize>,
    pub(super) needs: Vec<Need>,
    pub(super) after: Vec<usize>,
    /// A required field that the parent's write fills.
    pub(super) implied: Option<usize>,
}

/// What the value of a requirement hangs on.
#[derive(Debug, Clone, Default)]
pub(super) struct Behind {
    step: Option<usize>,
    needs: Vec<Need>,
    after: Vec<usize>,
}

/// How the fields of a step are chosen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Choice<'c> {
    /// Defaults count.
    pub(super) defaults: bool,
    /// Fields that are left out.
    pub(super) without: &'c [usize],
}

impl Fields {
    /// Puts what is needed in order, each once.
    pub(super) fn settle(&mut self) {
        self.after.sort_unstable();
        self.after.dedup();
        self.needs.sort_unstable_by_key(|need| (need.part, need.all, need.id, need.value));
        self.needs.dedup_by_key(|need| (need.part, need.all, need.id, need.value));
    }
}

impl Scene<'_> {
    /// The fields written for instances of a part.
    pub(super) fn fields(&mut self, position: usize, part: &Part, instances: &[usize], choice: Choice<'_>) -> Fields {
        let mut fields = Fields::default();
        let given = self.given_fields(position, part, instances);
        for field in self.candidates(position, part, &given, choice) {
            let from = self.origins(position, part, field, instances, &given, choice, &mut fields);
            if from.is_empty() {
                continue;
            }
            if let Some(name) = self.name(&Slot { part: position, field }) {
                fields.positions.push(field);
                fields.sources.push(FieldSource { field: name, from });
            }
        }
        if part.entity.embedded.is_none() {
            self.note_left_out(position, part, instances, choice.without);
        }
        fields.settle();
        fields
    }

    /// Fields that are not written because the record has their values: others take them all the same.
    fn note_left_out(&mut self, position: usize, part: &Part, instances: &[usize], without: &[usize]) {
        for field in without {
            if let Some((number, requirement)) = self.requirement_into(position, *field)
                && !self.is_deferred(requirement)
            {
                self.required(number, requirement, part, instances, &mut Vec::new(), &mut Fields::default());
            }
        }
    }

    /// The fields that any of the instances gives.
    fn given_fields(&self, position: usize, part: &Part, instances: &[usize]) -> Vec<usize> {
        let present = self.present(position);
        if let [only] = instances {
            return present.shape(*only).map(|shape| shape.fields.clone()).unwrap_or_default();
        }
        let mut seen = vec![false; part.entity.fields.len()];
        for instance in instances {
            for field in present.shape(*instance).into_iter().flat_map(|shape| &shape.fields) {
                if let Some(seen) = seen.get_mut(*field) {
                    *seen = true;
                }
            }
        }
        seen.iter().enumerate().filter(|(_, seen)| **seen).map(|(field, _)| field).collect()
    }

    fn candidates(&self, position: usize, part: &Part, given: &[usize], choice: Choice<'_>) -> Vec<usize> {
        let mut fields: Vec<usize> = part.fixed.iter().map(|(field, _)| *field).collect();
        fields.extend(given);
        if choice.defaults {
            fields.extend(part.defaults.iter().map(|(field, _)| *field));
        }
        let incoming = part.incoming.iter().filter_map(|requirement| self.requirement(*requirement));
        fields.extend(incoming.map(|requirement| requirement.dependent.field));
        fields.sort_unstable();
        fields.dedup();
        fields.retain(|field| !choice.without.contains(field) && !self.is_id(&Slot { part: position, field: *field }));
        fields
    }

    #[expect(clippy::too_many_arguments, reason = "one field of one step: all of it is what the step knows")]
    fn origins(
        &mut self,
        position: usize,
        part: &Part,
        field: usize,
        instances: &[usize],
        given: &[usize],
        choice: Choice<'_>,
        fields: &mut Fields,
    ) -> Vec<Origin> {
        if self.is_fixed(position, field) {
            return vec![Origin::Fixed];
        }
        let mut from = Vec::with_capacity(1);
        if let Some((number, requirement)) = self.requirement_into(position, field)
            && !self.is_deferred(requirement)
        {
            self.required(number, requirement, part, instances, &mut from, fields);
        }
        if given.binary_search(&field).is_ok() {
            from.push(Origin::Input);
        }
        if choice.defaults && self.has_default(position, field) {
            from.push(Origin::Default);
        }
        from
    }

    /// The origins that a requirement gives.
    pub(super) fn required(
        &mut self,
        number: usize,
        requirement: &Requirement,
        part: &Part,
        instances: &[usize],
        from: &mut Vec<Origin>,
        fields: &mut Fields,
    ) {
        let (before, known) = (from.len(), self.problems.len());
        let mut plain = true;
        let mut own = Fields::default();
        let mut given = None;
        for slot in &requirement.sources {
            let Some((step, empty)) = self.provider(slot, part, instances, &mut own) else { continue };
            if empty {
                continue;
            }
            given = given.or(step);
            plain &= step.is_none();
            let (Some(source), Some(field)) = (self.part(slot.part), self.name(slot)) else { continue };
            from.push(Origin::Part { part: source.ref_id.clone(), field, step });
        }
        let counted = requirement.sources.iter().all(|slot| self.counts_agree(slot, instances));
        if from.len() == before && !requirement.optional && self.problems.len() == known && counted {
            let dependent = self.name(&requirement.dependent).map(|name| name.to_string()).unwrap_or_default();
            let message = format!("`{}.{dependent}` takes a value that nothing gives", part.ref_id);
            let help = "give the source's field a value, or mark the requirement `optional`";
            let problem = PlanProblem::new(&problem::NO_SOURCE_VALUE, part, message);
            self.problems.push(problem.field(part, requirement.dependent.field).help(help));
        }
        if let Some(slot) = self.plain.get_mut(number) {
            *slot = plain;
        }
        if let Some(behind) = self.behind.get_mut(number).filter(|_| part.entity.embedded.is_some()) {
            behind.step = behind.step.or(given);
            behind.needs.extend(&own.needs);
            behind.after.extend(&own.after);
        }
        fields.needs.append(&mut own.needs);
        fields.after.append(&mut own.after);
    }

    /// The step behind the value that an embedded record has from a requirement, if it takes one.
    fn through_embedded(
        &mut self,
        (embed, number): (usize, usize),
        part: &Part,
        instances: &[usize],
        fields: &mut Fields,
    ) -> Option<usize> {
        let source = self.part(embed)?;
        if let Some((_, parent)) = parent_of(self.pattern, source).filter(|(link, _)| *link == number) {
            return self.provider(&parent, part, instances, fields).and_then(|(step, _)| step);
        }
        let behind = self.behind.get(number)?;
        fields.needs.extend(&behind.needs);
        fields.after.extend(&behind.after);
        behind.step
    }

    /// Whether a source has an instance for each of these; else the counts have been told of.
    fn counts_agree(&self, slot: &Slot, instances: &[usize]) -> bool {
        let one_each = self.part(slot.part).is_some_and(|source| source.multiple && !source.read_only);
        let (last, count) = (instances.last().copied(), self.kinds(slot.part).len());
        !one_each || count == 0 || last.is_none_or(|last| last < count)
    }

    /// The step that gives a source's value, if it takes one, and whether there is no value at all.
    fn provider(
        &mut self,
        slot: &Slot,
        part: &Part,
        instances: &[usize],
        fields: &mut Fields,
    ) -> Option<(Option<usize>, bool)> {
        let source = self.part(slot.part).filter(|_| self.there(slot))?;
        if source.read_only {
            return Some((self.read_provider(slot, fields), false));
        }
        let range: &[usize] = if source.multiple { instances } else { &[0] };
        let mut step = None;
        let mut empty = true;
        let mut wrote = false;
        let mut first = false;
        for instance in range {
            // Of a source that a read has yet to count, one stands for all.
            let instance = (*instance).min(self.kinds(slot.part).len().saturating_sub(1));
            let kind = self.kinds(slot.part).get(instance).copied()?;
            let held = if self.is_id(slot) { id_held(kind) } else { self.held(slot.part, slot.field, instance) };
            empty &= held == Held::Nothing;
            match held {
                // The value is known, but the source exists first all the same.
                Held::Known | Held::Nothing => first |= self.exists_first(slot.part, instance, kind, fields),
                Held::Required(number) => {
                    let chained = self.requirement(number)?;
                    if self.is_deferred(chained) {
                        self.too_late(slot, part);
                        return None;
                    }
                    if kind == Kind::Embed {
                        let found = self.through_embedded((slot.part, number), part, instances, fields);
                        step = step.or(found);
                        self.exists_first(slot.part, instance, kind, fields);
                    } else if self.carries_now(slot.part) {
                        // The parent of an embedded record is not a step yet; what it takes its value from is.
                        for source in &chained.sources {
                            let found = self.provider(source, part, instances, fields);
                            step = step.or(found.and_then(|(step, _)| step));
                        }
                    } else if !self.plain.get(number).copied().unwrap_or(true) {
                        wrote = true;
                        self.written_by(slot.part, instance, &mut step, fields);
                    } else {
                        first |= self.exists_first(slot.part, instance, kind, fields);
                    }
                }
                Held::Record => {
                    let by_look = kind == Kind::Look && (!self.is_id(slot) || !self.makes(source));
                    let known = if by_look { &self.look_step } else { &self.read_step };
                    match known.get(slot.part).copied().flatten().filter(|_| by_look || !self.is_id(slot)) {
                        Some(read) => {
                            step = step.or(Some(read));
                            push_last(&mut fields.after, read);
                            first |= self.exists_first(slot.part, instance, kind, fields);
                        }
                        None if kind.makes_id() => {
                            wrote = true;
                            self.written_by(slot.part, instance, &mut step, fields);
                        }
                        None => {}
                    }
                }
            }
        }
        if wrote || first {
            let value = wrote && !self.is_id(slot);
            fields.needs.push(Need { part: slot.part, all: false, id: wrote, value });
        }
        Some((step, empty))
    }

    fn read_provider(&self, slot: &Slot, fields: &mut Fields) -> Option<usize> {
        let present = self.present(slot.part);
        let known = |instance| present.shape(instance).is_some_and(|shape| shape.knows(slot.field));
        let given = present.presence == Presence::Given;
        if given && (self.is_id(slot) || (0..present.count).all(known)) {
            return None;
        }
        let step = self.read_step.get(slot.part).copied().flatten()?;
        push_last(&mut fields.after, step);
        if self.placed.get(slot.part).is_some_and(|placed| !placed.is_empty()) {
            fields.needs.push(Need { part: slot.part, all: false, id: true, value: false });
        }
        Some(step)
    }

    fn written_by(&self, part: usize, instance: usize, step: &mut Option<usize>, fields: &mut Fields) {
        let placed = self.placed.get(part).and_then(|placed| placed.get(instance)).copied().flatten();
        if let Some((write, _)) = placed {
            *step = Some(step.map_or(write, |step| step.min(write)));
            push_last(&mut fields.after, write);
        }
    }

    /// Whether the part is the one whose embedded records are being planned.
    fn carries_now(&self, part: usize) -> bool {
        self.carrier == Some(part)
    }

    /// Waits for the write of a record that does not exist yet; of an embedded one for the write that it travels in.
    fn exists_first(&self, part: usize, instance: usize, kind: Kind, fields: &mut Fields) -> bool {
        let mut ignored = None;
        if kind == Kind::Embed {
            let carrier = self.carrier_of.get(part).copied().flatten().filter(|carrier| !self.carries_now(*carrier));
            if let Some((carrier, kind)) = carrier.and_then(|carrier| Some((carrier, self.kind(carrier, instance)?))) {
                let instance = if self.part(carrier).is_some_and(|part| part.multiple) { instance } else { 0 };
                if self.exists_first(carrier, instance, kind, fields) {
                    fields.needs.push(Need { part: carrier, all: false, id: false, value: false });
                }
            }
            return false;
        }
        let looked = kind == Kind::Look && self.part(part).is_some_and(|part| self.makes(part));
        if looked || matches!(kind, Kind::Create | Kind::Upsert) {
            self.written_by(part, instance, &mut ignored, fields);
        }
        ignored.is_some()
    }

    fn too_late(&mut self, slot: &Slot, part: &Part) {
        let (Some(source), Some(name)) = (self.part(slot.part), self.name(slot)) else { return };
        let message = format!("`{}` takes `{}.{name}`, which is only set afterwards", part.ref_id, source.ref_id);
        let help = "take the value from where the deferred requirement takes it";
        self.problems.push(PlanProblem::new(&problem::SET_AFTERWARDS, part, message).help(help));
    }

    /// Whether a deferred requirement has to wait: a source is written by this operation. Else it is as any other.
    pub(super) fn is_deferred(&self, requirement: &Requirement) -> bool {
        requirement.deferred
            && requirement.sources.iter().filter(|slot| self.there(slot)).any(|slot| {
                let waits = |kind: &Kind| kind.makes_id() || !self.is_id(slot) && *kind != Kind::Referred;
                self.kinds(slot.part).iter().any(waits)
            })
    }
}

/// Who knows the Id of an instance.
fn id_held(kind: Kind) -> Held {
    if kind.makes_id() { Held::Record } else { Held::Known }
}

fn push_last(list: &mut Vec<usize>, step: usize) {
    if list.last() != Some(&step) {
        list.push(step);
    }
}
