//! Rows: what is created, changed, found and deleted.

use serde_json::{Map, Value as Json};

use super::derive::{self, Values};
use super::fault::{Fault, locked, no_row};
use super::key::{self, find};
use super::profile::Right;
use super::work::{Gone, Work};
use super::{id, relations, rules};
use crate::schema::{Kind, Required, Table};
use crate::store::{Row, RowId, Value};

impl Work<'_, '_> {
    /// A new row; `own` is an id that is not made here.
    pub(crate) fn create(
        &mut self,
        table: &Table,
        body: &Map<String, Json>,
        own: Option<RowId>,
    ) -> Result<RowId, Fault> {
        self.require(table, Right::Create)?;
        self.refuse_locked("")?;
        let mut changes = self.read_body(table, body, true)?;
        let whole = self.whole(table)?;
        derive::defaults(&self.sf.model, whole, &mut changes);
        derive::stamp(whole, &self.user, self.sf.world.clock.now(), true, &mut changes);
        derive::number(self, whole, &mut changes);
        if !self.sf.is_lenient() {
            refuse_missing(whole, |column| changes.get(column).is_none_or(Option::is_none))?;
        }
        derive::follow(self, whole, &Values::new(), &mut changes)?;
        let prefix = self.sf.model.prefix(whole);
        let row = own.unwrap_or_else(|| id::make(prefix, self.sf.world.ids.next()));
        self.tx()?.insert(&whole.name, row.clone(), changes)?;
        rules::check(self, whole, &row, None)?;
        relations::follow(self, whole, &row)?;
        Ok(row)
    }

    /// Changes a row.
    pub(crate) fn update(&mut self, table: &Table, row: &RowId, body: &Map<String, Json>) -> Result<(), Fault> {
        let before = self.existing(table, row)?.values.clone();
        self.require(table, Right::Edit)?;
        self.refuse_locked(row.as_str())?;
        let mut changes = self.read_body(table, body, false)?;
        let whole = self.whole(table)?;
        refuse_missing(whole, |column| changes.get(column).is_some_and(Option::is_none))?;
        derive::stamp(whole, &self.user, self.sf.world.clock.now(), false, &mut changes);
        derive::follow(self, whole, &before, &mut changes)?;
        self.tx()?.update(&whole.name, row, changes)?;
        rules::check(self, whole, row, Some(&before))?;
        relations::follow(self, whole, row)
    }

    /// Changes the row with this value of a key, or creates it. True when it is new.
    pub(crate) fn upsert(
        &mut self,
        table: &Table,
        (name, value): (&str, &str),
        body: &Map<String, Json>,
        update_only: bool,
    ) -> Result<(RowId, bool), Fault> {
        let (column, value) = key::key(self.model, table, name, value)?;
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
        self.existing(table, row)?;
        self.require(table, Right::Delete)?;
        self.refuse_locked(row.as_str())?;
        let at = self.sf.world.clock.now();
        let tx = self.tx()?;
        let mark = tx.mark();
        tx.delete(&table.name, row)?;
        // What goes along with it is deleted as well, and can be found there.
        let gone: Vec<Gone> = tx.deleted_since(mark).into_iter().map(|(table, row)| Gone { table, row, at }).collect();
        self.deleted.extend(gone.iter().cloned());
        relations::unfollow(self, &gone)
    }

    /// The lock a fault asks for holds once.
    fn refuse_locked(&mut self, row: &str) -> Result<(), Fault> {
        match std::mem::take(&mut self.locked) {
            true => Err(locked(row)),
            false => Ok(()),
        }
    }

    /// Every deleted row of what the user sees, marked as such.
    pub(crate) fn all_deleted(&self) -> Vec<Gone> {
        let seen = |gone: &&Gone| self.model.schema.table(&gone.table).is_some();
        let mut all: Vec<Gone> = self.sf.bin().iter().chain(&self.deleted).filter(seen).cloned().collect();
        for gone in &mut all {
            gone.row.values.insert("IsDeleted".to_owned(), Value::Bool(true));
        }
        all
    }

    /// A row to be written.
    fn existing(&self, table: &Table, row: &RowId) -> Result<&Row, Fault> {
        self.get(&table.name, row).ok_or_else(|| match self.is_deleted(row) {
            true => deleted(),
            false => no_row(),
        })
    }

    pub(crate) fn is_deleted(&self, row: &RowId) -> bool {
        self.deleted.iter().any(|gone| gone.row.id == *row) || self.sf.bin().iter().any(|gone| gone.row.id == *row)
    }
}

pub(crate) fn deleted() -> Fault {
    Fault::new(404, "ENTITY_IS_DELETED", "entity is deleted").on(&[])
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
