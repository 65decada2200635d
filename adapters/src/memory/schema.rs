//! The schema of a simulated CRM: what `kind: CrmSchema` files say, and what definitions alone let one derive.

mod derive;
mod facts;
mod form;

use std::collections::BTreeMap;

use engage_engine::CrmName;
use serde::{Deserialize, Serialize};

pub use form::Wire;

/// Tables of one CRM, as its metadata describes them.
///
/// ```
/// use engage_adapters::memory::Schema;
/// let schema = Schema::from_yaml(
///     "kind: CrmSchema\ncrm: salesforce\ntables:\n  Contact:\n    key: Id\n    columns:\n      LastName: {type: String, required: true}\n",
/// );
/// assert!(schema.unwrap().tables["Contact"].columns["LastName"].required);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// Always `CrmSchema`.
    kind: Kind,
    /// The CRM.
    #[serde(deserialize_with = "form::crm_name")]
    pub crm: CrmName,
    /// Where the facts come from: a page, a recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Tables by name.
    #[serde(default, deserialize_with = "form::distinct")]
    pub tables: BTreeMap<String, TableSchema>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    #[default]
    CrmSchema,
}

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSchema {
    /// The primary key's column; it need not stand among the columns.
    pub key: String,
    /// Not recorded from a real system.
    #[serde(default, skip_serializing_if = "form::no")]
    pub inferred: bool,
    /// Columns by name.
    #[serde(default, deserialize_with = "form::distinct")]
    pub columns: BTreeMap<String, ColumnSchema>,
    /// Alternate keys; each a list of columns whose values together are unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Vec<String>>,
    /// The names of the collections of related tables, by table.
    #[serde(default, deserialize_with = "form::distinct", skip_serializing_if = "BTreeMap::is_empty")]
    pub children: BTreeMap<String, String>,
    /// Rows live inside a row of another table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<EmbeddedSchema>,
}

/// Where the rows of an embedded table live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedSchema {
    /// The parent table.
    #[serde(rename = "in")]
    pub parent: String,
    /// The parent's collection.
    #[serde(rename = "as")]
    pub collection: String,
    /// The column that refers to the parent; where absent, the first reference that has it as its only target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSchema {
    /// The type.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// Must have a value.
    #[serde(default, skip_serializing_if = "form::no")]
    pub required: bool,
    /// May be set on create.
    #[serde(default = "form::truth", skip_serializing_if = "form::yes")]
    pub create: bool,
    /// May be set on update.
    #[serde(default = "form::truth", skip_serializing_if = "form::yes")]
    pub update: bool,
    /// No two rows have the same value.
    #[serde(default, skip_serializing_if = "form::no")]
    pub unique: bool,
    /// Longest text, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// The values of a choice; empty: any. A file may give them as a list, or as a mapping from value to label.
    #[serde(default, deserialize_with = "form::choices", skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Wire>,
    /// Tables that a reference may point at; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// The relationship's name, or one per target.
    #[serde(default, deserialize_with = "form::navigation", skip_serializing_if = "Option::is_none")]
    pub navigation: Option<Navigation>,
    /// The value is that of another column; a reference only where it points at one of the targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
}

impl ColumnSchema {
    /// A plain column of a type.
    pub fn new(column_type: ColumnType) -> Self {
        Self {
            column_type,
            required: false,
            create: true,
            update: true,
            unique: false,
            max: None,
            choices: Vec::new(),
            targets: Vec::new(),
            navigation: None,
            follows: None,
        }
    }
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnType {
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A whole number.
    Int,
    /// A floating-point number.
    Double,
    /// An exact decimal number.
    Decimal,
    /// A day.
    Date,
    /// An instant.
    DateTime,
    /// One of the choices.
    Choice,
    /// Any of the choices.
    MultiChoice,
    /// A reference.
    Ref,
    /// A primary key.
    Id,
}

/// The name by which a reference is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Navigation {
    /// One name whatever the target.
    Name(String),
    /// A name per target table.
    PerTarget(BTreeMap<String, String>),
}

impl Navigation {
    /// The target that a relationship's name leads to, where the name alone says so.
    pub fn target(&self, name: &str) -> Option<&str> {
        match self {
            Self::Name(_) => None,
            Self::PerTarget(names) => {
                let mut led = names.iter().filter(|(_, own)| own.as_str() == name).map(|(table, _)| table.as_str());
                led.next().filter(|_| led.next().is_none())
            }
        }
    }
}

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The text is no schema.
    #[error("this is no CRM schema: {0}")]
    Form(String),
    /// Two schemas that cannot be one.
    #[error("two schemas cannot be put together: {0}")]
    Merge(String),
    /// A name leads nowhere, or a rule is broken.
    #[error("`{place}`: {rule}")]
    Rule {
        /// Table, or table and column.
        place: String,
        /// What is wrong.
        rule: String,
    },
}

impl SchemaError {
    pub(super) fn rule(place: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Rule { place: place.into(), rule: rule.into() }
    }
}

impl Schema {
    /// A schema without tables.
    pub fn new(crm: CrmName) -> Self {
        Self { kind: Kind::CrmSchema, crm, source: None, tables: BTreeMap::new() }
    }

    /// Reads a schema file. Unknown keys are refused.
    ///
    /// # Errors
    /// [`SchemaError::Form`] says what cannot be read and where.
    pub fn from_yaml(text: &str) -> Result<Self, SchemaError> {
        // The parser takes time that grows with the square of the depth, and no schema is deep.
        if deep(text) {
            return Err(SchemaError::Form(format!("brackets stand more than {DEPTH} deep in each other")));
        }
        serde_yaml::from_str(text).map_err(|error| SchemaError::Form(error.to_string()))
    }

    /// Puts two schemas of one CRM together: tables and columns of both. What both describe must be the same.
    ///
    /// # Errors
    /// [`SchemaError::Merge`] when the CRMs differ, or the two describe a table or column differently.
    pub fn merge(mut self, other: Self) -> Result<Self, SchemaError> {
        if self.crm != other.crm {
            return Err(SchemaError::Merge(format!("one is for `{}`, the other for `{}`", self.crm, other.crm)));
        }
        for (name, table) in other.tables {
            match self.tables.remove(&name) {
                None => self.tables.insert(name, table),
                Some(own) => {
                    let merged = own.merge(table, &name)?;
                    self.tables.insert(name, merged)
                }
            };
        }
        Ok(self)
    }
}

/// How deeply brackets may stand in each other.
const DEPTH: usize = 64;

/// Brackets are counted in texts too, of which a schema has hardly any.
fn deep(text: &str) -> bool {
    let mut depth = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH
    })
}

impl TableSchema {
    fn merge(mut self, other: Self, name: &str) -> Result<Self, SchemaError> {
        let differ = |what: &str| SchemaError::Merge(format!("they describe {what} differently"));
        if self.key != other.key {
            return Err(differ(&format!("the key of `{name}`")));
        }
        for (column, described) in other.columns {
            match self.columns.get(&column) {
                Some(own) if *own != described => return Err(differ(&format!("`{name}.{column}`"))),
                _ => self.columns.insert(column, described),
            };
        }
        let keys = other.keys.into_iter().filter(|key| !self.keys.contains(key)).collect::<Vec<_>>();
        self.keys.extend(keys);
        self.children.extend(other.children);
        self.embedded = self.embedded.or(other.embedded);
        self.inferred |= other.inferred;
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
