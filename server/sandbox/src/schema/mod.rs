//! Tables, columns and relations, as one CRM has them.
//!
//! The sandbox ships a schema for each CRM and takes more tables and columns from files of the same format. Nothing here
//! knows a protocol; [`Kind`] is what the store needs to know, `crm_type` the exact word of the CRM.

mod error;
mod kind;
mod load;

use std::collections::{BTreeMap, BTreeSet};

pub use self::error::SchemaError;
pub use self::kind::Kind;

/// Which CRM a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Crm {
    /// Microsoft Dataverse.
    Dataverse,
    /// Salesforce.
    Salesforce,
}

/// All tables of a CRM.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The CRM.
    pub crm: Crm,
    /// Tables by name.
    pub tables: BTreeMap<String, Table>,
    /// Many-to-many relations.
    pub links: Vec<Link>,
    /// The tables in between, by name: they hold the two keys, and no rows of their own.
    pub between: BTreeMap<String, Table>,
    /// Switches of the CRM by name.
    pub settings: BTreeMap<String, bool>,
}

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name as the CRM's metadata has it (`account`, `Account`).
    pub name: String,
    /// Name of the collection in addresses (`accounts`).
    pub set: String,
    /// Name with the CRM's capitals (`Account`).
    pub schema_name: String,
    /// Name for people.
    pub label: String,
    /// Name for people, plural.
    pub labels: String,
    /// Column of the primary key.
    pub id: String,
    /// Column that names a row to people; none for some tables.
    pub name_column: Option<String>,
    /// Object type code, or key prefix.
    pub code: String,
    /// Who may own a row, in the CRM's word.
    pub ownership: String,
    /// Rows are activities.
    pub activity: bool,
    /// There is no recorded metadata of this table.
    pub inferred: bool,
    /// Added by a file of the user.
    pub custom: bool,
    /// Columns by name.
    pub columns: BTreeMap<String, Column>,
    /// Columns of each unique key, by name of the key.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Columns of each duplicate rule, by name of the rule: rows that agree in all of them are duplicates.
    pub duplicates: BTreeMap<String, Vec<String>>,
    /// Duplicate rules that refuse a row whatever the client says, by name.
    pub blocking: BTreeSet<String>,
    /// Validation rules by name.
    pub validations: BTreeMap<String, Validation>,
}

impl Table {
    /// A column by its exact name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.get(name)
    }
}

/// A rule that refuses rows.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// A condition of the CRM's query language; where it holds, the row is refused.
    pub condition: String,
    /// What the client is told.
    pub message: String,
    /// The column it is about; none when it is about the row.
    #[serde(default)]
    pub field: Option<String>,
}

/// How strictly a column asks for a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Required {
    /// Not at all.
    #[default]
    None,
    /// The form shows a mark.
    Recommended,
    /// Forms insist.
    ApplicationRequired,
    /// The system insists.
    SystemRequired,
}

/// What becomes of a row when the row it refers to is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDelete {
    /// The reference is cleared.
    #[default]
    Clear,
    /// The row is deleted as well.
    Cascade,
    /// The deletion is refused.
    Restrict,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Name with the CRM's capitals.
    pub schema_name: String,
    /// Name for people.
    pub label: String,
    /// The CRM's exact word for the type (`Customer`, `textarea`).
    pub crm_type: String,
    /// What the store keeps.
    pub kind: Kind,
    /// May be given on create.
    pub create: bool,
    /// May be read.
    pub read: bool,
    /// May be changed.
    pub update: bool,
    /// How strictly a value is asked for.
    pub required: Required,
    /// Longest text, in characters.
    pub length: Option<u64>,
    /// Smallest number.
    pub min: Option<f64>,
    /// Largest number.
    pub max: Option<f64>,
    /// Decimal places, or total digits, as the CRM counts.
    pub precision: Option<u32>,
    /// Digits after the point, where the CRM says so beside the precision.
    pub scale: Option<u32>,
    /// Digits of a whole number.
    pub digits: Option<u32>,
    /// Format within the type (`Email`, `DateOnly`).
    pub format: Option<String>,
    /// How a point in time behaves (`DateOnly`, `TimeZoneIndependent`).
    pub behavior: Option<String>,
    /// Values to choose from, with their labels, in order.
    pub options: Vec<(String, String)>,
    /// A value outside of the options is refused.
    pub restricted: bool,
    /// Value on create when none is given.
    pub default: Option<String>,
    /// The system gives a value on create.
    pub defaulted: bool,
    /// Tables a reference may point at.
    pub targets: Vec<String>,
    /// Relations this reference makes.
    pub relations: Vec<Relation>,
    /// Name under which the reference is followed, where it does not depend on the target.
    pub navigation: Option<String>,
    /// The reference may point at rows of several tables.
    pub polymorphic: bool,
    /// What becomes of the row when its target is deleted.
    pub on_delete: OnDelete,
    /// The column this one only mirrors (a name, a type).
    pub of: Option<String>,
    /// The compound column this one is part of.
    pub compound: Option<String>,
    /// Column security applies.
    pub secured: bool,
    /// Values are unique.
    pub unique: bool,
    /// May address a row in an upsert.
    pub external_id: bool,
    /// May address a row in a lookup by value.
    pub id_lookup: bool,
    /// Case counts in unique values.
    pub case_sensitive: bool,
    /// The CRM computes the value.
    pub calculated: bool,
    /// The CRM numbers the rows.
    pub auto_number: bool,
    /// May stand in a condition.
    pub filterable: bool,
    /// May stand in an order.
    pub sortable: bool,
    /// May stand in a grouping.
    pub groupable: bool,
    /// May stand in an aggregate.
    pub aggregatable: bool,
    /// Added by a file of the user.
    pub custom: bool,
}

/// A many-to-one relation with the names of its two directions.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The table referred to.
    pub to: String,
    /// Name of the relation.
    #[serde(default)]
    pub name: String,
    /// Name to follow from the referring row.
    #[serde(default)]
    pub navigation: String,
    /// Name to follow from the row referred to; empty when it cannot be followed.
    #[serde(default)]
    pub collection: String,
}

/// A many-to-many relation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Name of the relation.
    pub name: String,
    /// Name of the table in between.
    pub table: String,
    /// First table.
    pub left: String,
    /// Name to follow from the first table.
    pub left_navigation: String,
    /// Second table.
    pub right: String,
    /// Name to follow from the second table.
    pub right_navigation: String,
}

impl Schema {
    /// The schema the sandbox ships for a CRM.
    ///
    /// # Errors
    /// Never on a released sandbox: its own files are tested.
    pub fn built_in(crm: Crm) -> Result<Schema, SchemaError> {
        let text = match crm {
            Crm::Dataverse => include_str!("../../schemas/dataverse.yaml"),
            Crm::Salesforce => include_str!("../../schemas/salesforce.yaml"),
        };
        let mut schema = Schema {
            crm,
            tables: BTreeMap::new(),
            links: Vec::new(),
            between: BTreeMap::new(),
            settings: BTreeMap::new(),
        };
        load::extend(&mut schema, text, false)?;
        Ok(schema)
    }

    /// The text of the schema file with what the starter library installs; none where it installs nothing.
    pub fn starter(crm: Crm) -> Option<&'static str> {
        match crm {
            Crm::Dataverse => Some(include_str!("../../schemas/starter.dataverse.yaml")),
            Crm::Salesforce => Some(include_str!("../../schemas/starter.salesforce.yaml")),
        }
    }

    /// Adds the tables and columns of a file of the same format, all of them or none.
    ///
    /// # Errors
    /// When the text is not such a file, is meant for the other CRM, or contradicts itself.
    pub fn extend(&mut self, text: &str) -> Result<(), SchemaError> {
        let mut extended = self.clone();
        load::extend(&mut extended, text, true)?;
        *self = extended;
        Ok(())
    }

    /// A table by its exact name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// A table by the name of its collection.
    pub fn by_set(&self, set: &str) -> Option<&Table> {
        self.tables.values().find(|table| table.set == set)
    }
}

#[cfg(test)]
mod tests;
