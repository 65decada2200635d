//! From members of a wire group to writes, with what is known when the group goes out.

use std::collections::HashMap;

use super::error::{Failure, RunErrorKind};
use super::keys::Keys;
use super::progress::Progress;
use super::state::{Known, State};
use super::values::{Resolved, Values, instances};
use crate::adapter::{
    AdapterError, AdapterErrorKind, Back, Capabilities, EmbeddedWrite, Find, Record, Write, WriteAction, WriteGroup,
    WriteValue,
};
use crate::catalog::{Part, Pattern, Requirement};
use crate::ids::FieldName;
use crate::model::Condition;
use crate::plan::{GroupKind, Plan, Step, StepAction, WireGroup};
use crate::value::Value;

/// An instance of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    pub(super) step: usize,
    /// Among the step's instances.
    pub(super) slot: usize,
    pub(super) part: usize,
    /// Among the part's instances.
    pub(super) index: usize,
}

/// A group ready to go out.
pub(super) struct Lowered {
    pub(super) group: WriteGroup,
    /// Whose write each is.
    pub(super) slots: Vec<Slot>,
    /// The key that each create carries.
    pub(super) keys: Vec<Option<String>>,
}

/// What lowering needs to know.
pub(super) struct Lowering<'a> {
    pub(super) pattern: &'a Pattern,
    pub(super) plan: &'a Plan,
    pub(super) state: &'a State,
    pub(super) values: &'a Values<'a>,
    pub(super) keys: &'a Keys,
    pub(super) capabilities: &'a Capabilities,
    /// Embedded steps by the step that carries them.
    pub(super) embedded: Vec<Vec<usize>>,
}

/// Whether a requirement of an embedded part leads to the parent in whose write it travels.
pub(super) fn to_parent(pattern: &Pattern, part: &Part, requirement: &Requirement) -> bool {
    let Some(embedded) = &part.entity.embedded else { return false };
    requirement.sources.iter().any(|source| {
        pattern.parts.get(source.part).is_some_and(|above| {
            above.entity.id == embedded.parent
                && above.entity.fields.get(source.field).is_some_and(|field| field.name.is_id())
        })
    })
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        pattern: &'a Pattern,
        plan: &'a Plan,
        state: &'a State,
        values: &'a Values<'a>,
        keys: &'a Keys,
        capabilities: &'a Capabilities,
    ) -> Self {
        let mut embedded = vec![Vec::new(); plan.steps.len()];
        for (position, step) in plan.steps.iter().enumerate() {
            if let StepAction::Embed { parent } = step.action
                && let Some(list) = embedded.get_mut(parent)
            {
                list.push(position);
            }
        }
        Self { pattern, plan, state, values, keys, capabilities, embedded }
    }

    pub(super) fn step(&self, slot: Slot) -> Option<(&'a Step, &'a Part)> {
        Some((self.plan.steps.get(slot.step)?, self.pattern.parts.get(slot.part)?))
    }

    /// The writes of a group, in its order. What is embedded has none of its own.
    pub(super) fn slots(&self, group: &WireGroup) -> Vec<Slot> {
        let members = group.members.iter().filter_map(|member| Some((member, self.plan.steps.get(member.step)?)));
        let own = members.filter(|(_, step)| !matches!(step.action, StepAction::Embed { .. } | StepAction::Read(_)));
        let slots = own.flat_map(|(member, step)| {
            let range = instances(step).get(member.from..member.to).unwrap_or_default();
            range.iter().enumerate().map(move |(offset, index)| Slot {
                step: member.step,
                slot: member.from + offset,
                part: step.position,
                index: *index,
            })
        });
        slots.collect()
    }

    /// The group of these writes. What has nothing to send is left out.
    pub(super) fn lower(&self, kind: GroupKind, slots: &[Slot], progress: &Progress) -> Result<Lowered, Failure> {
        let mut lowered = Lowered {
            group: WriteGroup { atomic: kind == GroupKind::Atomic, writes: Vec::with_capacity(slots.len()) },
            slots: Vec::with_capacity(slots.len()),
            keys: Vec::with_capacity(slots.len()),
        };
        let mut made = HashMap::new();
        for slot in slots {
            let Some((step, part)) = self.step(*slot) else { continue };
            let mut one = One { lowering: self, progress, made: &made, keys: &lowered.keys, slot: *slot, step, part };
            let Some((write, key)) = one.write()? else { continue };
            if !matches!(step.action, StepAction::Delete | StepAction::Defer) {
                made.insert((slot.part, slot.index), lowered.group.writes.len());
            }
            lowered.group.writes.push(write);
            lowered.slots.push(*slot);
            lowered.keys.push(key);
        }
        Ok(lowered)
    }
}

/// The lowering of one write.
struct One<'a, 'l> {
    lowering: &'l Lowering<'a>,
    progress: &'l Progress,
    /// Position in the group by instance.
    made: &'l HashMap<(usize, usize), usize>,
    /// The keys of the group so far.
    keys: &'l [Option<String>],
    slot: Slot,
    step: &'l Step,
    part: &'l Part,
}

impl One<'_, '_> {
    fn write(&mut self) -> Result<Option<(Write, Option<String>)>, Failure> {
        let mut key = None;
        let mut fields = self.fields()?;
        let embedded = self.embedded()?;
        let action = match &self.step.action {
            StepAction::Create => {
                let (action, carried) = self.create(&mut fields);
                key = carried;
                action
            }
            StepAction::Update if fields.is_empty() && embedded.is_empty() => return Ok(None),
            StepAction::Update => WriteAction::Update { record: self.record()?, etag: self.etag() },
            StepAction::Defer if fields.is_empty() => return Ok(None),
            StepAction::Defer => WriteAction::Update { record: self.record()?, etag: None },
            StepAction::Upsert { key, update_only } => {
                WriteAction::Upsert { key: self.positions(key), update_only: *update_only }
            }
            StepAction::Find { key } => {
                fields = self.asked();
                WriteAction::Find(Find { key: self.positions(key) })
            }
            StepAction::Delete => {
                let stale = self.lowering.state.stale(self.slot.part).get(self.slot.index);
                let stale = stale.ok_or_else(|| self.failed(RunErrorKind::Internal("a removal of nothing")))?;
                let etag = stale.etag.clone().filter(|_| self.lowering.capabilities.etags);
                WriteAction::Delete { record: Record::Id(stale.id.clone()), etag }
            }
            StepAction::Read(_) | StepAction::Embed { .. } => return Ok(None),
        };
        Ok(Some((Write { entity: self.part.entity.clone(), action, fields, embedded }, key)))
    }

    fn create(&self, fields: &mut Vec<(usize, WriteValue)>) -> (WriteAction, Option<String>) {
        let key = self.lowering.keys.key(self.part.ref_id.as_str(), self.slot.index);
        if self.lowering.capabilities.caller_ids {
            return (WriteAction::Create { id: Some(key.clone()) }, Some(key));
        }
        let Some(field) = self.part.entity.idempotency else { return (WriteAction::Create { id: None }, None) };
        let carried = match fields.binary_search_by_key(&field, |(field, _)| *field) {
            // A caller who fills the field has a key of their own.
            Ok(at) => match fields.get(at) {
                Some((_, WriteValue::Value(Value::String(given)))) => Some(given.clone()),
                _ => None,
            },
            Err(at) => {
                fields.insert(at, (field, WriteValue::Value(Value::String(key.clone()))));
                Some(key)
            }
        };
        (WriteAction::Create { id: None }, carried)
    }

    fn fields(&self) -> Result<Vec<(usize, WriteValue)>, Failure> {
        let fields = self.lowering.values.of(self.slot.step, self.slot.slot).iter();
        fields.map(|(field, value)| Ok((*field, self.value(value)?))).collect()
    }

    fn value(&self, value: &Resolved) -> Result<WriteValue, Failure> {
        match value {
            Resolved::Value(value) => Ok(WriteValue::Value(value.clone())),
            Resolved::Id { part, index } => Ok(match self.reference(*part, *index)? {
                Record::Id(id) => WriteValue::Value(Value::Id(id)),
                Record::Back(back) => WriteValue::Back(back),
            }),
        }
    }

    /// An instance that this plan writes: by Id where it is known, else by its place in the group.
    fn reference(&self, part: usize, index: usize) -> Result<Record, Failure> {
        if let Some(id) = self.progress.id(part, index) {
            return Ok(Record::Id(id.clone()));
        }
        if let Some(id) = self.lowering.state.record(part, index).and_then(|record| record.id.clone()) {
            return Ok(Record::Id(id));
        }
        let Some(position) = self.made.get(&(part, index)) else {
            // It took effect earlier, and nobody told its Id; or the plan is wrong.
            let unknown = AdapterError::new(AdapterErrorKind::Unknown);
            return Err(self.failed(RunErrorKind::OutcomeUnknown(unknown)));
        };
        // Where the CRM takes our keys as ids, a create's id is known before the write.
        match self.keys.get(*position) {
            Some(Some(key)) if self.lowering.capabilities.caller_ids => Ok(Record::Id(key.clone())),
            _ => Ok(Record::Back(Back(*position))),
        }
    }

    fn record(&self) -> Result<Record, Failure> {
        self.reference(self.slot.part, self.slot.index)
    }

    fn etag(&self) -> Option<String> {
        let record = self.lowering.state.record(self.slot.part, self.slot.index)?;
        record.etag.clone().filter(|_| self.lowering.capabilities.etags)
    }

    fn positions(&self, names: &[FieldName]) -> Vec<usize> {
        let mut positions: Vec<usize> =
            names.iter().filter_map(|name| self.part.entity.position(name.as_str())).collect();
        positions.sort_unstable();
        positions
    }

    /// What the caller's filter asks for, field by field.
    fn asked(&self) -> Vec<(usize, WriteValue)> {
        let Some(Known::Filter(condition)) = self.lowering.state.parts.get(self.slot.part) else { return Vec::new() };
        let tests = match condition {
            Condition::And(tests) => tests.as_slice(),
            other => std::slice::from_ref(other),
        };
        let asked = tests.iter().filter_map(|test| match test {
            Condition::Test(test) => {
                let field = self.part.entity.position(test.field.as_str())?;
                Some((field, WriteValue::Value(test.operands.first()?.clone())))
            }
            _ => None,
        });
        let mut asked: Vec<_> = asked.collect();
        asked.sort_by_key(|(field, _)| *field);
        asked
    }

    fn embedded(&self) -> Result<Vec<EmbeddedWrite>, Failure> {
        let steps = self.lowering.embedded.get(self.slot.step).map_or(&[][..], Vec::as_slice);
        steps.iter().map(|step| self.collection(*step)).collect()
    }

    fn collection(&self, step: usize) -> Result<EmbeddedWrite, Failure> {
        let internal = || self.failed(RunErrorKind::Internal("an embedded step that is not there"));
        let found = self.lowering.plan.steps.get(step).ok_or_else(internal)?;
        let part = self.lowering.pattern.parts.get(found.position).ok_or_else(internal)?;
        let mut rows = Vec::new();
        for (slot, index) in instances(found).iter().enumerate() {
            // Of several parents each carries its own.
            if self.part.multiple && *index != self.slot.index {
                continue;
            }
            let fields = self.lowering.values.of(step, slot).iter();
            let own = fields.filter(|(field, _)| !self.leads_to_parent(part, *field));
            rows.push(own.map(|(field, value)| Ok((*field, self.value(value)?))).collect::<Result<_, Failure>>()?);
        }
        Ok(EmbeddedWrite { entity: part.entity.clone(), rows })
    }

    fn leads_to_parent(&self, part: &Part, field: usize) -> bool {
        let requirements = part.incoming.iter().filter_map(|at| self.lowering.pattern.requirements.get(*at));
        requirements
            .filter(|requirement| requirement.dependent.field == field)
            .any(|requirement| to_parent(self.lowering.pattern, part, requirement))
    }

    fn failed(&self, kind: RunErrorKind) -> Failure {
        Failure::at(kind, &self.part.ref_id).of(self.slot.index).step(self.slot.step)
    }
}
