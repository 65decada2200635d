//! The least privilege of uses that are known: of the fields that somebody gives and takes, and of no others.

use std::collections::BTreeMap;

use super::{Access, Needs, Right, Ways};
use crate::adapter::Capabilities;
use crate::catalog::{Part, Pattern, Slot};
use crate::ids::FieldName;
use crate::model::Condition;
use crate::plan::{Answer, By, InputShape, Operation, PartShape, Plan, ReadStep, StepAction, plan};

/// One use of a pattern.
#[derive(Debug, Clone)]
pub struct Use<'a> {
    /// The pattern, under the authority that holds.
    pub pattern: &'a Pattern,
    /// What is done with it.
    pub operation: Operation,
    /// What it is given; of a read also what is taken of it.
    pub shape: &'a InputShape,
    /// The fields by which conditions in its input find records.
    pub searched: Vec<Slot>,
}

/// The least that these uses need, by holder and entity: as [`access`](super::access()), but of the fields alone that their
/// plans read, look for and write. Which records are there is not known, so that a match counts as found and as not found. A
/// use that cannot be planned counts with all fields of its pattern.
///
/// ```
/// use engage_engine::access::{Use, access_by_fields};
/// use engage_engine::plan::{InputShape, Operation};
/// use engage_engine::{Capabilities, Catalog};
///
/// fn least(catalog: &Catalog, capabilities: &Capabilities) -> usize {
///     let Some(pattern) = catalog.pattern("crm-a", "lead") else { return 0 };
///     let shape = InputShape::minimal(pattern, Operation::Create);
///     let used = Use { pattern, operation: Operation::Create, shape: &shape, searched: Vec::new() };
///     access_by_fields([used], capabilities).iter().map(|need| need.create.len()).sum()
/// }
/// ```
pub fn access_by_fields<'a>(uses: impl IntoIterator<Item = Use<'a>>, capabilities: &Capabilities) -> Vec<Access> {
    let mut needs = Needs::default();
    for used in uses {
        match plan(used.pattern, used.operation, used.shape, capabilities) {
            Ok(plan) => needs.planned(&used, &plan, capabilities),
            Err(_) => needs.operation(used.pattern, used.operation, capabilities),
        }
    }
    needs.found.into_values().collect()
}

impl Needs {
    fn planned(&mut self, used: &Use<'_>, plan: &Plan, capabilities: &Capabilities) {
        let pattern = used.pattern;
        let mut written: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for step in &plan.steps {
            let Some(part) = pattern.parts.get(step.position) else { continue };
            let positions = step.fields.iter().filter_map(|source| part.entity.position(source.field.as_str()));
            match &step.action {
                StepAction::Read(read) => self.read(used, plan, (step.position, part), read),
                StepAction::Find { key } => self.looks(pattern, part, key.iter()),
                StepAction::Delete => self.right(pattern, &part.entity, Right::Delete),
                StepAction::Defer => written.entry(step.position).or_default().1.extend(positions),
                StepAction::Upsert { key, .. } => {
                    self.looks(pattern, part, key.iter());
                    written.entry(step.position).or_default().0.extend(positions);
                }
                StepAction::Create | StepAction::Update | StepAction::Embed { .. } => {
                    written.entry(step.position).or_default().0.extend(positions);
                }
            }
        }
        for (position, (fields, deferred)) in written {
            let Some(part) = pattern.parts.get(position) else { continue };
            self.written(used, (position, part), (fields, &deferred));
            self.around(used, plan, part, capabilities);
        }
    }

    /// What a write takes beside its fields: the key of a create, and the right to undo it.
    fn around(&mut self, used: &Use<'_>, plan: &Plan, part: &Part, capabilities: &Capabilities) {
        let pattern = used.pattern;
        if Ways::of(part, used.operation).creates && !capabilities.caller_ids {
            self.keyed(pattern, part);
        }
        let undone = used.operation == Operation::Create && plan.figures.atomic == Answer::No;
        if undone && part.entity.embedded.is_none() {
            self.right(pattern, &part.entity, Right::Delete);
        }
    }

    /// A step that reads: what it fetches, and what it finds records by.
    fn read(&mut self, used: &Use<'_>, plan: &Plan, (position, part): (usize, &Part), read: &ReadStep) {
        let pattern = used.pattern;
        self.looks(pattern, part, &read.select);
        match &read.by {
            By::Id | By::Filter | By::Own => {}
            By::Match { on } => self.looks(pattern, part, on),
            By::Children { field, .. } => self.looks(pattern, part, [field]),
            By::Join { step, field, other, .. } => {
                self.looks(pattern, part, [field]);
                let source = plan.steps.get(*step).and_then(|step| pattern.parts.get(step.position));
                source.into_iter().for_each(|source| self.looks(pattern, source, [other]));
            }
        }
        let mut tested = Vec::new();
        part.filter.iter().for_each(|filter| fields_of(filter, &mut tested));
        self.looks(pattern, part, tested);
        let name = |field: usize| part.entity.fields.get(field).map(|field| &field.name);
        self.looks(pattern, part, part.sort.and_then(|(field, _)| name(field)));
        if let Some(Some(PartShape::Filter { key: Some(key) })) = used.shape.parts.get(position) {
            self.looks(pattern, part, key.iter().filter_map(|field| name(*field)));
        }
        let searched = used.searched.iter().filter(|slot| slot.part == position);
        self.looks(pattern, part, searched.filter_map(|slot| name(slot.field)));
    }

    /// These fields are read, or looked for.
    fn looks<'f>(&mut self, pattern: &Pattern, part: &Part, fields: impl IntoIterator<Item = &'f FieldName>) {
        let need = self.of(pattern, &part.entity);
        need.rights.insert(Right::Read);
        let found = fields.into_iter().filter(|name| !name.is_id()).filter_map(|name| part.entity.field(name.as_str()));
        need.read.extend(found.filter_map(|field| field.read_column.clone()));
    }

    /// A part that is written: these fields with the record, the `deferred` ones afterwards.
    fn written(
        &mut self,
        used: &Use<'_>,
        (position, part): (usize, &Part),
        (mut fields, deferred): (Vec<usize>, &[usize]),
    ) {
        let (pattern, ways) = (used.pattern, Ways::of(part, used.operation));
        if !part.match_on.is_empty() || part.replace {
            // The plan is a forecast: what it takes for found may have to be made, and the other way round.
            fields.extend(possible(used, position, part));
        }
        self.rights(pattern, part, used.operation, !deferred.is_empty());
        self.columns(pattern, part, ways, &fields);
        self.columns(pattern, part, Ways { creates: false, updates: true }, deferred);
    }

    /// A create carries its key in a field where the CRM makes the ids, and is looked for by it when its answer got lost.
    fn keyed(&mut self, pattern: &Pattern, part: &Part) {
        let Some(position) = part.entity.idempotency else { return };
        self.columns(pattern, part, Ways { creates: true, updates: false }, &[position]);
        self.looks(pattern, part, part.entity.fields.get(position).map(|field| &field.name));
    }
}

/// All fields of a part that a write may set.
fn possible(used: &Use<'_>, position: usize, part: &Part) -> Vec<usize> {
    let requirements = part.incoming.iter().filter_map(|requirement| used.pattern.requirements.get(*requirement));
    let mut fields: Vec<usize> = requirements.map(|requirement| requirement.dependent.field).collect();
    fields.extend(part.fixed.iter().chain(&part.defaults).map(|(field, _)| *field));
    if let Some(Some(PartShape::Given { instances, .. })) = used.shape.parts.get(position) {
        fields.extend(instances.iter().flat_map(|instance| &instance.fields));
    }
    fields
}

/// The fields that a condition tests. The checker bounds its depth.
fn fields_of<'c, V>(condition: &'c Condition<V>, all: &mut Vec<&'c FieldName>) {
    match condition {
        Condition::Test(test) => all.push(&test.field),
        Condition::And(inner) | Condition::Or(inner) => inner.iter().for_each(|inner| fields_of(inner, all)),
        Condition::Not(inner) => fields_of(inner, all),
    }
}
