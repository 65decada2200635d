//! One table: its compiled columns, its rows, its indexes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::cell::{Cell, Key};
use super::schema::{ColumnSchema, ColumnType};

/// A column with its names resolved to positions.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) schema: ColumnSchema,
    /// Positions of the tables that a reference may point at; `None`: any.
    pub(super) targets: Option<Vec<usize>>,
    /// Position of the column whose value this one has.
    pub(super) follows: Option<usize>,
    pub(super) choices: Vec<Cell>,
}

impl Column {
    pub(super) fn column_type(&self) -> ColumnType {
        self.schema.column_type
    }

    pub(super) fn may_point_at(&self, table: usize) -> bool {
        self.targets.as_ref().is_none_or(|targets| targets.contains(&table))
    }
}

/// Where the rows of a table live, if not by themselves.
pub(super) struct Inside {
    pub(super) parent: usize,
    pub(super) collection: String,
    /// The column that refers to the parent.
    pub(super) by: usize,
}

#[derive(Clone, PartialEq)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// Grows with every change of the store; the etag shows it.
    pub(super) revision: u64,
}

/// Rows by the values of some columns. Rows with a null among them are not in it.
struct Index {
    columns: Vec<usize>,
    unique: bool,
    entries: HashMap<Vec<Key>, BTreeSet<Arc<str>>>,
}

pub(super) struct Table {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) columns: Vec<Column>,
    pub(super) by_name: HashMap<String, usize>,
    pub(super) inside: Option<Inside>,
    /// INVARIANT: changed only through [`Table::put`], which keeps the indexes.
    rows: BTreeMap<Arc<str>, Row>,
    indexes: Vec<Index>,
}

impl Table {
    /// A table without rows; `unique` lists the columns of each unique key.
    pub(super) fn new(name: String, key: String, columns: Vec<Column>, unique: Vec<Vec<usize>>) -> Self {
        let by_name = columns.iter().enumerate().map(|(position, column)| (column.name.clone(), position)).collect();
        let index = |columns| Index { columns, unique: true, entries: HashMap::new() };
        let indexes = unique.into_iter().map(index).collect();
        Self { name, key, columns, by_name, inside: None, rows: BTreeMap::new(), indexes }
    }

    pub(super) fn rows(&self) -> &BTreeMap<Arc<str>, Row> {
        &self.rows
    }

    pub(super) fn row(&self, id: &str) -> Option<&Row> {
        self.rows.get(id)
    }

    /// The id as stored, to share. An id in capitals is one in small letters where there is none in capitals: GUIDs are
    /// written either way.
    pub(super) fn stored_id(&self, id: &str) -> Option<Arc<str>> {
        let found = self.rows.get_key_value(id).or_else(|| self.rows.get_key_value(id.to_ascii_lowercase().as_str()));
        found.map(|(id, _)| Arc::clone(id))
    }

    /// The value of a column, derived ones included.
    pub(super) fn cell<'r>(&'r self, row: &'r Row, column: usize) -> &'r Cell {
        let source = self.columns.get(column).and_then(|column| column.follows).unwrap_or(column);
        let cell = row.cells.get(source).unwrap_or(&Cell::Null);
        match (cell, self.columns.get(column)) {
            (Cell::Ref(table, _), Some(column)) if !column.may_point_at(*table) => &Cell::Null,
            _ => cell,
        }
    }

    /// Puts a row in the place of the one with this id, or takes it away; gives back what was there.
    pub(super) fn put(&mut self, id: &Arc<str>, row: Option<Row>) -> Option<Row> {
        let before = self.rows.remove(id);
        let mut indexes = std::mem::take(&mut self.indexes);
        for index in &mut indexes {
            if let Some(key) = before.as_ref().and_then(|row| self.key_of(row, &index.columns))
                && let Some(ids) = index.entries.get_mut(&key)
            {
                ids.remove(id);
                if ids.is_empty() {
                    index.entries.remove(&key);
                }
            }
            if let Some(key) = row.as_ref().and_then(|row| self.key_of(row, &index.columns)) {
                index.entries.entry(key).or_default().insert(Arc::clone(id));
            }
        }
        self.indexes = indexes;
        if let Some(row) = row {
            self.rows.insert(Arc::clone(id), row);
        }
        before
    }

    fn key_of(&self, row: &Row, columns: &[usize]) -> Option<Vec<Key>> {
        columns.iter().map(|column| self.cell(row, *column).key()).collect()
    }

    /// Whether these columns are a unique key.
    pub(super) fn is_unique(&self, columns: &[usize]) -> bool {
        self.indexes.iter().any(|index| index.unique && same_columns(&index.columns, columns))
    }

    /// Another row that has the same values in a unique key.
    pub(super) fn clash(&self, id: &str, row: &Row) -> bool {
        self.indexes.iter().filter(|index| index.unique).any(|index| {
            let key = self.key_of(row, &index.columns);
            let ids = key.and_then(|key| index.entries.get(&key));
            ids.is_some_and(|ids| ids.iter().any(|other| other.as_ref() != id))
        })
    }

    /// Makes sure that [`Table::lookup`] of these columns does not have to look at every row.
    pub(super) fn index(&mut self, columns: &[usize]) {
        if self.indexes.iter().any(|index| index.columns == columns) {
            return;
        }
        let mut entries: HashMap<Vec<Key>, BTreeSet<Arc<str>>> = HashMap::new();
        for (id, row) in &self.rows {
            if let Some(key) = self.key_of(row, columns) {
                entries.entry(key).or_default().insert(Arc::clone(id));
            }
        }
        self.indexes.push(Index { columns: columns.to_vec(), unique: false, entries });
    }

    /// Rows whose columns have these values, by id; an index must be there. Ids may still differ in case.
    pub(super) fn lookup(&self, columns: &[usize], key: &[Key]) -> Option<&BTreeSet<Arc<str>>> {
        self.indexes.iter().find(|index| index.columns == columns).and_then(|index| index.entries.get(key))
    }
}

fn same_columns(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().all(|column| b.contains(column))
}
