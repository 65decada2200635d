//! Blocks with what they name, written out.

use engage_engine::model::{Condition, Literal};
use serde_json::{Value as Json, json};

use super::pattern::pattern;
use crate::compiled::Node;
use crate::model::{
    Block, BlockKind, Capability, CapabilityVersion, Comparison, Declared, DeclaredType, FieldMapping, InputValue,
    Operand, Origin, Source, Transformation, Trigger, VersionChoice, When,
};

pub(super) fn node(node: &Node) -> Json {
    let Block { name, title: _, kind, when, after, escalation: _, allow_sensitive: _, mappings, position: _ } =
        &node.block;
    json!({
        "name": name,
        "kind": block(kind),
        "when": when.as_ref().map(group),
        "after": after,
        "mappings": mappings.iter().map(mapping).collect::<Vec<_>>(),
        // The escalation stands in the pattern.
        "pattern": node.pattern.as_deref().map(pattern),
        "template": node.template.as_deref().map(|template| &template.source),
        "capability": node.capability.as_deref().map(|of| capability(of, kind)),
    })
}

fn block(kind: &BlockKind) -> Json {
    match kind {
        BlockKind::Trigger(of) => json!({ "trigger": trigger(of) }),
        BlockKind::Read { pattern } => json!({ "read": pattern }),
        BlockKind::Filter { pattern, part, condition: of } => json!({ "filter": [pattern, part, condition(of)] }),
        BlockKind::Create { pattern } => json!({ "create": pattern }),
        BlockKind::Update { pattern } => json!({ "update": pattern }),
        BlockKind::Template { template } => json!({ "template": template }),
        BlockKind::Ai { capability, version } => json!({ "ai": [capability, number(*version)] }),
        BlockKind::Output { name } => json!({ "output": name }),
        BlockKind::Input(InputValue::Constant(value)) => json!({ "constant": value }),
        BlockKind::Input(InputValue::Given(of)) => json!({ "given": declared(of) }),
        BlockKind::File { file } => json!({ "file": file }),
    }
}

fn number(version: VersionChoice) -> Option<u32> {
    match version {
        VersionChoice::Latest => None,
        VersionChoice::Pinned(number) => Some(number),
    }
}

fn trigger(trigger: &Trigger) -> Json {
    let Trigger { kind, portals, schedule, body, inputs } = trigger;
    json!({
        "kind": kind.name(),
        "portals": portals,
        "schedule": schedule.as_ref().map(|schedule| [&schedule.cron, &schedule.zone]),
        "body": body,
        "inputs": inputs.iter().map(declared).collect::<Vec<_>>(),
    })
}

fn declared(declared: &Declared) -> Json {
    json!([declared.name, declared_type(&declared.of), declared.optional])
}

fn declared_type(of: &DeclaredType) -> Json {
    // How many lists stand in each other has been checked.
    let (mut of, mut lists) = (of, 0);
    while let DeclaredType::List(element) = of {
        (of, lists) = (element, lists + 1);
    }
    let name = match of {
        DeclaredType::String => "string".to_owned(),
        DeclaredType::Boolean => "boolean".to_owned(),
        DeclaredType::Int => "int".to_owned(),
        DeclaredType::Double => "double".to_owned(),
        DeclaredType::Decimal => "decimal".to_owned(),
        DeclaredType::Date => "date".to_owned(),
        DeclaredType::DateTime => "date-time".to_owned(),
        DeclaredType::Ref(entity) => format!("ref {entity}"),
        DeclaredType::List(_) => "list".to_owned(),
    };
    json!([name, lists])
}

/// The versions that the block may ask: all where it asks the newest, since the newest is one of them.
fn capability(capability: &Capability, kind: &BlockKind) -> Json {
    let wanted = match kind {
        BlockKind::Ai { version, .. } => number(*version),
        _ => None,
    };
    let versions = capability.versions.iter().filter(|version| wanted.is_none_or(|wanted| version.number == wanted));
    let versions = versions.map(|version| {
        let CapabilityVersion { number, model, prompt, input, output, max_tokens } = version;
        json!([number, model, prompt, input, output, max_tokens])
    });
    json!([capability.id, versions.collect::<Vec<_>>()])
}

fn mapping(mapping: &FieldMapping) -> Json {
    json!([mapping.destination.as_ref().map(ToString::to_string), source(&mapping.source)])
}

fn source(source: &Source) -> Json {
    let origin = match &source.origin {
        Origin::Constant(value) => json!({ "constant": value }),
        Origin::Block { block, path } => json!([block, path.as_ref().map(ToString::to_string)]),
    };
    json!([origin, source.transformations.iter().map(transformation).collect::<Vec<_>>()])
}

fn transformation(of: &Transformation) -> Json {
    let details = match of {
        Transformation::Identity
        | Transformation::Serialize
        | Transformation::Base64Decode
        | Transformation::First
        | Transformation::Count
        | Transformation::Require => Json::Null,
        Transformation::Extract(path) => json!(path.to_string()),
        Transformation::Project(fields) => json!(fields),
        Transformation::Join { separator } | Transformation::Split { separator } => json!(separator),
        Transformation::Default(value) => json!([value]),
        Transformation::Map { table, otherwise } => json!([table, otherwise.as_ref().map(|value| [value])]),
        Transformation::Format { pattern, zone } => json!([pattern, zone]),
        Transformation::Where { field, values } => json!([field, values]),
    };
    json!([of.name(), details])
}

fn operand(operand: &Operand) -> Json {
    match operand {
        Operand::Literal(of) => literal(of),
        Operand::Source(of) => json!({ "source": source(of) }),
    }
}

fn literal(of: &Literal) -> Json {
    match of {
        Literal::Null => Json::Null,
        Literal::Text(text) => json!(text),
        Literal::Boolean(value) => json!(value),
        Literal::Number(number) => json!({ "number": number }),
        Literal::List(items) => json!({ "list": items.iter().map(literal).collect::<Vec<_>>() }),
    }
}

fn condition(of: &Condition<Operand>) -> Json {
    match of {
        Condition::And(inner) => json!({ "and": inner.iter().map(condition).collect::<Vec<_>>() }),
        Condition::Or(inner) => json!({ "or": inner.iter().map(condition).collect::<Vec<_>>() }),
        Condition::Not(inner) => json!({ "not": condition(inner) }),
        Condition::Test(test) => {
            json!([test.field, test.operator.name(), test.operands.iter().map(operand).collect::<Vec<_>>()])
        }
    }
}

fn group(when: &When) -> Json {
    match when {
        When::And(inner) => json!({ "and": inner.iter().map(group).collect::<Vec<_>>() }),
        When::Or(inner) => json!({ "or": inner.iter().map(group).collect::<Vec<_>>() }),
        When::Not(inner) => json!({ "not": group(inner) }),
        When::Test(Comparison { left, operator, operands }) => {
            json!([source(left), operator.name(), operands.iter().map(operand).collect::<Vec<_>>()])
        }
    }
}
