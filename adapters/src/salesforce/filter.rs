//! Conditions as the `WHERE` of a statement.
//!
//! A row is returned where the expression is true, and most comparisons with null are neither true nor false.
//! engage's conditions have two values, so negation is pushed down to the tests and null is spelled out where a test
//! includes it.

use engage_engine::adapter::AdapterError;
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::model::{Condition, Operator, Test};
use engage_engine::value::Value;
use engage_engine::{FieldType, condition};

use super::literal::{Pattern, literal, quoted, stored, text, wire};
use super::metadata::{Column, ID, Metadata, Object};
use crate::guard::unsupported;
use crate::sign::{Sign, positive};

/// The longest text of a literal, in characters ("SOQL and SOSL Limits for Search Queries").
const MAX_LITERAL: usize = 4000;

/// A condition as the wire can say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    /// The expression; absent where every row is meant.
    pub(super) text: Option<String>,
    /// Whether the expression says all of the condition; else it lets more rows through.
    pub(super) exact: bool,
}

/// Writes a condition for an object.
///
/// # Errors
/// `Unsupported` for conditions nested too deep, or on a field that the entity does not have, `NotFound` for a column
/// that this organisation does not have.
pub(super) fn filter(
    metadata: &Metadata,
    object: &Object,
    entity: &Entity,
    condition: &Condition<Value>,
) -> Result<Filter, AdapterError> {
    if !condition::shallow(condition) {
        return Err(unsupported("evaluate so deep a condition", super::NAME));
    }
    let mut writer = Writer { metadata, object, entity, exact: true };
    let term = writer.condition(condition, false)?;
    let exact = writer.exact;
    Ok(match term {
        Term::All => Filter { text: None, exact },
        Term::None => Filter { text: Some(format!("{ID} = null")), exact },
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
    metadata: &'a Metadata,
    object: &'a Object,
    entity: &'a Entity,
    exact: bool,
}

/// A field with its column.
#[derive(Clone, Copy)]
struct Named<'a> {
    field: &'a EntityField,
    name: &'a str,
    column: &'a Column,
}

impl<'a> Writer<'a> {
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
        // Alone it keeps the parentheses that it may have.
        if let [only] = texts.as_slice() {
            return Ok(Term::Test(only.clone()));
        }
        let joined = texts.join(if and { " AND " } else { " OR " });
        Ok(match (texts.is_empty(), and) {
            (true, true) => Term::All,
            (true, false) => Term::None,
            (false, _) => Term::Group(joined),
        })
    }

    fn test(&mut self, test: &Test<Value>, not: bool) -> Result<Term, AdapterError> {
        let entity = self.entity;
        let Some(field) = entity.field(test.field.as_str()) else {
            return Err(unsupported("filter by a field that the entity does not have", super::NAME));
        };
        let (name, column) = self.object.read_column(field)?;
        let named = Named { field, name, column };
        if !column.filter {
            return Ok(self.unknown());
        }
        let operand = test.operands.first();
        Ok(match (positive(test.operator, not), operand) {
            (Sign::Plain(Operator::IsNull), _) => self.null(named, true),
            (Sign::Plain(Operator::IsNotNull), _) => self.null(named, false),
            (Sign::Plain(Operator::In), _) => self.list(named, &test.operands, false),
            (Sign::OrNull(Operator::In), _) => self.list(named, &test.operands, true),
            (_, None) => return Err(unsupported("compare with nothing", super::NAME)),
            (sign, Some(operand)) => self.compare(named, sign, operand),
        })
    }

    /// A polymorphic column that refers to another object is null to this field ("Understanding Relationship Fields
    /// and Polymorphic Fields": `What.Type`). A boolean column is never null.
    fn null(&mut self, Named { field, name, column }: Named<'a>, null: bool) -> Term {
        if column.kind == "boolean" {
            return if null { Term::None } else { Term::All };
        }
        let kind = column.polymorphic().zip(self.metadata.referred(field));
        match (kind, null) {
            (Some((relationship, target)), false) => {
                Term::Test(format!("{relationship}.Type = {}", quoted(&target.name)))
            }
            (Some((relationship, target)), true) => {
                Term::Group(format!("{name} = null OR {relationship}.Type != {}", quoted(&target.name)))
            }
            (None, true) => Term::Test(format!("{name} = null")),
            (None, false) => Term::Test(format!("{name} != null")),
        }
    }

    fn compare(&mut self, named: Named<'a>, sign: Sign, operand: &Value) -> Term {
        let (operator, or_null) = match sign {
            Sign::Plain(operator) => (operator, false),
            Sign::OrNull(operator) => (operator, true),
        };
        if named.field.field_type == FieldType::MultiChoice {
            return self.choices(named, operator, or_null, operand);
        }
        if too_long(operand) {
            return self.unknown();
        }
        match operator {
            Operator::Equals => self.equals(named, or_null, operand),
            Operator::Contains | Operator::StartsWith | Operator::EndsWith => {
                self.like(named, operator, or_null, operand)
            }
            _ => self.order(named, operator, or_null, operand),
        }
    }

    fn equals(&mut self, named: Named<'a>, or_null: bool, operand: &Value) -> Term {
        match self.literal(named, operand) {
            // No row holds such a value: none equals it, and every row differs from it.
            None if or_null => Term::All,
            None => Term::None,
            Some(literal) if or_null => null_or(named, &format!("{} != {literal}", named.name)),
            Some(literal) => Term::Test(format!("{} = {literal}", named.name)),
        }
    }

    fn like(&mut self, named: Named<'a>, operator: Operator, or_null: bool, operand: &Value) -> Term {
        let Value::String(text) = operand else { return self.unknown() };
        let pattern = Pattern::new(text);
        if !pattern.exact {
            self.exact = false;
            // The opposite of more than is meant is less than is meant.
            if or_null {
                return Term::All;
            }
        }
        let operand = match operator {
            Operator::StartsWith => pattern.between("", "%"),
            Operator::EndsWith => pattern.between("%", ""),
            _ => pattern.between("%", "%"),
        };
        let test = format!("{} LIKE {operand}", named.name);
        if or_null { null_or(named, &format!("(NOT {test})")) } else { Term::Test(test) }
    }

    /// Columns hold whole seconds: between two of them, the one before decides.
    fn order(&mut self, named: Named<'a>, operator: Operator, or_null: bool, operand: &Value) -> Term {
        let (mut operand, mut operator) = (operand.clone(), operator);
        if let Value::DateTime(instant) = &operand
            && instant.subsec_nanosecond() != 0
            && let Some(second) = floor(*instant)
        {
            operand = Value::DateTime(second);
            operator = match operator {
                Operator::GreaterThanOrEqual => Operator::GreaterThan,
                Operator::LessThan => Operator::LessThanOrEqual,
                other => other,
            };
        }
        let Some(literal) = self.literal(named, &operand) else { return self.unknown() };
        let sign = match operator {
            Operator::GreaterThan => ">",
            Operator::GreaterThanOrEqual => ">=",
            Operator::LessThan => "<",
            _ => "<=",
        };
        let test = format!("{} {sign} {literal}", named.name);
        if or_null { null_or(named, &test) } else { Term::Test(test) }
    }

    /// One choice of several; equality of whole sets depends on an order that nobody knows.
    fn choices(&mut self, named: Named<'a>, operator: Operator, or_null: bool, operand: &Value) -> Term {
        let (Operator::Contains, Value::Choice(choice)) = (operator, operand) else { return self.unknown() };
        let Some(wire) = wire(named.field, choice) else { return if or_null { Term::All } else { Term::None } };
        let value = text(&stored(named.column, &wire));
        // A semicolon would ask for several values at once ("Querying Multi-Select Picklists").
        if value.contains(';') {
            return self.unknown();
        }
        let value = quoted(&value);
        if or_null {
            null_or(named, &format!("{} EXCLUDES ({value})", named.name))
        } else {
            Term::Test(format!("{} INCLUDES ({value})", named.name))
        }
    }

    fn list(&mut self, named: Named<'a>, operands: &[Value], not: bool) -> Term {
        if operands.iter().any(too_long) {
            return self.unknown();
        }
        let mut literals: Vec<String> = operands.iter().filter_map(|operand| self.literal(named, operand)).collect();
        let mut seen = std::collections::HashSet::new();
        literals.retain(|literal| seen.insert(literal.clone()));
        match (literals.as_slice(), not) {
            ([], false) => Term::None,
            ([], true) => Term::All,
            (literals, false) => Term::Test(format!("{} IN ({})", named.name, literals.join(","))),
            (literals, true) => null_or(named, &format!("{} NOT IN ({})", named.name, literals.join(","))),
        }
    }

    /// `None`: the field holds no such value, an id of another object among them.
    fn literal(&self, Named { field, column, .. }: Named<'a>, operand: &Value) -> Option<String> {
        if let (Value::Id(id), Some(_)) = (operand, column.polymorphic()) {
            let prefix = self.metadata.referred(field).and_then(|target| target.key_prefix.as_deref());
            if prefix.is_some_and(|prefix| !id.starts_with(prefix)) {
                return None;
            }
        }
        literal(column, field, operand)
    }

    fn unknown(&mut self) -> Term {
        self.exact = false;
        Term::All
    }
}

fn too_long(operand: &Value) -> bool {
    matches!(operand, Value::String(text) if text.chars().count() > MAX_LITERAL)
}

fn null_or(named: Named<'_>, test: &str) -> Term {
    if named.column.kind == "boolean" || named.name == ID {
        return Term::Test(test.to_owned());
    }
    Term::Group(format!("{test} OR {} = null", named.name))
}

/// The whole second that an instant is in.
fn floor(instant: jiff::Timestamp) -> Option<jiff::Timestamp> {
    let seconds = i64::try_from(instant.as_nanosecond().div_euclid(1_000_000_000)).ok()?;
    jiff::Timestamp::from_second(seconds).ok()
}
