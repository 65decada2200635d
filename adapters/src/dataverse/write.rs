//! Write groups as requests: one change set where all or nothing is asked for, single requests in a batch elsewhere.
//!
//! Records made by the group have ids already, so that lookups are bound to them by address and the order of the
//! requests is the only dependency ("Associate and disassociate table rows using the Web API").

use engage_engine::adapter::{
    AdapterError, Back, EmbeddedWrite, Find, Record, Write, WriteAction, WriteGroup, WriteValue,
};
use engage_engine::catalog::EntityField;
use engage_engine::model::WireValue;
use engage_engine::{FieldType, Value};
use serde_json::{Map, Number, Value as Json, json};

use super::answer::Targets;
use super::literal::{encode_path, is_guid, literal, wire};
use super::metadata::{Metadata, Table};
use crate::guard::unsupported;

/// One request inside a batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// The write it belongs to.
    pub(super) write: usize,
    /// What its answer says about the write.
    pub(super) role: Role,
    /// `POST`, `PATCH`, …
    pub(super) method: &'static str,
    /// Path and query below the service root, encoded, or `$n`.
    pub(super) target: String,
    /// Headers of its own.
    pub(super) headers: Vec<(&'static str, String)>,
    /// The body of what has one.
    pub(super) body: Option<Json>,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Finds a record by a key, before anything is written.
    Find,
    /// The write itself.
    Write,
    /// A part of the write that needs a request of its own.
    Rest,
}

/// The requests of a group: what is asked before, and what is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Parts {
    /// Requests that may not stand in a change set.
    pub(super) finds: Vec<Part>,
    /// The writes, in order; their position plus one is the content id.
    pub(super) writes: Vec<Part>,
}

/// Lowers a group.
///
/// # Errors
/// `NotFound` for what this environment does not have, `Unsupported` for what no request can say.
pub(super) fn lower(metadata: &Metadata, targets: &Targets, group: &WriteGroup) -> Result<Parts, AdapterError> {
    let mut lowering = Lowering { metadata, targets, group, parts: Parts::default(), content_ids: Vec::new() };
    for (position, write) in group.writes.iter().enumerate() {
        lowering.write(position, write)?;
    }
    Ok(lowering.parts)
}

struct Lowering<'a> {
    metadata: &'a Metadata,
    targets: &'a Targets,
    group: &'a WriteGroup,
    parts: Parts,
    /// Per write the content id of its request.
    content_ids: Vec<usize>,
}

impl<'a> Lowering<'a> {
    fn write(&mut self, position: usize, write: &'a Write) -> Result<(), AdapterError> {
        let table = self.metadata.of(&write.entity)?;
        if table.intersect && !matches!(write.action, WriteAction::Find(_)) {
            // "Associate and disassociate table rows using the Web API": by `$ref` of the two, and without a key of ours.
            return Err(unsupported("write a record that only links two others", super::NAME));
        }
        self.content_ids.push(self.parts.writes.len() + 1);
        let part =
            |role, method, target| Part { write: position, role, method, target, headers: Vec::new(), body: None };
        match &write.action {
            WriteAction::Find(Find { key }) => {
                let target = format!("{}?$select={}", self.keyed(table, write, key)?, table.primary_id);
                self.parts.finds.push(part(Role::Find, "GET", target));
            }
            WriteAction::Create { id } => {
                let mut body = self.body(table, write, &[], true)?;
                if let Some(id) = id {
                    body.insert(table.primary_id.clone(), json!(id));
                }
                for embedded in &write.embedded {
                    let (collection, rows) = self.embedded(embedded)?;
                    body.insert(collection, rows);
                }
                let body = Some(Json::Object(body));
                self.parts.writes.push(Part { body, ..part(Role::Write, "POST", table.entity_set.clone()) });
            }
            WriteAction::Update { record, etag } => {
                let target = self.record(table, record)?;
                let body = self.body(table, write, &[], false)?;
                // A version has to hold even where nothing but a collection is written.
                if !body.is_empty() || etag.is_some() || write.embedded.is_empty() {
                    let headers = vec![("If-Match", etag.clone().unwrap_or_else(|| "*".to_owned()))];
                    let body = Some(Json::Object(body));
                    self.parts.writes.push(Part { headers, body, ..part(Role::Write, "PATCH", target.clone()) });
                }
                self.collections(position, write, &target)?;
            }
            WriteAction::Upsert { key, update_only } => {
                let target = self.keyed(table, write, key)?;
                let mut headers = vec![("Prefer", "return=representation".to_owned())];
                if *update_only {
                    headers.push(("If-Match", "*".to_owned()));
                }
                // The key stands in the address: in the body it is ignored or in the way ("Use Upsert to Create or
                // Update a record").
                let body = Some(Json::Object(self.body(table, write, key, false)?));
                let asked = format!("{target}?$select={}", table.primary_id);
                self.parts.writes.push(Part { headers, body, ..part(Role::Write, "PATCH", asked) });
                self.collections(position, write, &target)?;
            }
            WriteAction::Delete { record, etag } => {
                let headers = etag.iter().map(|etag| ("If-Match", etag.clone())).collect();
                let target = self.record(table, record)?;
                self.parts.writes.push(Part { headers, ..part(Role::Write, "DELETE", target) });
            }
        }
        Ok(())
    }

    /// Collections of activity parties are replaced as a whole by a request of their own.
    fn collections(&mut self, position: usize, write: &'a Write, target: &str) -> Result<(), AdapterError> {
        for embedded in &write.embedded {
            let (collection, rows) = self.embedded(embedded)?;
            // The first request for the write says what became of it.
            let role =
                if self.parts.writes.iter().any(|part| part.write == position) { Role::Rest } else { Role::Write };
            self.parts.writes.push(Part {
                write: position,
                role,
                method: "PUT",
                target: format!("{target}/{collection}"),
                headers: Vec::new(),
                body: Some(json!({ "value": rows })),
            });
        }
        Ok(())
    }

    fn embedded(&self, embedded: &'a EmbeddedWrite) -> Result<(String, Json), AdapterError> {
        let entity = &embedded.entity;
        let table = self.metadata.of(entity)?;
        let place = entity.embedded.as_ref();
        let Some(place) = place else { return Err(unsupported("embed records that stand alone", super::NAME)) };
        let mut rows = Vec::with_capacity(embedded.rows.len());
        for row in &embedded.rows {
            let mut body = Map::new();
            for (position, value) in row {
                let Some(field) = entity.fields.get(*position) else { continue };
                // Where it travels says whose it is.
                let parent = matches!(&field.field_type, FieldType::Ref(target) if *target == place.parent);
                if !parent {
                    self.field(table, field, value, true, &mut body)?;
                }
            }
            rows.push(Json::Object(body));
        }
        Ok((place.collection.clone(), Json::Array(rows)))
    }

    fn body(&self, table: &Table, write: &Write, key: &[usize], new: bool) -> Result<Map<String, Json>, AdapterError> {
        let mut body = Map::new();
        let fields = write.fields.iter().filter(|(position, _)| !key.contains(position));
        let fields = fields.filter_map(|(position, value)| Some((write.entity.fields.get(*position)?, value)));
        let fields: Vec<(&EntityField, &WriteValue)> = fields.collect();
        for (field, value) in &fields {
            let cleared = **value == WriteValue::Value(Value::Null);
            // Of a polymorphic column, setting one target clears the others by itself.
            let set = |(other, value): &(&EntityField, &WriteValue)| {
                other.write_column == field.write_column && **value != WriteValue::Value(Value::Null)
            };
            if !(cleared && fields.iter().any(set)) {
                self.field(table, field, value, new, &mut body)?;
            }
        }
        Ok(body)
    }

    fn field(
        &self,
        table: &Table,
        field: &EntityField,
        value: &WriteValue,
        new: bool,
        body: &mut Map<String, Json>,
    ) -> Result<(), AdapterError> {
        let column = table.write_column(field);
        let FieldType::Ref(entity) = &field.field_type else {
            let WriteValue::Value(value) = value else {
                return Err(unsupported("write the id of a new record into a column that is no lookup", super::NAME));
            };
            let stored = stored(field, value).ok_or_else(|| unsupported("store such a value", super::NAME))?;
            body.insert(column.to_owned(), stored);
            return Ok(());
        };
        if table.keeps_ids_as_text(column) {
            body.insert(column.to_owned(), self.id_as_text(value)?);
            return Ok(());
        }
        let Some(target) = self.targets.get(entity) else {
            return Err(unsupported("refer to a table that no definition names", super::NAME));
        };
        let bind = format!("{}@odata.bind", table.navigation(column, target)?);
        match value {
            WriteValue::Value(Value::Null) if new => {}
            WriteValue::Value(Value::Null) => {
                body.insert(bind, Json::Null);
            }
            WriteValue::Value(Value::Id(id)) => {
                let Some(other) = self.metadata.get(target) else {
                    return Err(unsupported("refer to a table that this environment does not have", super::NAME));
                };
                body.insert(bind, json!(format!("/{}", address(other, id)?)));
            }
            WriteValue::Back(back) => {
                body.insert(bind, json!(self.back(*back)?));
            }
            WriteValue::Value(_) => return Err(unsupported("refer to a record by anything but its id", super::NAME)),
        }
        Ok(())
    }

    /// The id of a record for a column of text: of a new one as far as it is known beforehand.
    fn id_as_text(&self, value: &WriteValue) -> Result<Json, AdapterError> {
        match value {
            WriteValue::Value(Value::Null) => Ok(Json::Null),
            WriteValue::Value(Value::Id(id)) => Ok(json!(id)),
            WriteValue::Back(back) => match self.group.writes.get(back.0).map(|write| &write.action) {
                Some(
                    WriteAction::Create { id: Some(id) }
                    | WriteAction::Update { record: Record::Id(id), .. }
                    | WriteAction::Delete { record: Record::Id(id), .. },
                ) => Ok(json!(id)),
                _ => Err(unsupported("write the id of a new record into a column that is no lookup", super::NAME)),
            },
            WriteValue::Value(_) => Err(unsupported("refer to a record by anything but its id", super::NAME)),
        }
    }

    /// The address of an earlier write's record, as a value to bind to.
    fn back(&self, back: Back) -> Result<String, AdapterError> {
        let Some(write) = self.group.writes.get(back.0) else {
            return Err(unsupported("refer to a write that is not there", super::NAME));
        };
        let table = self.metadata.of(&write.entity)?;
        Ok(match &write.action {
            WriteAction::Create { id: Some(id) } => format!("/{}", address(table, id)?),
            WriteAction::Update { record: Record::Id(id), .. } | WriteAction::Delete { record: Record::Id(id), .. } => {
                format!("/{}", address(table, id)?)
            }
            WriteAction::Upsert { key, .. } | WriteAction::Find(Find { key }) => {
                format!("/{}", self.keyed(table, write, key)?)
            }
            WriteAction::Create { id: None } if self.group.atomic => match self.content_ids.get(back.0) {
                Some(content_id) => format!("${content_id}"),
                None => return Err(unsupported("refer to a later write", super::NAME)),
            },
            WriteAction::Update { record: Record::Back(earlier), .. }
            | WriteAction::Delete { record: Record::Back(earlier), .. }
                if earlier.0 < back.0 =>
            {
                return self.back(*earlier);
            }
            _ => return Err(unsupported("refer to such a write", super::NAME)),
        })
    }

    fn record(&self, table: &Table, record: &Record) -> Result<String, AdapterError> {
        match record {
            Record::Id(id) => address(table, id),
            Record::Back(back) => Ok(self.back(*back)?.trim_start_matches('/').to_owned()),
        }
    }

    /// The address of a row by an alternate key ("Use an alternate key to reference a record").
    fn keyed(&self, table: &Table, write: &Write, key: &[usize]) -> Result<String, AdapterError> {
        let mut parts = Vec::with_capacity(key.len());
        for position in key {
            let field = write.entity.fields.get(*position);
            let value = write.fields.iter().find(|(field, _)| field == position).map(|(_, value)| value);
            let (Some(field), Some(WriteValue::Value(value))) = (field, value) else {
                return Err(unsupported("use a key without its values", super::NAME));
            };
            let literal = literal(field, value).filter(|_| !value.is_null());
            let Some(literal) = literal else { return Err(unsupported("use such a value in a key", super::NAME)) };
            parts.push(format!("{}={}", table.property(field), in_path(&literal)));
        }
        Ok(format!("{}({})", table.entity_set, parts.join(",")))
    }
}

/// A literal as part of a path, where a slash would end the segment.
fn in_path(literal: &str) -> String {
    encode_path(literal)
}

/// The address of a row by its id.
fn address(table: &Table, id: &str) -> Result<String, AdapterError> {
    if is_guid(id) {
        return Ok(format!("{}({id})", table.entity_set));
    }
    // Nothing has such an id.
    Err(AdapterError::new(engage_engine::adapter::AdapterErrorKind::NotFound))
}

/// A value as the column stores it; `None` where it stores no such value.
fn stored(field: &EntityField, value: &Value) -> Option<Json> {
    let option = |name: &str| {
        Some(match wire(field, name)? {
            WireValue::Int(number) => json!(number),
            WireValue::Text(text) => json!(text),
            WireValue::Boolean(flag) => json!(flag),
        })
    };
    Some(match value {
        Value::Choice(name) => option(name)?,
        Value::MultiChoice(names) if names.is_empty() => Json::Null,
        Value::MultiChoice(names) => {
            let options: Option<Vec<String>> = names.iter().map(|name| option(name).map(plain)).collect();
            json!(options?.join(","))
        }
        // A decimal keeps its digits: a float would round them.
        Value::Decimal(number) => Json::Number(serde_json::from_str::<Number>(&number.to_string()).ok()?),
        other => other.to_json(),
    })
}

fn plain(json: Json) -> String {
    match json {
        Json::String(text) => text,
        other => other.to_string(),
    }
}
