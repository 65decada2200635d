//! Conditions as `filter` and `condition` elements ("Filter rows using FetchXml").
//!
//! As in OData a comparison with null is neither true nor false, so that negation is pushed down to the tests and null is
//! spelled out where a test includes it.

use engage_engine::adapter::AdapterError;
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::model::{Condition, Operator, Test, WireValue};
use engage_engine::{FieldType, Value};

use super::super::literal::{literal, wildcards, wire};
use super::super::metadata::Table;
use super::xml::{Xml, holds};
use crate::guard::unsupported;
use crate::sign::{Sign, positive};

/// A condition as the wire can say it.
#[derive(Debug, PartialEq)]
pub(super) struct Filter {
    /// The tree; absent where every row is meant.
    term: Option<Term>,
    /// Whether it says all of the condition; else it lets more rows through.
    pub(super) exact: bool,
}

#[derive(Debug, PartialEq)]
enum Term {
    Test { column: String, operator: &'static str, values: Vec<String> },
    Group { and: bool, inner: Vec<Term> },
}

/// What a term comes to.
enum Made {
    /// Holds for every row, as far as the wire can tell.
    All,
    /// Holds for none.
    None,
    Term(Term),
}

impl Filter {
    /// Writes the filter, if there is one.
    pub(super) fn write(&self, xml: &mut Xml) {
        match &self.term {
            None => {}
            Some(Term::Group { and, inner }) => group(xml, *and, inner),
            Some(test) => group(xml, true, std::slice::from_ref(test)),
        }
    }
}

/// Recursion is bounded: deeper conditions have been refused.
fn group(xml: &mut Xml, and: bool, inner: &[Term]) {
    xml.open("filter", &[("type", if and { "and" } else { "or" })]);
    for term in inner {
        match term {
            Term::Group { and, inner } => group(xml, *and, inner),
            Term::Test { column, operator, values } => test(xml, column, operator, values),
        }
    }
    xml.close("filter");
}

fn test(xml: &mut Xml, column: &str, operator: &str, values: &[String]) {
    let attributes = [("attribute", column), ("operator", operator)];
    match (operator, values) {
        (_, []) => xml.leaf("condition", &attributes),
        (operator, [value]) if !operator.ends_with("in") && !operator.ends_with("values") => {
            xml.leaf("condition", &[attributes.as_slice(), &[("value", value.as_str())]].concat());
        }
        (_, several) => {
            xml.open("condition", &attributes);
            several.iter().for_each(|value| xml.holding("value", value));
            xml.close("condition");
        }
    }
}

/// Writes a condition for a table.
///
/// # Errors
/// `Unsupported` for conditions nested too deep, or on a field that the entity does not have.
pub(super) fn filter(
    table: &Table,
    entity: &Entity,
    condition: Option<&Condition<Value>>,
) -> Result<Filter, AdapterError> {
    let Some(condition) = condition else { return Ok(Filter { term: None, exact: true }) };
    if !engage_engine::condition::shallow(condition) {
        return Err(unsupported("evaluate so deep a condition", super::super::NAME));
    }
    let mut writer = Writer { table, entity, exact: true };
    let term = match writer.condition(condition, false)? {
        Made::All => None,
        Made::None => Some(null(&table.primary_id, "null")),
        Made::Term(term) => Some(term),
    };
    Ok(Filter { term, exact: writer.exact })
}

struct Writer<'a> {
    table: &'a Table,
    entity: &'a Entity,
    exact: bool,
}

impl Writer<'_> {
    fn condition(&mut self, condition: &Condition<Value>, not: bool) -> Result<Made, AdapterError> {
        match condition {
            Condition::Test(test) => self.test(test, not),
            Condition::Not(inner) => self.condition(inner, !not),
            Condition::And(inner) => self.group(inner, not, !not),
            Condition::Or(inner) => self.group(inner, not, not),
        }
    }

    fn group(&mut self, inner: &[Condition<Value>], not: bool, and: bool) -> Result<Made, AdapterError> {
        let mut terms = Vec::with_capacity(inner.len());
        for condition in inner {
            match (self.condition(condition, not)?, and) {
                (Made::All, true) | (Made::None, false) => {}
                (Made::None, true) => return Ok(Made::None),
                (Made::All, false) => return Ok(Made::All),
                (Made::Term(term), _) => terms.push(term),
            }
        }
        Ok(match (terms.len(), and) {
            (0, true) => Made::All,
            (0, false) => Made::None,
            (1, _) => terms.pop().map_or(Made::All, Made::Term),
            _ => Made::Term(Term::Group { and, inner: terms }),
        })
    }

    fn test(&mut self, test: &Test<Value>, not: bool) -> Result<Made, AdapterError> {
        let Some(field) = self.entity.field(test.field.as_str()) else {
            return Err(unsupported("filter by a field that the entity does not have", super::super::NAME));
        };
        Ok(match (positive(test.operator, not), test.operands.first()) {
            (Sign::Plain(Operator::IsNull), _) => self.null(field, true),
            (Sign::Plain(Operator::IsNotNull), _) => self.null(field, false),
            (Sign::Plain(Operator::In), _) => self.list(field, &test.operands, false),
            (Sign::OrNull(Operator::In), _) => self.list(field, &test.operands, true),
            (_, None) => return Err(unsupported("compare with nothing", super::super::NAME)),
            (sign, Some(operand)) => self.compare(field, sign, operand),
        })
    }

    /// A polymorphic column that refers to another table is null to this field; only the answer tells.
    fn null(&mut self, field: &EntityField, is_null: bool) -> Made {
        let column = self.table.read_column(field);
        if self.table.is_lookup(field) && self.table.is_polymorphic(column) {
            self.exact = false;
            if is_null {
                return Made::All;
            }
        }
        Made::Term(null(column, if is_null { "null" } else { "not-null" }))
    }

    fn compare(&mut self, field: &EntityField, sign: Sign, operand: &Value) -> Made {
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
        let Some(value) = self.value(field, operand) else {
            // No row holds such a value: none equals it, and every row differs from it.
            return if or_null { Made::All } else { Made::None };
        };
        if !holds(&value) {
            return self.unknown();
        }
        let (name, value) = match (operator, or_null) {
            (Operator::Contains, _) => (like(or_null), format!("%{}%", wildcards(&value))),
            (Operator::StartsWith, _) => (like(or_null), format!("{}%", wildcards(&value))),
            (Operator::EndsWith, _) => (like(or_null), format!("%{}", wildcards(&value))),
            (Operator::Equals, false) => ("eq", value),
            (Operator::Equals, true) => ("ne", value),
            (Operator::GreaterThan, _) => ("gt", value),
            (Operator::GreaterThanOrEqual, _) => ("ge", value),
            (Operator::LessThan, _) => ("lt", value),
            _ => ("le", value),
        };
        self.made(field, name, vec![value], or_null)
    }

    /// One choice of several; equality of whole sets has no expression.
    fn choices(&mut self, field: &EntityField, operator: Operator, or_null: bool, operand: &Value) -> Made {
        if !matches!((operator, operand), (Operator::Contains, Value::Choice(_))) {
            return self.unknown();
        }
        match self.value(field, operand) {
            None if or_null => Made::All,
            None => Made::None,
            Some(value) if or_null => self.made(field, "not-contain-values", vec![value], true),
            Some(value) => self.made(field, "contain-values", vec![value], false),
        }
    }

    /// Blank text stands by itself: readers may drop an element that holds nothing else.
    fn list(&mut self, field: &EntityField, operands: &[Value], not: bool) -> Made {
        let values: Vec<String> = operands.iter().filter_map(|operand| self.value(field, operand)).collect();
        if !values.iter().all(|value| holds(value)) {
            return self.unknown();
        }
        let (blank, listed): (Vec<String>, Vec<String>) = values.into_iter().partition(|value| value.trim().is_empty());
        let column = self.table.read_column(field);
        let mut terms: Vec<Term> =
            blank.into_iter().map(|value| term(column, if not { "ne" } else { "eq" }, vec![value])).collect();
        if !listed.is_empty() {
            terms.push(term(column, if not { "not-in" } else { "in" }, listed));
        }
        let made = match terms.len() {
            0 if not => return Made::All,
            0 => return Made::None,
            1 => terms.pop(),
            _ => Some(Term::Group { and: not, inner: terms }),
        };
        made.map_or(Made::None, |made| if not { or_null(column, made) } else { Made::Term(made) })
    }

    fn made(&self, field: &EntityField, operator: &'static str, values: Vec<String>, with_null: bool) -> Made {
        let column = self.table.read_column(field);
        let test = term(column, operator, values);
        if with_null { or_null(column, test) } else { Made::Term(test) }
    }

    /// A value as text; `None` where the column holds no such value. Yes and no are 1 and 0.
    fn value(&self, field: &EntityField, value: &Value) -> Option<String> {
        let flag = |flag: bool| if flag { "1" } else { "0" }.to_owned();
        match value {
            Value::String(text) if self.table.is_guid_text(field) => literal(field, &Value::Id(text.clone())),
            Value::String(text) => Some(text.clone()),
            Value::Id(id) if self.table.keeps_ids_as_text(self.table.read_column(field)) => Some(id.clone()),
            Value::Boolean(value) => Some(flag(*value)),
            Value::Choice(name) => Some(match wire(field, name)? {
                WireValue::Int(number) => number.to_string(),
                WireValue::Boolean(value) => flag(value),
                WireValue::Text(text) => text,
            }),
            other => literal(field, other),
        }
    }

    fn unknown(&mut self) -> Made {
        self.exact = false;
        Made::All
    }
}

fn like(not: bool) -> &'static str {
    if not { "not-like" } else { "like" }
}

fn term(column: &str, operator: &'static str, values: Vec<String>) -> Term {
    Term::Test { column: column.to_owned(), operator, values }
}

fn null(column: &str, operator: &'static str) -> Term {
    term(column, operator, Vec::new())
}

fn or_null(column: &str, test: Term) -> Made {
    Made::Term(Term::Group { and: false, inner: vec![test, null(column, "null")] })
}
