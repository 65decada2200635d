//! Sources, and conditions over them, as YAML.

use std::collections::BTreeSet;

use engage_engine::model::{Condition, Operator, Test};
use engage_playbooks::model::{Comparison, FieldMapping, Operand, Origin, Source, Transformation, When};
use serde_json::Value;

use super::layout::Out;
use super::{Map, literal};
use crate::lower::source::whole;

/// The input of a block: by destination where each has one of its own, else as a list.
pub(super) fn input(mappings: &[FieldMapping]) -> Out {
    if let [FieldMapping { destination: None, source: only }] = mappings
        && let Some(short) = short(only)
    {
        return short;
    }
    let destinations: BTreeSet<_> = mappings.iter().filter_map(|mapping| mapping.destination.as_ref()).collect();
    if destinations.len() == mappings.len() {
        let entry = |FieldMapping { destination, source: from }: &FieldMapping| {
            (destination.as_ref().map(ToString::to_string).unwrap_or_default(), source(from))
        };
        return Out::Map(mappings.iter().map(entry).collect());
    }
    let row = |FieldMapping { destination, source }: &FieldMapping| {
        let to = destination.as_ref().map(|to| Out::text(&to.to_string()));
        long(Map::default().some("to", to), source).out()
    };
    Out::Rows(mappings.iter().map(row).collect())
}

pub(super) fn source(source: &Source) -> Out {
    short(source).unwrap_or_else(|| long(Map::default(), source).out())
}

/// A source that is a path with nothing done to it, or `!` alone.
fn short(source: &Source) -> Option<Out> {
    let Source { origin, transformations } = source;
    let mark = match transformations.as_slice() {
        [] => "",
        [Transformation::Require] => "!",
        _ => return None,
    };
    Some(Out::text(&format!("{}{mark}", from(origin)?)))
}

fn long(map: Map, source: &Source) -> Map {
    let Source { origin, transformations } = source;
    let mut steps = transformations.as_slice();
    let map = match origin {
        Origin::Constant(value) => map.with("value", json(value)),
        Origin::Block { .. } => {
            let mark = if let [Transformation::Require, rest @ ..] = steps {
                steps = rest;
                "!"
            } else {
                ""
            };
            map.text("from", format!("{}{mark}", from(origin).unwrap_or_default()))
        }
    };
    map.list("then", steps.iter().map(transformation).collect())
}

/// The path that a source starts from, the block's name first.
fn from(origin: &Origin) -> Option<String> {
    match origin {
        Origin::Block { block, path } => Some(whole(block.as_str(), path.as_ref())?.to_string()),
        Origin::Constant(_) => None,
    }
}

pub(super) fn transformation(step: &Transformation) -> Out {
    let word = step.word();
    let map = match step {
        Transformation::Identity
        | Transformation::Serialize
        | Transformation::Base64Decode
        | Transformation::First
        | Transformation::Count
        | Transformation::Require => return Out::text(word),
        Transformation::Join { separator } if separator == ", " => return Out::text(word),
        Transformation::Split { separator } if separator == "," => return Out::text(word),
        Transformation::Join { separator } | Transformation::Split { separator } => {
            Map::default().text(word, separator)
        }
        Transformation::Extract(path) => Map::default().text(word, path.to_string()),
        Transformation::Project(fields) => {
            Map::default().with(word, Out::List(fields.iter().map(|field| Out::text(field)).collect()))
        }
        Transformation::Default(value) => Map::default().with(word, json(value)),
        Transformation::Map { table, otherwise } => {
            Map::default().with(word, self::table(table)).some("else", otherwise.as_ref().map(json))
        }
        Transformation::Format { pattern, zone } => {
            Map::default().text(word, pattern).some("zone", zone.as_deref().map(Out::text))
        }
        Transformation::Where { field, values } => {
            Map::default().text(word, field).with("in", Out::List(values.iter().map(json).collect()))
        }
    };
    map.out()
}

/// The table of a `map`: by text where every value that is looked up is a text of its own, else as a list of pairs.
fn table(table: &[(Value, Value)]) -> Out {
    let texts: BTreeSet<&str> = table.iter().filter_map(|(from, _)| from.as_str()).collect();
    if texts.len() == table.len() && !texts.contains("") && !texts.contains("<<") {
        let entry = |(from, to): &(Value, Value)| (from.as_str().unwrap_or_default().to_owned(), json(to));
        return Out::Map(table.iter().map(entry).collect());
    }
    let pair = |(from, to): &(Value, Value)| Map::default().with("from", json(from)).with("to", json(to)).out();
    Out::List(table.iter().map(pair).collect())
}

/// JSON as YAML. As deep as the value, which is bounded.
pub(super) fn json(value: &Value) -> Out {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Out::word(&value.to_string()),
        Value::String(text) => Out::text(text),
        Value::Array(values) => Out::List(values.iter().map(json).collect()),
        Value::Object(entries) => Out::Map(entries.iter().map(|(key, value)| (key.clone(), json(value))).collect()),
    }
}

fn operand(operand: &Operand) -> Out {
    match operand {
        Operand::Literal(value) => literal(value),
        Operand::Source(from) => long(Map::default(), from).out(),
    }
}

fn compared(map: Map, operator: Operator, operands: &[Operand]) -> Out {
    let map = map.text("operator", operator.name());
    match operator {
        Operator::IsNull | Operator::IsNotNull => map,
        Operator::In | Operator::NotIn => map.with("values", Out::List(operands.iter().map(operand).collect())),
        _ => map.some("value", operands.first().map(operand)),
    }
    .out()
}

/// The condition of a filter.
pub(super) fn filter(condition: &Condition<Operand>) -> Out {
    let group = |word: &str, list: &[Condition<Operand>]| {
        Map::default().with(word, Out::List(list.iter().map(filter).collect())).out()
    };
    match condition {
        Condition::And(all) => group("and", all),
        Condition::Or(any) => group("or", any),
        Condition::Not(inner) => Map::default().with("not", filter(inner)).out(),
        Condition::Test(Test { field, operator, operands }) => {
            compared(Map::default().text("field", field), *operator, operands)
        }
    }
}

/// The condition under which a block runs.
pub(super) fn when(condition: &When) -> Out {
    let group = |word: &str, list: &[When]| Map::default().with(word, Out::List(list.iter().map(when).collect())).out();
    match condition {
        When::And(all) => group("and", all),
        When::Or(any) => group("or", any),
        When::Not(inner) => Map::default().with("not", when(inner)).out(),
        When::Test(Comparison { left, operator, operands }) => {
            compared(Map::default().with("source", source(left)), *operator, operands)
        }
    }
}
