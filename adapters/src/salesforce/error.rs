//! What Salesforce's errors mean for the caller ("Status Codes and Error Responses").

use std::time::Duration;

use engage_engine::adapter::{AdapterError, AdapterErrorKind, Write, WriteAction};
use serde::Deserialize;
use serde_json::Value as Json;

/// An error as a body tells it: an array of these, whatever the resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Words {
    /// Collections say `statusCode`.
    #[serde(rename = "errorCode", alias = "statusCode", default)]
    pub(super) code: String,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) message: String,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) fields: Vec<String>,
}

/// What is null says nothing, and does not hide the code beside it.
fn or_nothing<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The code of what was undone because something else failed.
pub(super) const HALTED: &str = "PROCESSING_HALTED";

/// The first error in a body that is one.
pub(super) fn words(body: &Json) -> Option<Words> {
    match body {
        Json::Array(all) => all.iter().find_map(|one| Words::deserialize(one).ok()),
        one @ Json::Object(_) => Words::deserialize(one).ok().filter(|words| !words.code.is_empty()),
        _ => None,
    }
}

/// Makes an error of an answer. `write` is the write that failed, where that is known.
pub(super) fn error(status: u16, body: &Json, after: Option<Duration>, write: Option<&Write>) -> AdapterError {
    let words = words(body).unwrap_or_default();
    let kind = by_code(&words, after, write).unwrap_or_else(|| by_status(status, after));
    let kind = match (kind, write) {
        (AdapterErrorKind::Rejected { .. }, Some(write)) => AdapterErrorKind::Rejected { field: field(write, &words) },
        (kind, _) => kind,
    };
    let Words { code, message, .. } = words;
    let text = if code.is_empty() { message } else { format!("{code}: {message}") };
    let details = if text.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}, {text}") };
    AdapterError { kind, details: Some(details) }
}

/// Codes say more than the status they come with.
fn by_code(words: &Words, after: Option<Duration>, write: Option<&Write>) -> Option<AdapterErrorKind> {
    use AdapterErrorKind as Kind;
    Some(match words.code.as_str() {
        "NOT_FOUND" | "ENTITY_IS_DELETED" | "INVALID_TYPE" | "INVALID_FIELD" => Kind::NotFound,
        // An id that leads nowhere: the record's own unless a field is named.
        "INVALID_CROSS_REFERENCE_KEY" | "MALFORMED_ID" if words.fields.is_empty() && write.is_some_and(by_id) => {
            Kind::NotFound
        }
        "DUPLICATE_VALUE" => Kind::Duplicate,
        "UNABLE_TO_LOCK_ROW" => Kind::Locked,
        // Too many long requests at the same time pass by themselves ("ConcurrentRequests (Concurrent API Requests) Limit
        // exceeded"); the calls of a day do not, and nothing says which hour of the last 24 frees some.
        "REQUEST_LIMIT_EXCEEDED" if words.message.starts_with("Concurrent") => Kind::Throttled { after },
        "REQUEST_LIMIT_EXCEEDED" => Kind::QuotaExhausted { after },
        "SERVER_UNAVAILABLE" => Kind::Unavailable,
        "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" => Kind::Unauthenticated,
        // The code has many reasons; these words have one.
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" if words.message.starts_with("entity type cannot be ") => Kind::Denied,
        "INSUFFICIENT_ACCESS"
        | "INSUFFICIENT_ACCESS_OR_READONLY"
        | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        | "API_CURRENTLY_DISABLED"
        | "API_DISABLED_FOR_ORG" => Kind::Denied,
        _ => return None,
    })
}

fn by_id(write: &Write) -> bool {
    matches!(write.action, WriteAction::Update { .. } | WriteAction::Delete { .. })
}

fn by_status(status: u16, after: Option<Duration>) -> AdapterErrorKind {
    use AdapterErrorKind as Kind;
    match status {
        401 => Kind::Unauthenticated,
        403 => Kind::Denied,
        404 => Kind::NotFound,
        413 | 414 => Kind::Unsupported { operation: "take so large a request", adapter: super::NAME.to_owned() },
        429 => Kind::Throttled { after },
        503 => Kind::Unavailable,
        // Something broke on the way: what took effect is not known.
        500.. => Kind::Unknown,
        _ => Kind::Rejected { field: None },
    }
}

/// The field whose column an error names.
fn field(write: &Write, words: &Words) -> Option<String> {
    let fields = || write.fields.iter().filter_map(|(position, _)| write.entity.fields.get(*position));
    let of = |column: &str| {
        let named = fields().find(|field| field.write_column.as_deref() == Some(column));
        // What is missing was not given: then the entity knows.
        named.or_else(|| write.entity.fields.iter().find(|field| field.write_column.as_deref() == Some(column)))
    };
    words.fields.iter().find_map(|column| of(column)).map(|field| field.name.to_string())
}

/// Whether an error says that there are too many requests.
pub(super) fn limit(status: u16, body: &[u8]) -> bool {
    status == 403
        && serde_json::from_slice(body)
            .ok()
            .and_then(|body| words(&body))
            .is_some_and(|words| words.code == "REQUEST_LIMIT_EXCEEDED" && words.message.starts_with("Concurrent"))
}

/// What came cannot be read.
pub(super) fn unread(details: &str) -> AdapterError {
    AdapterError { kind: AdapterErrorKind::Unknown, details: Some(details.to_owned()) }
}
