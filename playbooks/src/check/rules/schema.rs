//! A JSON Schema can be read.

use engage_engine::model::{Item, Place, Subject};
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::BlockKind;
use crate::types::{SchemaProblem, Shape as TypeShape, Type, of_schema};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0633"),
    title: "a JSON Schema that cannot be read",
    explanation: "The body of a webhook and what a capability takes and answers are described by a JSON \
                  Schema, and a capability's are objects. What `type`, `properties`, `required`, \
                  `additionalProperties`, `items`, `enum` and `const` say becomes the type of the value.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Webhook(body: { \"type\": \"objekt\" })\n",
        "  output body = trigger\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Webhook(body: { \"type\": \"object\" })\n",
        "  output body = trigger\n",
        "}\n",
    ),
};

pub(super) fn body(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        if let BlockKind::Trigger(trigger) = &block.kind
            && let Some(Err(found)) = trigger.body.as_ref().map(of_schema)
        {
            told(shape.at(Place::BlockSchema(position)), &found, problems);
        }
    }
}

/// The schemas of capabilities.
pub(super) fn capabilities(known: &Known<'_>, problems: &mut Vec<Problem>) {
    for (index, versions) in known.schemas.iter().enumerate() {
        for (version, schemas) in versions.iter().enumerate() {
            let at = |place| Subject { item: Item::Capability(index), place };
            one(at(Place::VersionInput(version)), &schemas.input, problems);
            one(at(Place::VersionOutput(version)), &schemas.output, problems);
        }
    }
}

fn one(at: Subject, schema: &Result<Type, Vec<SchemaProblem>>, problems: &mut Vec<Problem>) {
    match schema {
        Err(found) => told(at, found, problems),
        Ok(Type { shape: TypeShape::Object(_), nullable: false, .. }) => {}
        Ok(of) => {
            let message = format!("what a capability takes and answers is an object, this is {of}");
            problems
                .push(Problem::error(INFO.code, at, message).help("say `\"type\": \"object\"` and its `properties`"));
        }
    }
}

fn told(at: Subject, found: &[SchemaProblem], problems: &mut Vec<Problem>) {
    for wrong in found {
        let place = if wrong.path.is_empty() { String::new() } else { format!(" at `{}`", wrong.path) };
        let problem = Problem::error(INFO.code, at, format!("{}{place}", wrong.message));
        problems.push(problem.help("see json-schema.org").suggest(wrong.suggestion.clone()));
    }
}
