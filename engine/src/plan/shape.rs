//! What the planner must know of an input: which instances there are and which fields they have, but no value.

use crate::catalog::{Entity, Part, Pattern};
use crate::ids::FieldName;
use crate::input::{Input, PartInput};
use crate::model::{Condition, Operator};
use crate::plan::Operation;
use crate::value::{FieldType, Instance, Value};

/// The shape of an input. Parts by position in [`Pattern::parts`](crate::catalog::Pattern::parts).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputShape {
    /// One entry per part; `None`: not mentioned.
    pub parts: Vec<Option<PartShape>>,
    /// Of a read: the field positions wanted per part, sorted; `None`, or no entry: every field.
    pub select: Vec<Option<Vec<usize>>>,
}

/// The shape of one part's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartShape {
    /// Instances, in order.
    Given {
        /// The instances.
        instances: Vec<InstanceShape>,
        /// Of a `replace` part: how many existing records are to go; `None`: not looked up yet.
        stale: Option<usize>,
    },
    /// A condition.
    Filter {
        /// Field positions of a declared key, sorted, when the condition is exactly Equals on each of them. `Id`
        /// alone is a key as well.
        key: Option<Vec<usize>>,
    },
}

/// The shape of one instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceShape {
    /// Positions of the fields that are there (null counts), sorted, without `Id`.
    pub fields: Vec<usize>,
    /// What is known about its record.
    pub record: RecordShape,
    /// Positions of the fields that this operation has read already, sorted: known, but not to be written. For
    /// read-only parts `fields` means the same.
    pub fetched: Vec<usize>,
}

impl InstanceShape {
    /// Whether the value of a field is known without another read.
    pub fn knows(&self, field: usize) -> bool {
        self.fields.binary_search(&field).is_ok() || self.fetched.binary_search(&field).is_ok()
    }
}

/// What is known about the record behind an instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RecordShape {
    /// No Id: to be made, or to be found by `match`.
    #[default]
    New,
    /// The caller gave the Id, or a read found the record.
    Given,
    /// The caller gave the Id, and the look-up of a replaced set found the record in it.
    Member,
    /// A look-up by `match` found it.
    Found,
    /// A look-up by `match` found none.
    Missing,
}

impl InputShape {
    /// The shape of an input.
    ///
    /// ```
    /// use engage_engine::check::check;
    /// use engage_engine::model::Model;
    /// use engage_engine::plan::InputShape;
    /// use engage_engine::Input;
    ///
    /// let catalog = check(&Model::default()).catalog.unwrap();
    /// for pattern in catalog.patterns("crm-a") {
    ///     assert!(InputShape::of(pattern, &Input::default()).parts.iter().all(Option::is_none));
    /// }
    /// ```
    pub fn of(pattern: &Pattern, input: &Input) -> Self {
        let shape = |part: &Part| {
            let shape = match input.parts.get(&part.ref_id)? {
                PartInput::Filter(condition) => PartShape::Filter { key: key(&part.entity, condition) },
                given => {
                    let instances = given.instances().iter().map(|instance| instance_shape(&part.entity, instance));
                    PartShape::Given { instances: instances.collect(), stale: None }
                }
            };
            Some(shape)
        };
        Self { parts: pattern.parts.iter().map(shape).collect(), select: Vec::new() }
    }

    /// The smallest input that an operation can be planned for, for showing a plan where there is no input yet.
    ///
    /// * create: every part that must be there; one instance of each, with the required and match fields that nothing
    ///   else provides; read-only ones by Id.
    /// * update: every writable part, one record by Id with every field that is not a reference.
    /// * read: the root by Id, or where none is named the first part that may not be missing; nothing where the root
    ///   finds its records by itself.
    pub fn minimal(pattern: &Pattern, operation: Operation) -> Self {
        let anchor = anchor(pattern);
        let shape = |(position, part): (usize, &Part)| match operation {
            Operation::Create => (!part.optional).then(|| minimal_create(pattern, part)),
            Operation::Update => (!part.read_only).then(|| minimal_update(pattern, part)),
            Operation::Read => (anchor == Some(position)).then(|| by_id(Vec::new())),
        };
        let instances = pattern.parts.iter().enumerate().map(|part| {
            let instance = shape(part)?;
            Some(PartShape::Given { instances: vec![instance], stale: None })
        });
        Self { parts: instances.collect(), select: Vec::new() }
    }
}

fn instance_shape(entity: &Entity, instance: &Instance) -> InstanceShape {
    let given = matches!(instance.get(FieldName::ID), Some(Value::Id(_)));
    let names = instance.keys().filter(|name| !name.is_id());
    let mut fields: Vec<usize> = names.filter_map(|name| entity.position(name.as_str())).collect();
    fields.sort_unstable();
    let record = if given { RecordShape::Given } else { RecordShape::New };
    InstanceShape { fields, record, fetched: Vec::new() }
}

/// The key that a condition tests for equality, field by field and nothing else.
fn key(entity: &Entity, condition: &Condition<Value>) -> Option<Vec<usize>> {
    let tests = match condition {
        Condition::Test(_) => std::slice::from_ref(condition),
        Condition::And(tests) => tests.as_slice(),
        Condition::Or(_) | Condition::Not(_) => return None,
    };
    let mut fields = Vec::with_capacity(tests.len());
    for test in tests {
        let Condition::Test(test) = test else { return None };
        if test.operator != Operator::Equals {
            return None;
        }
        fields.push(entity.position(test.field.as_str())?);
    }
    fields.sort_unstable();
    let is_id = || matches!(fields.as_slice(), [only] if entity.position(FieldName::ID) == Some(*only));
    (entity.is_key(&fields) || is_id()).then_some(fields)
}

fn by_id(fields: Vec<usize>) -> InstanceShape {
    InstanceShape { fields, record: RecordShape::Given, fetched: Vec::new() }
}

fn anchor(pattern: &Pattern) -> Option<usize> {
    let named = pattern.parts.iter().position(|part| part.root);
    let certain = || pattern.order.iter().copied().find(|part| pattern.parts.get(*part).is_some_and(|p| !p.optional));
    let anchor = named.or_else(certain).or_else(|| pattern.order.first().copied())?;
    let bounded = pattern.parts.get(anchor).is_some_and(|part| part.filter.is_some() || part.limit.is_some());
    (!bounded).then_some(anchor)
}

/// The least that a new instance of a part has to be given; a read-only one an Id.
pub(super) fn minimal_create(pattern: &Pattern, part: &Part) -> InstanceShape {
    if part.read_only {
        return by_id(Vec::new());
    }
    let needed = |(position, field): (usize, &crate::catalog::EntityField)| {
        let needed = field.required && part.entity.idempotency != Some(position) || part.match_on.contains(&position);
        (needed && !field.name.is_id() && !provided(pattern, part, position)).then_some(position)
    };
    let fields = part.entity.fields.iter().enumerate().filter_map(needed).collect();
    InstanceShape { fields, ..InstanceShape::default() }
}

fn minimal_update(pattern: &Pattern, part: &Part) -> InstanceShape {
    let fields = part.entity.fields.iter().enumerate().filter(|(position, field)| {
        let reference = matches!(field.field_type, FieldType::Ref(_));
        !field.read_only() && !field.name.is_id() && !reference && !provided(pattern, part, *position)
    });
    let fields = fields.map(|(position, _)| position).collect();
    if part.entity.embedded.is_some() {
        return InstanceShape { fields, ..InstanceShape::default() };
    }
    by_id(fields)
}

fn provided(pattern: &Pattern, part: &Part, field: usize) -> bool {
    let valued = |values: &[(usize, Value)]| values.iter().any(|(position, _)| *position == field);
    let mut requirements = part.incoming.iter().filter_map(|position| pattern.requirements.get(*position));
    valued(&part.fixed)
        || valued(&part.defaults)
        || requirements.any(|requirement| requirement.dependent.field == field && !requirement.optional)
}
