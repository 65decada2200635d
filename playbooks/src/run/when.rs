//! Whether a block runs: conditions on JSON, with the rules of the engine's conditions.
//!
//! Values come without their field's type. Numbers are compared as numbers, also where one of the two is a decimal that
//! travels as text; two texts that are both instants as instants; all other text without regard to case. Unlike kinds are
//! neither equal nor ordered.

use std::cmp::Ordering;

use engage_engine::model::Operator;
use engage_engine::value::fold;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

use super::operand::{Outputs, operands};
use crate::model::{Comparison, When};
use crate::transform::{TransformError, evaluate};

/// How deeply groups may stand in each other.
const MAX_DEPTH: usize = 64;

/// Why a condition cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WhenError {
    /// A value in it cannot be made.
    #[error(transparent)]
    Transform(#[from] TransformError),
    /// Groups stand too deeply in each other.
    #[error("the condition has groups more than {MAX_DEPTH} deep")]
    Depth,
}

/// Whether a condition holds. An absent value is null: of it only `IsNull`, `NotEquals` and `NotIn` hold; an absent operand
/// equals nothing.
pub(super) fn holds(when: &When, outputs: Outputs<'_, '_>) -> Result<bool, WhenError> {
    group(when, outputs, 1)
}

fn group(when: &When, outputs: Outputs<'_, '_>, depth: usize) -> Result<bool, WhenError> {
    if depth > MAX_DEPTH {
        return Err(WhenError::Depth);
    }
    match when {
        When::Test(comparison) => Ok(test(comparison, outputs)?),
        When::Not(inner) => Ok(!group(inner, outputs, depth + 1)?),
        // All are looked at, so that whether a condition can be answered does not depend on the order in it.
        When::And(inner) => all(inner, outputs, depth).map(|holds| holds.iter().all(|holds| *holds)),
        When::Or(inner) => all(inner, outputs, depth).map(|holds| holds.iter().any(|holds| *holds)),
    }
}

fn all(inner: &[When], outputs: Outputs<'_, '_>, depth: usize) -> Result<Vec<bool>, WhenError> {
    inner.iter().map(|when| group(when, outputs, depth + 1)).collect()
}

fn test(comparison: &Comparison, outputs: Outputs<'_, '_>) -> Result<bool, TransformError> {
    let Comparison { left, operator, operands: written } = comparison;
    let value = evaluate(left, outputs)?.filter(|value| !value.is_null());
    let found = operands(*operator, written, outputs)?;
    let operands = || found.iter().flatten().filter(|operand| !operand.is_null());
    let Some(value) = value else {
        return Ok(matches!(operator, Operator::IsNull | Operator::NotEquals | Operator::NotIn));
    };
    let one_is = |wanted: fn(Ordering) -> bool| operands().any(|operand| compare(&value, operand).is_some_and(wanted));
    Ok(match operator {
        Operator::IsNull => false,
        Operator::IsNotNull => true,
        Operator::Equals | Operator::In => one_is(Ordering::is_eq),
        Operator::NotEquals | Operator::NotIn => !one_is(Ordering::is_eq),
        Operator::GreaterThan => one_is(Ordering::is_gt),
        Operator::GreaterThanOrEqual => one_is(Ordering::is_ge),
        Operator::LessThan => one_is(Ordering::is_lt),
        Operator::LessThanOrEqual => one_is(Ordering::is_le),
        Operator::Contains => operands().any(|operand| contains(&value, operand)),
        Operator::StartsWith => operands().any(|operand| text(&value, operand, |value, part| value.starts_with(part))),
        Operator::EndsWith => operands().any(|operand| text(&value, operand, |value, part| value.ends_with(part))),
    })
}

fn contains(value: &Value, operand: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| compare(item, operand) == Some(Ordering::Equal)),
        _ => text(value, operand, |value, part| value.contains(part)),
    }
}

fn text(value: &Value, operand: &Value, holds: fn(&str, &str) -> bool) -> bool {
    match (value, operand) {
        (Value::String(value), Value::String(operand)) => holds(&fold(value), &fold(operand)),
        _ => false,
    }
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(texts(left, right)),
        (Value::Number(_), Value::Number(_) | Value::String(_)) | (Value::String(_), Value::Number(_)) => {
            numbers(left, right)
        }
        (Value::Array(left), Value::Array(right)) => same_members(left, right).then_some(Ordering::Equal),
        (Value::Object(_), Value::Object(_)) => (left == right).then_some(Ordering::Equal),
        _ => None,
    }
}

fn texts(left: &str, right: &str) -> Ordering {
    match (left.parse::<Timestamp>(), right.parse::<Timestamp>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => fold(left).cmp(&fold(right)),
    }
}

/// Exactly where both fit a decimal of 28 digits, else as floating-point numbers.
fn numbers(left: &Value, right: &Value) -> Option<Ordering> {
    let (left, right) = (spelling(left)?, spelling(right)?);
    match (exact(left), exact(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.parse::<f64>().ok()?.partial_cmp(&right.parse::<f64>().ok()?),
    }
}

fn spelling(value: &Value) -> Option<&str> {
    match value {
        Value::Number(number) => Some(number.as_str()),
        other => other.as_str(),
    }
}

fn exact(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

/// Lists are equal when they hold the same, as choices do.
fn same_members(left: &[Value], right: &[Value]) -> bool {
    let within = |item: &Value, list: &[Value]| list.iter().any(|other| flat_equal(item, other));
    left.len() == right.len()
        && left.iter().all(|item| within(item, right))
        && right.iter().all(|item| within(item, left))
}

fn flat_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        // No list in a list is looked into, so that nothing here recurses.
        (Value::Array(_), _) | (_, Value::Array(_)) => left == right,
        _ => left == right || compare(left, right) == Some(Ordering::Equal),
    }
}

#[cfg(test)]
mod tests {
    use engage_engine::model::Literal;
    use serde_json::json;

    use super::*;
    use crate::model::{Operand, Source};

    fn answer(left: &Value, operator: Operator, right: &[Value]) -> bool {
        let operands = right.iter().map(|value| Operand::Source(Source::constant(value.clone()))).collect();
        let comparison = Comparison { left: Source::constant(left.clone()), operator, operands };
        holds(&When::Test(comparison), &|_| None).unwrap()
    }

    #[test]
    fn values_are_compared_as_what_they_are() {
        use Operator::{Contains, Equals, GreaterThan, In, LessThan, NotEquals, StartsWith};
        assert!(answer(&json!("OSLO"), Equals, &[json!("oslo")]));
        assert!(answer(&json!("2026-11-24T10:00:00+01:00"), Equals, &[json!("2026-11-24T09:00:00Z")]));
        assert!(answer(&json!("10.50"), GreaterThan, &[json!(9)]));
        assert!(answer(&json!(10.5), Equals, &[json!("10.50")]));
        assert!(answer(&json!(1e40), GreaterThan, &[json!(1e39)]));
        assert!(answer(&json!(true), NotEquals, &[json!("true")]));
        assert!(!answer(&json!("b"), LessThan, &[json!("A")]));
        assert!(answer(&json!("a"), In, &[json!(["x", null, "A"])]));
        assert!(answer(&json!(["Red", "Blue"]), Contains, &[json!("blue")]));
        assert!(answer(&json!(["a", "b"]), Equals, &[json!(["B", "A"])]));
        assert!(answer(&json!("Straße"), StartsWith, &[json!("STRASS")]));
    }

    #[test]
    fn an_absent_value_is_null() {
        use Operator::{Equals, In, IsNotNull, IsNull, LessThan, NotEquals, NotIn};
        for (operator, holds) in [
            (IsNull, true),
            (IsNotNull, false),
            (Equals, false),
            (NotEquals, true),
            (LessThan, false),
            (In, false),
            (NotIn, true),
        ] {
            let right = if matches!(operator, IsNull | IsNotNull) { vec![] } else { vec![json!("a")] };
            assert_eq!(answer(&Value::Null, operator, &right), holds, "{operator}");
        }
        assert!(!answer(&json!("a"), Equals, &[Value::Null]));
        assert!(answer(&json!("a"), NotEquals, &[Value::Null]));
    }

    #[test]
    fn groups_nest_up_to_a_depth() {
        let test = |value: bool| {
            When::Test(Comparison {
                left: Source::constant(json!(value)),
                operator: Operator::Equals,
                operands: vec![Operand::Literal(Literal::Boolean(true))],
            })
        };
        let answer = |when: &When| holds(when, &|_| None);
        assert_eq!(answer(&When::And(vec![])), Ok(true));
        assert_eq!(answer(&When::Or(vec![])), Ok(false));
        assert_eq!(answer(&When::And(vec![test(true), When::Not(Box::new(test(false)))])), Ok(true));
        assert_eq!(answer(&When::Or(vec![test(false), test(false)])), Ok(false));
        let deep = |depth| (0..depth).fold(test(true), |inner, _| When::And(vec![inner]));
        assert_eq!(answer(&deep(MAX_DEPTH - 1)), Ok(true));
        assert_eq!(answer(&deep(MAX_DEPTH)), Err(WhenError::Depth));
    }
}
