//! Bodies of creates and updates, held against the schema.

use serde_json::{Map, Value as Json};

use super::address::{self, Key};
use super::call::{Call, split_root};
use super::coerce;
use super::fault::Fault;
use super::nav::{self, Nav};
use super::security::Op;
use crate::schema::{Column, Required, Table};
use crate::store::{Changes, Ref, State, Value};

/// Deepest JSON of a body.
const MAX_DEPTH: usize = 24;

/// A body, understood.
#[derive(Debug, Default)]
pub(crate) struct Payload<'a> {
    /// Values of columns; references to existing rows included.
    pub(crate) changes: Changes,
    /// Rows to create first, and the column that refers to them.
    pub(crate) parents: Vec<(&'a Column, &'a Table, Map<String, Json>)>,
    /// Rows to create afterwards.
    pub(crate) children: Vec<(Nav<'a>, Vec<Map<String, Json>>)>,
    /// Existing rows to associate afterwards.
    pub(crate) associated: Vec<(Nav<'a>, Vec<Ref>)>,
}

/// Reads a body as a JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Json>, Fault> {
    let invalid =
        |message: &str| Fault::payload(format!("Error identified in Payload provided by the user. {message}"));
    let json: Json = serde_json::from_slice(body).map_err(|_| invalid("The payload is not valid JSON."))?;
    if super::once::repeats(body) {
        return Err(invalid("A property was found more than once in the same object."));
    }
    if depth(&json) > MAX_DEPTH {
        return Err(invalid("The payload is nested too deeply."));
    }
    match json {
        Json::Object(object) => Ok(object),
        _ => Err(invalid("An object was expected.")),
    }
}

fn depth(json: &Json) -> usize {
    // serde_json refuses more than 128 levels, so this cannot go deep.
    match json {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// What a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Update,
}

impl<'a> Call<'a> {
    /// Understands a body.
    pub(crate) fn payload(
        &self,
        state: &State,
        table: &'a Table,
        object: Map<String, Json>,
        purpose: Purpose,
    ) -> Result<Payload<'a>, Fault> {
        let mut payload = Payload::default();
        for (name, json) in object {
            if let Some(navigation) = name.strip_suffix("@odata.bind") {
                self.bind(state, table, navigation, (&json, purpose), &mut payload)?;
            } else if name == "@odata.type" {
                require_type(table, &json)?;
            } else if name.contains('@') {
                continue;
            } else if let Some(column) = nav::property(table, &name) {
                self.value(table, column, &name, &json, purpose, &mut payload)?;
            } else {
                self.nested(table, &name, json, purpose, &mut payload)?;
            }
        }
        Ok(payload)
    }

    fn value(
        &self,
        table: &Table,
        column: &Column,
        name: &str,
        json: &Json,
        purpose: Purpose,
        payload: &mut Payload<'a>,
    ) -> Result<(), Fault> {
        if column.name != name {
            return Err(Fault::usage(
                "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.",
            ));
        }
        if column.name == table.id && purpose == Purpose::Update {
            // The key in the body is redundant beside the key in the address.
            return Ok(());
        }
        let value = coerce::from_json(column, json)?;
        if value.is_none() && purpose == Purpose::Create && !column.create {
            // Generic clients send every property of a new row. Nothing is lost with a null.
            return Ok(());
        }
        self.require_writable(table, column, purpose)?;
        if value.is_none() {
            self.require_clearable(table, column, purpose)?;
        }
        payload.changes.insert(column.name.clone(), value);
        Ok(())
    }

    /// What a row always has is not taken away from it: an owner, a case's customer.
    fn require_clearable(&self, table: &Table, column: &Column, purpose: Purpose) -> Result<(), Fault> {
        let kept = column.required == Required::SystemRequired
            || column.crm_type == "Owner"
            || (table.name.as_str(), column.name.as_str()) == ("incident", "customerid");
        match kept && purpose == Purpose::Update {
            true => {
                let (column, table) = (&column.name, &table.name);
                Err(Fault::argument(format!("The attribute '{column}' of '{table}' cannot be set to null.")))
            }
            false => Ok(()),
        }
    }

    /// A reference to nothing. On create nothing is lost with it, whatever the column.
    fn clear(&self, table: &Table, column: &Column, purpose: Purpose, payload: &mut Payload<'a>) -> Result<(), Fault> {
        if purpose == Purpose::Update || column.create {
            self.require_writable(table, column, purpose)?;
            self.require_clearable(table, column, purpose)?;
            payload.changes.insert(column.name.clone(), None);
        }
        Ok(())
    }

    /// Refuses to write a column that is not the client's to write.
    pub(crate) fn require_writable(&self, table: &Table, column: &Column, purpose: Purpose) -> Result<(), Fault> {
        self.access.require_column(&table.name, &column.name)?;
        let (allowed, word) = match purpose {
            Purpose::Create => (column.create, "create"),
            Purpose::Update => (column.update, "update"),
        };
        match allowed || self.front.is_lenient() {
            true => Ok(()),
            false => Err(Fault::argument(format!(
                "The attribute '{}' of entity '{}' is not valid for {word}.",
                column.name, table.name
            ))),
        }
    }

    fn bind(
        &self,
        state: &State,
        table: &'a Table,
        navigation: &str,
        (json, purpose): (&Json, Purpose),
        payload: &mut Payload<'a>,
    ) -> Result<(), Fault> {
        let Some(nav) = nav::writable(self.schema, table, navigation) else { return Err(undeclared(navigation)) };
        match (&nav, json) {
            (Nav::One { column, .. }, Json::Null) => self.clear(table, column, purpose, payload),
            (Nav::One { column, targets }, Json::String(address)) => {
                let target = self.reference(state, address, targets, navigation)?;
                self.require_attachable(&table.name, &target.table)?;
                self.require_writable(table, column, purpose)?;
                payload.changes.insert(column.name.clone(), Some(Value::Ref(target)));
                Ok(())
            }
            (Nav::Many { table: child, .. } | Nav::Linked { table: child, .. }, Json::Array(addresses)) => {
                let mut found = Vec::new();
                for address in addresses {
                    let Json::String(address) = address else { return Err(undeclared(navigation)) };
                    found.push(self.reference(state, address, &[child], navigation)?);
                    self.require_attachable(&child.name, &table.name)?;
                }
                payload.associated.push((nav, found));
                Ok(())
            }
            _ => Err(Fault::payload(format!(
                "The value of the annotation 'odata.bind' of '{navigation}' does not fit the navigation property."
            ))),
        }
    }

    /// Rights needed to make one row refer to another.
    pub(crate) fn require_attachable(&self, from: &str, to: &str) -> Result<(), Fault> {
        self.access.require(from, Op::Append)?;
        self.access.require(to, Op::AppendTo)
    }

    fn nested(
        &self,
        table: &'a Table,
        name: &str,
        json: Json,
        purpose: Purpose,
        payload: &mut Payload<'a>,
    ) -> Result<(), Fault> {
        let Some(nav) = nav::writable(self.schema, table, name) else {
            return Err(Fault::payload(format!(
                "Error identified in Payload provided by the user for Entity :'{}'. InnerException : Microsoft.OData.ODataException: The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{}'. Make sure to only use property names that are defined by the type.",
                table.set, table.name
            )));
        };
        match (&nav, json) {
            (Nav::One { column, .. }, Json::Null) => self.clear(table, column, purpose, payload)?,
            (_, Json::Object(_) | Json::Array(_)) if purpose == Purpose::Update => {
                return Err(Fault::usage("Deep update of navigation properties is not supported."));
            }
            (Nav::One { column, targets }, Json::Object(object)) => {
                let [target] = targets.as_slice() else {
                    return Err(Fault::payload(format!("The type of '{name}' cannot be inferred.")));
                };
                self.require_writable(table, column, purpose)?;
                payload.parents.push((column, target, object));
            }
            (Nav::Many { .. } | Nav::Linked { .. }, Json::Array(items)) => {
                let objects: Option<Vec<Map<String, Json>>> = items
                    .into_iter()
                    .map(|item| match item {
                        Json::Object(object) => Some(object),
                        _ => None,
                    })
                    .collect();
                let objects = objects.ok_or_else(|| Fault::payload(format!("'{name}' must hold objects.")))?;
                payload.children.push((nav, objects));
            }
            _ => return Err(Fault::payload(format!("The value of '{name}' does not fit the navigation property."))),
        }
        Ok(())
    }

    /// The row an address in a body names: relative, absolute, or `$1` for a row of the same change set.
    pub(crate) fn reference(
        &self,
        state: &State,
        address: &str,
        targets: &[&Table],
        navigation: &str,
    ) -> Result<Ref, Fault> {
        let address = self.resolve(address)?;
        if !self.front.is_own(&self.request.base, &address) {
            return Err(Fault::payload(format!("The URI '{address}' is not one of this service.")));
        }
        let path = match address.split_once("/api/data/") {
            Some((_, rest)) => split_root(&format!("/api/data/{rest}")).map(|(_, path)| path.to_owned())?,
            None => address,
        };
        let found = address::segments(&path)?;
        let [segment] = found.as_slice() else { return Err(Fault::no_segment(&path)) };
        let table = self.table(&segment.name)?;
        if !targets.iter().any(|target| target.name == table.name) {
            return Err(Fault::payload(format!(
                "The navigation property '{navigation}' does not lead to entities of type 'Microsoft.Dynamics.CRM.{}'.",
                table.name
            )));
        }
        let Some(arguments) = &segment.arguments else { return Err(Fault::no_segment(&path)) };
        let key = Key::parse(table, arguments, &|_| None)?;
        Ok(Ref::new(&table.name, key.require(state, table)?))
    }

    /// Puts the address of a row in the place of `$1`.
    pub(crate) fn resolve(&self, address: &str) -> Result<String, Fault> {
        let Some(reference) = address.trim_start_matches('/').strip_prefix('$') else { return Ok(address.to_owned()) };
        let found = self.references.get(reference).cloned();
        found.ok_or_else(|| no_reference(reference))
    }
}

fn require_type(table: &Table, json: &Json) -> Result<(), Fault> {
    let given = json.as_str().unwrap_or_default().trim_start_matches('#');
    let name = given.strip_prefix("Microsoft.Dynamics.CRM.").or_else(|| given.strip_prefix("mscrm."));
    match name == Some(&table.name) {
        true => Ok(()),
        false => Err(Fault::payload(format!(
            "An entry with type '{given}' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.{}'.",
            table.name
        ))),
    }
}

/// The error for a reference to a part that was not there before.
pub(crate) fn no_reference(reference: &str) -> Fault {
    Fault::usage(format!("Content-ID Reference: '${reference}' does not exist in the batch context."))
}

fn undeclared(name: &str) -> Fault {
    Fault::payload(format!(
        "Error identified in Payload provided by the user. InnerException : Microsoft.OData.ODataException: An undeclared property '{name}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values."
    ))
}
