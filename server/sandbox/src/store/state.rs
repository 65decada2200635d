//! One consistent state of all tables, for reading.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::gone::Gone;
use super::table::{Rows, key_values};
use super::{Ref, Row, RowId, Value};
use crate::schema::{Schema, Table};

/// One side of a many-to-many relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first table of the relation.
    Left,
    /// The second table.
    Right,
}

/// All rows and links.
#[derive(Debug)]
pub struct State {
    pub(super) schema: Arc<Schema>,
    pub(super) tables: HashMap<String, Rows>,
    pub(super) links: BTreeMap<String, BTreeSet<(RowId, RowId)>>,
    pub(super) counter: u64,
    pub(super) gone: Gone,
}

impl State {
    pub(super) fn new(schema: Arc<Schema>) -> State {
        State { schema, tables: HashMap::new(), links: BTreeMap::new(), counter: 0, gone: Gone::default() }
    }

    /// The tables.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The version of this state: every write so far has this version or an earlier one.
    pub fn version(&self) -> u64 {
        self.counter
    }

    /// Rows of a table that were deleted after a version, in the order of deletion; none where so much has been
    /// deleted since that not all of it is remembered, or where there has been no such version.
    pub fn deleted_since(&self, table: &str, version: u64) -> Option<Vec<&RowId>> {
        (version <= self.counter).then(|| self.gone.since(table, version)).flatten()
    }

    /// A row by its primary key.
    pub fn get(&self, table: &str, id: &RowId) -> Option<&Row> {
        self.tables.get(table)?.get(id)
    }

    /// The row a reference points at.
    pub fn follow(&self, reference: &Ref) -> Option<&Row> {
        self.get(&reference.table, &reference.id)
    }

    /// All rows of a table in order of creation.
    pub fn rows(&self, table: &str) -> impl Iterator<Item = &Row> + use<'_> {
        self.tables.get(table).into_iter().flat_map(Rows::iter)
    }

    /// Number of rows of a table.
    pub fn count(&self, table: &str) -> usize {
        self.tables.get(table).map_or(0, Rows::len)
    }

    /// The row with these values of a unique key, given in the order of the key's columns.
    pub fn with_key(&self, table: &Table, key: &str, values: &[Value]) -> Option<&Row> {
        let columns = table.keys.get(key)?;
        let values: Option<Vec<String>> = columns
            .iter()
            .zip(values)
            .map(|(column, value)| Some(value.key(table.column(column)?.case_sensitive)))
            .collect();
        self.tables.get(&table.name)?.with_key(key, &values?)
    }

    /// Rows of `table` whose `column` refers to the row, in order of creation.
    pub fn referring<'s>(&'s self, table: &str, column: &'s str, to: &'s Ref) -> impl Iterator<Item = &'s Row> {
        let rows = self.tables.get(table).into_iter().flat_map(move |rows| rows.referring(column, &to.id));
        rows.filter(move |row| row.get(column).and_then(Value::reference).is_some_and(|found| found.table == to.table))
    }

    /// A row that a duplicate rule finds to be the same as this one: the rule and the row.
    pub fn duplicate_of<'s>(&'s self, table: &'s Table, row: &Row) -> Option<(&'s str, &'s Row)> {
        table.duplicates.iter().find_map(|(rule, columns)| {
            let wanted = key_values(table, columns, row)?;
            let same = |other: &&Row| other.id != row.id && key_values(table, columns, other).as_ref() == Some(&wanted);
            self.rows(&table.name).find(same).map(|found| (rule.as_str(), found))
        })
    }

    /// All links of a many-to-many relation.
    pub fn links(&self, relation: &str) -> impl Iterator<Item = &(RowId, RowId)> + use<'_> {
        self.links.get(relation).into_iter().flatten()
    }

    /// Keys of the rows on the other side of a many-to-many relation.
    pub fn linked(&self, relation: &str, from: Side, id: &RowId) -> Vec<RowId> {
        let pairs = self.links.get(relation).into_iter().flatten();
        match from {
            Side::Left => pairs.filter(|(left, _)| left == id).map(|(_, right)| right.clone()).collect(),
            Side::Right => pairs.filter(|(_, right)| right == id).map(|(left, _)| left.clone()).collect(),
        }
    }
}
