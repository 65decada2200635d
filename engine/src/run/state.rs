//! What an execution knows so far: the input, and what reads have added to it.

use crate::catalog::{Part, Pattern};
use std::collections::BTreeMap;

use crate::ids::{FieldName, RefId};
use crate::input::{Input, PartInput};
use crate::model::Condition;
use crate::plan::{InputShape, InstanceShape, PartShape, RecordShape};
use crate::value::{Instance, Value};

/// What is known, by part.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) parts: Vec<Known>,
    /// The same as the planner sees it.
    pub(super) shape: InputShape,
}

/// What is known of a part.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// Nothing was given.
    Nothing,
    /// A condition was given and nothing is found yet.
    Filter(Condition<Value>),
    /// Its instances.
    Records(Vec<Record>, Option<Vec<Stale>>),
}

/// An instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    /// What the caller gave, without the Id.
    pub(super) given: Instance,
    /// The record behind it.
    pub(super) id: Option<String>,
    /// How that is known.
    pub(super) shape: RecordShape,
    /// The version that this execution read.
    pub(super) etag: Option<String>,
    /// What this execution read.
    pub(super) read: Instance,
}

/// A record that a replaced set no longer has.
#[derive(Debug, Clone)]
pub(super) struct Stale {
    pub(super) id: String,
    pub(super) etag: Option<String>,
}

impl State {
    pub(super) fn new(pattern: &Pattern, input: Input) -> Self {
        let shape = InputShape::of(pattern, &input);
        let mut given = input.parts;
        let parts = pattern.parts.iter().map(|part| match given.remove(&part.ref_id) {
            None => Known::Nothing,
            Some(PartInput::Filter(condition)) => Known::Filter(condition),
            Some(PartInput::One(instance)) => Known::Records(vec![Record::given(instance)], None),
            Some(PartInput::Many(instances)) => {
                Known::Records(instances.into_iter().map(Record::given).collect(), None)
            }
        });
        Self { parts: parts.collect(), shape }
    }

    /// Tells the planner which fields a read wants.
    pub(super) fn select(&mut self, pattern: &Pattern, wanted: &BTreeMap<RefId, Vec<FieldName>>) {
        if wanted.is_empty() {
            return;
        }
        let positions = |part: &Part| {
            let fields = wanted.get(&part.ref_id)?.iter();
            let mut positions: Vec<usize> = fields.filter_map(|name| part.entity.position(name.as_str())).collect();
            positions.sort_unstable();
            positions.dedup();
            Some(positions)
        };
        self.shape.select = pattern.parts.iter().map(positions).collect();
    }

    pub(super) fn records(&self, part: usize) -> &[Record] {
        match self.parts.get(part) {
            Some(Known::Records(records, _)) => records,
            _ => &[],
        }
    }

    pub(super) fn record(&self, part: usize, position: usize) -> Option<&Record> {
        self.records(part).get(position)
    }

    pub(super) fn stale(&self, part: usize) -> &[Stale] {
        match self.parts.get(part) {
            Some(Known::Records(_, Some(stale))) => stale,
            _ => &[],
        }
    }

    /// Takes what was found for a part, and tells the planner.
    pub(super) fn found(&mut self, position: usize, part: &Part, records: Vec<Record>) {
        let stale = match self.parts.get_mut(position) {
            Some(Known::Records(_, stale)) => stale.take(),
            _ => None,
        };
        self.set(position, part, records, stale);
    }

    /// Takes the records of a part, with those of a replaced set that are to go, and tells the planner.
    pub(super) fn set(&mut self, position: usize, part: &Part, records: Vec<Record>, stale: Option<Vec<Stale>>) {
        let shape = PartShape::Given {
            instances: records.iter().map(|record| record.shape(part)).collect(),
            stale: stale.as_ref().map(Vec::len),
        };
        if let Some(slot) = self.shape.parts.get_mut(position) {
            *slot = Some(shape);
        }
        if let Some(slot) = self.parts.get_mut(position) {
            *slot = Known::Records(records, stale);
        }
    }

    /// The input as it is now known, to be given again.
    pub(super) fn input(&self, pattern: &Pattern) -> Input {
        let parts = pattern.parts.iter().zip(&self.parts).filter_map(|(part, known)| {
            let given = match known {
                Known::Nothing => return None,
                Known::Filter(condition) => PartInput::Filter(condition.clone()),
                Known::Records(records, _) if part.multiple => {
                    PartInput::Many(records.iter().map(Record::instance).collect())
                }
                Known::Records(records, _) => PartInput::One(records.first()?.instance()),
            };
            Some((part.ref_id.clone(), given))
        });
        Input { parts: parts.collect() }
    }
}

impl Record {
    fn given(mut instance: Instance) -> Self {
        let id = match instance.remove(FieldName::ID) {
            Some(Value::Id(id)) => Some(id),
            _ => None,
        };
        let shape = if id.is_some() { RecordShape::Given } else { RecordShape::New };
        Self { given: instance, id, shape, ..Self::default() }
    }

    fn instance(&self) -> Instance {
        let mut instance = self.given.clone();
        if let Some(id) = &self.id {
            instance.insert(FieldName::id(), Value::Id(id.clone()));
        }
        instance
    }

    fn shape(&self, part: &Part) -> InstanceShape {
        // Instances and fields are both sorted by name.
        let positions = |instance: &Instance| {
            let names = instance.keys().filter(|name| !name.is_id());
            names.filter_map(|name| part.entity.position(name.as_str())).collect()
        };
        InstanceShape { fields: positions(&self.given), record: self.shape, fetched: positions(&self.read) }
    }

    /// A field's value as the caller gave it or as it was read.
    pub(super) fn value(&self, field: &str) -> Option<&Value> {
        self.given.get(field).or_else(|| self.read.get(field))
    }
}
