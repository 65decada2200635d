//! Random playbooks, capabilities and mappers.

use std::time::Duration;

use engage_engine::model::{Escalation, FieldRef, Literal, Operator};
use engage_playbooks::model::{
    Block, BlockKind, Capability, CapabilityVersion, Comparison, Coordinate, Declared, DeclaredType, FieldMapping,
    Fork, InputValue, Library, Mapper, Operand, Origin, Playbook, Position, Schedule, Source, Transformation, Trigger,
    TriggerKind, VersionChoice, When,
};
use engage_playbooks::{Path, Segment};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use semver::Version;
use serde_json::Value;

use super::{field_name, groups, id, literal, operands, ref_id, tests_with, text, word};

/// Any library without templates, which neither spelling holds.
pub(crate) fn library() -> impl Strategy<Value = Library> {
    (vec(playbook(), 0..3), vec(capability(), 0..3), vec(mapper(), 0..3)).prop_map(
        |(playbooks, capabilities, mappers)| Library { playbooks, capabilities, mappers, ..Library::default() },
    )
}

fn described() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), text()]
}

fn playbook() -> impl Strategy<Value = Playbook> {
    let deadline = option::weighted(0.3, (0..10_000_000_u64).prop_map(Duration::from_millis));
    let head =
        (id(), text(), described(), option::weighted(0.3, fork()), deadline, option::weighted(0.3, any::<u32>()));
    (head, vec(block(), 0..6)).prop_map(|((id, name, description, fork, deadline, concurrency), blocks)| Playbook {
        id,
        name,
        description,
        package: None,
        fork,
        deadline,
        concurrency,
        blocks,
    })
}

fn fork() -> impl Strategy<Value = Fork> {
    let version = prop_oneof![
        (any::<u64>(), 0..99_u64, 0..99_u64).prop_map(|(major, minor, patch)| Version::new(major, minor, patch)),
        Just(Version::parse("1.2.0-rc.1+build.7").unwrap()),
    ];
    (id(), version, id(), any::<bool>()).prop_map(|(package, version, playbook, replaces)| Fork {
        package,
        version,
        playbook,
        replaces,
    })
}

fn coordinate() -> impl Strategy<Value = Coordinate> {
    let fraction =
        (any::<i32>(), 0_u32..1_000_000).prop_map(|(whole, part)| format!("{whole}.{part}").parse().unwrap());
    prop_oneof![any::<i64>().prop_map(Coordinate::from), fraction]
}

fn block() -> impl Strategy<Value = Block> {
    let name = prop_oneof![1 => Just("trigger".parse().unwrap()), 5 => ref_id()];
    let flags = (
        option::weighted(0.2, when()),
        vec(ref_id(), 0..3),
        option::weighted(0.2, text().prop_map(|reason| Escalation { reason })),
        option::weighted(0.2, text()),
        option::weighted(0.2, (coordinate(), coordinate()).prop_map(|(x, y)| Position { x, y })),
    );
    (name, described(), kind(), vec(mapping(), 0..4), flags).prop_map(|(name, title, kind, mappings, flags)| {
        let (when, after, escalation, allow_sensitive, position) = flags;
        let takes_none = matches!(
            kind,
            BlockKind::Trigger(_) | BlockKind::Filter { .. } | BlockKind::Input(_) | BlockKind::File { .. }
        );
        let mappings = if takes_none { Vec::new() } else { mappings };
        Block { name, title, kind, when, after, escalation, allow_sensitive, mappings, position }
    })
}

fn kind() -> impl Strategy<Value = BlockKind> {
    let version = prop_oneof![Just(VersionChoice::Latest), any::<u32>().prop_map(VersionChoice::Pinned)];
    prop_oneof![
        trigger().prop_map(BlockKind::Trigger),
        id().prop_map(|pattern| BlockKind::Read { pattern }),
        id().prop_map(|pattern| BlockKind::Create { pattern }),
        id().prop_map(|pattern| BlockKind::Update { pattern }),
        id().prop_map(|template| BlockKind::Template { template }),
        (id(), version).prop_map(|(capability, version)| BlockKind::Ai { capability, version }),
        (id(), ref_id(), tests_with(operand())).prop_map(|(pattern, part, condition)| BlockKind::Filter {
            pattern,
            part,
            condition
        }),
        prop_oneof![text(), word()].prop_map(|name| BlockKind::Output { name }),
        json().prop_map(|value| BlockKind::Input(InputValue::Constant(value))),
        declared().prop_map(|declared| BlockKind::Input(InputValue::Given(declared))),
        text().prop_map(|file| BlockKind::File { file }),
    ]
}

fn trigger() -> impl Strategy<Value = Trigger> {
    let zone = prop_oneof![Just("UTC".to_owned()), text()];
    let schedule = option::weighted(0.3, (text(), zone).prop_map(|(cron, zone)| Schedule { cron, zone }));
    let kind = proptest::sample::select(&TriggerKind::ALL[..]);
    let body = option::weighted(0.3, json().prop_filter("a schema", |body| !body.is_null()));
    (kind, vec(text(), 0..3), schedule, body, vec(declared(), 0..3))
        .prop_map(|(kind, portals, schedule, body, inputs)| Trigger { kind, portals, schedule, body, inputs })
}

fn declared() -> impl Strategy<Value = Declared> {
    let plain = prop_oneof![
        Just(DeclaredType::String),
        Just(DeclaredType::Boolean),
        Just(DeclaredType::Int),
        Just(DeclaredType::Double),
        Just(DeclaredType::Decimal),
        Just(DeclaredType::Date),
        Just(DeclaredType::DateTime),
        id().prop_map(DeclaredType::Ref),
    ];
    let of = plain.prop_recursive(3, 3, 1, |inner| inner.prop_map(|of| DeclaredType::List(Box::new(of))));
    (prop_oneof![3 => word(), 1 => text()], of, any::<bool>()).prop_map(|(name, of, optional)| Declared {
        name,
        of,
        optional,
    })
}

/// Any JSON; numbers are spelled as they are kept.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,6})?([eE][+-]?[0-9]{1,2})?"
            .prop_map(|spelling| Value::Number(spelling.parse().unwrap())),
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            // No mapping of YAML has a key without a name.
            vec((text().prop_filter("a key", |key| !key.is_empty()), inner), 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn path() -> impl Strategy<Value = Path> {
    let segment = prop_oneof![
        4 => prop_oneof![word(), text()].prop_map(Segment::Key),
        1 => any::<usize>().prop_map(Segment::Index),
        1 => Just(Segment::All),
    ];
    vec(segment, 1..4).prop_map(|segments| Path::new(segments).unwrap())
}

fn mapping() -> impl Strategy<Value = FieldMapping> {
    let named = path().prop_filter("no merge key", |path| path.to_string() != "<<");
    (option::weighted(0.8, named), source()).prop_map(|(destination, source)| FieldMapping { destination, source })
}

fn source() -> impl Strategy<Value = Source> {
    let block = (ref_id(), option::of(path())).prop_map(|(block, path)| Origin::Block { block, path });
    let origin = prop_oneof![3 => block, 1 => json().prop_map(Origin::Constant)];
    (origin, vec(transformation(), 0..4)).prop_map(|(origin, transformations)| Source { origin, transformations })
}

fn transformation() -> impl Strategy<Value = Transformation> {
    let map = (vec((json(), json()), 0..3), option::of(json()));
    prop_oneof![
        Just(Transformation::Identity),
        path().prop_map(Transformation::Extract),
        vec(prop_oneof![word(), text()], 0..3).prop_map(Transformation::Project),
        prop_oneof![Just(", ".to_owned()), text()].prop_map(|separator| Transformation::Join { separator }),
        prop_oneof![Just(",".to_owned()), text()].prop_map(|separator| Transformation::Split { separator }),
        Just(Transformation::Serialize),
        Just(Transformation::Base64Decode),
        json().prop_map(Transformation::Default),
        map.prop_map(|(table, otherwise)| Transformation::Map { table, otherwise }),
        (text(), option::of(text())).prop_map(|(pattern, zone)| Transformation::Format { pattern, zone }),
        (prop_oneof![word(), text()], vec(json(), 0..3))
            .prop_map(|(field, values)| Transformation::Where { field, values }),
        Just(Transformation::First),
        Just(Transformation::Count),
        Just(Transformation::Require),
    ]
}

/// A literal, or a source that is not just one.
fn operand() -> impl Strategy<Value = Operand> {
    let source = source().prop_filter("no literal", |source| match (&source.origin, source.transformations.len()) {
        (Origin::Constant(value), 0) => crate::lower::source::literal(value).is_none(),
        _ => true,
    });
    prop_oneof![literal().prop_map(|literal| Operand::Literal(spelled(literal))), source.prop_map(Operand::Source)]
}

/// A literal whose numbers are spelled as JSON keeps them: `1e+5`, not `1E5`.
fn spelled(literal: Literal) -> Literal {
    match literal {
        Literal::Number(number) => Literal::Number(number.parse::<serde_json::Number>().unwrap().to_string()),
        Literal::List(list) => Literal::List(list.into_iter().map(spelled).collect()),
        other => other,
    }
}

fn when() -> impl Strategy<Value = When> {
    let operator = proptest::sample::select(&Operator::ALL[..]);
    let test = (source(), operator, vec(operand(), 1..4)).prop_map(|(left, operator, given)| {
        When::Test(Comparison { left, operator, operands: operands(operator, given) })
    });
    groups(test, When::And, When::Or, |inside| When::Not(Box::new(inside)))
}

fn capability() -> impl Strategy<Value = Capability> {
    let prompt = prop_oneof![text(), vec(text(), 0..4).prop_map(|lines| lines.join("\n"))];
    let schema = || json().prop_filter("a schema", |schema| !schema.is_null());
    let version = (any::<u32>(), text(), prompt, schema(), schema(), option::of(any::<u32>())).prop_map(
        |(number, model, prompt, input, output, max_tokens)| CapabilityVersion {
            number,
            model,
            prompt,
            input,
            output,
            max_tokens,
        },
    );
    (id(), text(), described(), vec(version, 0..3)).prop_map(|(id, name, description, versions)| Capability {
        id,
        name,
        description,
        versions,
    })
}

fn mapper() -> impl Strategy<Value = Mapper> {
    let field = option::of((ref_id(), field_name()).prop_map(|(part, field)| FieldRef { part, field }));
    (prop_oneof![word(), text()], id(), field).prop_map(|(use_case, pattern, field)| Mapper {
        use_case,
        pattern,
        field,
    })
}
