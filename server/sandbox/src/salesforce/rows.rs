//! Rows: what is created, changed, found and deleted, within a transaction.

use std::ops::Deref;

use serde_json::{Map, Value as Json};

use super::coerce::{self, not_writable};
use super::derive::{self, Values};
use super::fault::{Fault, locked, no_column, no_row};
use super::model::{self, Model};
use super::{Salesforce, id};
use crate::schema::{Column, Kind, Required, Table};
use crate::store::{Changes, Ref, Row, RowId, State, Transaction, Value};

/// Most deleted rows that are remembered.
const MAX_BIN: usize = 10_000;

/// A transaction of a user.
pub(crate) struct Work<'w, 's> {
    pub(crate) sf: &'w Salesforce,
    pub(crate) user: RowId,
    tx: &'w mut Transaction<'s>,
    /// Rows deleted by this transaction.
    deleted: Vec<(String, Row)>,
    /// The next write finds its row locked.
    pub(crate) locked: bool,
    /// The composite around it is all or nothing.
    pub(crate) all_or_none: bool,
}

impl Deref for Work<'_, '_> {
    type Target = State;

    fn deref(&self) -> &State {
        self.tx
    }
}

/// A place to go back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(usize, usize);

impl<'w, 's> Work<'w, 's> {
    pub(crate) fn new(sf: &'w Salesforce, user: &RowId, tx: &'w mut Transaction<'s>) -> Work<'w, 's> {
        Work { sf, user: user.clone(), tx, deleted: Vec::new(), locked: false, all_or_none: false }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.tx.mark(), self.deleted.len())
    }

    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.tx.back_to(mark.0);
        self.deleted.truncate(mark.1);
    }

    /// What is deleted can be read by `queryAll` from now on.
    pub(crate) fn finish(self) {
        let mut bin = self.sf.bin();
        bin.extend(self.deleted);
        let surplus = bin.len().saturating_sub(MAX_BIN);
        bin.drain(..surplus);
    }

    fn model(&self) -> &'w Model {
        &self.sf.model
    }

    /// A new row; `own` is an id that is not made here.
    pub(crate) fn create(
        &mut self,
        table: &Table,
        body: &Map<String, Json>,
        own: Option<RowId>,
    ) -> Result<RowId, Fault> {
        self.refuse_locked("")?;
        let mut changes = self.read_body(table, body, true)?;
        derive::defaults(self.model(), table, &mut changes);
        derive::stamp(table, &self.user, self.sf.world.clock.now(), true, &mut changes);
        derive::number(self.tx, table, &mut changes);
        if !self.sf.is_lenient() {
            refuse_missing(table, |column| changes.get(column).is_none_or(Option::is_none))?;
        }
        derive::follow(self.tx, table, &Values::new(), &mut changes)?;
        let prefix = self.model().prefix(table);
        let row = own.unwrap_or_else(|| id::make(prefix, self.sf.world.ids.next()));
        self.tx.insert(&table.name, row.clone(), changes)?;
        Ok(row)
    }

    /// Changes a row.
    pub(crate) fn update(&mut self, table: &Table, row: &RowId, body: &Map<String, Json>) -> Result<(), Fault> {
        self.refuse_locked(row.as_str())?;
        let before = self.existing(table, row)?.values.clone();
        let mut changes = self.read_body(table, body, false)?;
        refuse_missing(table, |column| changes.get(column).is_some_and(Option::is_none))?;
        derive::stamp(table, &self.user, self.sf.world.clock.now(), false, &mut changes);
        derive::follow(self.tx, table, &before, &mut changes)?;
        Ok(self.tx.update(&table.name, row, changes)?)
    }

    /// Changes the row with this value of a key, or creates it. True when it is new.
    pub(crate) fn upsert(
        &mut self,
        table: &Table,
        key: (&str, &str),
        body: &Map<String, Json>,
        update_only: bool,
    ) -> Result<(RowId, bool), Fault> {
        let (column, value) = self.key(table, key.0, key.1)?;
        if let Some(name) = body.keys().find(|name| name.eq_ignore_ascii_case(&column.name)) {
            let message = format!("The {name} field should not be specified in the sobject data.");
            return Err(Fault::bad("INVALID_FIELD", message));
        }
        match find(self, table, column, &value) {
            Ok(row) => self.update(table, &row, body).map(|()| (row, false)),
            Err(fault) if fault.choices.is_some() || update_only || column.kind == Kind::Id => Err(fault),
            Err(_) => {
                let mut body = body.clone();
                body.insert(column.name.clone(), super::render::plain(&value));
                self.create(table, &body, None).map(|row| (row, true))
            }
        }
    }

    pub(crate) fn delete(&mut self, table: &Table, row: &RowId) -> Result<(), Fault> {
        self.refuse_locked(row.as_str())?;
        let gone = self.existing(table, row)?.clone();
        self.tx.delete(&table.name, row)?;
        self.deleted.push((table.name.clone(), gone));
        Ok(())
    }

    /// The lock a fault asks for holds once.
    fn refuse_locked(&mut self, row: &str) -> Result<(), Fault> {
        match std::mem::take(&mut self.locked) {
            true => Err(locked(row)),
            false => Ok(()),
        }
    }

    /// Every deleted row with its table, marked as such.
    pub(crate) fn all_deleted(&self) -> Vec<(String, Row)> {
        let mut all: Vec<(String, Row)> = self.sf.bin().iter().chain(&self.deleted).cloned().collect();
        for (_, row) in &mut all {
            row.values.insert("IsDeleted".to_owned(), Value::Bool(true));
        }
        all
    }

    /// A row to be written.
    fn existing(&self, table: &Table, row: &RowId) -> Result<&Row, Fault> {
        self.tx.get(&table.name, row).ok_or_else(|| match self.is_deleted(row) {
            true => deleted(),
            false => no_row(),
        })
    }

    pub(crate) fn is_deleted(&self, row: &RowId) -> bool {
        self.deleted.iter().any(|(_, gone)| gone.id == *row) || self.sf.bin().iter().any(|(_, gone)| gone.id == *row)
    }

    fn key<'t>(&self, table: &'t Table, name: &str, value: &str) -> Result<(&'t Column, Value), Fault> {
        key(self.model(), table, name, value)
    }

    /// The body of a write as changes.
    fn read_body(&self, table: &Table, body: &Map<String, Json>, new: bool) -> Result<Changes, Fault> {
        let (mut changes, mut closed) = (Changes::new(), Vec::new());
        for (name, json) in body.iter().filter(|(name, _)| *name != "attributes") {
            let Some(column) = model::column(table, name) else {
                let (column, found) = self.by_parent(table, name, json)?;
                changes.insert(column.name.clone(), found.map(Value::Ref));
                continue;
            };
            let open = if new { column.create || self.sf.is_lenient() } else { column.update };
            if column.name == table.id && !new {
                return Err(Fault::bad(
                    "INVALID_FIELD",
                    format!("The {name} field should not be specified in the sobject data."),
                ));
            }
            match open {
                true => {
                    changes.insert(column.name.clone(), coerce::value(self.model(), column, json)?);
                }
                false => closed.push(column.name.as_str()),
            }
        }
        match closed.is_empty() {
            true => Ok(changes),
            false => Err(not_writable(&closed)),
        }
    }

    /// A reference by an external id of the parent: `"Account": {"Key__c": "A1"}`.
    fn by_parent<'t>(&self, table: &'t Table, name: &str, json: &Json) -> Result<(&'t Column, Option<Ref>), Fault> {
        let column = model::reference(table, name).ok_or_else(|| no_column(name, &table.name))?;
        let Some(object) = json.as_object() else {
            return match json {
                Json::Null => Ok((column, None)),
                _ => Err(Fault::json()),
            };
        };
        let target = match (object.iter().next(), model::is_polymorphic(column)) {
            (Some((first, attributes)), _) if first == "attributes" => {
                attributes.get("type").and_then(Json::as_str).map(str::to_owned)
            }
            (_, true) => {
                let message =
                    "Nested object for polymorphic foreign key must have an attributes field before any other fields.";
                return Err(Fault::bad("INVALID_FIELD", message));
            }
            (_, false) => column.targets.first().cloned(),
        };
        let target = target.filter(|target| column.targets.contains(target)).and_then(|name| self.model().table(&name));
        let target = target.ok_or_else(Fault::json)?;
        let mut keys = object.iter().filter(|(name, _)| *name != "attributes");
        let (Some((key, value)), None) = (keys.next(), keys.next()) else { return Err(Fault::json()) };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (key, value) = self.key(target, key, &text)?;
        match find(self, target, key, &value) {
            Ok(row) => Ok((column, Some(Ref::new(&target.name, row)))),
            Err(_) => {
                let message = format!(
                    "Foreign key external ID: {text} not found for field {} in entity {}",
                    key.name, target.name
                );
                Err(Fault::bad("INVALID_FIELD", message))
            }
        }
    }
}

pub(crate) fn deleted() -> Fault {
    Fault::new(404, "ENTITY_IS_DELETED", "entity is deleted").on(&[])
}

/// A column that may address a row, with the value it is addressed by.
pub(crate) fn key<'t>(model: &Model, table: &'t Table, name: &str, text: &str) -> Result<(&'t Column, Value), Fault> {
    let none = || {
        let message = format!("Provided external ID field does not exist or is not accessible: {name}");
        Fault::new(404, "NOT_FOUND", message)
    };
    let column = model::column(table, name).ok_or_else(none)?;
    if column.name == table.id {
        return id::parse(text).map(|id| (column, Value::Id(id))).ok_or_else(Fault::not_found);
    }
    if !column.external_id && !column.id_lookup {
        return Err(none());
    }
    let value = coerce::value(model, column, &Json::from(text))?;
    value.map(|value| (column, value)).ok_or_else(Fault::not_found)
}

/// The one row with this value of a column.
pub(crate) fn find(state: &State, table: &Table, column: &Column, value: &Value) -> Result<RowId, Fault> {
    if let Value::Id(id) = value {
        return state.get(&table.name, id).map(|row| row.id.clone()).ok_or_else(Fault::not_found);
    }
    let wanted = value.key(column.case_sensitive);
    let same = |row: &&Row| row.get(&column.name).is_some_and(|found| found.key(column.case_sensitive) == wanted);
    let found: Vec<RowId> = state.rows(&table.name).filter(same).map(|row| row.id.clone()).take(100).collect();
    match found.as_slice() {
        [] => Err(Fault::not_found()),
        [only] => Ok(only.clone()),
        several => {
            let mut fault = Fault::new(300, "MULTIPLE_CHOICES", "");
            fault.choices = Some(several.iter().map(|row| format!("/sobjects/{}/{row}", table.name)).collect());
            Err(fault)
        }
    }
}

/// Refuses a row without what every row must have.
fn refuse_missing(table: &Table, is_missing: impl Fn(&str) -> bool) -> Result<(), Fault> {
    let required = table.columns.values().filter(|column| {
        column.required == Required::SystemRequired && column.create && !column.defaulted && column.kind != Kind::Bool
    });
    let missing: Vec<&str> = required.map(|column| column.name.as_str()).filter(|column| is_missing(column)).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => {
            let message = format!("Required fields are missing: [{}]", missing.join(", "));
            Err(Fault::bad("REQUIRED_FIELD_MISSING", message).on(&missing))
        }
    }
}
