//! What every written field will hold, settled before the first write.
//!
//! The plan says where a value comes from; here it is fetched from there. An Id that nobody knows yet stays a
//! reference to its instance until the group that needs it goes out. Sources come before dependents in a plan, so
//! one walk over the steps settles everything, however long the chain.

use std::collections::HashMap;

use super::query::Key;
use super::state::State;
use crate::catalog::{Part, Pattern, Slot};
use crate::ids::FieldName;
use crate::plan::{Count, FieldSource, Origin, Plan, Step, StepAction};
use crate::value::Value;

/// The one instance that stands for as many as a read may find, where nothing has been read.
const ONE: &[usize] = &[0];

/// A value on its way to the wire.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Resolved {
    /// Known now.
    Value(Value),
    /// The Id that the write of this instance will make or find.
    Id { part: usize, index: usize },
}

impl Resolved {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Value(Value::Null))
    }
}

/// The fields of an instance by position, sorted.
pub(super) type Fields = Vec<(usize, Resolved)>;

/// The values of a plan's writes.
pub(super) struct Values<'a> {
    pattern: &'a Pattern,
    state: &'a State,
    /// By step, by instance of the step.
    by_step: Vec<Vec<Fields>>,
    /// The step, and the instance of the step, that writes an instance of a part.
    writers: HashMap<(usize, usize), (usize, usize)>,
}

/// The instances that a step is for.
pub(super) fn instances(step: &Step) -> &[usize] {
    match &step.count {
        Count::Exactly(instances) => instances,
        Count::Found => ONE,
    }
}

impl<'a> Values<'a> {
    /// Nothing settled yet.
    pub(super) fn new(pattern: &'a Pattern, state: &'a State) -> Self {
        Self { pattern, state, by_step: Vec::new(), writers: HashMap::new() }
    }

    /// Everything settled.
    pub(super) fn settle(pattern: &'a Pattern, plan: &Plan, state: &'a State) -> Self {
        let mut values = Self::new(pattern, state);
        values.by_step.reserve(plan.steps.len());
        for (position, step) in plan.steps.iter().enumerate() {
            if writes_whole(&step.action) {
                let writers = instances(step).iter().enumerate();
                values.writers.extend(writers.map(|(slot, index)| ((step.position, *index), (position, slot))));
            }
        }
        for step in &plan.steps {
            let settled = match pattern.parts.get(step.position) {
                Some(part) => instances(step).iter().map(|index| values.fields(step, part, *index)).collect(),
                None => Vec::new(),
            };
            values.by_step.push(settled);
        }
        values
    }

    /// The fields of an instance of a step.
    pub(super) fn of(&self, step: usize, slot: usize) -> &[(usize, Resolved)] {
        self.by_step.get(step).and_then(|instances| instances.get(slot)).map_or(&[], Vec::as_slice)
    }

    /// Whether the plan writes the instance as a whole.
    pub(super) fn written(&self, part: usize, index: usize) -> bool {
        self.writers.contains_key(&(part, index))
    }

    fn fields(&self, step: &Step, part: &Part, index: usize) -> Fields {
        let value = |source: &FieldSource| {
            let field = part.entity.position(source.field.as_str())?;
            source
                .from
                .iter()
                .find_map(|origin| self.origin(origin, step, part, index, field))
                .map(|value| (field, value))
        };
        let mut fields: Fields = step.fields.iter().filter_map(value).collect();
        fields.sort_by_key(|(field, _)| *field);
        drop_cleared_twins(part, &mut fields);
        fields
    }

    fn origin(&self, origin: &Origin, step: &Step, part: &Part, index: usize, field: usize) -> Option<Resolved> {
        let assigned = |list: &[(usize, Value)]| {
            list.iter().find(|(assigned, _)| *assigned == field).map(|(_, value)| Resolved::Value(value.clone()))
        };
        match origin {
            Origin::Fixed => assigned(&part.fixed),
            Origin::Default => assigned(&part.defaults),
            Origin::Input => {
                let record = self.state.record(step.position, index)?;
                let name = &part.entity.fields.get(field)?.name;
                // Where a filter finds the record, what it asks for is what the input says.
                record.given.get(name).cloned().map(Resolved::Value)
            }
            Origin::Part { part, field, .. } => {
                let position = self.pattern.position(part.as_str())?;
                let field = self.pattern.parts.get(position)?.entity.position(field.as_str())?;
                self.source(Slot { part: position, field }, index)
            }
        }
    }

    /// The value that a source gives to the instance with this index; null gives none.
    pub(super) fn source(&self, source: Slot, index: usize) -> Option<Resolved> {
        let part = self.pattern.parts.get(source.part)?;
        let index = if part.multiple { index } else { 0 };
        let name = &part.entity.fields.get(source.field)?.name;
        let record = self.state.record(source.part, index);
        if name.is_id() {
            if let Some(id) = record.and_then(|record| record.id.clone()) {
                return Some(Resolved::Value(Value::Id(id)));
            }
            return self.written(source.part, index).then_some(Resolved::Id { part: source.part, index });
        }
        let settled = self.writers.get(&(source.part, index)).and_then(|(step, slot)| {
            let fields = self.of(*step, *slot);
            fields.binary_search_by_key(&source.field, |(field, _)| *field).ok().and_then(|at| fields.get(at))
        });
        let value = match settled {
            Some((_, value)) => Some(value.clone()),
            None => record.and_then(|record| record.value(name.as_str())).cloned().map(Resolved::Value),
        };
        value.filter(|value| !value.is_null())
    }

    /// What requirement gives a field of an instance: the first source that has a value.
    pub(super) fn required(&self, sources: &[Slot], index: usize) -> Option<Resolved> {
        sources.iter().find_map(|source| self.source(*source, index))
    }

    /// By position the values that identify the new instances of a part, with the key they are compared by. An
    /// instance whose values are not all known matches nothing yet.
    pub(super) fn matched(&self, part: usize, on: &[FieldName]) -> Vec<(Vec<Key>, Vec<Value>)> {
        let looked = self.match_values(part, on).into_iter().flatten();
        looked.filter_map(|values| Some((values.iter().map(Key::of).collect::<Option<_>>()?, values))).collect()
    }

    /// For each instance of a part the values that identify it; `None` where it needs none or not all are known.
    pub(super) fn match_values(&self, part: usize, on: &[FieldName]) -> Vec<Option<Vec<Value>>> {
        let values = |(index, record): (usize, &super::state::Record)| {
            if record.id.is_some() {
                return None;
            }
            on.iter().map(|name| self.match_value(part, index, name)).collect()
        };
        // A part that always exists does so without input too.
        if self.state.records(part).is_empty() {
            return vec![values((0, &super::state::Record::default()))];
        }
        self.state.records(part).iter().enumerate().map(values).collect()
    }

    /// One of the values that identify an instance; `None` where there is none, or none before the write.
    pub(super) fn match_value(&self, position: usize, index: usize, name: &FieldName) -> Option<Value> {
        let part = self.pattern.parts.get(position)?;
        let field = part.entity.position(name.as_str())?;
        if let Some((_, value)) = part.fixed.iter().find(|(fixed, _)| *fixed == field) {
            return Some(value.clone());
        }
        let requirements = part.incoming.iter().filter_map(|position| self.pattern.requirements.get(*position));
        let by_requirement = requirements.filter(|requirement| requirement.dependent.field == field);
        let by_requirement = by_requirement.filter_map(|requirement| self.required(&requirement.sources, index)).next();
        match by_requirement {
            Some(Resolved::Value(value)) => Some(value),
            Some(Resolved::Id { .. }) => None,
            None => {
                let record = self.state.record(position, index)?;
                record.given.get(name).filter(|value| !value.is_null()).cloned()
            }
        }
    }
}

/// Steps whose write is an instance of their part (a deferred value or a removal is not).
fn writes_whole(action: &StepAction) -> bool {
    match action {
        StepAction::Find { .. }
        | StepAction::Create
        | StepAction::Update
        | StepAction::Upsert { .. }
        | StepAction::Embed { .. } => true,
        StepAction::Read(_) | StepAction::Delete | StepAction::Defer => false,
    }
}

/// Of the targets of one polymorphic reference, the one that is set clears the others by itself.
fn drop_cleared_twins(part: &Part, fields: &mut Fields) {
    let column = |field: usize| part.entity.fields.get(field).and_then(|field| field.write_column.as_deref());
    if !fields.iter().any(|(_, value)| value.is_null()) {
        return;
    }
    let set: Vec<&str> =
        fields.iter().filter(|(_, value)| !value.is_null()).filter_map(|(field, _)| column(*field)).collect();
    fields.retain(|(field, value)| !value.is_null() || column(*field).is_none_or(|column| !set.contains(&column)));
}
