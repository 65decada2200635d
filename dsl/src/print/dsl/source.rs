//! Sources, and conditions over them, in the language.

use engage_engine::model::{Condition, Operator, Test};
use engage_playbooks::model::{Comparison, Operand, Origin, Source, Transformation, When};
use engage_playbooks::{Path, Segment};
use serde_json::Value;

use super::{comparison, group, list, literal, name, quoted, test_name, text};
use crate::syntax::text::is_bare;

pub(super) fn source(source: &Source) -> String {
    let Source { origin, transformations } = source;
    let mut steps = transformations.as_slice();
    let mut out = match origin {
        Origin::Constant(value) => json(value),
        Origin::Block { block, path } => {
            let mut out = head(block.as_str());
            for segment in path.as_ref().map_or(&[][..], Path::segments) {
                segment_into(segment, false, &mut out);
            }
            if let [Transformation::Require, rest @ ..] = steps {
                steps = rest;
                out.push('!');
            }
            out
        }
    };
    for step in steps {
        out.push_str(" | ");
        out.push_str(&transformation(step));
    }
    out
}

/// The name of a block at the start of a source, where words stand that mean something.
fn head(block: &str) -> String {
    if matches!(block, "true" | "false" | "null") { quoted(block) } else { test_name(block) }
}

/// A path without a block, as a destination or what `extract` takes.
pub(super) fn destination(path: &Path) -> String {
    let mut out = String::new();
    for (number, segment) in path.segments().iter().enumerate() {
        segment_into(segment, number == 0, &mut out);
    }
    out
}

fn segment_into(segment: &Segment, first: bool, out: &mut String) {
    match segment {
        Segment::Key(key) if is_bare(key) => {
            out.push_str(if first { "" } else { "." });
            out.push_str(key);
        }
        Segment::Key(key) => out.push_str(&format!("[{}]", text(key))),
        Segment::Index(index) => out.push_str(&format!("[{index}]")),
        Segment::All => out.push_str("[*]"),
    }
}

fn transformation(step: &Transformation) -> String {
    match step {
        Transformation::Identity
        | Transformation::Serialize
        | Transformation::Base64Decode
        | Transformation::First
        | Transformation::Count
        | Transformation::Require => step.word().to_owned(),
        Transformation::Extract(path) => format!("extract({})", destination(path)),
        Transformation::Project(fields) => format!("project({})", list(fields.iter().map(|field| name(field)))),
        Transformation::Join { separator } if separator == ", " => "join".to_owned(),
        Transformation::Join { separator } => format!("join({})", text(separator)),
        Transformation::Split { separator } if separator == "," => "split".to_owned(),
        Transformation::Split { separator } => format!("split({})", text(separator)),
        Transformation::Default(value) => format!("default({})", json(value)),
        Transformation::Map { table, otherwise } => {
            let pairs = table.iter().map(|(from, to)| format!("{}: {}", json(from), json(to)));
            format!("map({})", list(pairs.chain(otherwise.iter().map(|value| format!("else: {}", json(value))))))
        }
        Transformation::Format { pattern, zone } => {
            format!("format({})", list([Some(pattern), zone.as_ref()].into_iter().flatten().map(|one| text(one))))
        }
        Transformation::Where { field, values } => {
            format!("where({})", list(std::iter::once(name(field)).chain(values.iter().map(json))))
        }
    }
}

/// JSON with the language's escapes. As deep as the value, which is bounded.
pub(super) fn json(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(value) => text(value),
        Value::Array(values) => format!("[{}]", list(values.iter().map(json))),
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            format!("{{ {} }}", list(entries.iter().map(|(key, value)| format!("{}: {}", text(key), json(value)))))
        }
    }
}

fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Literal(value) => literal(value),
        Operand::Source(from) => source(from),
    }
}

fn compared(left: &str, operator: Operator, operands: &[Operand]) -> String {
    comparison(left, operator, &list(operands.iter().map(operand)))
}

/// The condition of a filter; `inside` another one, groups take parentheses.
pub(super) fn filter(written: &Condition<Operand>, inside: bool) -> String {
    match written {
        Condition::And(all) => group(all, inside, " and ", "all", filter),
        Condition::Or(any) => group(any, inside, " or ", "any", filter),
        Condition::Not(inner) => format!("not {}", filter(inner, true)),
        Condition::Test(Test { field, operator, operands }) => compared(&head(field.as_str()), *operator, operands),
    }
}

/// The condition under which a block runs.
pub(super) fn when(written: &When, inside: bool) -> String {
    match written {
        When::And(all) => group(all, inside, " and ", "all", when),
        When::Or(any) => group(any, inside, " or ", "any", when),
        When::Not(inner) => format!("not {}", when(inner, true)),
        When::Test(Comparison { left, operator, operands }) => compared(&source(left), *operator, operands),
    }
}
