//! What a CRM says about its own entities, in words that every CRM's metadata can be told in.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::WireValue;
use crate::value::FieldType;

/// What a CRM says about some of its entities.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// By name. An entity that is not here does not exist, or the caller may not see it.
    pub tables: BTreeMap<String, TableFacts>,
}

/// An entity of the CRM.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableFacts {
    /// The column of the primary key.
    pub primary_key: String,
    /// Columns by name.
    pub columns: BTreeMap<String, ColumnFacts>,
    /// Declared keys: columns whose values together are unique. A unique external id is a key of one column.
    pub keys: Vec<BTreeSet<String>>,
    /// Its records only say which records of two other entities belong together: they are read, and made and removed by
    /// linking those two, never written by themselves.
    pub links_only: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnFacts {
    /// What it holds.
    pub kind: ColumnKind,
    /// The CRM's own word for its type, for messages.
    pub type_name: String,
    /// A create without it is refused, and the CRM has no default.
    pub required: bool,
    /// A create may set it.
    pub create: bool,
    /// An update may set it.
    pub update: bool,
    /// The longest text, in characters.
    pub max_length: Option<u32>,
    /// The entities that a reference may lead to; empty where the CRM does not say.
    pub targets: BTreeSet<String>,
    /// The values of a choice; empty where the CRM does not say, or takes others too.
    pub choices: Vec<WireValue>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// The primary key.
    Id,
    /// Text.
    Text,
    /// Yes or no.
    Boolean,
    /// Whole numbers.
    Int,
    /// Floating-point numbers.
    Double,
    /// Exact decimals and money.
    Decimal,
    /// Days.
    Date,
    /// Instants.
    DateTime,
    /// One of a list.
    Choice,
    /// Some of a list.
    MultiChoice,
    /// A reference.
    Reference,
    /// Something that no field type stands for.
    Other,
}

impl ColumnKind {
    /// Whether a field of a type can stand for such a column. A choice stands for whatever stores its values; a number
    /// may be read as one that holds more; a key is a text to whoever only passes it on.
    pub fn holds(self, field: &FieldType) -> bool {
        use ColumnKind as Kind;
        match field {
            FieldType::String => matches!(self, Kind::Text | Kind::Choice | Kind::Id),
            FieldType::Boolean => self == Kind::Boolean,
            FieldType::Int => self == Kind::Int,
            FieldType::Double => matches!(self, Kind::Double | Kind::Decimal | Kind::Int),
            FieldType::Decimal => matches!(self, Kind::Decimal | Kind::Int | Kind::Double),
            FieldType::Date => self == Kind::Date,
            FieldType::DateTime => self == Kind::DateTime,
            FieldType::Choice => matches!(self, Kind::Choice | Kind::Boolean | Kind::Int | Kind::Text),
            FieldType::MultiChoice => self == Kind::MultiChoice,
            FieldType::Ref(_) => matches!(self, Kind::Reference | Kind::Id),
        }
    }
}
