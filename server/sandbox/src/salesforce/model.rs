//! Names as Salesforce looks them up: without case, relationships in both directions, key prefixes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::profile::{self, Profile, Right};
use crate::schema::{Column, Kind, Schema, Table};
use crate::store::RowId;

/// The schema with what is needed to find things in it, as the platform knows it or as the users of a profile see it.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) schema: Arc<Schema>,
    names: BTreeMap<String, String>,
    prefixes: BTreeMap<String, String>,
    /// Whose view this is; none for the platform's own.
    profile: Option<Profile>,
}

/// Rows that refer to a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child<'m> {
    pub(crate) table: &'m Table,
    pub(crate) column: &'m Column,
    pub(crate) name: &'m str,
    pub(crate) parent: &'m str,
}

impl Model {
    pub(crate) fn new(schema: Arc<Schema>) -> Model {
        let names = schema.tables.keys().map(|name| (name.to_lowercase(), name.clone())).collect();
        let mut prefixes = BTreeMap::new();
        for (at, table) in schema.tables.values().filter(|table| table.code.is_empty()).enumerate() {
            prefixes.insert(format!("a{at:02}"), table.name.clone());
        }
        for table in schema.tables.values().filter(|table| !table.code.is_empty()) {
            prefixes.insert(table.code.clone(), table.name.clone());
        }
        Model { schema, names, prefixes, profile: None }
    }

    /// What the users of a profile see of it.
    pub(crate) fn seen_by(&self, profile: &Profile) -> Model {
        let schema = Arc::new(profile.seen(&self.schema));
        let seen = |name: &String| schema.table(name).is_some();
        let names = self.names.iter().filter(|(_, name)| seen(name)).map(|(key, name)| (key.clone(), name.clone()));
        Model {
            names: names.collect(),
            prefixes: self.prefixes.clone(),
            profile: Some(profile.clone()),
            schema: Arc::clone(&schema),
        }
    }

    /// Whether this may be done with rows of an object.
    pub(crate) fn may(&self, table: &str, right: Right) -> bool {
        profile::is_open(table, right) && self.profile.as_ref().is_none_or(|profile| profile.may(table, right))
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.schema.table(self.names.get(&name.to_lowercase())?)
    }

    pub(crate) fn prefix<'m>(&'m self, table: &'m Table) -> &'m str {
        let own = self.prefixes.iter().find(|(_, name)| **name == table.name);
        own.map_or(table.code.as_str(), |(prefix, _)| prefix.as_str())
    }

    /// The table an id belongs to.
    pub(crate) fn of_id(&self, id: &RowId) -> Option<&Table> {
        self.schema.table(self.prefixes.get(id.as_str().get(..3)?)?)
    }

    /// Relations from other tables to this one.
    pub(crate) fn children<'m>(&'m self, parent: &'m Table) -> impl Iterator<Item = Child<'m>> {
        self.schema.tables.values().flat_map(move |table| {
            let references = table.columns.values().filter(|column| column.kind == Kind::Ref);
            references.flat_map(move |column| {
                let relations = column.relations.iter().filter(|relation| relation.to == parent.name);
                relations.map(move |relation| Child { table, column, name: &relation.collection, parent: &parent.name })
            })
        })
    }

    pub(crate) fn child<'m>(&'m self, parent: &'m Table, name: &str) -> Option<Child<'m>> {
        self.children(parent).find(|child| !child.name.is_empty() && child.name.eq_ignore_ascii_case(name))
    }
}

/// A column by its name without case.
pub(crate) fn column<'t>(table: &'t Table, name: &str) -> Option<&'t Column> {
    let exact = table.column(name);
    exact.or_else(|| table.columns.values().find(|column| column.name.eq_ignore_ascii_case(name)))
}

/// Name under which a reference is followed; none where it cannot be.
pub(crate) fn relationship(column: &Column) -> Option<String> {
    if column.kind != Kind::Ref {
        return None;
    }
    let of_relation = || column.relations.iter().map(|relation| &relation.navigation).find(|name| !name.is_empty());
    let given = column.navigation.as_ref().filter(|name| !name.is_empty()).or_else(of_relation).cloned();
    given.or_else(|| column.custom.then(|| column.name.strip_suffix("__c").map(|name| format!("{name}__r"))).flatten())
}

/// The reference that is followed under a name.
pub(crate) fn reference<'t>(table: &'t Table, name: &str) -> Option<&'t Column> {
    table.columns.values().find(|column| relationship(column).is_some_and(|own| own.eq_ignore_ascii_case(name)))
}

/// A reference behind which only what all objects share can be read.
pub(crate) fn is_polymorphic(column: &Column) -> bool {
    column.polymorphic || column.targets.len() > 1
}
