//! What Dataverse's errors mean for the caller ("Compose HTTP requests and handle errors").

use std::time::Duration;

use engage_engine::adapter::{AdapterError, AdapterErrorKind, Record, Write, WriteAction, WriteValue};
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::value::Value;
use serde::Deserialize;

#[derive(Deserialize)]
struct Envelope {
    error: Words,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// The code for a row that is not there.
const NO_ROW: &str = "0x80040217";

/// Makes an error of an answer. `write` is the write that failed, where that is known.
pub(super) fn error(status: u16, body: &str, after: Option<Duration>, write: Option<&Write>) -> AdapterError {
    let words = serde_json::from_str::<Envelope>(body).map(|envelope| envelope.error).ok();
    let (code, message) = words.map(|words| (words.code, words.message)).unwrap_or_default();
    let kind = by_code(&code, after).unwrap_or_else(|| by_status(status, after));
    let kind = match (kind, write) {
        (AdapterErrorKind::Rejected { .. }, Some(write)) => {
            AdapterErrorKind::Rejected { field: field(write, &message) }
        }
        (AdapterErrorKind::NotFound, Some(write)) if code.eq_ignore_ascii_case(NO_ROW) => missing(write, &message),
        (kind, _) => kind,
    };
    let words = if code.is_empty() { message } else { format!("{code}: {message}") };
    let details = if words.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}, {words}") };
    AdapterError { kind, details: Some(details) }
}

/// Codes say more than the status they come with, and some come with a status that says something else.
fn by_code(code: &str, after: Option<Duration>) -> Option<AdapterErrorKind> {
    use AdapterErrorKind as Kind;
    Some(match code.to_ascii_lowercase().as_str() {
        // No such row; no row with this alternate key.
        NO_ROW | "0x80060891" => Kind::NotFound,
        "0x80040237" => Kind::Duplicate,
        // The row has changed.
        "0x80060882" => Kind::Conflict,
        "0x80040220" => Kind::Denied,
        // Service protection: requests, time, concurrency ("Service protection API limits").
        "0x80072322" | "0x80072321" | "0x80072326" | "-2147015902" | "-2147015903" | "-2147015898" => {
            Kind::Throttled { after }
        }
        // A deadlock or a timeout of the database: the transaction was rolled back ("Use bulk operation messages").
        "0x80044150" | "-2147204784" | "-2147204783" | "0x80044151" => Kind::Locked,
        // A duplicate detection rule, not a key.
        "0x80040333" => Kind::Rejected { field: None },
        _ => return None,
    })
}

fn by_status(status: u16, after: Option<Duration>) -> AdapterErrorKind {
    use AdapterErrorKind as Kind;
    match status {
        401 => Kind::Unauthenticated,
        403 => Kind::Denied,
        404 => Kind::NotFound,
        412 => Kind::Conflict,
        413 => Kind::Unsupported { operation: "take so large a request", adapter: super::NAME.to_owned() },
        // Without a code of service protection too: for the entitlement of a day ("Requests limits and allocations") no page
        // names an error, so that nothing tells it apart. A `Retry-After` that long exceeds the budget of an execution.
        429 => Kind::Throttled { after },
        503 => Kind::Unavailable,
        // Something broke on the way: what took effect is not known.
        500.. => Kind::Unknown,
        _ => Kind::Rejected { field: None },
    }
}

/// The field whose column a message names.
fn field(write: &Write, message: &str) -> Option<String> {
    let mut words = message.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.find_map(|word| {
        let mut fields = write.fields.iter().filter_map(|(position, _)| write.entity.fields.get(*position));
        let named = |column: &Option<String>| column.as_deref().is_some_and(|column| column == word);
        fields.find(|field| named(&field.write_column)).map(|field| field.name.to_string())
    })
}

/// Which row is not there: the one to be written, or one that it would refer to. The message names it by its id
/// ("Perform conditional operations": `account With Id = … Does Not Exist`).
fn missing(write: &Write, message: &str) -> AdapterErrorKind {
    match (own_id(write).is_some_and(|id| says(message, id)), &write.action) {
        (true, _) => AdapterErrorKind::NotFound,
        (false, action) => match reference(write, message) {
            Some(field) => AdapterErrorKind::Rejected { field: Some(field.name.to_string()) },
            None if matches!(action, WriteAction::Create { .. }) => AdapterErrorKind::Rejected { field: None },
            None => AdapterErrorKind::NotFound,
        },
    }
}

/// Whether a message names the record of a write, or one that it refers to, by its id.
pub(super) fn is_about(write: &Write, message: &str) -> bool {
    own_id(write).is_some_and(|id| says(message, id)) || reference(write, message).is_some()
}

fn own_id(write: &Write) -> Option<&str> {
    match &write.action {
        WriteAction::Update { record: Record::Id(id), .. } | WriteAction::Delete { record: Record::Id(id), .. } => {
            Some(id)
        }
        _ => None,
    }
}

/// The field with the reference that a message names, of the record or of those inside it.
fn reference<'w>(write: &'w Write, message: &str) -> Option<&'w EntityField> {
    let named = |value: &WriteValue| matches!(value, WriteValue::Value(Value::Id(id)) if says(message, id));
    let field = |entity: &'w Entity, fields: &'w [(usize, WriteValue)]| {
        fields.iter().filter(|(_, value)| named(value)).find_map(|(position, _)| entity.fields.get(*position))
    };
    let mut rows = write.embedded.iter().flat_map(|embedded| embedded.rows.iter().map(|row| (&*embedded.entity, row)));
    field(&write.entity, &write.fields).or_else(|| rows.find_map(|(entity, row)| field(entity, row)))
}

fn says(message: &str, id: &str) -> bool {
    !id.is_empty() && message.to_ascii_lowercase().contains(&id.to_ascii_lowercase())
}
