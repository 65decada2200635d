//! An answer, or the part of one that stands for one of several requests.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::fault::Fault;
use super::terms::to_http_date;

/// A member that clients may send as null: it then means the same as nothing.
pub(super) fn or_nothing<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de> + Default,
{
    Ok(<Option<T> as serde::Deserialize>::deserialize(deserializer)?.unwrap_or_default())
}

/// An answer, or the part of one.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Json,
    /// Some of it went wrong, whatever the status.
    pub(crate) failed: bool,
}

impl Part {
    pub(crate) fn ok(body: Json) -> Part {
        Part { status: 200, headers: Vec::new(), body, failed: false }
    }

    pub(crate) fn empty() -> Part {
        Part { status: 204, ..Part::ok(Json::Null) }
    }

    /// The client has it already.
    pub(crate) fn unchanged() -> Part {
        Part { status: 304, ..Part::ok(Json::Null) }
    }

    pub(crate) fn of(fault: &Fault) -> Part {
        Part { status: fault.status, headers: Vec::new(), body: fault.body(), failed: true }
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Part {
        self.headers.push((name, value));
        self
    }

    /// When it was last changed, and the etag where there is one.
    pub(crate) fn dated(self, modified: Timestamp, etag: Option<String>) -> Part {
        let dated = self.with("Last-Modified", to_http_date(modified));
        match etag {
            Some(etag) => dated.with("ETag", etag),
            None => dated,
        }
    }

    /// The part as it stands in the answer to several requests.
    pub(crate) fn within(&self, reference: &str) -> Json {
        let headers = self.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
        let headers: Map<String, Json> = headers.collect();
        json!({"body": self.body, "httpHeaders": headers, "httpStatusCode": self.status, "referenceId": reference})
    }
}
