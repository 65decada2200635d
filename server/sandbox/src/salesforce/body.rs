//! The body of a write, held against the object.

use serde_json::{Map, Value as Json};

use super::coerce::{self, not_writable};
use super::fault::{Fault, no_column};
use super::key::find;
use super::model;
use super::work::Work;
use crate::schema::{Column, Table};
use crate::store::{Changes, Ref, Value};

impl Work<'_, '_> {
    /// The body of a write as changes.
    pub(super) fn read_body(&self, table: &Table, body: &Map<String, Json>, new: bool) -> Result<Changes, Fault> {
        let (mut changes, mut closed) = (Changes::new(), Vec::new());
        for (name, json) in body.iter().filter(|(name, _)| *name != "attributes") {
            let Some(column) = model::column(table, name) else {
                let (column, found) = self.by_parent(table, name, json)?;
                match if new { column.create } else { column.update } {
                    true => changes.insert(column.name.clone(), found.map(Value::Ref)),
                    false => return Err(not_writable(&[&column.name])),
                };
                continue;
            };
            if column.name == table.id && new && !json.is_null() {
                let message = "cannot specify Id in an insert call";
                return Err(Fault::bad("INVALID_FIELD_FOR_INSERT_UPDATE", message).on(&[&column.name]));
            }
            let open = if new { column.create || self.sf.is_lenient() } else { column.update };
            if column.name == table.id && !new {
                return Err(Fault::bad(
                    "INVALID_FIELD",
                    format!("The {name} field should not be specified in the sobject data."),
                ));
            }
            match open {
                true => {
                    let value = coerce::value(&self.sf.model, column, json)?;
                    self.refuse_unseen(column, value.as_ref())?;
                    changes.insert(column.name.clone(), value);
                }
                false => closed.push(column.name.as_str()),
            }
        }
        match closed.is_empty() {
            true => Ok(changes),
            false => Err(not_writable(&closed)),
        }
    }

    /// A reference to an object that the user may not see.
    fn refuse_unseen(&self, column: &Column, value: Option<&Value>) -> Result<(), Fault> {
        match value.and_then(Value::reference).filter(|target| self.model.schema.table(&target.table).is_none()) {
            None => Ok(()),
            Some(_) => {
                let message = "insufficient access rights on cross-reference id";
                Err(Fault::bad("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message).on(&[&column.name]))
            }
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
        let target = target.filter(|target| column.targets.contains(target)).and_then(|name| self.model.table(&name));
        let target = target.ok_or_else(Fault::json)?;
        let mut keys = object.iter().filter(|(name, _)| *name != "attributes");
        let (Some((key, value)), None) = (keys.next(), keys.next()) else { return Err(Fault::json()) };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (key, value) = super::key::key(self.model, target, key, &text)?;
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
