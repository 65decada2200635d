//! Conditions: how a written one is typed, and what a typed one says about a record.
//!
//! Which operator a type has:
//!
//! | operator | types |
//! |---|---|
//! | `Equals`, `NotEquals` | all; two MultiChoices are equal when they hold the same names |
//! | `IsNull`, `IsNotNull` | all |
//! | `In`, `NotIn` | all but MultiChoice |
//! | `Contains` | String; MultiChoice with one choice's name (a [`Value::Choice`] once typed): it is among them |
//! | `StartsWith`, `EndsWith` | String |
//! | `GreaterThan`, `GreaterThanOrEqual`, `LessThan`, `LessThanOrEqual` | String, Int, Double, Decimal, Date, DateTime |
//!
//! Truth has two values: a comparison with no value in the record is false, except that `NotEquals` and `NotIn` hold
//! and `IsNull` asks for it; `Not` turns the answer round. An operand is never null.

use std::cmp::Ordering;
use std::fmt;

use crate::catalog::Entity;
use crate::ids::FieldName;
use crate::model::{Condition, Literal, Operator, Test};
use crate::nearest::nearest;
use crate::typing::{self, Mistyped};
use crate::value::{FieldType, Instance, Value, fold};

/// How deeply groups may stand in each other.
pub const MAX_DEPTH: usize = 64;

/// What is wrong with one test of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestProblem {
    /// The test, counted left to right.
    pub test: usize,
    /// Its field.
    pub field: FieldName,
    /// What is wrong.
    pub kind: TestProblemKind,
}

/// The kinds of [`TestProblem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestProblemKind {
    /// The entity has no such field.
    UnknownField {
        /// The nearest that it has.
        suggestion: Option<String>,
    },
    /// The field's type does not have the operator.
    Operator {
        /// The operator.
        operator: Operator,
        /// The field's type.
        field_type: FieldType,
    },
    /// The operator takes another number of operands.
    Count {
        /// The operator.
        operator: Operator,
        /// How many were found.
        found: usize,
    },
    /// An operand is null.
    Null {
        /// The operator.
        operator: Operator,
    },
    /// An operand is no value of the field's type.
    Operand(Mistyped),
}

impl fmt::Display for TestProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = &self.field;
        match &self.kind {
            TestProblemKind::UnknownField { .. } => write!(f, "there is no field `{field}`"),
            TestProblemKind::Operator { operator, field_type } => {
                write!(f, "`{field}` is {field_type} and cannot be compared by `{operator}`")
            }
            TestProblemKind::Count { operator, found } => {
                let takes = match operator {
                    Operator::IsNull | Operator::IsNotNull => "no value",
                    _ => "one value",
                };
                write!(f, "`{operator}` of `{field}` takes {takes}, found {found}")
            }
            TestProblemKind::Null { .. } => write!(f, "`{field}` is compared with null"),
            TestProblemKind::Operand(wrong) => write!(f, "`{field}`: {wrong}"),
        }
    }
}

impl TestProblem {
    /// What to write instead.
    pub fn help(&self) -> Option<String> {
        match &self.kind {
            TestProblemKind::UnknownField { .. } => Some("declare the field, or correct the name".to_owned()),
            TestProblemKind::Operator { field_type, .. } => {
                let known = Operator::ALL.into_iter().filter(|operator| has_operator(field_type, *operator));
                let known: Vec<&str> = known.map(Operator::name).collect();
                Some(format!("{field_type} has {}", known.join(", ")))
            }
            TestProblemKind::Count { .. } => Some("`In` and `NotIn` take a list".to_owned()),
            TestProblemKind::Null { .. } => Some("ask with `IsNull` or `IsNotNull`".to_owned()),
            TestProblemKind::Operand(wrong) => wrong.help().map(str::to_owned),
        }
    }

    /// The nearest name to one that is not there.
    pub fn suggestion(&self) -> Option<String> {
        match &self.kind {
            TestProblemKind::UnknownField { suggestion } => suggestion.clone(),
            TestProblemKind::Operand(wrong) => wrong.suggestion.clone(),
            _ => None,
        }
    }
}

/// Whether groups stand in each other no deeper than [`MAX_DEPTH`]. Whatever walks a condition asks this first.
pub fn shallow<V>(condition: &Condition<V>) -> bool {
    let mut open = vec![(condition, 1)];
    while let Some((condition, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return false;
        }
        match condition {
            Condition::Test(_) => {}
            Condition::And(inner) | Condition::Or(inner) => open.extend(inner.iter().map(|inner| (inner, depth + 1))),
            Condition::Not(inner) => open.push((inner, depth + 1)),
        }
    }
    true
}

/// The fields that a condition names, left to right.
pub fn fields<V>(condition: &Condition<V>) -> Vec<&FieldName> {
    let mut found = Vec::new();
    let mut open = vec![condition];
    while let Some(condition) = open.pop() {
        match condition {
            Condition::Test(test) => found.push(&test.field),
            Condition::And(inner) | Condition::Or(inner) => open.extend(inner.iter().rev()),
            Condition::Not(inner) => open.push(inner),
        }
    }
    found
}

/// Types a condition by the fields of an entity. The caller has made sure that it is [`shallow`].
///
/// # Errors
/// Every test that is wrong, left to right.
pub fn typed(entity: &Entity, condition: &Condition<Literal>) -> Result<Condition<Value>, Vec<TestProblem>> {
    let mut typing = Typing { entity, tests: 0, problems: Vec::new() };
    let condition = typing.condition(condition);
    match condition {
        Some(condition) if typing.problems.is_empty() => Ok(condition),
        _ => Err(typing.problems),
    }
}

struct Typing<'a> {
    entity: &'a Entity,
    tests: usize,
    problems: Vec<TestProblem>,
}

impl Typing<'_> {
    /// `None` when something in it is wrong, after all of it has been looked at.
    fn condition(&mut self, condition: &Condition<Literal>) -> Option<Condition<Value>> {
        Some(match condition {
            Condition::Test(test) => Condition::Test(self.test(test)?),
            Condition::And(inner) => Condition::And(self.group(inner)?),
            Condition::Or(inner) => Condition::Or(self.group(inner)?),
            Condition::Not(inner) => Condition::Not(Box::new(self.condition(inner)?)),
        })
    }

    fn group(&mut self, inner: &[Condition<Literal>]) -> Option<Vec<Condition<Value>>> {
        // All are looked at before the first that failed is heard.
        let typed: Vec<_> = inner.iter().map(|condition| self.condition(condition)).collect();
        typed.into_iter().collect()
    }

    fn test(&mut self, test: &Test<Literal>) -> Option<Test<Value>> {
        let position = self.tests;
        self.tests += 1;
        match typed_test(self.entity, test) {
            Ok(test) => Some(test),
            Err(kind) => {
                self.problems.push(TestProblem { test: position, field: test.field.clone(), kind });
                None
            }
        }
    }
}

fn typed_test(entity: &Entity, test: &Test<Literal>) -> Result<Test<Value>, TestProblemKind> {
    let operator = test.operator;
    let Some(field) = entity.field(test.field.as_str()) else {
        let names = entity.fields.iter().map(|field| field.name.as_str());
        return Err(TestProblemKind::UnknownField { suggestion: nearest(test.field.as_str(), names) });
    };
    if !has_operator(&field.field_type, operator) {
        return Err(TestProblemKind::Operator { operator, field_type: field.field_type.clone() });
    }
    let found = test.operands.len();
    let fits = match operator {
        Operator::IsNull | Operator::IsNotNull => found == 0,
        Operator::In | Operator::NotIn => true,
        _ => found == 1,
    };
    if !fits {
        return Err(TestProblemKind::Count { operator, found });
    }
    if test.operands.contains(&Literal::Null) {
        return Err(TestProblemKind::Null { operator });
    }
    let one_choice = operator == Operator::Contains;
    let operands = test.operands.iter().map(|literal| typing::operand(field, literal, one_choice));
    let operands = operands.collect::<Result<_, _>>().map_err(TestProblemKind::Operand)?;
    Ok(Test { field: test.field.clone(), operator, operands })
}

/// Whether a type has an operator.
pub fn has_operator(field_type: &FieldType, operator: Operator) -> bool {
    match operator {
        Operator::Equals | Operator::NotEquals | Operator::IsNull | Operator::IsNotNull => true,
        Operator::In | Operator::NotIn => *field_type != FieldType::MultiChoice,
        Operator::Contains => matches!(field_type, FieldType::String | FieldType::MultiChoice),
        Operator::StartsWith | Operator::EndsWith => *field_type == FieldType::String,
        Operator::GreaterThan | Operator::GreaterThanOrEqual | Operator::LessThan | Operator::LessThanOrEqual => {
            use FieldType::{Boolean, Choice, MultiChoice, Ref};
            !matches!(field_type, Boolean | Choice | MultiChoice | Ref(_))
        }
    }
}

/// Whether a record meets a condition. A field that the record does not hold counts as null.
///
/// ```
/// use engage_engine::condition::matches;
/// use engage_engine::model::{Condition, Operator, Test};
/// use engage_engine::{FieldName, Instance, Value};
/// let name = FieldName::new("City").unwrap();
/// let in_oslo = Condition::Test(Test {
///     field: name.clone(),
///     operator: Operator::Equals,
///     operands: vec![Value::String("Oslo".into())],
/// });
/// assert!(matches(&in_oslo, &Instance::from([(name, Value::String("OSLO".into()))])));
/// assert!(!matches(&in_oslo, &Instance::new()));
/// ```
pub fn matches(condition: &Condition<Value>, record: &Instance) -> bool {
    match condition {
        Condition::Test(test) => holds(test, record.get(&test.field).unwrap_or(&Value::Null)),
        Condition::And(inner) => inner.iter().all(|condition| matches(condition, record)),
        Condition::Or(inner) => inner.iter().any(|condition| matches(condition, record)),
        Condition::Not(inner) => !matches(inner, record),
    }
}

fn holds(test: &Test<Value>, value: &Value) -> bool {
    let operands = || test.operands.iter();
    let one_is = |wanted: fn(Ordering) -> bool| operands().any(|operand| value.compare(operand).is_some_and(wanted));
    match test.operator {
        // Null is equal to nothing here: an operand is never null.
        Operator::Equals | Operator::In => one_is(Ordering::is_eq),
        Operator::NotEquals | Operator::NotIn => !one_is(Ordering::is_eq),
        Operator::GreaterThan => one_is(Ordering::is_gt),
        Operator::GreaterThanOrEqual => one_is(Ordering::is_ge),
        Operator::LessThan => one_is(Ordering::is_lt),
        Operator::LessThanOrEqual => one_is(Ordering::is_le),
        Operator::Contains => operands().any(|operand| contains(value, operand)),
        Operator::StartsWith => operands().any(|operand| text(value, operand, |value, part| value.starts_with(part))),
        Operator::EndsWith => operands().any(|operand| text(value, operand, |value, part| value.ends_with(part))),
        Operator::IsNull => value.is_null(),
        Operator::IsNotNull => !value.is_null(),
    }
}

fn contains(value: &Value, operand: &Value) -> bool {
    match (value, operand) {
        (Value::MultiChoice(names), Value::Choice(name)) => names.contains(name),
        _ => text(value, operand, |value, part| value.contains(part)),
    }
}

fn text(value: &Value, operand: &Value, holds: fn(&str, &str) -> bool) -> bool {
    match (value, operand) {
        (Value::String(value), Value::String(operand)) => holds(&fold(value), &fold(operand)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
