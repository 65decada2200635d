//! What each identity may do, down to columns.

use std::collections::{BTreeMap, BTreeSet};

use engage_engine::Identity;
use serde::{Deserialize, Serialize};

/// Rights by identity, then by table. Whoever is not named may do what `*` may; without a `*` everything. A table
/// that is not named counts as `*`; without a `*` nothing.
///
/// ```
/// use engage_adapters::memory::{Permissions, Rights};
/// use engage_engine::Identity;
/// let permissions = Permissions::default().grant(&Identity::Application, "contact", Rights::reader());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permissions {
    identities: BTreeMap<String, BTreeMap<String, Rights>>,
}

/// What may be done with one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    /// Columns that may be set on create.
    #[serde(default)]
    pub create: Columns,
    /// Columns that may be read, compared and sorted by. The key is always among them when there are any.
    #[serde(default)]
    pub read: Columns,
    /// Columns that may be changed.
    #[serde(default)]
    pub write: Columns,
    /// Rows may be removed.
    #[serde(default)]
    pub delete: bool,
}

/// Some columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Columns {
    /// None: the action itself is denied.
    #[default]
    None,
    /// All.
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl Columns {
    /// These columns and no others.
    pub fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Only(names.into_iter().map(str::to_owned).collect())
    }

    fn allow(&self, column: Option<&str>) -> bool {
        match (self, column) {
            (Self::None, _) => false,
            (Self::All, _) | (Self::Only(_), None) => true,
            (Self::Only(names), Some(column)) => names.contains(column),
        }
    }
}

impl Rights {
    /// Everything.
    pub fn all() -> Self {
        Self { create: Columns::All, read: Columns::All, write: Columns::All, delete: true }
    }

    /// Reads every column, changes none.
    pub fn reader() -> Self {
        Self { read: Columns::All, ..Self::default() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Read,
    Write,
    Delete,
}

impl Permissions {
    /// Gives an identity rights to a table (`*`: to every table that it has no own rights to). From then on it may
    /// do only what it was given.
    #[must_use]
    pub fn grant(self, identity: &Identity, table: &str, rights: Rights) -> Self {
        self.put(identity.to_string(), table, rights)
    }

    /// Gives everybody who is not named rights to a table.
    #[must_use]
    pub fn grant_others(self, table: &str, rights: Rights) -> Self {
        self.put("*".to_owned(), table, rights)
    }

    fn put(mut self, who: String, table: &str, rights: Rights) -> Self {
        self.identities.entry(who).or_default().insert(table.to_owned(), rights);
        self
    }

    /// Whether an action is allowed on a column; on the table itself for `None`.
    pub(super) fn allow(&self, who: &Identity, action: Action, table: &str, column: Option<&str>) -> bool {
        if self.identities.is_empty() {
            return true;
        }
        let who = who.to_string();
        let Some(tables) = self.identities.get(&who).or_else(|| self.identities.get("*")) else { return true };
        let Some(rights) = tables.get(table).or_else(|| tables.get("*")) else { return false };
        match action {
            Action::Create => rights.create.allow(column),
            Action::Read => rights.read.allow(column),
            Action::Write => rights.write.allow(column),
            Action::Delete => rights.delete,
        }
    }
}
