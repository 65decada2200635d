//! POST, PATCH, PUT and DELETE of rows.

use serde_json::{Map, Value as Json};

use super::address::Key;
use super::call::Call;
use super::fault::Fault;
use super::nav::Nav;
use super::payload::{Purpose, object};
use super::security::Op;
use super::{actions, guid, render};
use crate::http::Answer;
use crate::schema::{Schema, Table};
use crate::store::{Changes, Ref, RowId, Side, Transaction, Value};

/// Deepest chain of rows created within one another.
const MAX_NESTING: usize = 8;

/// An answer, and the row that `$1` stands for afterwards.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) answer: Answer,
    pub(crate) address: Option<String>,
}

impl From<Answer> for Written {
    fn from(answer: Answer) -> Written {
        Written { answer, address: None }
    }
}

impl<'a> Call<'a> {
    /// Answers everything but GET.
    pub(crate) fn change(&self, tx: &mut Transaction<'_>) -> Result<Written, Fault> {
        let Some((first, rest)) = self.segments.split_first() else { return Err(Fault::method(&self.request.method)) };
        self.require_json()?;
        let options = self.options()?;
        if options.filter.is_some() || options.orderby.is_some() || options.top.is_some() || options.count {
            return Err(Fault::usage("Only $select and $expand are allowed on a request that writes."));
        }
        options.refuse_set_options()?;
        if let Some(answer) = actions::post(self, tx, first, rest)? {
            return Ok(answer.into());
        }
        let table = self.table(&first.name)?;
        let Some(arguments) = &first.arguments else {
            return match (self.request.method.as_str(), rest) {
                ("POST", []) => self.post(tx, table, None),
                (_, [segment, ..]) => Err(Fault::no_segment(&segment.name)),
                (method, []) => Err(Fault::method(method)),
            };
        };
        let key = Key::parse(table, arguments, &|name| self.alias(name))?;
        match (self.request.method.as_str(), rest) {
            ("PATCH", []) => self.patch(tx, table, &key),
            ("DELETE", []) => self.delete(tx, table, &key).map(Written::from),
            (method, []) => Err(Fault::method(method)),
            (_, rest) => {
                let id = key.require(tx, table)?;
                self.change_below(tx, table, &id, rest)
            }
        }
    }

    /// A body that says it is something else is not read.
    fn require_json(&self) -> Result<(), Fault> {
        let kind = self.request.header("content-type").and_then(|kind| kind.split(';').next()).map(str::trim);
        match kind.filter(|kind| !self.request.body.is_empty() && !kind.eq_ignore_ascii_case("application/json")) {
            None => Ok(()),
            Some(kind) => Err(Fault::new(
                415,
                "0x80060888",
                format!(
                    "A supported MIME type could not be found that matches the content type '{kind}' of the request."
                ),
            )),
        }
    }

    /// Creates a row; `preset` is the reference that the address implies.
    pub(crate) fn post(
        &self,
        tx: &mut Transaction<'_>,
        table: &'a Table,
        preset: Option<(&str, Ref)>,
    ) -> Result<Written, Fault> {
        refuse_method(table, "Create")?;
        let id = self.create(tx, table, object(&self.request.body)?, preset, 0)?;
        self.created(tx, table, &id, 204, 201)
    }

    /// The answer after a write. A row returned as representation has no `OData-EntityId`, so `$1` cannot name it.
    fn created(
        &self,
        tx: &Transaction<'_>,
        table: &'a Table,
        id: &RowId,
        plain: u16,
        full: u16,
    ) -> Result<Written, Fault> {
        if self.prefer.representation {
            return Ok(self.representation(tx, table, id, full, full == 201)?.into());
        }
        let address = format!("{}({id})", table.set);
        let full = format!("{}{address}", self.root);
        let answer = self.answer(plain).with("Location", full.clone()).with("OData-EntityId", full);
        Ok(Written { answer, address: Some(address) })
    }

    /// Creates a row with all that hangs on it.
    pub(crate) fn create(
        &self,
        tx: &mut Transaction<'_>,
        table: &'a Table,
        object: Map<String, Json>,
        preset: Option<(&str, Ref)>,
        depth: usize,
    ) -> Result<RowId, Fault> {
        if depth > MAX_NESTING {
            return Err(Fault::payload("The payload is nested too deeply."));
        }
        self.access.require(&table.name, Op::Create)?;
        let mut payload = self.payload(tx, table, object, Purpose::Create)?;
        if let Some((column, target)) = preset {
            payload.changes.insert(column.to_owned(), Some(Value::Ref(target)));
        }
        for (column, target, object) in payload.parents {
            let id = self.create(tx, target, object, None, depth + 1)?;
            self.require_attachable(&table.name, &target.name)?;
            payload.changes.insert(column.name.clone(), Some(Value::Ref(Ref::new(&target.name, id))));
        }
        let id = match payload.changes.remove(&table.id).flatten() {
            Some(Value::Id(id)) if !guid::is_empty(&id) => id,
            _ => guid::new(self.front.world.ids.next()),
        };
        let mut values = payload.changes;
        self.complete_new(tx, table, &mut values)?;
        self.check_party(tx, table, None, &values)?;
        tx.insert(&table.name, id.clone(), values)?;
        self.refuse_duplicate(tx, table, &id)?;
        for (nav, objects) in payload.children {
            for object in objects {
                self.create_child(tx, table, &id, &nav, object, depth)?;
            }
        }
        for (nav, rows) in payload.associated {
            for row in rows {
                self.associate(tx, table, &id, &nav, &row)?;
            }
        }
        Ok(id)
    }

    fn create_child(
        &self,
        tx: &mut Transaction<'_>,
        table: &Table,
        id: &RowId,
        nav: &Nav<'a>,
        object: Map<String, Json>,
        depth: usize,
    ) -> Result<(), Fault> {
        let own = Ref::new(&table.name, id.clone());
        match nav {
            Nav::Many { table: child, column } => {
                self.create(tx, child, object, Some((&column.name, own)), depth + 1)?;
            }
            Nav::Linked { table: child, .. } => {
                let child_id = self.create(tx, child, object, None, depth + 1)?;
                self.associate(tx, table, id, nav, &Ref::new(&child.name, child_id))?;
            }
            Nav::One { .. } => {}
        }
        Ok(())
    }

    /// Makes an existing row part of a collection.
    pub(crate) fn associate(
        &self,
        tx: &mut Transaction<'_>,
        table: &Table,
        id: &RowId,
        nav: &Nav<'_>,
        other: &Ref,
    ) -> Result<(), Fault> {
        match nav {
            Nav::Many { table: child, column } => {
                let own = Value::Ref(Ref::new(&table.name, id.clone()));
                let changes = Changes::from([(column.name.clone(), Some(own))]);
                tx.update(&child.name, &other.id, changes)?;
            }
            Nav::Linked { link, from, .. } => {
                let (left, right) = match from {
                    Side::Left => (id.clone(), other.id.clone()),
                    Side::Right => (other.id.clone(), id.clone()),
                };
                if tx.linked(&link.name, Side::Left, &left).contains(&right) {
                    return Err(Fault::new(412, "0x80040237", "Cannot insert duplicate key."));
                }
                tx.link(&link.name, left, right)?;
            }
            Nav::One { column, .. } => {
                let changes = Changes::from([(column.name.clone(), Some(Value::Ref(other.clone())))]);
                tx.update(&table.name, id, changes)?;
            }
        }
        Ok(())
    }

    fn patch(&self, tx: &mut Transaction<'_>, table: &'a Table, key: &Key) -> Result<Written, Fault> {
        refuse_method(table, "Update")?;
        let mut object = object(&self.request.body)?;
        match key.find(tx, table) {
            Some(id) => {
                if let Key::Alternate { values, .. } = key {
                    object.retain(|name, _| !values.iter().any(|(column, _)| column == name));
                }
                if self.request.header("if-none-match") == Some("*") {
                    return Err(Fault::exists());
                }
                self.check_version(tx, table, &id)?;
                self.update(tx, table, &id, object)?;
                self.created(tx, table, &id, 204, 200)
            }
            None if self.request.header("if-match").is_some() => Err(key.missing(table)),
            None => {
                let id = self.create(tx, table, with_key(self.schema, table, key, object), None, 0)?;
                self.created(tx, table, &id, 204, 201)
            }
        }
    }

    /// Changes a row that exists.
    pub(crate) fn update(
        &self,
        tx: &mut Transaction<'_>,
        table: &'a Table,
        id: &RowId,
        object: Map<String, Json>,
    ) -> Result<(), Fault> {
        self.access.require(&table.name, Op::Write)?;
        let payload = self.payload(tx, table, object, Purpose::Update)?;
        let mut values = payload.changes;
        let Some(row) = tx.get(&table.name, id).cloned() else { return Err(Fault::no_row(&table.name, id)) };
        self.complete_changes(tx, table, &row, &mut values)?;
        tx.update(&table.name, id, values)?;
        self.refuse_duplicate(tx, table, id)?;
        for (nav, rows) in payload.associated {
            for row in rows {
                self.associate(tx, table, id, &nav, &row)?;
            }
        }
        Ok(())
    }

    /// Holds `If-Match` against the version of the row.
    pub(crate) fn check_version(&self, tx: &Transaction<'_>, table: &Table, id: &RowId) -> Result<(), Fault> {
        let Some(wanted) = self.request.header("if-match").filter(|wanted| *wanted != "*") else { return Ok(()) };
        let current = tx.get(&table.name, id).map(render::etag);
        let weak = |etag: &str| etag.trim_start_matches("W/").to_owned();
        match current.is_some_and(|current| weak(&current) == weak(wanted)) {
            true => Ok(()),
            false => Err(Fault::changed()),
        }
    }

    fn delete(&self, tx: &mut Transaction<'_>, table: &Table, key: &Key) -> Result<Answer, Fault> {
        refuse_method(table, "Delete")?;
        self.access.require(&table.name, Op::Delete)?;
        let id = key.require(tx, table)?;
        self.check_version(tx, table, &id)?;
        tx.delete(&table.name, &id)?;
        Ok(self.answer(204))
    }
}

/// The body of an upsert that creates: what the key says is part of it.
pub(crate) fn with_key(schema: &Schema, table: &Table, key: &Key, mut object: Map<String, Json>) -> Map<String, Json> {
    match key {
        Key::Id(id) => {
            object.insert(table.id.clone(), id.as_str().into());
        }
        Key::Alternate { values, .. } => {
            for (name, value) in values {
                let Some(column) = table.column(name) else { continue };
                let json = render::json_of(column, value);
                match value {
                    Value::Id(id) => {
                        // A lookup within a key is given by the id of its row.
                        let Some(relation) = column.relations.first() else { continue };
                        let Some(target) = schema.table(&relation.to) else { continue };
                        let bind = format!("{}@odata.bind", relation.navigation);
                        object.entry(bind).or_insert_with(|| format!("/{}({id})", target.set).into());
                    }
                    _ => {
                        object.entry(name.clone()).or_insert(json);
                    }
                }
            }
        }
    }
    object
}

/// Some tables are written by the platform, or with their row, only.
fn refuse_method(table: &Table, method: &str) -> Result<(), Fault> {
    let refused = match table.name.as_str() {
        "activityparty" | "sdkmessage" | "sdkmessagefilter" => true,
        "organization" => method != "Update",
        "systemuser" => method == "Delete",
        _ => false,
    };
    match refused {
        true => Err(Fault::new(
            400,
            "0x80040800",
            format!("The '{method}' method does not support entities of type '{}'.", table.name),
        )),
        false => Ok(()),
    }
}
