//! `/sobjects/X` and what is below it.

use serde_json::json;

use super::call::Call;
use super::fault::{Fault, no_row};
use super::key;
use super::model;
use super::part::Part;
use super::rows::deleted;
use super::soql;
use super::work::Work;
use super::{beyond, changes, describe, id, render};
use crate::schema::Table;
use crate::store::{Row, RowId, Value};

impl Call {
    pub(super) fn rows(&self, work: &mut Work<'_, '_>, table: &Table, rest: &[&str]) -> Result<Part, Fault> {
        let get = self.only_reads();
        match (self.method.as_str(), rest) {
            (_, []) if get => Ok(Part::ok(describe::basic(work.model, &self.root, table))),
            ("POST", []) => {
                let row = work.create(table, self.object()?, None)?;
                Ok(self.created(table, &row, 201, None))
            }
            (_, ["describe"]) if get => self.described(work, describe::object(work.model, &self.root, table)),
            (_, ["updated"]) if get => changes::updated(self, work, table).map(Part::ok),
            (_, ["deleted"]) if get => changes::deleted(self, work, table).map(Part::ok),
            (_, ["describe", more, ..]) => Err(beyond::refuse(&["sobjects", "describe", more])),
            (_, [feature @ ("listviews" | "quickActions" | "approvalLayouts" | "defaultValues"), ..]) => {
                Err(beyond::refuse(&["sobjects", feature]))
            }
            ("GET" | "HEAD" | "PATCH" | "DELETE", [id]) if !is_resource(id) => self.row(work, table, id),
            ("POST", [key]) if key.eq_ignore_ascii_case(&table.id) => {
                let row = work.create(table, self.object()?, None)?;
                Ok(self.created(table, &row, 201, None))
            }
            ("GET" | "HEAD" | "PATCH" | "DELETE", [key, value]) => match self.of_table(work, table, key) {
                Some(row) => self.related(work, table, &row, value),
                None => self.keyed(work, table, key, value),
            },
            (method, []) => Err(Fault::method(method, &["GET", "HEAD", "POST"])),
            (method, ["describe" | "updated" | "deleted"]) => Err(Fault::method(method, &["GET", "HEAD"])),
            (method, [_] | [_, _]) => Err(Fault::method(method, &["DELETE", "GET", "HEAD", "PATCH"])),
            _ => Err(Fault::not_found()),
        }
    }

    /// The id of a row of this object, where the text is one.
    fn of_table(&self, work: &Work<'_, '_>, table: &Table, text: &str) -> Option<RowId> {
        let row = id::parse(text).filter(|_| model::column(table, text).is_none())?;
        work.model.of_id(&row).filter(|own| own.name == table.name).map(|_| row)
    }

    fn row(&self, work: &mut Work<'_, '_>, table: &Table, text: &str) -> Result<Part, Fault> {
        let Some(row) = id::parse(text) else {
            let message = format!("Provided external ID field does not exist or is not accessible: {text}");
            return Err(Fault::new(404, "NOT_FOUND", message));
        };
        match self.method.as_str() {
            "PATCH" => {
                if let Some((name, _)) = self.query.first() {
                    return Err(Fault::unsupported(&format!("the parameter {name} of an update by id")));
                }
                let body = self.object()?;
                self.refuse_stale(work, table, &row)?;
                work.update(table, &row, body)?;
                Ok(Part::empty())
            }
            "DELETE" => {
                if work.model.of_id(&row).is_none_or(|own| own.name != table.name) {
                    return Err(no_row());
                }
                self.refuse_stale(work, table, &row)?;
                work.delete(table, &row)?;
                Ok(Part::empty())
            }
            _ => {
                let gone = if work.is_deleted(&row) { deleted() } else { Fault::not_found() };
                self.read(work, table, work.get(&table.name, &row).ok_or(gone)?)
            }
        }
    }

    /// A row by a column other than its id.
    fn keyed(&self, work: &mut Work<'_, '_>, table: &Table, key: &str, value: &str) -> Result<Part, Fault> {
        let result = if self.method == "PATCH" {
            let update_only = self.parameter("updateOnly") == Some("true");
            let upserted = work.upsert(table, (key, value), self.object()?, update_only);
            upserted.map(|(row, new)| match (new, self.version) {
                (false, ..46) => Part::empty(),
                (new, _) => self.created(table, &row, if new { 201 } else { 200 }, Some(new)),
            })
        } else {
            let found = key::key(work.model, table, key, value);
            let found = found.and_then(|(column, value)| key::find(work, table, column, &value));
            found.and_then(|row| match self.method.as_str() {
                "DELETE" => work.delete(table, &row).map(|()| Part::empty()),
                _ => self.read(work, table, work.get(&table.name, &row).ok_or_else(Fault::not_found)?),
            })
        };
        result.map_err(|mut fault| {
            for choice in fault.choices.iter_mut().flatten() {
                *choice = format!("{}{choice}", self.root);
            }
            fault
        })
    }

    /// What a relationship of a row leads to: one row upwards, rows downwards.
    fn related(&self, work: &mut Work<'_, '_>, table: &Table, row: &RowId, name: &str) -> Result<Part, Fault> {
        let found = work.get(&table.name, row).ok_or_else(Fault::not_found)?;
        if let Some(column) = model::reference(table, name) {
            let target = found.get(&column.name).and_then(Value::reference).cloned().ok_or_else(Fault::not_found)?;
            let model = work.model;
            let target_table = model.table(&target.table).ok_or_else(Fault::not_found)?;
            return self.row(work, target_table, target.id.as_str());
        }
        let child = work.model.child(table, name).ok_or_else(Fault::not_found)?;
        if !self.only_reads() {
            return Err(Fault::method(&self.method, &["GET", "HEAD"]));
        }
        let fields = match self.parameter("fields") {
            Some(fields) => fields.to_owned(),
            None => {
                child.table.columns.values().filter(|c| c.read).map(|c| c.name.as_str()).collect::<Vec<_>>().join(",")
            }
        };
        let records = soql::children(&self.asked(work, work, &[]), &child, row, &fields)?;
        Ok(Part::ok(work.sf.first_page(&self.root, &work.user, records, self.terms.page())))
    }

    fn created(&self, table: &Table, row: &RowId, status: u16, created: Option<bool>) -> Part {
        let mut body = json!({"id": row.as_str(), "success": true, "errors": []});
        if let (Some(created), Some(body)) = (created, body.as_object_mut()) {
            body.insert("created".into(), created.into());
        }
        let location = format!("{}/sobjects/{}/{row}", self.root, table.name);
        Part { status, ..Part::ok(body).with("Location", location) }
    }

    fn read(&self, work: &Work<'_, '_>, table: &Table, row: &Row) -> Result<Part, Fault> {
        let (modified, etag) = stamp(table, row);
        if modified.is_some_and(|modified| self.terms.is_known(modified, etag.as_deref())) {
            return Ok(Part::unchanged());
        }
        let body = match self.parameter("fields") {
            Some(fields) => soql::record(&self.asked(work, work, &[]), table, row, fields)?,
            None => render::record(&self.root, table, row),
        };
        match modified {
            Some(modified) => Ok(Part::ok(body).dated(modified, etag)),
            None => Ok(Part::ok(body)),
        }
    }

    /// Refuses to write a row that has changed since the client saw it.
    fn refuse_stale(&self, work: &Work<'_, '_>, table: &Table, row: &RowId) -> Result<(), Fault> {
        let Some(row) = work.get(&table.name, row) else { return Ok(()) };
        let (modified, etag) = stamp(table, row);
        match modified.is_none_or(|modified| self.terms.is_fresh(modified, etag.as_deref())) {
            true => Ok(()),
            false => {
                let message = "The record has changed since the given time or version.";
                Err(Fault::new(412, "PRECONDITION_FAILED", message))
            }
        }
    }
}

/// Whether a word below an object is a resource of its own.
fn is_resource(word: &str) -> bool {
    matches!(word, "describe" | "updated" | "deleted")
}

/// When a row was last changed, and its etag: only accounts have one ("Conditional Requests").
fn stamp(table: &Table, row: &Row) -> (Option<jiff::Timestamp>, Option<String>) {
    let modified = match row.get("LastModifiedDate") {
        Some(Value::Moment(moment)) => Some(*moment),
        _ => None,
    };
    (modified, (table.name == "Account").then(|| format!("\"{:x}\"", row.version)))
}
