//! Security roles: what a user may do with a table, down to columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::fault::Fault;
use crate::schema::{Schema, Table};
use crate::store::RowId;

/// An operation a privilege is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// Create a row.
    Create,
    /// Read a row.
    Read,
    /// Change a row.
    Write,
    /// Delete a row.
    Delete,
    /// Attach a row to another.
    Append,
    /// Be attached to.
    AppendTo,
}

impl Op {
    /// The word in the name of the privilege.
    fn word(self) -> &'static str {
        match self {
            Op::Create => "Create",
            Op::Read => "Read",
            Op::Write => "Write",
            Op::Delete => "Delete",
            Op::Append => "Append",
            Op::AppendTo => "AppendTo",
        }
    }
}

/// A security role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Name, unique.
    pub name: String,
    /// Operations by table; `*` stands for every table without an entry of its own.
    #[serde(default)]
    pub tables: BTreeMap<String, BTreeSet<Op>>,
    /// Columns (`table.column`) closed by column security: read as null, refused on write.
    #[serde(default)]
    pub closed_columns: BTreeSet<String>,
    /// May act on behalf of other users.
    #[serde(default)]
    pub act_on_behalf: bool,
}

impl Role {
    fn may(&self, table: &str, op: Op) -> bool {
        self.tables.get(table).or_else(|| self.tables.get("*")).is_some_and(|ops| ops.contains(&op))
    }

    /// The roles a sandbox has when it is given none.
    pub fn defaults() -> Vec<Role> {
        let all = [Op::Create, Op::Read, Op::Write, Op::Delete, Op::Append, Op::AppendTo];
        let role = |name: &str, ops: &[Op], act_on_behalf| Role {
            name: name.to_owned(),
            tables: BTreeMap::from([("*".to_owned(), ops.iter().copied().collect())]),
            closed_columns: BTreeSet::new(),
            act_on_behalf,
        };
        let mut salesperson = role("Salesperson", &all, false);
        salesperson.tables.insert("systemuser".to_owned(), BTreeSet::from([Op::Read, Op::AppendTo]));
        salesperson.tables.insert("businessunit".to_owned(), BTreeSet::from([Op::Read, Op::AppendTo]));
        salesperson.tables.insert("role".to_owned(), BTreeSet::from([Op::Read]));
        let mut restricted = role("Column Restricted", &[Op::Read, Op::Write], false);
        restricted.closed_columns = ["account.revenue", "contact.mobilephone"].map(str::to_owned).into();
        vec![
            role("System Administrator", &all, true),
            salesperson,
            role("Read Only", &[Op::Read], false),
            restricted,
            role("No Access", &[], false),
        ]
    }
}

/// Every operation, in the order privileges are listed.
const OPS: [Op; 6] = [Op::Create, Op::Read, Op::Write, Op::Delete, Op::Append, Op::AppendTo];

/// The name of the privilege for an operation on a table. Activities share theirs.
pub(crate) fn privilege(table: &Table, op: Op) -> String {
    let noun = match table.name.as_str() {
        "annotation" => "Note",
        "systemuser" => "User",
        _ if table.activity => "Activity",
        _ => &table.schema_name,
    };
    format!("prv{}{noun}", op.word())
}

/// Tables every user works with, whatever the roles: rows of activities' parties follow their activity.
const OPEN: [&str; 4] = ["activityparty", "organization", "sdkmessage", "sdkmessagefilter"];

/// The operations on a table that privileges are about.
pub(crate) fn privileged(table: &Table) -> &'static [Op] {
    match table.name.as_str() {
        "organization" => &[Op::Read],
        name if OPEN.contains(&name) => &[],
        _ => &OPS,
    }
}

/// What one request may do.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// The user in whose name it runs.
    pub(crate) user: RowId,
    /// The user who really calls.
    pub(crate) real: RowId,
    /// Roles of each user involved: every one of them must allow what is done.
    pub(crate) roles: Vec<Vec<Arc<Role>>>,
    /// The tables, for the names of privileges.
    pub(crate) schema: Arc<Schema>,
}

impl Access {
    /// Whether the roles allow an operation.
    pub(crate) fn may(&self, table: &str, op: Op) -> bool {
        OPEN.contains(&table) || self.roles.iter().all(|roles| roles.iter().any(|role| role.may(table, op)))
    }

    /// Refuses what the roles do not allow.
    pub(crate) fn require(&self, table: &str, op: Op) -> Result<(), Fault> {
        if self.may(table, op) {
            return Ok(());
        }
        let user = &self.user;
        let name = self.schema.table(table).map_or_else(String::new, |table| privilege(table, op));
        Err(Fault::denied(format!(
            "Principal user (Id={user}, type=8) is missing {name} privilege for entity '{table}'. context.Caller={user}"
        )))
    }

    /// Whether column security closes a column.
    pub(crate) fn is_closed(&self, table: &str, column: &str) -> bool {
        // What an amount is in the base currency tells what it is.
        let column = column.strip_suffix("_base").unwrap_or(column);
        let names = [format!("{table}.{column}"), format!("{table}.{column}_base")];
        let closed = |role: &Arc<Role>| names.iter().any(|name| role.closed_columns.contains(name));
        self.roles.iter().any(|roles| roles.iter().all(closed))
    }

    /// Refuses a condition on a column that is closed: its answer would tell the value.
    pub(crate) fn require_readable(&self, table: &str, column: &str) -> Result<(), Fault> {
        match self.is_closed(table, column) {
            true => Err(Fault::denied(format!(
                "Caller user with Id {} does not have read permissions to the attribute '{column}' of entity '{table}'.",
                self.user
            ))),
            false => Ok(()),
        }
    }

    /// Refuses to write a column that is closed.
    pub(crate) fn require_column(&self, table: &str, column: &str) -> Result<(), Fault> {
        match self.is_closed(table, column) {
            true => Err(Fault::denied(format!(
                "Caller user with Id {} does not have write permissions to the attribute '{column}' of entity '{table}'.",
                self.user
            ))),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(names: &[&str]) -> Access {
        let roles = names.iter().map(|name| {
            let role = Role::defaults().into_iter().find(|role| role.name == *name).unwrap();
            vec![Arc::new(role)]
        });
        let schema = Arc::new(Schema::built_in(crate::schema::Crm::Dataverse).unwrap());
        Access { user: RowId::new("u"), real: RowId::new("u"), roles: roles.collect(), schema }
    }

    #[test]
    fn impersonation_is_the_intersection() {
        let access = access(&["System Administrator", "Read Only"]);
        assert!(access.require("account", Op::Read).is_ok());
        assert_eq!(access.require("account", Op::Create).unwrap_err().status, 403);
    }

    #[test]
    fn columns_are_closed_by_role() {
        let access = access(&["Column Restricted"]);
        assert!(access.is_closed("account", "revenue") && !access.is_closed("account", "name"));
        assert!(access.require_column("account", "revenue").is_err());
    }
}
