//! Values as they flow between a caller, the engine and a CRM, and the types they have.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::ids::{FieldName, SemanticId};

/// The type of a field.
///
/// The platform's five ([`String`](FieldType::String), `Boolean`, `Int`, `Double`, `DateTime`) and what CRMs add.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A 64-bit signed whole number.
    Int,
    /// An IEEE 754 double, finite.
    Double,
    /// An exact decimal number: amounts and currency.
    Decimal,
    /// A calendar day without time or zone.
    Date,
    /// An instant; RFC 3339 in text, UTC inside.
    DateTime,
    /// One of the field's declared choices, by its abstract name.
    Choice,
    /// Any number of the field's declared choices.
    MultiChoice,
    /// A reference to a record of the named entity.
    Ref(SemanticId),
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ref(entity) => write!(f, "Ref({entity})"),
            Self::String => f.write_str("String"),
            Self::Boolean => f.write_str("Boolean"),
            Self::Int => f.write_str("Int"),
            Self::Double => f.write_str("Double"),
            Self::Decimal => f.write_str("Decimal"),
            Self::Date => f.write_str("Date"),
            Self::DateTime => f.write_str("DateTime"),
            Self::Choice => f.write_str("Choice"),
            Self::MultiChoice => f.write_str("MultiChoice"),
        }
    }
}

/// A typed value.
///
/// `Debug` shows the type and hides the value, so that a value cannot reach a log by accident; who needs the value
/// asks for it ([`Value::to_json`]).
#[derive(Clone, PartialEq)]
pub enum Value {
    /// No value; in an input: clear the field.
    Null,
    /// Text.
    String(String),
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Int(i64),
    /// A finite floating-point number. INVARIANT: never NaN, never infinite.
    Double(f64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A calendar day.
    Date(Date),
    /// An instant.
    DateTime(Timestamp),
    /// The abstract name of a choice.
    Choice(String),
    /// Abstract names of choices, sorted, no duplicates.
    MultiChoice(Vec<String>),
    /// The identifier of a record, as its CRM writes it.
    Id(String),
}

/// The values of one record by abstract field name, `Id` among them where it is known.
pub type Instance = BTreeMap<FieldName, Value>;

impl Value {
    /// Whether this is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What a person calls the type of this value.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::String(_) => "String",
            Self::Boolean(_) => "Boolean",
            Self::Int(_) => "Int",
            Self::Double(_) => "Double",
            Self::Decimal(_) => "Decimal",
            Self::Date(_) => "Date",
            Self::DateTime(_) => "DateTime",
            Self::Choice(_) => "Choice",
            Self::MultiChoice(_) => "MultiChoice",
            Self::Id(_) => "Id",
        }
    }

    /// Orders two values of one type; text and choices without regard to case; `None` for null or unlike types.
    ///
    /// ```
    /// use engage_engine::Value;
    /// let (a, b) = (Value::String("Oslo".into()), Value::String("oslo".into()));
    /// assert_eq!(a.compare(&b), Some(std::cmp::Ordering::Equal));
    /// ```
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::String(a), Self::String(b)) | (Self::Choice(a), Self::Choice(b)) => Some(fold(a).cmp(&fold(b))),
            (Self::Id(a), Self::Id(b)) => Some(a.cmp(b)),
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::DateTime(a), Self::DateTime(b)) => Some(a.cmp(b)),
            (Self::MultiChoice(a), Self::MultiChoice(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// Whether two values are the same to a CRM: text ignores case, decimals ignore trailing zeros, null equals null.
    pub fn same(&self, other: &Self) -> bool {
        (self.is_null() && other.is_null()) || self.compare(other) == Some(Ordering::Equal)
    }

    /// The value as JSON: decimals, dates and instants as text, so that nothing is rounded on the way.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::String(text) | Self::Choice(text) | Self::Id(text) => Json::String(text.clone()),
            Self::Boolean(value) => Json::Bool(*value),
            Self::Int(value) => Json::from(*value),
            Self::Double(value) => serde_json::Number::from_f64(*value).map_or(Json::Null, Json::Number),
            Self::Decimal(value) => Json::String(value.to_string()),
            Self::Date(value) => Json::String(value.to_string()),
            Self::DateTime(value) => Json::String(value.to_string()),
            Self::MultiChoice(names) => Json::Array(names.iter().cloned().map(Json::String).collect()),
        }
    }
}

/// Folds text for comparison: every comparison of text in engage ignores case.
///
/// Letter by letter, so that a text starts with its own beginning whatever follows (the Greek sigma), and letters
/// that share a capital are one letter: `ß` is `ss`.
///
/// ```
/// use engage_engine::value::fold;
/// assert_eq!(fold("ÅSE"), fold("åse"));
/// assert_eq!(fold("STRASSE"), fold("Straße"));
/// assert!(fold("ΟΔΟΣΑ").starts_with(&fold("ΟΔΟΣ")));
/// ```
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let capitals = text.chars().flat_map(char::to_lowercase).flat_map(char::to_uppercase);
    capitals.flat_map(char::to_lowercase).collect()
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            other => write!(f, "{}(…)", other.type_name()),
        }
    }
}

/// Why a literal or a JSON value is not a value of a type. It holds no value, only what was expected and found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Another type was found.
    #[error("expected {expected}, found {found}")]
    Type {
        /// The type that the field has.
        expected: String,
        /// What stands there.
        found: &'static str,
    },
    /// The right kind of thing, in a form that cannot be read.
    #[error("not a valid {expected}: {reason}")]
    Form {
        /// The type that the field has.
        expected: String,
        /// What is wrong with the form.
        reason: &'static str,
    },
    /// A choice that the field does not declare; the allowed names are the author's, so they may be shown.
    #[error("not one of the allowed values: {}", allowed.join(", "))]
    NotAllowed {
        /// The declared choices.
        allowed: Vec<String>,
    },
    /// Text longer than the field allows.
    #[error("{length} characters, at most {max} are allowed")]
    TooLong {
        /// Characters found.
        length: usize,
        /// Characters allowed.
        max: u32,
    },
}
