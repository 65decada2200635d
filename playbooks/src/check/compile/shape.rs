//! What the planner is told of a block's input, before there is one.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use engage_engine::catalog::{Part, Pattern};
use engage_engine::ids::{FieldName, RefId};
use engage_engine::input::{Input, PartInput};
use engage_engine::model::{Condition, InputAt, Test};
use engage_engine::plan::{InputShape, InstanceShape, Operation, PartShape, RecordShape};
use engage_engine::value::Value;

use super::super::flow::Typed;
use super::super::shape::Shape;
use crate::model::{Block, BlockKind, Operand, Origin, Segment, Source};
use crate::types::{self, Type};

/// Of what a block gives, what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Counted {
    /// Everything that may be given.
    All,
    /// The same, but for what says which record is meant and may be absent.
    Certain,
}

/// What a block gives of a part.
#[derive(Default)]
struct Given {
    /// The fields of each instance; a list of which the length is not known counts as one.
    instances: BTreeMap<usize, BTreeSet<String>>,
    filter: Option<Option<Vec<usize>>>,
}

/// The shape of the input of a block that calls a CRM; `None` for another block.
pub(in crate::check) fn input_shape(
    block: &Block,
    pattern: &Pattern,
    typed: &Typed,
    shape: &Shape<'_>,
    counted: Counted,
) -> Option<(Operation, InputShape)> {
    let operation = match block.kind {
        BlockKind::Read { .. } => Operation::Read,
        BlockKind::Create { .. } => Operation::Create,
        BlockKind::Update { .. } => Operation::Update,
        _ => return None,
    };
    let mut given: BTreeMap<&str, Given> = BTreeMap::new();
    for (index, mapping) in block.mappings.iter().enumerate() {
        let of = typed.values.get(&InputAt::Mapping(index)).and_then(Option::as_ref);
        let path = mapping.destination.as_ref().map_or(&[][..], |path| path.segments());
        match path.split_first() {
            Some((Segment::Key(label), rest)) => {
                let filter = || filter_key(&mapping.source, pattern, label, shape);
                let part = pattern.part(label).filter(|_| counted == Counted::Certain);
                let left_out = |field: &str, of: Option<&Type>| part.is_some_and(|part| doubt(part, field, of));
                given.entry(label).or_default().add(rest, of, left_out, filter);
            }
            Some(_) => {}
            None => whole(of, pattern, &mut given),
        }
    }
    let parts = pattern.parts.iter().map(|part| given.remove(part.ref_id.as_str())?.shape(part));
    Some((operation, InputShape { parts: parts.collect(), select: Vec::new() }))
}

/// An object with the parts, given as it is.
fn whole<'p>(of: Option<&Type>, pattern: &'p Pattern, given: &mut BTreeMap<&'p str, Given>) {
    let Some(types::Shape::Object(object)) = of.map(|of| &of.shape) else { return };
    for part in &pattern.parts {
        if let Some(field) = object.fields.get(part.ref_id.as_str()) {
            given.entry(part.ref_id.as_str()).or_default().add(&[], Some(field), |_, _| false, || None);
        }
    }
}

/// Whether a field says which record is meant, and may be absent.
fn doubt(part: &Part, field: &str, of: Option<&Type>) -> bool {
    let matched = || part.entity.position(field).is_some_and(|position| part.match_on.contains(&position));
    of.is_some_and(|of| of.optional || of.nullable) && (field == FieldName::ID || matched())
}

/// The mappings that say which record of a part is meant by what may be absent, each with the part.
pub(in crate::check) fn uncertain<'b>(
    block: &'b Block,
    pattern: &'b Pattern,
    typed: &'b Typed,
) -> impl Iterator<Item = (usize, &'b str)> {
    block.mappings.iter().enumerate().filter_map(move |(index, mapping)| {
        let of = typed.values.get(&InputAt::Mapping(index)).and_then(Option::as_ref);
        let (Segment::Key(label), rest) = mapping.destination.as_ref()?.segments().split_first()? else { return None };
        let part = pattern.part(label)?;
        let found = Cell::new(false);
        let look = |field: &str, of: Option<&Type>| {
            found.set(found.get() || doubt(part, field, of));
            false
        };
        Given::default().add(rest, of, look, || None);
        found.get().then_some((index, label.as_str()))
    })
}

impl Given {
    /// Counts what stands at `rest` of a part, without the fields that are left out.
    fn add(
        &mut self,
        rest: &[Segment],
        of: Option<&Type>,
        left_out: impl Fn(&str, Option<&Type>) -> bool,
        filter: impl Fn() -> Option<Vec<usize>>,
    ) {
        let (index, rest, of) = match (rest.split_first(), of.map(|of| &of.shape)) {
            (Some((Segment::Index(index), rest)), _) => (*index, rest, of),
            (Some((Segment::All, rest)), Some(types::Shape::List(element))) => (0, rest, Some(&**element)),
            (Some((Segment::All, rest)), _) => (0, rest, of),
            _ => (0, rest, of),
        };
        if let Some(Segment::Key(field)) = rest.first() {
            if !left_out(field, of) {
                self.instances.entry(index).or_default().insert(field.clone());
            }
            return;
        }
        let mut of = of.map(|of| &of.shape);
        while let Some(types::Shape::List(element)) = of {
            of = Some(&element.shape);
        }
        match of {
            Some(types::Shape::Condition(..)) => self.filter = Some(filter()),
            Some(types::Shape::Object(object)) => {
                let fields = object.fields.iter().filter(|(field, of)| !left_out(field, Some(of)));
                self.instances.entry(index).or_default().extend(fields.map(|(field, _)| field.clone()));
            }
            _ => {
                self.instances.entry(index).or_default();
            }
        }
    }

    fn shape(self, part: &Part) -> Option<PartShape> {
        if let Some(key) = self.filter {
            return Some(PartShape::Filter { key });
        }
        let instances = self.instances.into_values().map(|names| {
            let record = if names.contains(FieldName::ID) { RecordShape::Given } else { RecordShape::New };
            let names = names.iter().filter(|name| *name != FieldName::ID);
            let mut fields: Vec<usize> = names.filter_map(|name| part.entity.position(name)).collect();
            fields.sort_unstable();
            InstanceShape { fields, record, fetched: Vec::new() }
        });
        Some(PartShape::Given { instances: instances.collect(), stale: None })
    }
}

/// The key that a filter asks for, when a block takes its condition as it is.
fn filter_key(source: &Source, pattern: &Pattern, part: &str, shape: &Shape<'_>) -> Option<Vec<usize>> {
    let Origin::Block { block, path: None } = &source.origin else { return None };
    let BlockKind::Filter { condition, .. } = &shape.block(shape.position(block)?)?.kind else { return None };
    let label = RefId::new(part).ok()?;
    let filter = PartInput::Filter(without_values(condition));
    let input = Input { parts: BTreeMap::from([(label, filter)]) };
    let position = pattern.position(part)?;
    match InputShape::of(pattern, &input).parts.into_iter().nth(position)?? {
        PartShape::Filter { key } => key,
        PartShape::Given { .. } => None,
    }
}

/// The condition with null in place of what it compares with: what a key is does not depend on that.
fn without_values(condition: &Condition<Operand>) -> Condition<Value> {
    let group = |inner: &[Condition<Operand>]| inner.iter().map(without_values).collect();
    match condition {
        Condition::And(inner) => Condition::And(group(inner)),
        Condition::Or(inner) => Condition::Or(group(inner)),
        Condition::Not(inner) => Condition::Not(Box::new(without_values(inner))),
        Condition::Test(test) => Condition::Test(Test {
            field: test.field.clone(),
            operator: test.operator,
            operands: test.operands.iter().map(|_| Value::Null).collect(),
        }),
    }
}
