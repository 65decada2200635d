//! Conditions: `{field, operator, value}`, `{and: […]}`, `{or: […]}`, `{not: …}`.

use engage_engine::ids::FieldName;
use engage_engine::model::{Condition, Literal, Operator, Test};

use super::super::tree::{Entry, Node, NodeKind};
use super::reader::{Reader, complain, literal, word, wrong_kind};
use super::{codes, properties, start_of};
use crate::findings::Findings;
use crate::source::{Span, Spanned};
use engage_engine::nearest::nearest;

/// What the comparisons of a condition are, and what tree they make.
pub(super) trait Tests {
    type Tree;

    /// The properties of a comparison.
    const PROPERTIES: &'static [&'static str];

    /// One comparison.
    fn test(&mut self, node: &Node, out: &mut Findings) -> Option<Self::Tree>;

    /// `and`, `or`; `not` with one inside.
    fn group(word: &str, inside: Vec<Self::Tree>) -> Option<Self::Tree>;
}

/// Comparisons of fields with literals; the places of the fields are collected from left to right.
struct Fields<'f>(&'f mut Vec<Span>);

impl Tests for Fields<'_> {
    type Tree = Condition<Literal>;
    const PROPERTIES: &'static [&'static str] = properties::TEST;

    fn test(&mut self, node: &Node, out: &mut Findings) -> Option<Self::Tree> {
        let (field, test) = field_test(node, out, literal)?;
        self.0.push(field);
        Some(Condition::Test(test))
    }

    fn group(word: &str, inside: Vec<Self::Tree>) -> Option<Self::Tree> {
        group(word, inside)
    }
}

/// A group of conditions over fields.
pub(super) fn group<V>(word: &str, mut inside: Vec<Condition<V>>) -> Option<Condition<V>> {
    Some(match word {
        "and" => Condition::And(inside),
        "or" => Condition::Or(inside),
        _ => Condition::Not(Box::new(inside.pop()?)),
    })
}

/// A condition over literals; the places of its fields are collected from left to right.
pub(super) fn lower_condition(node: &Node, fields: &mut Vec<Span>, out: &mut Findings) -> Option<Condition<Literal>> {
    lower_tests(node, &mut Fields(fields), out)
}

/// A condition. As deep as the tree, which is bounded.
pub(super) fn lower_tests<T: Tests>(node: &Node, tests: &mut T, out: &mut Findings) -> Option<T::Tree> {
    let NodeKind::Map(entries) = &node.kind else {
        let help = "write `{field: …, operator: …, value: …}`, or a group: `{and: […]}`";
        wrong_kind(node, "a mapping for a condition", help, out);
        return None;
    };
    let group = entries.iter().find(|entry| properties::GROUPS.contains(&entry.key.value.as_str()));
    let (group, word) = match (group, entries.as_slice()) {
        (Some(group), _) => (group, group.key.value.clone()),
        // A misspelt group is read as the one that was meant.
        (None, [only]) => match meant_group(only, T::PROPERTIES, out) {
            Some(word) => (only, word),
            None => return tests.test(node, out),
        },
        (None, _) => return tests.test(node, out),
    };
    if entries.len() > 1 {
        let message = "a group of conditions stands alone in its mapping";
        let help = "nest the groups: `{and: [{or: […]}, {field: …}]}`";
        out.error(&codes::BAD_CONDITION, start_of(node), message, help);
        return None;
    }
    let inside = match word.as_str() {
        "not" => vec![lower_tests(&group.value, tests, out)?],
        _ => lower_group(&group.value, tests, out)?,
    };
    T::group(&word, inside)
}

/// The group that an unknown property alone in its mapping was meant to be, with the complaint.
fn meant_group(entry: &Entry, test: &[&'static str], out: &mut Findings) -> Option<String> {
    let key = entry.key.value.as_str();
    if test.contains(&key) {
        return None;
    }
    let known: Vec<&str> = properties::GROUPS.iter().chain(test).copied().collect();
    let meant = nearest(key, known.iter().copied()).filter(|meant| properties::GROUPS.contains(&meant.as_str()))?;
    let key = Spanned::new(key, entry.key.span);
    complain(&codes::UNKNOWN_PROPERTY, key, "a condition has no property", &known, Some(meant.clone()), out);
    Some(meant)
}

fn lower_group<T: Tests>(node: &Node, tests: &mut T, out: &mut Findings) -> Option<Vec<T::Tree>> {
    let NodeKind::List(nodes) = &node.kind else {
        wrong_kind(node, "a list of conditions for a group", "write `and: [{…}, {…}]`", out);
        return None;
    };
    // All are read before one that failed spoils the group, so that every complaint is heard.
    let conditions: Vec<_> = nodes.iter().map(|node| lower_tests(node, tests, out)).collect();
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

/// A comparison of a field, with the field's place.
pub(super) fn field_test<V>(
    node: &Node,
    out: &mut Findings,
    operand: impl FnMut(&Node, &mut Findings) -> Option<V>,
) -> Option<(Span, Test<V>)> {
    let mut reader = Reader::open(node, "a condition", properties::TEST, out)?;
    let field = reader.required_name::<FieldName>("field");
    let compared = comparison(&mut reader, operand);
    let (field, (operator, operands)) = (field?, compared?);
    Some((field.span, Test { field: field.value, operator, operands }))
}

/// The operator and the operands of a comparison.
pub(super) fn comparison<V>(
    reader: &mut Reader<'_, '_>,
    operand: impl FnMut(&Node, &mut Findings) -> Option<V>,
) -> Option<(Operator, Vec<V>)> {
    let written = reader.required_text("operator");
    let operator = written.and_then(|text| word(text, "operator", &operators(), SIGNS, reader.out))?;
    Some((operator, operands(reader, operator, operand)?))
}

fn operands<V>(
    reader: &mut Reader<'_, '_>,
    operator: Operator,
    mut operand: impl FnMut(&Node, &mut Findings) -> Option<V>,
) -> Option<Vec<V>> {
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
            nodes.iter().map(|node| operand(node, reader.out)).collect()
        }
        _ => {
            if reader.misplaced(&["values"], "belongs to `In` and `NotIn`; here it is `value`") {
                return None;
            }
            // `value: null` is written, if wrong: the checker says so better than a missing property would.
            match reader.written("value") {
                Some(entry) => Some(vec![operand(&entry.value, reader.out)?]),
                None => {
                    reader.require("value");
                    None
                }
            }
        }
    }
}
