//! The operations of the Public API, as one table: who may call what, and in which versions. Router and tests read it, and nothing
//! else says any of it.

use std::sync::LazyLock;

use axum::http::Method;
use engage_identity::{Requirement, Role};

/// The table, as it is compiled in: a row for each operation.
pub const TABLE: &str = include_str!("operations.tsv");

/// A version of the Public API: each is served beside the others, under a prefix of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// `/api/v1`.
    V1,
    /// `/api/v2`.
    V2,
    /// `/api/v3`.
    V3,
}

impl Version {
    /// Every version.
    pub const ALL: [Self; 3] = [Self::V1, Self::V2, Self::V3];

    /// What all of its addresses begin with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::V1 => "/api/v1",
            Self::V2 => "/api/v2",
            Self::V3 => "/api/v3",
        }
    }

    /// As the table and addresses spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its method.
    pub method: Method,
    /// Its path below the prefix of a version, with names of parameters in braces.
    pub path: &'static str,
    /// Its name in descriptions of the API.
    pub id: &'static str,
    /// Whether everybody may call it, without a token: then nobody is asked who he is.
    pub open: bool,
    /// Who may call it, where it is not open.
    pub requirement: Requirement,
    /// Whether customers who call it are held to what customers may do, whatever they ask for.
    pub customer_mode: bool,
    /// In which versions it is there.
    pub versions: Vec<Version>,
    /// In which of them descriptions of the API name it; in others it is served for those who call it by an old name.
    pub advertised: Vec<Version>,
}

impl Operation {
    /// One row of the table; nothing where it cannot be read.
    fn row(line: &'static str) -> Option<Self> {
        let mut cells = line.split('\t');
        let mut cell = || cells.next();
        let (method, path, id) = (cell()?.parse().ok()?, cell()?, cell()?);
        let role = cell()?;
        let open = role == "-";
        let minimum: Option<Role> = if open { None } else { Some(role.parse().ok()?) };
        let requirement = Requirement { minimum, system: flag(cell()?, "yes", "no")? };
        let customer_mode = flag(cell()?, "forced", "-")?;
        let named = |name: &str| Version::ALL.into_iter().find(|version| version.as_str() == name);
        let listed = |cell: &str| cell.split(',').map(named).collect::<Option<Vec<_>>>();
        let versions = listed(cell()?)?;
        let advertised = match cell()? {
            "yes" => versions.clone(),
            "no" => Vec::new(),
            cell => listed(cell)?,
        };
        let row = Self { method, path, id, open, requirement, customer_mode, versions, advertised };
        cells.next().is_none().then_some(row)
    }

    /// Every path at which it is served, its own first: what older descriptions call otherwise is there too.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        let others = ALIASES.iter().filter_map(|(alias, canonical)| {
            let rest = self.path.strip_prefix(canonical)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{alias}{rest}"))
        });
        std::iter::once(self.path.to_owned()).chain(others)
    }
}

fn flag(cell: &str, yes: &str, no: &str) -> Option<bool> {
    match cell {
        cell if cell == yes => Some(true),
        cell if cell == no => Some(false),
        _ => None,
    }
}

/// Paths of older descriptions, each with the one that it stands for.
const ALIASES: [(&str, &str); 15] = [
    ("/config/labels", "/labels"),
    ("/bookme/config/labels", "/labels"),
    ("/bookme/config/competence-groups", "/config/competence-groups"),
    ("/bookme/config/service-groups", "/config/service-groups"),
    ("/bookme/config/portals", "/config/portals"),
    ("/bookme/config/customer-types", "/config/customer-types"),
    ("/bookme/config/employees", "/config/employees"),
    ("/bookme/config/rooms", "/config/rooms"),
    ("/bookme/employees", "/config/employees"),
    ("/bookme/rooms", "/config/rooms"),
    ("/config/employee-schedules", "/bookme/config/employee-schedules"),
    ("/config/organization-settings", "/bookme/config/organization-settings"),
    ("/config/locations", "/bookme/config/locations"),
    ("/config/timezones", "/bookme/config/timezones"),
    ("/config/allowed-options", "/bookme/config/allowed-options"),
];

/// Every operation.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| rows(TABLE));
    &OPERATIONS
}

/// The rows of a table, of whichever surface: below its heading, those that can be read.
pub(crate) fn rows(table: &'static str) -> Vec<Operation> {
    table.lines().skip(1).filter_map(Operation::row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_read() {
        assert_eq!(operations().len(), TABLE.lines().count() - 1);
    }

    #[test]
    fn no_two_rows_have_the_same_name_or_address() {
        let mut seen = std::collections::BTreeSet::new();
        for operation in operations() {
            assert!(seen.insert(operation.id.to_owned()), "{}", operation.id);
            for path in operation.paths() {
                assert!(seen.insert(format!("{} {path}", operation.method)), "{path}");
            }
        }
    }
}
