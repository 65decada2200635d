//! The rows of one table with their indexes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::{RowId, Value};
use crate::schema::Table;

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Primary key.
    pub id: RowId,
    /// Position in the order of creation, the order in which rows are read.
    pub sequence: u64,
    /// Changes with every write; unique in the whole store.
    pub version: u64,
    /// Values by column. A column without a value is absent.
    pub values: BTreeMap<String, Value>,
}

impl Row {
    /// The value of a column, none when it is null.
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.values.get(column)
    }
}

/// Rows in order of creation, with an index on the primary key, on each unique key and on each reference.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: BTreeMap<u64, Row>,
    by_id: HashMap<RowId, u64>,
    by_key: HashMap<String, HashMap<Vec<String>, u64>>,
    by_reference: HashMap<String, HashMap<RowId, BTreeSet<u64>>>,
}

impl Rows {
    pub(super) fn get(&self, id: &RowId) -> Option<&Row> {
        self.rows.get(self.by_id.get(id)?)
    }

    pub(super) fn at(&self, sequence: u64) -> Option<&Row> {
        self.rows.get(&sequence)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn with_key(&self, key: &str, values: &[String]) -> Option<&Row> {
        self.rows.get(self.by_key.get(key)?.get(values)?)
    }

    pub(super) fn referring(&self, column: &str, id: &RowId) -> impl Iterator<Item = &Row> {
        let found = self.by_reference.get(column).and_then(|index| index.get(id));
        found.into_iter().flatten().filter_map(|sequence| self.rows.get(sequence))
    }

    /// Puts a row in place of the one with its sequence number, if any; returns that one.
    pub(super) fn put(&mut self, table: &Table, row: Row) -> Option<Row> {
        let before = self.take(table, row.sequence);
        self.by_id.insert(row.id.clone(), row.sequence);
        for (name, columns) in &table.keys {
            if let Some(values) = key_values(table, columns, &row) {
                self.by_key.entry(name.clone()).or_default().insert(values, row.sequence);
            }
        }
        for (column, value) in &row.values {
            if let Value::Ref(reference) = value {
                let index = self.by_reference.entry(column.clone()).or_default();
                index.entry(reference.id.clone()).or_default().insert(row.sequence);
            }
        }
        self.rows.insert(row.sequence, row);
        before
    }

    /// Takes a row out.
    pub(super) fn take(&mut self, table: &Table, sequence: u64) -> Option<Row> {
        let row = self.rows.remove(&sequence)?;
        self.by_id.remove(&row.id);
        for (name, columns) in &table.keys {
            if let (Some(values), Some(index)) = (key_values(table, columns, &row), self.by_key.get_mut(name)) {
                index.remove(&values);
            }
        }
        for (column, value) in &row.values {
            if let (Value::Ref(reference), Some(index)) = (value, self.by_reference.get_mut(column))
                && let Some(sequences) = index.get_mut(&reference.id)
            {
                sequences.remove(&row.sequence);
                if sequences.is_empty() {
                    index.remove(&reference.id);
                }
            }
        }
        Some(row)
    }
}

/// The values of a unique key; none when one of them is null, for then the key does not bind.
pub(super) fn key_values(table: &Table, columns: &[String], row: &Row) -> Option<Vec<String>> {
    columns.iter().map(|column| Some(row.get(column)?.key(table.column(column)?.case_sensitive))).collect()
}
