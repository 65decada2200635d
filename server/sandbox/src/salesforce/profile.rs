//! Profiles: what a user may do with an object, down to fields.
//!
//! A profile becomes a [`Model`](super::model::Model) of its own in which what the user may not see is absent and what
//! the user may not write is read-only. Everything that looks names up in it then answers as for a smaller organisation,
//! which is how the platform answers too ("Field-Level Security", "Profile" in the Metadata API guide).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::fault::Fault;
use crate::schema::{Required, Schema, Table};

/// What may be done with the rows of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// See rows. Without it the object is not there at all.
    Read,
    /// Create rows.
    Create,
    /// Change rows.
    Edit,
    /// Delete rows.
    Delete,
}

/// Every right.
const ALL: [Right; 4] = [Right::Read, Right::Create, Right::Edit, Right::Delete];

/// A profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name, unique.
    pub name: String,
    /// Rights by object; `*` stands for every object without an entry of its own.
    #[serde(default)]
    pub objects: BTreeMap<String, BTreeSet<Right>>,
    /// Fields (`Account.AnnualRevenue`) that are not visible. Fields that every row must have stay visible.
    #[serde(default)]
    pub hidden_fields: BTreeSet<String>,
    /// Fields that are visible and cannot be written.
    #[serde(default)]
    pub read_only_fields: BTreeSet<String>,
}

impl Profile {
    pub(crate) fn may(&self, object: &str, right: Right) -> bool {
        self.objects.get(object).or_else(|| self.objects.get("*")).is_some_and(|rights| rights.contains(&right))
    }

    /// The schema as a user of this profile sees it.
    pub(crate) fn seen(&self, schema: &Schema) -> Schema {
        let mut seen = schema.clone();
        seen.tables.retain(|name, _| self.may(name, Right::Read));
        for table in seen.tables.values_mut() {
            self.narrow(table);
        }
        seen
    }

    fn narrow(&self, table: &mut Table) {
        let (create, edit) = (self.may(&table.name, Right::Create), self.may(&table.name, Right::Edit));
        let is_named = |list: &BTreeSet<String>, column: &str| list.contains(&format!("{}.{column}", table.name));
        table
            .columns
            .retain(|name, column| column.required == Required::SystemRequired || !is_named(&self.hidden_fields, name));
        for (name, column) in &mut table.columns {
            let open = column.required == Required::SystemRequired || !is_named(&self.read_only_fields, name);
            column.create &= create && open;
            column.update &= edit && open;
        }
    }

    /// The profiles an organisation has when it is given none. The first is the application's.
    pub fn defaults() -> Vec<Profile> {
        let profile = |name: &str, rights: &[Right]| Profile {
            name: name.to_owned(),
            objects: BTreeMap::from([("*".to_owned(), rights.iter().copied().collect())]),
            ..Profile::default()
        };
        let rights = |rights: &[Right]| rights.iter().copied().collect::<BTreeSet<_>>();
        let mut standard = profile("Standard User", &ALL);
        for object in ["User", "Profile", "Organization"] {
            standard.objects.insert(object.to_owned(), rights(&[Right::Read]));
        }
        let mut restricted = profile("Restricted User", &[]);
        restricted.objects.extend([
            ("Account".to_owned(), rights(&[Right::Read, Right::Create, Right::Edit])),
            ("Contact".to_owned(), rights(&ALL)),
            ("Case".to_owned(), rights(&[Right::Read])),
            ("User".to_owned(), rights(&[Right::Read])),
        ]);
        restricted.hidden_fields = ["Account.AnnualRevenue", "Contact.MobilePhone"].map(str::to_owned).into();
        restricted.read_only_fields = ["Account.Industry", "Account.OwnerId"].map(str::to_owned).into();
        vec![profile("System Administrator", &ALL), standard, profile("Read Only", &[Right::Read]), restricted]
    }
}

/// Whether the platform lets anybody do this: it keeps itself and its profiles, and users are never deleted.
pub(crate) fn is_open(table: &str, right: Right) -> bool {
    match table {
        "Organization" => matches!(right, Right::Read | Right::Edit),
        "Profile" => right == Right::Read,
        "User" => right != Right::Delete,
        _ => true,
    }
}

/// The refusal of what the profile does not allow with rows that it lets see.
pub(crate) fn refuse(table: &Table, right: Right) -> Fault {
    match right {
        Right::Create => {
            let message = format!("entity type cannot be inserted: {}", table.label);
            Fault::bad("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message).on(&[])
        }
        _ => Fault::bad("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id").on(&[]),
    }
}
