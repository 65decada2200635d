//! The types that a pattern gives: what its fields hold, what its operations take and answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engage_engine::catalog::{EntityField, Part, Pattern};
use engage_engine::describe::{PartDescription, Provided, describe};
use engage_engine::ids::FieldName;
use engage_engine::plan::Operation;
use engage_engine::run::Done;
use engage_engine::value::FieldType;

use super::{Instances, Object, Rest, Shape, Type};

/// What a field of a record holds, when it is read: a value or null.
pub fn field(entity: &str, field: &EntityField) -> Type {
    let of = Type::of(shape(field, false));
    let of = if field.name.is_id() { of } else { of.optional().nullable() };
    if field.sensitive { of.tainted([format!("{entity}.{}", field.name)]) } else { of }
}

fn shape(field: &EntityField, written: bool) -> Shape {
    let names = || field.choices.iter().map(|choice| choice.name.clone()).collect::<BTreeSet<_>>();
    match &field.field_type {
        // A CRM may hold texts of before they were forbidden.
        FieldType::String if written && !field.allowed.is_empty() => {
            Shape::Choice(field.allowed.iter().cloned().collect())
        }
        FieldType::String => Shape::Text(field.max_length),
        FieldType::Boolean => Shape::Boolean,
        FieldType::Int => Shape::Int,
        FieldType::Double => Shape::Double,
        FieldType::Decimal => Shape::Decimal,
        FieldType::Date => Shape::Date,
        FieldType::DateTime => Shape::DateTime,
        FieldType::Choice => Shape::Choice(names()),
        FieldType::MultiChoice => Shape::List(Box::new(Type::of(Shape::Choice(names())))),
        FieldType::Ref(entity) => Shape::Id(Some(entity.clone())),
    }
}

/// What a read answers: `Results`, a list of matches, each with a list of records per part.
pub fn results(pattern: &Pattern) -> Type {
    let parts = pattern.parts.iter().map(|part| {
        let entity = &part.entity;
        let fields = entity.fields.iter().map(|of| (of.name.as_str(), field(entity.id.as_str(), of)));
        (part.ref_id.as_str(), Type::list(Type::object(fields)))
    });
    Type::object([("Results", Type::list(Type::object(parts)))])
}

/// What a create or an update answers: per part a list of what became of each instance.
pub fn effects(pattern: &Pattern) -> Type {
    const OUTCOMES: [Done; 5] = [Done::Created, Done::Updated, Done::Unchanged, Done::Skipped, Done::Deleted];
    let outcome = Shape::Choice(OUTCOMES.into_iter().map(|done| done.name().to_owned()).collect());
    let parts = pattern.parts.iter().map(|part| {
        let id = Type::of(Shape::Id(Some(part.entity.id.clone()))).nullable();
        let effect = Type::object([("Id", id), ("outcome", Type::of(outcome.clone()))]);
        (part.ref_id.as_str(), Type::list(effect))
    });
    Type::object(parts)
}

/// What an operation takes, by part. Which parts and fields have to be there beside those that are never optional, its
/// plan says.
pub fn input(pattern: &Pattern, operation: Operation) -> Type {
    let described = describe(pattern);
    let parts = pattern.parts.iter().zip(&described.parts).map(|(part, described)| {
        let read = operation == Operation::Read || part.read_only;
        let instance = if read { by_id(part) } else { instance(part, described, operation) };
        let instances = Instances {
            pattern: pattern.id.clone(),
            part: part.ref_id.clone(),
            instance: Arc::new(instance),
            many: part.multiple,
            filter: read,
        };
        (part.ref_id.as_str(), Type::of(Shape::Instances(Arc::new(instances))).optional())
    });
    Type::object(parts)
}

fn by_id(part: &Part) -> Object {
    let id = Type::of(Shape::Id(Some(part.entity.id.clone())));
    Object { fields: BTreeMap::from([(FieldName::ID.to_owned(), id)]), rest: Rest::Closed }
}

fn instance(part: &Part, described: &PartDescription, operation: Operation) -> Object {
    let entity = &part.entity;
    let mut fields = BTreeMap::new();
    for (position, (field, described)) in entity.fields.iter().zip(&described.fields).enumerate() {
        if !field.name.is_id() && field.read_only() {
            continue;
        }
        let mut of = Type::of(shape(field, true)).optional();
        if !field.name.is_id() && !field.required {
            of = of.nullable();
        }
        let provided = matches!(described.provided, Some(Provided::Fixed | Provided::Requirement | Provided::Default));
        let needed = field.required && entity.idempotency != Some(position) || part.match_on.contains(&position);
        if operation == Operation::Create && needed && !provided && !field.name.is_id() {
            of.optional = false;
        }
        fields.insert(field.name.to_string(), of);
    }
    Object { fields, rest: Rest::Closed }
}
