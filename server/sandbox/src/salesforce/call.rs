//! One request to one resource, on its own or as part of a composite.

use serde_json::{Map, Value as Json, json};

use super::fault::Fault;
use super::part::Part;
use super::soql::{self, Asked};
use super::terms::Terms;
use super::work::{Gone, Work};
use super::{beyond, collection, describe, limits};
use crate::http::{decode, form};
use crate::store::State;

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
    pub(crate) terms: Terms,
}

impl Call {
    /// A call from a method and an address with its query.
    pub(crate) fn new(method: &str, target: &str, body: Json, terms: Terms) -> Result<Call, Fault> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let below = path.strip_prefix("/services/data/").ok_or_else(Fault::not_found)?;
        let (version, rest) = below.split_once('/').unwrap_or((below, ""));
        let number = version.strip_prefix(['v', 'V']).and_then(|version| version.strip_suffix(".0"));
        let number = number.and_then(|number| number.parse().ok()).filter(|number| VERSIONS.contains(number));
        let number: u32 = number.ok_or_else(Fault::not_found)?;
        let segments = rest.split('/').filter(|segment| !segment.is_empty()).map(|segment| decode(segment, false));
        let mut call = Call {
            method: method.to_owned(),
            version: number,
            root: format!("/services/data/v{number}.0"),
            segments: segments.collect::<Option<_>>().ok_or_else(Fault::not_found)?,
            query: form(query).ok_or_else(Fault::not_found)?,
            body,
            terms,
        };
        call.override_method();
        Ok(call)
    }

    /// `POST …?_HttpMethod=PATCH`, for clients that cannot send the verb.
    fn override_method(&mut self) {
        if self.method != "POST" {
            return;
        }
        if let Some(at) = self.query.iter().position(|(name, _)| name == "_HttpMethod") {
            self.method = self.query.remove(at).1.to_uppercase();
        }
    }

    /// Whether its resource is one that is served.
    pub(crate) fn is_served(&self) -> bool {
        let first = self.segments.first().map_or("", String::as_str);
        matches!(first, "" | "sobjects" | "query" | "queryAll" | "limits" | "recent" | "composite")
    }

    /// Whether it changes nothing, so that any number may run at the same time.
    pub(crate) fn only_reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn object(&self) -> Result<&Map<String, Json>, Fault> {
        self.body.as_object().ok_or_else(Fault::json)
    }

    /// Does what is asked.
    pub(crate) fn run(&self, work: &mut Work<'_, '_>) -> Result<Part, Fault> {
        work.terms = self.terms.clone();
        work.root.clone_from(&self.root);
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        let get = self.only_reads();
        match segments.as_slice() {
            [] if get => Ok(Part::ok(limits::resources(&self.root, work.sf.identity_url(&work.base, &work.user)))),
            ["limits"] if get => Ok(Part::ok(limits::limits(work.sf))),
            // What was used last in the user interface; a client of the API uses nothing there.
            ["recent"] if get => Ok(Part::ok(json!([]))),
            ["query" | "queryAll"] if get => self.query(work),
            ["query" | "queryAll", locator] if get => self.more(work, locator),
            ["sobjects"] if get => self.described(work, describe::global(work.model, &self.root)),
            ["composite", "sobjects", rest @ ..] => collection::run(self, work, rest),
            ["sobjects", object, rest @ ..] => {
                let model = work.model;
                let table = model.table(object).ok_or_else(Fault::not_found)?;
                self.rows(work, table, rest)
            }
            [] | ["limits" | "recent" | "sobjects"] | ["query" | "queryAll", ..] => {
                Err(Fault::method(&self.method, &["GET", "HEAD"]))
            }
            other => Err(beyond::refuse(other)),
        }
    }

    /// Metadata, unless the client has it already: it changes with the sandbox only.
    pub(super) fn described(&self, work: &Work<'_, '_>, body: Json) -> Result<Part, Fault> {
        let etag = describe::etag(&body);
        match self.terms.is_known(work.sf.since, Some(&etag)) {
            true => Ok(Part::unchanged().dated(work.sf.since, Some(etag))),
            false => Ok(Part::ok(body).dated(work.sf.since, Some(etag))),
        }
    }

    pub(crate) fn asked<'a>(&'a self, work: &'a Work<'_, '_>, state: &'a State, deleted: &'a [Gone]) -> Asked<'a> {
        Asked {
            model: work.model,
            state,
            root: &self.root,
            version: self.version,
            now: work.sf.world.clock.now(),
            user: &work.user,
            page: self.terms.page(),
            sf: work.sf,
            deleted,
        }
    }

    fn query(&self, work: &Work<'_, '_>) -> Result<Part, Fault> {
        if self.parameter("explain").is_some() {
            return Err(Fault::unsupported("explaining queries"));
        }
        let text =
            self.parameter("q").ok_or_else(|| Fault::bad("MALFORMED_QUERY", "A query string has to be specified"))?;
        let all = self.segments.first().is_some_and(|name| name.eq_ignore_ascii_case("queryAll"));
        let deleted = if all { work.all_deleted() } else { Vec::new() };
        let found = soql::query(&self.asked(work, work, &deleted), text)?;
        match found.only_count {
            true => Ok(Part::ok(json!({"totalSize": found.total, "done": true, "records": []}))),
            false => Ok(Part::ok(work.sf.first_page(&self.root, &work.user, found.records, self.terms.page()))),
        }
    }

    fn more(&self, work: &Work<'_, '_>, locator: &str) -> Result<Part, Fault> {
        let more = work.sf.pages().more(&self.root, &work.user, locator, self.terms.page);
        more.map(Part::ok).ok_or_else(|| Fault::bad("INVALID_QUERY_LOCATOR", "invalid query locator"))
    }
}
