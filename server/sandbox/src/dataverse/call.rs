//! One operation with everything it needs: caller, preferences, addresses.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Dataverse;
use super::address::Segment;
use super::fault::Fault;
use super::options::Options;
use super::prefer::Prefer;
use super::security::Access;
use crate::http::{Answer, Request, form};
use crate::schema::{Schema, Table};

/// What `$1` stands for in the parts of a change set: the address of the row, relative to the service root.
pub(crate) type References = BTreeMap<String, String>;

/// One operation.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) front: &'a Dataverse,
    pub(crate) schema: &'a Schema,
    pub(crate) request: &'a Request,
    pub(crate) access: &'a Access,
    pub(crate) prefer: Prefer,
    pub(crate) now: Timestamp,
    /// Service root with a final slash.
    pub(crate) root: String,
    pub(crate) segments: Vec<Segment>,
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) references: &'a References,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        front: &'a Dataverse,
        request: &'a Request,
        access: &'a Access,
        references: &'a References,
    ) -> Result<Call<'a>, Fault> {
        let (version, path) = split_root(&request.path)?;
        require_version(request)?;
        let pairs = form(&request.query).ok_or_else(|| Fault::usage("The query of the request URI is not valid."))?;
        Ok(Call {
            front,
            schema: &front.schema,
            request,
            access,
            prefer: Prefer::of(request),
            now: front.world.clock.now(),
            root: format!("{}/api/data/{version}/", request.base),
            segments: super::address::segments(path)?,
            pairs,
            references,
        })
    }

    /// The system query options.
    pub(crate) fn options(&self) -> Result<Options, Fault> {
        Options::parse(&self.pairs)
    }

    /// The value of `@name` in the query.
    pub(crate) fn alias(&self, name: &str) -> Option<String> {
        let name = format!("@{name}");
        self.pairs.iter().find(|(given, _)| *given == name).map(|(_, value)| value.clone())
    }

    /// The table of an entity set.
    pub(crate) fn table(&self, set: &str) -> Result<&'a Table, Fault> {
        self.schema.by_set(set).ok_or_else(|| Fault::no_segment(set))
    }

    /// An answer with the headers every answer has.
    pub(crate) fn answer(&self, status: u16) -> Answer {
        let mut answer = Answer::empty(status).with("OData-Version", "4.0");
        if !self.prefer.applied.is_empty() {
            answer = answer.with("Preference-Applied", self.prefer.applied.join(", "));
        }
        answer
    }

    /// An answer with a JSON body.
    pub(crate) fn json(&self, status: u16, body: &serde_json::Value) -> Answer {
        self.answer(status)
            .with("Content-Type", "application/json; odata.metadata=minimal")
            .body(body.to_string().into_bytes())
    }
}

/// The service speaks version 4.0 of OData and no other.
fn require_version(request: &Request) -> Result<(), Fault> {
    for name in ["odata-version", "odata-maxversion"] {
        if let Some(given) = request.header(name).map(str::trim).filter(|given| !matches!(*given, "4.0" | "4.01")) {
            return Err(Fault::usage(format!("The value '{given}' of the header '{name}' is not supported.")));
        }
    }
    Ok(())
}

/// Splits `/api/data/v9.2/rest`.
pub(crate) fn split_root(path: &str) -> Result<(&str, &str), Fault> {
    let not_found = || Fault::new(404, "0x80060888", "The requested resource does not exist.");
    let rest = path.strip_prefix("/api/data/").ok_or_else(not_found)?;
    let (version, rest) = rest.split_once('/').unwrap_or((rest, ""));
    match version {
        "v9.0" | "v9.1" | "v9.2" => Ok((version, rest)),
        _ => Err(not_found()),
    }
}
