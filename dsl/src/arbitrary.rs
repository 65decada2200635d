//! Random models for property tests: everything a model can hold, whether it makes sense or not.

use engage_engine::ids::{CrmName, FieldName, RefId, SemanticId};
use engage_engine::model::{
    Assignment, Choice, Condition, Direction, Embedded, EntityDefinition, EntityPattern, Escalation, Field, FieldKind,
    FieldRef, FieldRequirement, Literal, Model, Operator, PatternPart, Query, Sort, Test, WireValue,
};
mod library;

pub(crate) use library::library;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Words that mean something somewhere in the language, and words that look like something else.
const AWKWARD: &[&str] = &[
    "entity",
    "pattern",
    "playbook",
    "capability",
    "mapper",
    "trigger",
    "filter",
    "read",
    "template",
    "ai",
    "output",
    "input",
    "file",
    "version",
    "when",
    "after",
    "at",
    "allow",
    "join",
    "first",
    "else",
    "on",
    "description",
    "key",
    "idempotency",
    "embedded",
    "in",
    "as",
    "application",
    "required",
    "readonly",
    "public",
    "sensitive",
    "max",
    "write",
    "string",
    "boolean",
    "choice",
    "ref",
    "via",
    "and",
    "or",
    "not",
    "all",
    "any",
    "is",
    "null",
    "contains",
    "starts",
    "ends",
    "with",
    "where",
    "sort",
    "asc",
    "desc",
    "limit",
    "match",
    "root",
    "replace",
    "optional",
    "deferred",
    "true",
    "false",
    "Id",
    "kind",
    "no",
    "y",
    "_",
];

/// Any model.
pub(crate) fn model() -> impl Strategy<Value = Model> {
    (vec(definition(), 0..4), vec(pattern(), 0..4)).prop_map(|(definitions, patterns)| Model { definitions, patterns })
}

fn slug() -> impl Strategy<Value = String> {
    let awkward = proptest::sample::select(AWKWARD).prop_filter("a slug", |word| SemanticId::new(word).is_ok());
    prop_oneof![3 => "[a-z0-9][a-z0-9-]{0,10}", 1 => awkward.prop_map(str::to_owned)]
}

fn id() -> impl Strategy<Value = SemanticId> {
    slug().prop_map(|text| SemanticId::new(&text).unwrap())
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Z][A-Za-z0-9_]{0,10}",
        1 => "[A-Za-z_øÆ][A-Za-z0-9_é-]{0,6}([ -]{1,2}[a-z0-9_-])?",
        1 => proptest::sample::select(AWKWARD).prop_map(str::to_owned),
    ]
}

fn field_name() -> impl Strategy<Value = FieldName> {
    word().prop_map(|text| FieldName::new(&text).unwrap())
}

fn ref_id() -> impl Strategy<Value = RefId> {
    word().prop_map(|text| RefId::new(&text).unwrap())
}

/// Text of any characters, line breaks and controls included.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[A-Za-z ,.'#]{0,16}", 1 => "[\"`\\\\\n\t\r#{}:,é🎉\u{0}\u{1b}\u{200b} -]{0,8}", 1 => ".{0,8}"]
}

/// A column, relationship or choice: mostly a plain word, never empty.
fn column() -> impl Strategy<Value = String> {
    prop_oneof![5 => "[a-z][a-z0-9_]{0,12}", 1 => word(), 1 => text().prop_filter("not empty", |text| !text.is_empty())]
}

fn definition() -> impl Strategy<Value = EntityDefinition> {
    let embedded = option::of((id(), column()).prop_map(|(parent, collection)| Embedded { parent, collection }));
    let head = (id(), text(), prop_oneof![Just(String::new()), text()], slug(), column());
    let keys = vec(vec(field_name(), 0..3), 0..3);
    (head, vec(field(), 0..6), option::of(field_name()), keys, embedded).prop_map(
        |((id, name, description, crm, crm_type), fields, idempotency, keys, embedded)| {
            let crm = CrmName::new(&crm).unwrap();
            EntityDefinition { id, name, description, crm, crm_type, fields, idempotency, keys, embedded }
        },
    )
}

fn field() -> impl Strategy<Value = Field> {
    let columns = (column(), option::weighted(0.2, column()));
    let flags = (any::<bool>(), any::<bool>(), option::weighted(0.3, any::<u32>()), any::<bool>(), any::<bool>());
    (field_name(), columns, kind(), flags).prop_map(|(name, (mapped_name, write), kind, flags)| {
        let (required, read_only, max_length, public, sensitive) = flags;
        Field { name, mapped_name, write, kind, required, read_only, max_length, public, sensitive }
    })
}

fn kind() -> impl Strategy<Value = FieldKind> {
    prop_oneof![
        3 => Just(FieldKind::String { allowed: Vec::new() }),
        1 => vec(text(), 1..4).prop_map(|allowed| FieldKind::String { allowed }),
        1 => Just(FieldKind::Boolean),
        1 => Just(FieldKind::Int),
        1 => Just(FieldKind::Double),
        1 => Just(FieldKind::Decimal),
        1 => Just(FieldKind::Date),
        1 => Just(FieldKind::DateTime),
        1 => choices().prop_map(FieldKind::Choice),
        1 => choices().prop_map(FieldKind::MultiChoice),
        2 => (id(), option::of(column())).prop_map(|(entity, via)| FieldKind::Ref { entity, via }),
    ]
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    let wire = prop_oneof![
        any::<i64>().prop_map(WireValue::Int),
        text().prop_map(WireValue::Text),
        any::<bool>().prop_map(WireValue::Boolean),
    ];
    vec((column(), option::of(wire)).prop_map(|(name, wire)| Choice { name, wire }), 0..4)
}

fn pattern() -> impl Strategy<Value = EntityPattern> {
    let escalation = option::weighted(0.3, text().prop_map(|reason| Escalation { reason }));
    let head = (id(), text(), prop_oneof![Just(String::new()), text()], escalation);
    (head, vec(part(), 0..5), vec(requirement(), 0..5)).prop_map(
        |((id, name, description, escalation), parts, requirements)| EntityPattern {
            id,
            name,
            description,
            escalation,
            parts,
            requirements,
        },
    )
}

fn part() -> impl Strategy<Value = PatternPart> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let assignments = || vec((field_name(), literal()).prop_map(|(field, value)| Assignment { field, value }), 0..3);
    (ref_id(), id(), flags, vec(field_name(), 0..3), assignments(), assignments(), query()).prop_map(
        |(ref_id, entity, flags, match_on, defaults, fixed, query)| {
            let (read_only, multiple, optional, root, replace) = flags;
            let part = PatternPart::new(ref_id, entity);
            PatternPart { read_only, multiple, optional, root, replace, match_on, defaults, fixed, query, ..part }
        },
    )
}

fn query() -> impl Strategy<Value = Query> {
    let direction = prop_oneof![Just(Direction::Ascending), Just(Direction::Descending)];
    let sort = (field_name(), direction).prop_map(|(field, direction)| Sort { field, direction });
    (option::weighted(0.3, condition()), option::weighted(0.3, sort), option::weighted(0.3, any::<u32>()))
        .prop_map(|(filter, sort, limit)| Query { filter, sort, limit })
}

/// Any condition over literals.
fn condition() -> impl Strategy<Value = Condition<Literal>> {
    tests_with(literal())
}

/// Any condition over fields and operands.
fn tests_with<V: Clone + std::fmt::Debug + 'static>(
    operand: impl Strategy<Value = V> + 'static,
) -> impl Strategy<Value = Condition<V>> {
    let operator = proptest::sample::select(&Operator::ALL[..]);
    let test = (field_name(), operator, vec(operand, 1..4)).prop_map(|(field, operator, given)| {
        Condition::Test(Test { field, operator, operands: operands(operator, given) })
    });
    groups(test, Condition::And, Condition::Or, |inside| Condition::Not(Box::new(inside)))
}

/// Any tree of some tests, with empty and single groups too.
fn groups<T: Clone + std::fmt::Debug + 'static>(
    test: impl Strategy<Value = T> + 'static,
    and: fn(Vec<T>) -> T,
    or: fn(Vec<T>) -> T,
    not: fn(T) -> T,
) -> impl Strategy<Value = T> {
    test.prop_recursive(4, 16, 3, move |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(and), vec(inner.clone(), 0..4).prop_map(or), inner.prop_map(not),]
    })
}

/// As many operands as an operator takes, of at least one that is given.
fn operands<V>(operator: Operator, mut given: Vec<V>) -> Vec<V> {
    match operator {
        Operator::In | Operator::NotIn => drop(given.pop()),
        Operator::IsNull | Operator::IsNotNull => given.clear(),
        _ => given.truncate(1),
    }
    given
}

/// Any literal; numbers are spelled as JSON spells them.
fn literal() -> impl Strategy<Value = Literal> {
    let leaf = prop_oneof![
        1 => Just(Literal::Null),
        3 => text().prop_map(Literal::Text),
        1 => any::<bool>().prop_map(Literal::Boolean),
        1 => "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,6})?([eE][+-]?[0-9]{1,2})?".prop_map(Literal::Number),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| vec(inner, 0..4).prop_map(Literal::List))
}

fn requirement() -> impl Strategy<Value = FieldRequirement> {
    let reference = || (ref_id(), field_name()).prop_map(|(part, field)| FieldRef { part, field });
    (reference(), vec(reference(), 1..4), any::<bool>(), any::<bool>()).prop_map(
        |(dependent, sources, optional, deferred)| FieldRequirement { dependent, sources, optional, deferred },
    )
}

proptest! {
    #[test]
    fn every_generated_name_is_a_name(model in model()) {
        prop_assert!(model.definitions.len() < 4 && model.patterns.len() < 4);
    }
}
