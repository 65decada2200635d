//! One request to one resource, on its own or as part of a composite.

use serde_json::{Map, Value as Json, json};

use super::fault::{Fault, no_row};
use super::model::Model;
use super::rows::{self, Work, deleted};
use super::soql::{self, Asked};
use super::{Salesforce, collection, describe, id, limits, render};
use crate::http::{decode, form};
use crate::schema::Table;
use crate::store::{Row, RowId, State};

/// Oldest and newest version that is served.
pub(crate) const VERSIONS: std::ops::RangeInclusive<u32> = 44..=68;

/// A request below a version.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) version: u32,
    /// `/services/data/v66.0`.
    pub(crate) root: String,
    /// Decoded segments of the path below it.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Json,
    /// Rows on a page, where the client says so.
    pub(crate) page: Option<usize>,
}

/// An answer, or the part of one.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: Json,
    /// Some of it went wrong, whatever the status.
    pub(crate) failed: bool,
}

impl Part {
    pub(crate) fn ok(body: Json) -> Part {
        Part { status: 200, location: None, body, failed: false }
    }

    pub(crate) fn empty() -> Part {
        Part { status: 204, location: None, body: Json::Null, failed: false }
    }

    pub(crate) fn of(fault: &Fault) -> Part {
        Part { status: fault.status, location: None, body: fault.body(), failed: true }
    }
}

impl Call {
    /// A call from a method and an address with its query.
    pub(crate) fn new(method: &str, target: &str, body: Json) -> Result<Call, Fault> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let below = path.strip_prefix("/services/data/").ok_or_else(Fault::not_found)?;
        let (version, rest) = below.split_once('/').unwrap_or((below, ""));
        let number = version.strip_prefix('v').and_then(|version| version.strip_suffix(".0"));
        let number = number.and_then(|number| number.parse().ok()).filter(|number| VERSIONS.contains(number));
        let number: u32 = number.ok_or_else(Fault::not_found)?;
        let segments = rest.split('/').filter(|segment| !segment.is_empty()).map(|segment| decode(segment, false));
        Ok(Call {
            method: method.to_owned(),
            version: number,
            root: format!("/services/data/{version}"),
            segments: segments.collect::<Option<_>>().ok_or_else(Fault::not_found)?,
            query: form(query).ok_or_else(Fault::not_found)?,
            body,
            page: None,
        })
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }

    fn object(&self) -> Result<&Map<String, Json>, Fault> {
        self.body.as_object().ok_or_else(Fault::json)
    }

    /// Does what is asked.
    pub(crate) fn run(&self, work: &mut Work<'_, '_>) -> Result<Part, Fault> {
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        let get = self.method == "GET";
        match segments.as_slice() {
            [] if get => Ok(Part::ok(limits::resources(&self.root))),
            ["limits"] if get => Ok(Part::ok(limits::limits(work.sf))),
            ["query" | "queryAll"] if get => self.query(work),
            ["query" | "queryAll", locator] if get => self.more(work.sf, locator),
            ["sobjects"] if get => Ok(Part::ok(describe::global(&work.sf.model, &self.root))),
            ["composite", "sobjects", rest @ ..] => collection::run(self, work, rest),
            ["sobjects", object, rest @ ..] => {
                let model = &work.sf.model;
                let table = model.table(object).ok_or_else(Fault::not_found)?;
                self.rows(work, model, table, rest)
            }
            [] | ["limits"] | ["query" | "queryAll", ..] | ["sobjects"] => Err(Fault::method(&self.method)),
            _ => Err(Fault::not_found()),
        }
    }

    fn rows(&self, work: &mut Work<'_, '_>, model: &Model, table: &Table, rest: &[&str]) -> Result<Part, Fault> {
        match (self.method.as_str(), rest) {
            ("GET", []) => Ok(Part::ok(describe::basic(model, &self.root, table))),
            ("POST", []) => {
                let row = work.create(table, self.object()?, None)?;
                Ok(self.created(table, &row, 201, None))
            }
            ("GET", ["describe"]) => Ok(Part::ok(describe::object(model, &self.root, table))),
            ("GET" | "PATCH" | "DELETE", [id]) => self.row(work, table, id),
            ("GET" | "DELETE" | "PATCH", [key, value]) => self.keyed(work, table, key, value),
            (method, [] | [_] | [_, _]) => Err(Fault::method(method)),
            _ => Err(Fault::not_found()),
        }
    }

    fn row(&self, work: &mut Work<'_, '_>, table: &Table, text: &str) -> Result<Part, Fault> {
        let Some(row) = id::parse(text) else {
            let message = format!("Provided external ID field does not exist or is not accessible: {text}");
            return Err(Fault::new(404, "NOT_FOUND", message));
        };
        match self.method.as_str() {
            "GET" => {
                let gone = if work.is_deleted(&row) { deleted() } else { Fault::not_found() };
                self.read(work, table, work.get(&table.name, &row).ok_or(gone)?)
            }
            "PATCH" => {
                if !self.query.is_empty() {
                    return Err(Fault::unsupported("parameters of an update by id"));
                }
                work.update(table, &row, self.object()?)?;
                Ok(Part::empty())
            }
            _ => {
                if work.sf.model.of_id(&row).is_none_or(|own| own.name != table.name) {
                    return Err(no_row());
                }
                work.delete(table, &row)?;
                Ok(Part::empty())
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
            let found = rows::key(&work.sf.model, table, key, value);
            let found = found.and_then(|(column, value)| rows::find(work, table, column, &value));
            found.and_then(|row| match self.method.as_str() {
                "GET" => self.read(work, table, work.get(&table.name, &row).ok_or_else(Fault::not_found)?),
                _ => work.delete(table, &row).map(|()| Part::empty()),
            })
        };
        result.map_err(|mut fault| {
            for choice in fault.choices.iter_mut().flatten() {
                *choice = format!("{}{choice}", self.root);
            }
            fault
        })
    }

    fn created(&self, table: &Table, row: &RowId, status: u16, created: Option<bool>) -> Part {
        let mut body = json!({"id": row.as_str(), "success": true, "errors": []});
        if let (Some(created), Some(body)) = (created, body.as_object_mut()) {
            body.insert("created".into(), created.into());
        }
        Part { status, location: Some(format!("{}/sobjects/{}/{row}", self.root, table.name)), body, failed: false }
    }

    fn read(&self, work: &Work<'_, '_>, table: &Table, row: &Row) -> Result<Part, Fault> {
        let body = match self.parameter("fields") {
            Some(fields) => soql::record(&self.asked(work, work, &[]), table, row, fields)?,
            None => render::record(&self.root, table, row),
        };
        Ok(Part::ok(body))
    }

    pub(crate) fn asked<'a>(
        &'a self,
        work: &'a Work<'_, '_>,
        state: &'a State,
        deleted: &'a [(String, Row)],
    ) -> Asked<'a> {
        let now = work.sf.world.clock.now();
        Asked { model: &work.sf.model, state, root: &self.root, version: self.version, now, deleted }
    }

    fn query(&self, work: &Work<'_, '_>) -> Result<Part, Fault> {
        let text =
            self.parameter("q").ok_or_else(|| Fault::bad("MALFORMED_QUERY", "A query string has to be specified"))?;
        let all = self.segments.first().is_some_and(|name| name == "queryAll");
        let deleted = if all { work.all_deleted() } else { Vec::new() };
        let found = soql::query(&self.asked(work, work, &deleted), text)?;
        match found.only_count {
            true => Ok(Part::ok(json!({"totalSize": found.total, "done": true, "records": []}))),
            false => {
                Ok(Part::ok(work.sf.pages().first(&self.root, found.records, self.page, work.sf.world.ids.next())))
            }
        }
    }

    fn more(&self, sf: &Salesforce, locator: &str) -> Result<Part, Fault> {
        let more = sf.pages().more(&self.root, locator, self.page);
        more.map(Part::ok).ok_or_else(|| Fault::bad("INVALID_QUERY_LOCATOR", "invalid query locator"))
    }
}
