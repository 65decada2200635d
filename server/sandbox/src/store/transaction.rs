//! Writes that happen together or not at all.

use std::collections::{BTreeMap, HashSet};
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::state::State;
use super::table::key_values;
use super::{Ref, Row, RowId, StoreError, Value};
use crate::schema::Table;

/// New values by column; none clears the cell.
pub type Changes = BTreeMap<String, Option<Value>>;

/// What a committed transaction did, as the file keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Effect {
    Put {
        table: String,
        row: Row,
    },
    Remove {
        table: String,
        sequence: u64,
        #[serde(default)]
        version: u64,
    },
    Link {
        relation: String,
        left: RowId,
        right: RowId,
    },
    Unlink {
        relation: String,
        left: RowId,
        right: RowId,
    },
}

enum Undo {
    Row { table: String, sequence: u64, before: Option<Box<Row>> },
    Link { relation: String, pair: (RowId, RowId), was_there: bool },
}

/// A transaction. Reads through it see its own writes.
pub struct Transaction<'s> {
    pub(super) state: &'s mut State,
    locks: HashSet<(String, RowId)>,
    undo: Vec<Undo>,
}

impl std::fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Transaction of {} writes", self.undo.len())
    }
}

impl Deref for Transaction<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        self.state
    }
}

/// Whatever ends a transaction without `keep`, a panic included, undoes it.
impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        self.back_to(0);
    }
}

impl<'s> Transaction<'s> {
    pub(super) fn new(state: &'s mut State, locks: HashSet<(String, RowId)>) -> Transaction<'s> {
        Transaction { state, locks, undo: Vec::new() }
    }

    /// Creates a row.
    ///
    /// # Errors
    /// When the key or a unique key is taken, a reference dangles, or a value does not fit its column.
    pub fn insert(&mut self, table: &str, id: RowId, values: Changes) -> Result<(), StoreError> {
        let schema = std::sync::Arc::clone(&self.state.schema);
        let definition = find(&schema, table)?;
        self.refuse_locked(table, &id)?;
        if self.state.get(table, &id).is_some() {
            return Err(StoreError::DuplicateId { table: table.to_owned(), id });
        }
        let sequence = self.next();
        let mut row = Row { id: id.clone(), sequence, version: sequence, values: BTreeMap::new() };
        row.values.insert(definition.id.clone(), Value::Id(id));
        self.apply(definition, &mut row, values)?;
        self.put(definition, row);
        Ok(())
    }

    /// Changes a row and gives it a new version.
    ///
    /// # Errors
    /// As [`Transaction::insert`], and when there is no such row or it is locked.
    pub fn update(&mut self, table: &str, id: &RowId, changes: Changes) -> Result<(), StoreError> {
        let schema = std::sync::Arc::clone(&self.state.schema);
        let definition = find(&schema, table)?;
        self.refuse_locked(table, id)?;
        let Some(row) = self.state.get(table, id) else {
            return Err(StoreError::NoRow { table: table.to_owned(), id: id.clone() });
        };
        let mut row = row.clone();
        row.version = self.next();
        self.apply(definition, &mut row, changes)?;
        self.put(definition, row);
        Ok(())
    }

    /// Links two rows of a many-to-many relation. Linking twice changes nothing.
    ///
    /// # Errors
    /// When there is no such relation or a row is missing.
    pub fn link(&mut self, relation: &str, left: RowId, right: RowId) -> Result<(), StoreError> {
        let schema = std::sync::Arc::clone(&self.state.schema);
        let Some(definition) = schema.links.iter().find(|link| link.name == relation) else {
            return Err(StoreError::NoRelation { relation: relation.to_owned() });
        };
        for (table, id) in [(&definition.left, &left), (&definition.right, &right)] {
            if self.state.get(table, id).is_none() {
                return Err(StoreError::NoRow { table: table.clone(), id: id.clone() });
            }
        }
        let pair = (left, right);
        let is_new = self.state.links.entry(relation.to_owned()).or_default().insert(pair.clone());
        self.undo.push(Undo::Link { relation: relation.to_owned(), pair, was_there: !is_new });
        Ok(())
    }

    /// Removes a link; true when there was one.
    pub fn unlink(&mut self, relation: &str, left: &RowId, right: &RowId) -> bool {
        let pair = (left.clone(), right.clone());
        let was_there = self.state.links.get_mut(relation).is_some_and(|pairs| pairs.remove(&pair));
        if was_there {
            self.undo.push(Undo::Link { relation: relation.to_owned(), pair, was_there });
        }
        was_there
    }

    /// A place to [go back](Transaction::back_to) to.
    pub fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Undoes every write since the mark.
    pub fn back_to(&mut self, mark: usize) {
        while self.undo.len() > mark {
            match self.undo.pop() {
                Some(Undo::Row { table, sequence, before }) => self.restore(&table, sequence, before),
                Some(Undo::Link { relation, pair, was_there }) => {
                    let pairs = self.state.links.entry(relation).or_default();
                    if was_there {
                        pairs.insert(pair)
                    } else {
                        pairs.remove(&pair)
                    };
                }
                None => return,
            }
        }
    }

    /// Rows deleted since the mark, those that went along with others included, with their tables.
    pub fn deleted_since(&self, mark: usize) -> Vec<(String, Row)> {
        let undone = self.undo.iter().skip(mark);
        let mut gone: BTreeMap<u64, (String, Row)> = BTreeMap::new();
        for undo in undone {
            let Undo::Row { table, sequence, before: Some(before) } = undo else { continue };
            if self.state.tables.get(table).is_none_or(|rows| rows.at(*sequence).is_none()) {
                gone.insert(*sequence, (table.clone(), Row::clone(before)));
            }
        }
        gone.into_values().collect()
    }

    /// Makes the writes last.
    pub(super) fn keep(mut self) {
        self.undo.clear();
    }

    /// What the writes came to, for the file.
    pub(super) fn effects(&self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for undo in &self.undo {
            effects.push(match undo {
                Undo::Row { table, sequence, .. } => {
                    let row = self.state.tables.get(table).and_then(|rows| rows.at(*sequence)).cloned();
                    match row {
                        Some(row) => Effect::Put { table: table.clone(), row },
                        None => {
                            let version = self.state.gone.version_of(*sequence);
                            Effect::Remove { table: table.clone(), sequence: *sequence, version }
                        }
                    }
                }
                Undo::Link { relation, pair, .. } => {
                    let linked = self.state.links.get(relation).is_some_and(|pairs| pairs.contains(pair));
                    let (relation, (left, right)) = (relation.clone(), pair.clone());
                    match linked {
                        true => Effect::Link { relation, left, right },
                        false => Effect::Unlink { relation, left, right },
                    }
                }
            });
        }
        effects
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state.counter += 1;
        self.state.counter
    }

    pub(super) fn refuse_locked(&self, table: &str, id: &RowId) -> Result<(), StoreError> {
        match self.locks.contains(&(table.to_owned(), id.clone())) {
            true => Err(StoreError::Locked { table: table.to_owned(), id: id.clone() }),
            false => Ok(()),
        }
    }

    fn apply(&self, table: &Table, row: &mut Row, changes: Changes) -> Result<(), StoreError> {
        for (name, value) in changes {
            let Some(column) = table.column(&name) else {
                return Err(StoreError::NoColumn { table: table.name.clone(), column: name });
            };
            let Some(value) = value else {
                row.values.remove(&name);
                continue;
            };
            if !column.kind.holds(&value) {
                return Err(StoreError::WrongType { table: table.name.clone(), column: name });
            }
            if let Value::Ref(target) = &value {
                self.refuse_dangling(table, &name, target, &row.id)?;
            }
            row.values.insert(name, value);
        }
        self.refuse_duplicate(table, row)
    }

    fn refuse_dangling(&self, table: &Table, column: &str, target: &Ref, own: &RowId) -> Result<(), StoreError> {
        let to_itself = target.table == table.name && target.id == *own;
        if to_itself || self.state.follow(target).is_some() {
            return Ok(());
        }
        Err(StoreError::Dangling {
            table: table.name.clone(),
            column: column.to_owned(),
            target: target.table.clone(),
            id: target.id.clone(),
        })
    }

    fn refuse_duplicate(&self, table: &Table, row: &Row) -> Result<(), StoreError> {
        for (key, columns) in &table.keys {
            let taken = key_values(table, columns, row)
                .and_then(|values| self.state.tables.get(&table.name)?.with_key(key, &values))
                .filter(|taken| taken.sequence != row.sequence);
            if let Some(taken) = taken {
                let taken_by = taken.id.clone();
                return Err(StoreError::DuplicateKey { table: table.name.clone(), key: key.clone(), taken_by });
            }
        }
        Ok(())
    }

    pub(super) fn put(&mut self, table: &Table, row: Row) {
        let sequence = row.sequence;
        let before = self.state.tables.entry(table.name.clone()).or_default().put(table, row).map(Box::new);
        self.undo.push(Undo::Row { table: table.name.clone(), sequence, before });
    }

    pub(super) fn remove(&mut self, table: &Table, sequence: u64) {
        let rows = self.state.tables.entry(table.name.clone()).or_default();
        let before = rows.take(table, sequence).map(Box::new);
        if let Some(row) = &before {
            let version = self.next();
            self.state.gone.add(&table.name, &row.id, sequence, version);
        }
        self.undo.push(Undo::Row { table: table.name.clone(), sequence, before });
    }

    fn restore(&mut self, table: &str, sequence: u64, before: Option<Box<Row>>) {
        let schema = std::sync::Arc::clone(&self.state.schema);
        let (Some(definition), Some(rows)) = (schema.table(table), self.state.tables.get_mut(table)) else { return };
        match before {
            Some(row) => {
                if rows.put(definition, *row).is_none() {
                    self.state.gone.undo();
                }
            }
            None => drop(rows.take(definition, sequence)),
        }
    }
}

/// A table by its name.
pub(super) fn find<'s>(schema: &'s crate::schema::Schema, table: &str) -> Result<&'s Table, StoreError> {
    schema.table(table).ok_or_else(|| StoreError::NoTable { table: table.to_owned() })
}
