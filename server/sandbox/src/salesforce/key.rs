//! Rows by an external id, or by another column that may address them.

use serde_json::Value as Json;

use super::coerce;
use super::fault::Fault;
use super::id;
use super::model::{self, Model};
use crate::schema::{Column, Table};
use crate::store::{Row, RowId, State, Value};

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
    if table.keys.get(&column.name).is_some_and(|columns| *columns == [column.name.as_str()]) {
        let found = state.with_key(table, &column.name, std::slice::from_ref(value));
        return found.map(|row| row.id.clone()).ok_or_else(Fault::not_found);
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
