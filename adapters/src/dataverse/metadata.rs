//! What Dataverse says about its tables: entity sets, columns, navigation properties, keys.
//!
//! Names are taken from here and never computed: an entity set is not always the plural of its table
//! ("Use OData to query data"), and navigation properties keep the case they were made with
//! ("Web API Navigation Properties").

mod facts;
mod read;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use engage_engine::FieldType;
use engage_engine::adapter::{AdapterError, AdapterErrorKind};
use engage_engine::catalog::{Entity, EntityField};

pub(super) use facts::{facts, targets};
pub use read::MetadataError;
pub(super) use read::{table, target};

/// The tables that a workspace names, by logical name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    tables: HashMap<String, Arc<Table>>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The logical name: `account`.
    pub logical_name: String,
    /// The name in URLs: `accounts`.
    pub entity_set: String,
    /// The column of the primary key.
    pub primary_id: String,
    /// Columns by logical name.
    pub columns: HashMap<String, Column>,
    /// Single-valued navigation properties by column and target table.
    pub to_one: HashMap<(String, String), String>,
    /// Collection-valued navigation properties by referring table and its column.
    pub to_many: HashMap<(String, String), String>,
    /// Alternate keys, each a sorted list of columns.
    pub keys: Vec<Vec<String>>,
    /// It lies between two others, whose rows it links: it is read, and not written by itself.
    pub intersect: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Dataverse's type: `String`, `Lookup`, `Customer`, …
    pub attribute_type: String,
    /// Tables that a lookup may refer to.
    pub targets: Vec<String>,
    /// A create may set it.
    pub create: bool,
    /// An update may set it.
    pub update: bool,
    /// Null is refused.
    pub system_required: bool,
}

impl Metadata {
    /// Metadata of these tables.
    pub fn new(tables: impl IntoIterator<Item = Table>) -> Self {
        let named = tables.into_iter().map(|table| (table.logical_name.clone(), Arc::new(table)));
        Self { tables: named.collect() }
    }

    /// A table by its logical name.
    pub fn get(&self, logical_name: &str) -> Option<&Arc<Table>> {
        self.tables.get(logical_name)
    }

    /// The table of an entity.
    ///
    /// # Errors
    /// [`AdapterErrorKind::NotFound`]: this environment has no such table.
    pub(super) fn of(&self, entity: &Entity) -> Result<&Arc<Table>, AdapterError> {
        self.get(&entity.crm_type).ok_or_else(|| missing(&format!("no table `{}`", entity.crm_type)))
    }

    /// The collection that holds the records of `child` whose `column` refers to a record of `parent`.
    pub(super) fn collection(&self, parent: &Table, child: &Entity, column: &str) -> Result<String, AdapterError> {
        let owned = self.of(child)?.owned(column, &parent.logical_name);
        let key = (child.crm_type.clone(), owned.unwrap_or(column).to_owned());
        let found = parent.to_many.get(&key).cloned();
        found.ok_or_else(|| missing(&format!("`{}` has no collection of `{}.{column}`", parent.logical_name, key.0)))
    }
}

impl Table {
    /// The column that a field is read from.
    pub(super) fn read_column<'a>(&'a self, field: &'a EntityField) -> &'a str {
        field.read_column.as_deref().unwrap_or(&self.primary_id)
    }

    /// The column that a field is written to.
    pub(super) fn write_column<'a>(&'a self, field: &'a EntityField) -> &'a str {
        field.write_column.as_deref().unwrap_or(&self.primary_id)
    }

    /// The name of a field in `$select`, `$filter` and answers: lookups have one of their own.
    pub(super) fn property(&self, field: &EntityField) -> String {
        let column = self.read_column(field);
        if self.is_lookup(field) { format!("_{column}_value") } else { column.to_owned() }
    }

    /// Whether a field is a lookup here. The primary key is none, although it refers to its own entity, nor is a column
    /// that keeps an id as text or as a mere GUID.
    pub(super) fn is_lookup(&self, field: &EntityField) -> bool {
        matches!(field.field_type, FieldType::Ref(_)) && self.refers(self.read_column(field))
    }

    fn refers(&self, column: &str) -> bool {
        let kind = self.columns.get(column).map(|column| column.attribute_type.as_str());
        let mere = || !self.to_one.keys().any(|(own, _)| own == column);
        column != self.primary_id && !(matches!(kind, Some("String" | "Memo" | "Uniqueidentifier")) && mere())
    }

    /// Whether a column keeps ids as text.
    pub(super) fn keeps_ids_as_text(&self, column: &str) -> bool {
        let kind = self.columns.get(column).map(|column| column.attribute_type.as_str());
        matches!(kind, Some("String" | "Memo")) && column != self.primary_id && !self.refers(column)
    }

    /// Whether a field that is no reference stands on a column of GUIDs: a text that shows the primary key.
    pub(super) fn is_guid_text(&self, field: &EntityField) -> bool {
        let column = self.read_column(field);
        let guid = self.columns.get(column).is_some_and(|column| column.attribute_type == "Uniqueidentifier");
        field.field_type == FieldType::String && (guid || column == self.primary_id)
    }

    /// Whether a lookup column may refer to several tables.
    pub(super) fn is_polymorphic(&self, column: &str) -> bool {
        self.to_one.keys().filter(|(own, _)| own == column).nth(1).is_some()
    }

    /// The navigation property to expand: an owner is of the type `principal`, which has next to no columns, so that
    /// the user or team behind it is reached by a column of its own.
    pub(super) fn expansion(&self, column: &str, target: &str) -> Result<&str, AdapterError> {
        self.navigation(self.owned(column, target).unwrap_or(column), target)
    }

    /// The column that holds the same as a lookup column, where it is another: of an owner that is a user, or a team.
    pub(super) fn linked(&self, column: &str, target: &str) -> Option<&'static str> {
        self.owned(column, target)
    }

    fn owned(&self, column: &str, target: &str) -> Option<&'static str> {
        let owner = self.columns.get(column).is_some_and(|column| column.attribute_type == "Owner");
        match target {
            "systemuser" if owner => Some("owninguser"),
            "team" if owner => Some("owningteam"),
            _ => None,
        }
    }

    /// The navigation property that leads from a lookup column to a target table; what a value is bound to.
    pub(super) fn navigation(&self, column: &str, target: &str) -> Result<&str, AdapterError> {
        let key = (column.to_owned(), target.to_owned());
        let found = self.to_one.get(&key).map(String::as_str);
        found.ok_or_else(|| missing(&format!("`{}.{column}` does not refer to `{target}`", self.logical_name)))
    }
}

/// What the definitions name and this environment does not have.
fn missing(details: &str) -> AdapterError {
    AdapterError { kind: AdapterErrorKind::NotFound, details: Some(details.to_owned()) }
}
