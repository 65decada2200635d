//! What a filter means: the plain evaluator, which a query made from the same tree has to agree with.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::parse::decimal;
use super::{Filter, Literal, Op, PartTerm, Term, Test, ValueFilter};
use crate::path::AttrPath;
use crate::resource::Resource;
use crate::schema::{Attribute, Kind};

impl Filter {
    /// Whether a resource is as the filter says.
    ///
    /// ```
    /// use engage_scim::{Resource, filter::Filter, json::Limits, schema::USER};
    ///
    /// let user = Resource::from_bytes(&USER, br#"{"userName":"Bo@x.dk","active":"True"}"#, &Limits::default()).unwrap();
    /// let matches = |text| Filter::parse(&USER, text).unwrap().matches(&user);
    /// assert!(matches(r#"userName eq "bo@X.dk" and active eq true"#));
    /// assert!(!matches(r#"externalId pr"#));
    /// ```
    #[must_use]
    pub fn matches(&self, resource: &Resource) -> bool {
        self.holds(&|term: &Term| match term {
            Term::Attribute { path, test } => test_path(path, test, resource.get(&path.slot)),
            Term::Element { slot, filter } => elements(resource.get(slot)).any(|element| filter.selects(element)),
        })
    }
}

impl ValueFilter {
    /// Whether an element is as the filter says.
    #[must_use]
    pub fn selects(&self, element: &Value) -> bool {
        self.holds(&|PartTerm { part, test }: &PartTerm| test.holds(part, element.get(part.name)))
    }
}

fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn test_path(path: &AttrPath, test: &Test, value: Option<&Value>) -> bool {
    let part = |value| match path.part {
        Some(part) => Value::get(value, part.name),
        None => Some(value),
    };
    if !path.slot.attribute.multi_valued {
        return test.holds(path.leaf(), value.and_then(part));
    }
    let mut all = elements(value).peekable();
    if all.peek().is_none() {
        return matches!(test, Test::Compare(Op::Ne, value) if *value != Literal::Null)
            || matches!(test, Test::Compare(Op::Eq, Literal::Null));
    }
    all.any(|element| test.holds(path.leaf(), part(element)))
}

impl Test {
    /// Whether it holds for one value of an attribute, or for its absence.
    #[must_use]
    pub fn holds(&self, attribute: &Attribute, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Present, _) => value.is_some(),
            (Self::Compare(op, Literal::Null), _) => (*op == Op::Eq) == value.is_none(),
            (Self::Compare(op, literal), Some(value)) => compare(attribute, *op, value, literal),
            (Self::Compare(op, literal), None) => match attribute.absent {
                Some(absent) => compare(attribute, *op, &Value::Bool(absent), literal),
                None => *op == Op::Ne,
            },
        }
    }
}

/// Compares a value; one that is not of the type of its attribute differs from everything.
fn compare(attribute: &Attribute, op: Op, value: &Value, literal: &Literal) -> bool {
    match (literal, value) {
        (Literal::Boolean(wanted), Value::Bool(value)) => ordered(op, value, wanted),
        (Literal::Number(wanted), Value::Number(value)) => {
            decimal(&value.to_string()).map_or(op == Op::Ne, |value| ordered(op, &value, wanted))
        }
        (Literal::Instant(wanted), Value::String(value)) => {
            value.parse::<Timestamp>().map_or(op == Op::Ne, |value| ordered(op, &value, wanted))
        }
        (Literal::String(wanted), Value::String(value)) => texts(attribute, op, value, wanted),
        _ => op == Op::Ne,
    }
}

fn ordered<T: Ord + ?Sized>(op: Op, value: &T, wanted: &T) -> bool {
    match op {
        Op::Eq => value == wanted,
        Op::Ne => value != wanted,
        Op::Gt => value > wanted,
        Op::Ge => value >= wanted,
        Op::Lt => value < wanted,
        Op::Le => value <= wanted,
        Op::Co | Op::Sw | Op::Ew => false,
    }
}

fn texts(attribute: &Attribute, op: Op, value: &str, wanted: &str) -> bool {
    if matches!(op, Op::Eq | Op::Ne) {
        return (op == Op::Eq) == same_text(attribute, value, wanted);
    }
    let (value, wanted) = (fold_text(attribute, value), fold_text(attribute, wanted));
    match op {
        Op::Co => value.contains(&*wanted),
        Op::Sw => value.starts_with(&*wanted),
        Op::Ew => value.ends_with(&*wanted),
        _ => ordered(op, &*value, &*wanted),
    }
}

fn same_text(attribute: &Attribute, one: &str, other: &str) -> bool {
    if attribute.case_exact || one == other {
        return one == other;
    }
    // Most texts are plain, and groups have many members: nothing is allocated for those.
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    fold(one) == fold(other)
}

/// A text without its case, character by character as Unicode lower-cases it: what is compared where an attribute is not
/// `caseExact`. A store that keeps this beside the value can compare it byte by byte.
///
/// ```
/// assert_eq!(engage_scim::filter::fold("ÅSE.Ø@X.dk"), "åse.ø@x.dk");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// A text as an attribute compares it.
pub(crate) fn fold_text<'a>(attribute: &Attribute, text: &'a str) -> Cow<'a, str> {
    if attribute.case_exact { Cow::Borrowed(text) } else { Cow::Owned(fold(text)) }
}

/// Whether two values of an attribute are equal as filters see it.
pub(crate) fn equal(attribute: &Attribute, one: &Value, other: &Value) -> bool {
    match (attribute.kind, one, other) {
        (Kind::Complex(parts), Value::Object(one), Value::Object(other)) => equal_parts(parts, one, other),
        (_, Value::String(one), Value::String(other)) => same_text(attribute, one, other),
        _ => one == other,
    }
}

/// Whether every part that `wanted` has is equal in `element`.
fn equal_parts(parts: &'static [Attribute], element: &Map<String, Value>, wanted: &Map<String, Value>) -> bool {
    parts.iter().all(|part| match (element.get(part.name), wanted.get(part.name)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(one), Some(other)) => equal(part, one, other),
    })
}
