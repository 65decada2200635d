//! What Salesforce says about its objects: fields, relationships up and down, key prefixes.
//!
//! Names in statements and addresses are taken from here and never computed: the name of a relationship is no
//! function of its field's name ("Understanding Relationship Names").

mod facts;
mod read;

use std::collections::HashMap;
use std::sync::Arc;

use engage_engine::FieldType;
use engage_engine::adapter::{AdapterError, AdapterErrorKind};
use engage_engine::catalog::{Catalog, Entity, EntityField};
use engage_engine::ids::SemanticId;

pub(super) use facts::facts;
pub use read::MetadataError;
pub(super) use read::{object, target};

/// The column of every object's primary key.
pub(super) const ID: &str = "Id";

/// The objects that a workspace names, by API name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    objects: HashMap<String, Arc<Object>>,
    entities: HashMap<SemanticId, String>,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The API name: `Account`.
    pub name: String,
    /// The first three characters of its ids.
    pub key_prefix: Option<String>,
    /// Columns by API name.
    pub columns: HashMap<String, Column>,
    /// Names of the relationships to children, by the child's object and its column. A relationship without a name
    /// is not here: nothing can ask for it.
    pub children: HashMap<(String, String), String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Salesforce's type: `string`, `reference`, `picklist`, …
    pub kind: String,
    /// A create may set it.
    pub create: bool,
    /// An update may set it.
    pub update: bool,
    /// A condition may name it.
    pub filter: bool,
    /// A sort may name it.
    pub sort: bool,
    /// Objects that a reference may lead to.
    pub targets: Vec<String>,
    /// The name of the relationship to them; absent: it cannot be traversed.
    pub relationship: Option<String>,
    /// Records can be addressed by it.
    pub key: bool,
}

impl Column {
    /// The relationship of a reference that may lead to several objects.
    pub(super) fn polymorphic(&self) -> Option<&str> {
        self.relationship.as_deref().filter(|_| self.targets.len() > 1)
    }
}

impl Metadata {
    /// Metadata of these objects, for the definitions that a catalog has of a CRM.
    pub fn new(objects: impl IntoIterator<Item = Object>, catalog: &Catalog, crm: &str) -> Self {
        let entities = catalog.entities(crm).map(|entity| (entity.id.clone(), entity.crm_type.clone()));
        Self::of_entities(objects, entities.collect())
    }

    pub(super) fn of_entities(
        objects: impl IntoIterator<Item = Object>,
        entities: HashMap<SemanticId, String>,
    ) -> Self {
        let named = objects.into_iter().map(|object| (object.name.clone(), Arc::new(object)));
        Self { objects: named.collect(), entities }
    }

    /// An object by its API name.
    pub fn get(&self, name: &str) -> Option<&Arc<Object>> {
        self.objects.get(name)
    }

    /// The object of an entity.
    ///
    /// # Errors
    /// [`AdapterErrorKind::NotFound`]: this organisation has no such object.
    pub(super) fn of(&self, entity: &Entity) -> Result<&Arc<Object>, AdapterError> {
        self.get(&entity.crm_type).ok_or_else(|| missing(&format!("no object `{}`", entity.crm_type)))
    }

    /// The object that a field refers to.
    pub(super) fn referred(&self, field: &EntityField) -> Option<&Object> {
        match &field.field_type {
            FieldType::Ref(entity) => self.get(self.entities.get(entity)?).map(Arc::as_ref),
            _ => None,
        }
    }
}

impl Object {
    /// The column that a field is read from, with its name as Salesforce writes it.
    ///
    /// # Errors
    /// [`AdapterErrorKind::NotFound`]: there is none.
    pub(super) fn read_column(&self, field: &EntityField) -> Result<(&str, &Column), AdapterError> {
        self.column(field.read_column.as_deref().unwrap_or(ID))
    }

    /// The column that a field is written to.
    ///
    /// # Errors
    /// [`AdapterErrorKind::NotFound`]: there is none.
    pub(super) fn write_column(&self, field: &EntityField) -> Result<(&str, &Column), AdapterError> {
        self.column(field.write_column.as_deref().unwrap_or(ID))
    }

    fn column(&self, name: &str) -> Result<(&str, &Column), AdapterError> {
        let found = self.columns.get_key_value(name).map(|(name, column)| (name.as_str(), column));
        found.ok_or_else(|| missing(&format!("no column `{}.{name}`", self.name)))
    }

    /// The relationship to the records of a child whose column refers to a record of this object.
    pub(super) fn child(&self, child: &Object, column: &str) -> Option<&str> {
        self.children.get(&(child.name.clone(), column.to_owned())).map(String::as_str)
    }
}

/// What the definitions name and this organisation does not have.
fn missing(details: &str) -> AdapterError {
    AdapterError { kind: AdapterErrorKind::NotFound, details: Some(details.to_owned()) }
}
