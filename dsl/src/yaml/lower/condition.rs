//! Conditions: `{field, operator, value}`, `{and: […]}`, `{or: […]}`, `{not: …}`.

use engage_engine::ids::FieldName;
use engage_engine::model::{Condition, Literal, Operator, Test};

use super::super::tree::{Entry, Node, NodeKind};
use super::reader::{Reader, complain, literal, word, wrong_kind};
use super::{codes, properties, start_of};
use crate::findings::Findings;
use crate::source::{Span, Spanned};
use engage_engine::nearest::nearest;

/// A condition; the places of its fields are collected from left to right. As deep as the tree, which is bounded.
pub(super) fn lower_condition(node: &Node, fields: &mut Vec<Span>, out: &mut Findings) -> Option<Condition<Literal>> {
    let NodeKind::Map(entries) = &node.kind else {
        let help = "write `{field: …, operator: …, value: …}`, or a group: `{and: […]}`";
        wrong_kind(node, "a mapping for a condition", help, out);
        return None;
    };
    let group = entries.iter().find(|entry| properties::GROUPS.contains(&entry.key.value.as_str()));
    let (group, word) = match (group, entries.as_slice()) {
        (Some(group), _) => (group, group.key.value.clone()),
        // A misspelt group is read as the one that was meant.
        (None, [only]) => match meant_group(only, out) {
            Some(word) => (only, word),
            None => return lower_test(node, fields, out),
        },
        (None, _) => return lower_test(node, fields, out),
    };
    if entries.len() > 1 {
        let message = "a group of conditions stands alone in its mapping";
        let help = "nest the groups: `{and: [{or: […]}, {field: …}]}`";
        out.error(&codes::BAD_CONDITION, start_of(node), message, help);
        return None;
    }
    match word.as_str() {
        "not" => Some(Condition::Not(Box::new(lower_condition(&group.value, fields, out)?))),
        "and" => Some(Condition::And(lower_group(&group.value, fields, out)?)),
        _ => Some(Condition::Or(lower_group(&group.value, fields, out)?)),
    }
}

/// The group that an unknown property alone in its mapping was meant to be, with the complaint.
fn meant_group(entry: &Entry, out: &mut Findings) -> Option<String> {
    let key = entry.key.value.as_str();
    if properties::TEST.contains(&key) {
        return None;
    }
    let known: Vec<&str> = properties::GROUPS.iter().chain(properties::TEST).copied().collect();
    let meant = nearest(key, known.iter().copied()).filter(|meant| properties::GROUPS.contains(&meant.as_str()))?;
    let key = Spanned::new(key, entry.key.span);
    complain(&codes::UNKNOWN_PROPERTY, key, "a condition has no property", &known, Some(meant.clone()), out);
    Some(meant)
}

fn lower_group(node: &Node, fields: &mut Vec<Span>, out: &mut Findings) -> Option<Vec<Condition<Literal>>> {
    let NodeKind::List(nodes) = &node.kind else {
        wrong_kind(node, "a list of conditions for a group", "write `and: [{…}, {…}]`", out);
        return None;
    };
    // All are read before one that failed spoils the group, so that every complaint is heard.
    let conditions: Vec<_> = nodes.iter().map(|node| lower_condition(node, fields, out)).collect();
    conditions.into_iter().collect()
}

/// How operators are written elsewhere.
const SIGNS: &[(&str, &str)] = &[
    ("=", "Equals"),
    ("==", "Equals"),
    ("eq", "Equals"),
    ("is", "Equals"),
    ("!=", "NotEquals"),
    ("<>", "NotEquals"),
    ("ne", "NotEquals"),
    (">", "GreaterThan"),
    ("gt", "GreaterThan"),
    (">=", "GreaterThanOrEqual"),
    ("ge", "GreaterThanOrEqual"),
    ("<", "LessThan"),
    ("lt", "LessThan"),
    ("<=", "LessThanOrEqual"),
    ("le", "LessThanOrEqual"),
    ("like", "Contains"),
];

/// The words for operators.
fn operators() -> [(&'static str, Operator); Operator::ALL.len()] {
    Operator::ALL.map(|operator| (operator.name(), operator))
}

fn lower_test(node: &Node, fields: &mut Vec<Span>, out: &mut Findings) -> Option<Condition<Literal>> {
    let mut reader = Reader::open(node, "a condition", properties::TEST, out)?;
    let field = reader.required_name::<FieldName>("field");
    let operator =
        reader.required_text("operator").and_then(|text| word(text, "operator", &operators(), SIGNS, reader.out));
    let operands = operator.and_then(|operator| operands(&mut reader, operator));
    let field = field?;
    fields.push(field.span);
    Some(Condition::Test(Test { field: field.value, operator: operator?, operands: operands? }))
}

fn operands(reader: &mut Reader<'_, '_>, operator: Operator) -> Option<Vec<Literal>> {
    match operator {
        Operator::IsNull | Operator::IsNotNull => {
            reader.misplaced(&["value", "values"], "does not go with `IsNull` and `IsNotNull`");
            Some(Vec::new())
        }
        Operator::In | Operator::NotIn => {
            let misplaced = reader.misplaced(&["value"], "does not go with `In` and `NotIn`; they take `values`");
            if misplaced || !reader.require("values") {
                return None;
            }
            let nodes = reader.list("values");
            nodes.iter().map(|node| literal(node, reader.out)).collect()
        }
        _ => {
            if reader.misplaced(&["values"], "belongs to `In` and `NotIn`; here it is `value`") {
                return None;
            }
            // `value: null` is written, if wrong: the checker says so better than a missing property would.
            match reader.written("value") {
                Some(entry) => Some(vec![literal(&entry.value, reader.out)?]),
                None => {
                    reader.require("value");
                    None
                }
            }
        }
    }
}
