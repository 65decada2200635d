//! Writes: one at a time, each undone by itself when it fails midway.

use std::sync::Arc;

use engage_engine::Value;
use engage_engine::adapter::{AdapterError, AdapterErrorKind, Back, Record, Write, WriteAction, WriteValue, Written};
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::model::WireValue;

use super::cell::{Cell, Key};
use super::ids::IdSource;
use super::permissions::Action;
use super::read::{Allow, etag};
use super::schema::ColumnType;
use super::store::{Place, Store, fail, rejected};
use super::table::Column;

/// What a write needs to know about its group.
pub(super) struct Group<'a> {
    pub(super) allow: Allow<'a>,
    pub(super) ids: &'a dyn IdSource,
    pub(super) etags: bool,
    /// What the earlier writes made or found; `None` where one failed.
    pub(super) done: Vec<Option<String>>,
}

impl Group<'_> {
    fn back(&self, Back(position): Back) -> Result<&str, AdapterError> {
        let missing = || fail(AdapterErrorKind::NotFound, "the earlier write did not take effect");
        self.done.get(position).and_then(Option::as_deref).ok_or_else(missing)
    }

    fn record<'r>(&'r self, record: &'r Record) -> Result<&'r str, AdapterError> {
        match record {
            Record::Id(id) => Ok(id),
            Record::Back(back) => self.back(*back),
        }
    }

    fn value(&self, value: &WriteValue) -> Result<Value, AdapterError> {
        match value {
            WriteValue::Value(value) => Ok(value.clone()),
            WriteValue::Back(back) => self.back(*back).map(|id| Value::Id(id.to_owned())),
        }
    }

    pub(super) fn check(&self, action: Action, table: &str, column: Option<&str>) -> Result<(), AdapterError> {
        if (self.allow)(action, table, column) {
            return Ok(());
        }
        let verb = match action {
            Action::Create => "create",
            Action::Read => "read",
            Action::Write => "change",
            Action::Delete => "delete",
        };
        let what = column.map_or_else(|| format!("`{table}`"), |column| format!("`{table}.{column}`"));
        Err(fail(AdapterErrorKind::Denied, format!("may not {verb} {what}")))
    }
}

/// A row being made or changed.
pub(super) struct Draft {
    table: usize,
    pub(super) id: Arc<str>,
    pub(super) cells: Vec<Cell>,
    new: bool,
}

impl Store {
    /// Runs one write: all of it, or none.
    pub(super) fn write(&mut self, write: &Write, group: &Group<'_>) -> Result<Written, AdapterError> {
        let savepoint = self.savepoint();
        let written = self.write_unguarded(write, group);
        if written.is_err() {
            self.roll_back(savepoint);
        }
        written
    }

    fn write_unguarded(&mut self, write: &Write, group: &Group<'_>) -> Result<Written, AdapterError> {
        let entity = &write.entity;
        let table = self.table_of(entity)?;
        match &write.action {
            WriteAction::Create { id } => self.create(table, id.as_deref(), write, group),
            WriteAction::Update { record, etag } => {
                let id = self.existing(table, group.record(record)?, etag.as_deref())?;
                self.update(table, &id, write, &write.fields, group)
            }
            WriteAction::Upsert { key, update_only } => match self.by_key(table, entity, key, write, group)? {
                Some(id) => {
                    let rest: Vec<_> =
                        write.fields.iter().filter(|(position, _)| !key.contains(position)).cloned().collect();
                    self.update(table, &id, write, &rest, group)
                }
                None if *update_only => Err(not_found(entity)),
                None => self.create(table, None, write, group),
            },
            WriteAction::Delete { record, etag } => {
                let id = self.existing(table, group.record(record)?, etag.as_deref())?;
                group.check(Action::Delete, &self.table(table)?.name, None)?;
                self.delete(table, &id)?;
                Ok(Written { id: id.as_ref().to_owned(), created: false, etag: None })
            }
            WriteAction::Find(find) => {
                let found = self.by_key(table, entity, &find.key, write, group)?;
                found.ok_or_else(|| not_found(entity)).and_then(|id| self.written(table, &id, false, group))
            }
        }
    }

    fn written(&self, table: usize, id: &Arc<str>, created: bool, group: &Group<'_>) -> Result<Written, AdapterError> {
        let revision = self.table(table)?.row(id).map(|row| row.revision).filter(|_| group.etags);
        Ok(Written { id: id.as_ref().to_owned(), created, etag: revision.map(etag) })
    }

    fn existing(&self, table: usize, id: &str, expected: Option<&str>) -> Result<Arc<str>, AdapterError> {
        let table = self.table(table)?;
        let found = table.stored_id(id).and_then(|id| Some((table.row(&id)?, id)));
        let missing = || fail(AdapterErrorKind::NotFound, format!("`{}` has no record `{id}`", table.name));
        let (row, id) = found.ok_or_else(missing)?;
        match expected {
            Some(expected) if expected != etag(row.revision) => Err(AdapterError::new(AdapterErrorKind::Conflict)),
            _ => Ok(id),
        }
    }

    fn create(
        &mut self,
        table: usize,
        id: Option<&str>,
        write: &Write,
        group: &Group<'_>,
    ) -> Result<Written, AdapterError> {
        group.check(Action::Create, &self.table(table)?.name, None)?;
        let mut draft = self.draft(table, id, group.ids)?;
        self.assign(&mut draft, &write.entity, &write.fields, group)?;
        let id = self.store(draft, &write.entity)?;
        self.embed(table, &id, &write.embedded, group)?;
        self.written(table, &id, true, group)
    }

    fn update(
        &mut self,
        table: usize,
        id: &Arc<str>,
        write: &Write,
        fields: &[(usize, WriteValue)],
        group: &Group<'_>,
    ) -> Result<Written, AdapterError> {
        let own = self.table(table)?;
        group.check(Action::Write, &own.name, None)?;
        let cells = own.row(id).map(|row| row.cells.clone()).unwrap_or_default();
        let mut draft = Draft { table, id: Arc::clone(id), cells, new: false };
        self.assign(&mut draft, &write.entity, fields, group)?;
        self.store(draft, &write.entity)?;
        self.embed(table, id, &write.embedded, group)?;
        self.written(table, id, false, group)
    }

    pub(super) fn draft(&mut self, table: usize, id: Option<&str>, ids: &dyn IdSource) -> Result<Draft, AdapterError> {
        let own = self.tables.get(table).ok_or_else(|| AdapterError::new(AdapterErrorKind::NotFound))?;
        let id = match id {
            Some(id) if own.stored_id(id).is_some() => {
                return Err(fail(AdapterErrorKind::Duplicate, format!("`{}` has a record `{id}`", own.name)));
            }
            Some(id) => Arc::from(id),
            None => loop {
                // A seeded or caller-given id may stand where the counter comes by.
                self.made += 1;
                let id = ids.id(&own.name, self.made);
                if own.row(&id).is_none() {
                    break Arc::from(id);
                }
            },
        };
        Ok(Draft { table, id, cells: vec![Cell::Null; own.columns.len()], new: true })
    }

    /// Puts a draft in its place once everything that the schema asks of a row holds.
    pub(super) fn store(&mut self, draft: Draft, entity: &Entity) -> Result<Arc<str>, AdapterError> {
        let own = self.table(draft.table)?;
        for (column, cell) in own.columns.iter().zip(&draft.cells) {
            let schema = &column.schema;
            if schema.required && schema.create && column.follows.is_none() && cell.is_null() && draft.new {
                return Err(missing(entity, column));
            }
        }
        let row = super::table::Row { cells: draft.cells, revision: 0 };
        if own.clash(&draft.id, &row) {
            return Err(fail(AdapterErrorKind::Duplicate, format!("`{}` has a record with this key", own.name)));
        }
        self.put(draft.table, &draft.id, Some(row.cells))?;
        Ok(draft.id)
    }

    pub(super) fn assign(
        &self,
        draft: &mut Draft,
        entity: &Entity,
        fields: &[(usize, WriteValue)],
        group: &Group<'_>,
    ) -> Result<(), AdapterError> {
        // Of the targets of one polymorphic column all but one are null: the one is written last.
        let is_null = |value: &WriteValue| *value == WriteValue::Value(Value::Null);
        let nulls = fields.iter().filter(|(_, value)| is_null(value));
        for (position, value) in nulls.chain(fields.iter().filter(|(_, value)| !is_null(value))) {
            let field = entity.fields.get(*position).ok_or_else(|| not_found(entity))?;
            let place = self.written_column(draft, field, group)?;
            let value = group.value(value)?;
            let current = draft.cells.get(place).unwrap_or(&Cell::Null);
            let cell = self.cell(draft, place, field, &value, current)?;
            if let Some(current) = draft.cells.get_mut(place) {
                *current = cell;
            }
        }
        Ok(())
    }

    /// The column that a field is written to, if it may be.
    fn written_column(&self, draft: &Draft, field: &EntityField, group: &Group<'_>) -> Result<usize, AdapterError> {
        let own = self.table(draft.table)?;
        let name = field.write_column.as_deref().ok_or_else(|| rejected(field, "is read-only"))?;
        let missing = || fail(AdapterErrorKind::NotFound, format!("`{}` has no column `{name}`", own.name));
        if name == own.key {
            return Err(rejected(field, "is the key"));
        }
        let place = *own.by_name.get(name).ok_or_else(missing)?;
        let column = own.columns.get(place).ok_or_else(missing)?;
        let action = if draft.new { Action::Create } else { Action::Write };
        group.check(action, &own.name, Some(name))?;
        if column.follows.is_some() {
            return Err(rejected(field, "is derived"));
        }
        if draft.new && !column.schema.create {
            return Err(rejected(field, "cannot be set on create"));
        }
        if !draft.new && !column.schema.update {
            return Err(rejected(field, "cannot be changed"));
        }
        Ok(place)
    }

    /// The cell for a value, if the column takes it.
    fn cell(
        &self,
        draft: &Draft,
        place: usize,
        field: &EntityField,
        value: &Value,
        current: &Cell,
    ) -> Result<Cell, AdapterError> {
        let column = self.table(draft.table)?.columns.get(place).ok_or_else(|| rejected(field, "has no column"))?;
        let target = self.target(column, field);
        let cell = Cell::of(value, field, column.column_type()).ok_or_else(|| rejected(field, "is of another type"))?;
        match cell {
            Cell::Null => match (current, target) {
                // The reference leads elsewhere, so this field of it is clear already.
                (Cell::Ref(table, _), Some(target)) if *table != target => Ok(current.clone()),
                _ if column.schema.required && !draft.new => Err(rejected(field, "is required")),
                _ => Ok(Cell::Null),
            },
            Cell::Text(id) if column.column_type() == ColumnType::Ref => {
                let resolved = self.resolve(column, target, &id);
                resolved.ok_or_else(|| rejected(field, "refers to no record"))
            }
            cell => valid(column, &cell).map(|()| cell).map_err(|why| rejected(field, why)),
        }
    }

    /// The record whose declared key has the write's values.
    fn by_key(
        &mut self,
        table: usize,
        entity: &Entity,
        key: &[usize],
        write: &Write,
        group: &Group<'_>,
    ) -> Result<Option<Arc<str>>, AdapterError> {
        let mut columns = Vec::with_capacity(key.len());
        let mut keys: Vec<Key> = Vec::with_capacity(key.len());
        let undeclared = || fail(AdapterErrorKind::Rejected { field: None }, "the table has no such key");
        for position in key {
            let reader = self.reader(table, entity, *position)?;
            let Place::Column(column) = reader.place else { return Err(undeclared()) };
            let own = self.table(table)?;
            let name = own.columns.get(column).map(|column| column.name.as_str());
            group.check(Action::Read, &own.name, name)?;
            let value = write.fields.iter().find(|(field, _)| field == position).map(|(_, value)| group.value(value));
            let value = value.transpose()?.unwrap_or(Value::Null);
            let column_type = own.columns.get(column).map_or(ColumnType::String, Column::column_type);
            let cell = Cell::of(&value, reader.field, column_type).and_then(|cell| cell.key());
            keys.push(cell.ok_or_else(|| rejected(reader.field, "is no value of a key"))?);
            columns.push(column);
        }
        let own = self.table_mut(table)?;
        if !own.is_unique(&columns) {
            return Err(undeclared());
        }
        own.index(&columns);
        Ok(own.lookup(&columns, &keys).and_then(|ids| ids.first()).map(Arc::clone))
    }
}

fn not_found(entity: &Entity) -> AdapterError {
    fail(AdapterErrorKind::NotFound, format!("`{}`", entity.crm_type))
}

fn missing(entity: &Entity, column: &Column) -> AdapterError {
    let writes = |field: &&EntityField| field.write_column.as_deref() == Some(column.name.as_str());
    match entity.fields.iter().find(writes) {
        Some(field) => rejected(field, "is required"),
        None => fail(AdapterErrorKind::Rejected { field: None }, format!("`{}` is required", column.name)),
    }
}

/// Whether a column takes a cell of its type.
pub(super) fn valid(column: &Column, cell: &Cell) -> Result<(), &'static str> {
    let known = |wire: &WireValue| column.choices.contains(&Cell::from_wire(wire));
    match cell {
        Cell::Text(text) if column.schema.max.is_some_and(|max| text.chars().count() > max as usize) => {
            Err("is too long")
        }
        Cell::List(wires) if !column.choices.is_empty() && !wires.iter().all(known) => Err("is none of the choices"),
        Cell::List(_) | Cell::Null => Ok(()),
        cell if !column.choices.is_empty() && !column.choices.contains(cell) => Err("is none of the choices"),
        _ => Ok(()),
    }
}
