//! Typed values of cells, and how they compare.

use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};

/// Identifies a row within its table. Each CRM brings identifiers to one spelling before they get here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowId(String);

impl RowId {
    /// An identifier in the one spelling its CRM uses.
    pub fn new(text: impl Into<String>) -> RowId {
        RowId(text.into())
    }

    /// The spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A reference to a row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ref {
    /// Name of the table.
    pub table: String,
    /// The row in it.
    pub id: RowId,
}

impl Ref {
    /// A reference.
    pub fn new(table: impl Into<String>, id: RowId) -> Ref {
        Ref { table: table.into(), id }
    }
}

/// What a cell holds. A cell without a value is absent from its row.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Text of any length.
    Text(String),
    /// A whole number, and the value of a numbered choice.
    Int(i64),
    /// An exact decimal, money included.
    Decimal(Decimal),
    /// A binary floating-point number.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// A point in time.
    Moment(Timestamp),
    /// A day without a time.
    Date(Date),
    /// An identifier that refers to nothing, the primary key above all.
    Id(RowId),
    /// A reference to a row.
    Ref(Ref),
    /// Several choices, in the order given.
    Choices(Vec<String>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}

impl Value {
    /// Name of the type, for messages: a value itself is not for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Int(_) => "integer",
            Value::Decimal(_) => "decimal",
            Value::Double(_) => "double",
            Value::Bool(_) => "boolean",
            Value::Moment(_) => "moment",
            Value::Date(_) => "date",
            Value::Id(_) => "identifier",
            Value::Ref(_) => "reference",
            Value::Choices(_) => "choices",
        }
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The reference, if it is one.
    pub fn reference(&self) -> Option<&Ref> {
        match self {
            Value::Ref(reference) => Some(reference),
            _ => None,
        }
    }

    /// The identifier of an identifier or of a reference.
    pub fn row_id(&self) -> Option<&RowId> {
        match self {
            Value::Id(id) => Some(id),
            Value::Ref(reference) => Some(&reference.id),
            _ => None,
        }
    }

    /// The number, exact where it can be.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Value::Int(int) => Some(Decimal::from(*int)),
            Value::Decimal(decimal) => Some(*decimal),
            Value::Double(double) => Decimal::from_f64(*double),
            _ => None,
        }
    }

    /// Order of two values; none where the types cannot be compared. Text is compared as both CRMs do, without case.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => Some(fold(a).cmp(&fold(b))),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::Moment(a), Value::Moment(b)) => Some(a.cmp(b)),
            (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Value::Choices(a), Value::Choices(b)) => Some(a.cmp(b)),
            (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
            _ => match (self.row_id(), other.row_id()) {
                (Some(a), Some(b)) => Some(a.cmp(b)),
                _ => Some(self.number()?.cmp(&other.number()?)),
            },
        }
    }

    /// The value as part of a unique key: equal values have equal keys.
    pub fn key(&self, case_sensitive: bool) -> String {
        match self {
            Value::Text(text) if case_sensitive => text.clone(),
            Value::Text(text) => fold(text),
            Value::Int(_) | Value::Decimal(_) => self.number().map(|n| n.normalize().to_string()).unwrap_or_default(),
            Value::Double(double) => double.to_string(),
            Value::Bool(bool) => bool.to_string(),
            Value::Moment(moment) => moment.to_string(),
            Value::Date(date) => date.to_string(),
            Value::Id(id) => id.to_string(),
            Value::Ref(reference) => reference.id.to_string(),
            Value::Choices(choices) => choices.join(","),
        }
    }
}

/// Text as it is compared where case does not count.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_across_types_and_text_without_case() {
        assert_eq!(Value::Int(2).compare(&Value::Decimal(Decimal::new(20, 1))), Some(Ordering::Equal));
        assert_eq!(Value::Text("ABC".into()).compare(&Value::Text("abc".into())), Some(Ordering::Equal));
        assert_eq!(Value::Text("1".into()).compare(&Value::Int(1)), None);
        assert_eq!(Value::Decimal(Decimal::new(100, 2)).key(false), Value::Int(1).key(false));
    }

    #[test]
    fn a_printed_value_does_not_show_what_it_holds() {
        assert_eq!(format!("{:?}", Value::Text("secret".into())), "text");
    }
}
