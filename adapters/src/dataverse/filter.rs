//! Conditions as `$filter`.
//!
//! A row is returned where the expression is true, and a comparison with null is neither true nor false ("Filter rows
//! using OData"). engage's conditions have two values, so negation is pushed down to the tests and null is spelled out
//! where a test includes it.

use std::borrow::Cow;

use engage_engine::adapter::AdapterError;
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::model::{Condition, Operator, Test};
use engage_engine::{FieldType, Value};

use super::literal::{listed, literal, pattern, wire};
use super::metadata::Table;
use crate::guard::unsupported;
use crate::sign::{Sign, positive};

/// A condition as the wire can say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    /// The expression; absent where every row is meant.
    pub(super) text: Option<String>,
    /// Whether the expression says all of the condition; else it lets more rows through.
    pub(super) exact: bool,
}

/// Writes a condition for a table.
///
/// # Errors
/// `Unsupported` for conditions nested too deep, or on a field that the entity does not have.
pub(super) fn filter(table: &Table, entity: &Entity, condition: &Condition<Value>) -> Result<Filter, AdapterError> {
    if !engage_engine::condition::shallow(condition) {
        return Err(unsupported("evaluate so deep a condition", super::NAME));
    }
    let mut writer = Writer { table, entity, exact: true };
    let term = writer.condition(condition, false)?;
    let exact = writer.exact;
    Ok(match term {
        Term::All => Filter { text: None, exact },
        Term::None => Filter { text: Some(format!("{} eq null", table.primary_id)), exact },
        Term::Test(text) | Term::Group(text) => Filter { text: Some(text), exact },
    })
}

/// An expression on its way.
enum Term {
    /// Holds for every row, as far as the wire can tell.
    All,
    /// Holds for none.
    None,
    /// Needs no parentheses.
    Test(String),
    /// Needs parentheses inside another.
    Group(String),
}

struct Writer<'a> {
    table: &'a Table,
    entity: &'a Entity,
    exact: bool,
}

impl Writer<'_> {
    /// Recursion is bounded: deeper conditions have been refused.
    fn condition(&mut self, condition: &Condition<Value>, not: bool) -> Result<Term, AdapterError> {
        match condition {
            Condition::Test(test) => self.test(test, not),
            Condition::Not(inner) => self.condition(inner, !not),
            Condition::And(inner) => self.group(inner, not, !not),
            Condition::Or(inner) => self.group(inner, not, not),
        }
    }

    fn group(&mut self, inner: &[Condition<Value>], not: bool, and: bool) -> Result<Term, AdapterError> {
        let mut texts = Vec::with_capacity(inner.len());
        for condition in inner {
            match (self.condition(condition, not)?, and) {
                (Term::All, true) | (Term::None, false) => {}
                (Term::None, true) => return Ok(Term::None),
                (Term::All, false) => return Ok(Term::All),
                (Term::Test(text), _) => texts.push(text),
                (Term::Group(text), _) => texts.push(format!("({text})")),
            }
        }
        let joined = texts.join(if and { " and " } else { " or " });
        Ok(match (texts.len(), and) {
            (0, true) => Term::All,
            (0, false) => Term::None,
            (1, _) => Term::Test(joined),
            _ => Term::Group(joined),
        })
    }

    fn test(&mut self, test: &Test<Value>, not: bool) -> Result<Term, AdapterError> {
        let Some(field) = self.entity.field(test.field.as_str()) else {
            return Err(unsupported("filter by a field that the entity does not have", super::NAME));
        };
        let operand = test.operands.first();
        Ok(match (positive(test.operator, not), operand) {
            (Sign::Plain(Operator::IsNull), _) => self.null(field, true),
            (Sign::Plain(Operator::IsNotNull), _) => self.null(field, false),
            (Sign::Plain(Operator::In), _) => self.list(field, &test.operands),
            (Sign::OrNull(Operator::In), _) => self.no_list(field, &test.operands),
            (_, None) => return Err(unsupported("compare with nothing", super::NAME)),
            (sign, Some(operand)) => self.compare(field, sign, operand),
        })
    }

    /// A polymorphic column that refers to another table is null to this field; only the answer tells.
    fn null(&mut self, field: &EntityField, null: bool) -> Term {
        if self.table.is_lookup(field) && self.table.is_polymorphic(self.table.read_column(field)) {
            self.exact = false;
            if null {
                return Term::All;
            }
        }
        let operator = if null { "eq" } else { "ne" };
        Term::Test(format!("{} {operator} null", self.table.property(field)))
    }

    fn compare(&mut self, field: &EntityField, sign: Sign, operand: &Value) -> Term {
        let property = self.table.property(field);
        let (operator, or_null) = match sign {
            Sign::Plain(operator) => (operator, false),
            Sign::OrNull(operator) => (operator, true),
        };
        if field.field_type == FieldType::MultiChoice {
            return self.choices(field, operator, or_null, operand);
        }
        if self.table.is_guid_text(field) && operator != Operator::Equals {
            return self.unknown();
        }
        if let Some(function) = function(operator) {
            let Value::String(text) = operand else { return self.unknown() };
            let call = format!("{function}({property},{})", pattern(text));
            return if or_null { null_or(&property, &format!("not {call}")) } else { Term::Test(call) };
        }
        let Some(literal) = self.literal(field, operand) else {
            // No row holds such a value: none equals it, and every row differs from it.
            return if or_null { Term::All } else { Term::None };
        };
        let (sign, or_null) = match (operator, or_null) {
            (Operator::Equals, false) => ("eq", false),
            (Operator::Equals, true) => ("ne", true),
            (Operator::GreaterThan, _) => ("gt", or_null),
            (Operator::GreaterThanOrEqual, _) => ("ge", or_null),
            (Operator::LessThan, _) => ("lt", or_null),
            _ => ("le", or_null),
        };
        let test = format!("{property} {sign} {literal}");
        if or_null { null_or(&property, &test) } else { Term::Test(test) }
    }

    /// One choice of several; equality of whole sets has no expression.
    fn choices(&mut self, field: &EntityField, operator: Operator, or_null: bool, operand: &Value) -> Term {
        let (Operator::Contains, Value::Choice(name)) = (operator, operand) else { return self.unknown() };
        let Some(stored) = wire(field, name).and_then(|_| listed(field, operand)) else {
            return if or_null { Term::All } else { Term::None };
        };
        let column = self.table.read_column(field);
        let function = if or_null { "DoesNotContainValues" } else { "ContainValues" };
        let call = format!("Microsoft.Dynamics.CRM.{function}(PropertyName='{column}',PropertyValues=[{stored}])");
        if or_null { null_or(column, &call) } else { Term::Test(call) }
    }

    fn list(&mut self, field: &EntityField, operands: &[Value]) -> Term {
        self.one_of(field, operands).unwrap_or(Term::None)
    }

    fn no_list(&mut self, field: &EntityField, operands: &[Value]) -> Term {
        let property = self.table.property(field);
        match self.one_of(field, operands) {
            None => Term::All,
            // The functions leave null out, as the comparisons do.
            Some(Term::Test(call)) => null_or(&property, &call.replacen(IN, NOT_IN, 1)),
            Some(_) => {
                let tests = operands.iter().filter_map(|operand| self.literal(field, operand));
                let tests: Vec<String> = tests.map(|literal| format!("{property} ne {literal}")).collect();
                null_or(&property, &format!("({})", tests.join(" and ")))
            }
        }
    }

    /// `In` knows columns by their logical names, lookups too; its values are texts.
    fn one_of(&mut self, field: &EntityField, operands: &[Value]) -> Option<Term> {
        let literals: Vec<String> = operands.iter().filter_map(|operand| self.literal(field, operand)).collect();
        if literals.is_empty() {
            return None;
        }
        let possible = operands.iter().filter(|operand| self.literal(field, operand).is_some());
        let values: Option<Vec<String>> = possible.map(|operand| listed(field, &self.stored(field, operand))).collect();
        if let Some(values) = values {
            let column = self.table.read_column(field);
            let values = values.join(",");
            return Some(Term::Test(format!("{IN}(PropertyName='{column}',PropertyValues=[{values}])")));
        }
        let property = self.table.property(field);
        let tests: Vec<String> = literals.into_iter().map(|literal| format!("{property} eq {literal}")).collect();
        Some(Term::Group(tests.join(" or ")))
    }

    /// A value as the column compares it; `None` where it holds no such value. GUIDs stand without quotes, whatever
    /// the field calls them.
    fn literal(&self, field: &EntityField, value: &Value) -> Option<String> {
        match value {
            Value::String(text) if self.table.is_guid_text(field) => literal(field, &Value::Id(text.clone())),
            other => literal(field, &self.stored(field, other)),
        }
    }

    /// A value as the column keeps it: an id as text, where it is one of text.
    fn stored<'v>(&self, field: &EntityField, value: &'v Value) -> Cow<'v, Value> {
        match value {
            Value::Id(id) if self.table.keeps_ids_as_text(self.table.read_column(field)) => {
                Cow::Owned(Value::String(id.clone()))
            }
            other => Cow::Borrowed(other),
        }
    }

    fn unknown(&mut self) -> Term {
        self.exact = false;
        Term::All
    }
}

const IN: &str = "Microsoft.Dynamics.CRM.In";
const NOT_IN: &str = "Microsoft.Dynamics.CRM.NotIn";

fn function(operator: Operator) -> Option<&'static str> {
    match operator {
        Operator::Contains => Some("contains"),
        Operator::StartsWith => Some("startswith"),
        Operator::EndsWith => Some("endswith"),
        _ => None,
    }
}

fn null_or(property: &str, test: &str) -> Term {
    Term::Group(format!("{test} or {property} eq null"))
}
