//! Calls and answers as data that can be kept in a file. Values are in it: it is for test data.

use std::collections::BTreeMap;
use std::time::Duration;

use engage_engine::FieldName;
use engage_engine::adapter::{AdapterError, AdapterErrorKind, GroupError, Page, Row, Written};
use engage_engine::value::{Instance, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Calls with their answers, in the order of the answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tape {
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
}

/// A call and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Under whose authority.
    pub(super) identity: String,
    pub(super) asked: Asked,
    pub(super) answer: Answer,
}

/// What was asked, as readable JSON; compared as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Asked {
    Read(Json),
    Atomic(Json),
    Batch(Json),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    Pages(Vec<TapedPage>),
    Written(Vec<Result<TapedWritten, TapedError>>),
    Failed { error: TapedError, culprit: Option<usize> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TapedPage {
    rows: Vec<TapedRow>,
    truncated: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct TapedRow {
    id: String,
    values: BTreeMap<String, TapedValue>,
    etag: Option<String>,
    joined: Vec<Vec<TapedRow>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TapedWritten {
    id: String,
    created: bool,
    etag: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TapedValue {
    Null,
    String(String),
    Boolean(bool),
    Int(i64),
    /// As text: a float in JSON is not always the same float.
    Double(String),
    Decimal(String),
    Date(String),
    DateTime(String),
    Choice(String),
    MultiChoice(Vec<String>),
    Id(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TapedError {
    kind: TapedKind,
    details: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TapedKind {
    NotFound,
    Duplicate,
    Conflict,
    Denied,
    Unauthenticated,
    Throttled { milliseconds: Option<u64> },
    QuotaExhausted { milliseconds: Option<u64> },
    Locked,
    Unavailable,
    Rejected { field: Option<String> },
    Unsupported { operation: String, adapter: String },
    Unknown,
}

impl From<&Page> for TapedPage {
    fn from(page: &Page) -> Self {
        Self { rows: page.rows.iter().map(TapedRow::from).collect(), truncated: page.truncated }
    }
}

impl From<&Row> for TapedRow {
    /// Recursion is as deep as the query's joins.
    fn from(row: &Row) -> Self {
        Self {
            id: row.id.clone(),
            values: row.values.iter().map(|(name, value)| (name.to_string(), value.into())).collect(),
            etag: row.etag.clone(),
            joined: row.joined.iter().map(|rows| rows.iter().map(Self::from).collect()).collect(),
        }
    }
}

impl TapedPage {
    /// `None` when the tape is not what a recording makes.
    pub(super) fn page(&self) -> Option<Page> {
        Some(Page { rows: self.rows.iter().map(TapedRow::row).collect::<Option<_>>()?, truncated: self.truncated })
    }
}

impl TapedRow {
    fn row(&self) -> Option<Row> {
        let value = |(name, value): (&String, &TapedValue)| Some((FieldName::new(name).ok()?, value.value()?));
        let rows = |rows: &Vec<Self>| rows.iter().map(Self::row).collect::<Option<Vec<_>>>();
        Some(Row {
            id: self.id.clone(),
            values: self.values.iter().map(value).collect::<Option<Instance>>()?,
            etag: self.etag.clone(),
            joined: self.joined.iter().map(rows).collect::<Option<_>>()?,
        })
    }
}

impl From<&Value> for TapedValue {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) => Self::String(text.clone()),
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Double(value) => Self::Double(value.to_string()),
            Value::Decimal(value) => Self::Decimal(value.to_string()),
            Value::Date(value) => Self::Date(value.to_string()),
            Value::DateTime(value) => Self::DateTime(value.to_string()),
            Value::Choice(name) => Self::Choice(name.clone()),
            Value::MultiChoice(names) => Self::MultiChoice(names.clone()),
            Value::Id(id) => Self::Id(id.clone()),
        }
    }
}

impl TapedValue {
    fn value(&self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::String(text) => Value::String(text.clone()),
            Self::Boolean(value) => Value::Boolean(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Double(text) => Value::Double(text.parse().ok().filter(|value: &f64| value.is_finite())?),
            Self::Decimal(text) => Value::Decimal(text.parse().ok()?),
            Self::Date(text) => Value::Date(text.parse().ok()?),
            Self::DateTime(text) => Value::DateTime(text.parse().ok()?),
            Self::Choice(name) => Value::Choice(name.clone()),
            Self::MultiChoice(names) => Value::MultiChoice(names.clone()),
            Self::Id(id) => Value::Id(id.clone()),
        })
    }
}

impl From<&Written> for TapedWritten {
    fn from(written: &Written) -> Self {
        let Written { id, created, etag } = written.clone();
        Self { id, created, etag }
    }
}

impl From<&TapedWritten> for Written {
    fn from(taped: &TapedWritten) -> Self {
        let TapedWritten { id, created, etag } = taped.clone();
        Self { id, created, etag }
    }
}

fn milliseconds(after: Duration) -> u64 {
    u64::try_from(after.as_millis()).unwrap_or(u64::MAX)
}

impl From<&AdapterError> for TapedError {
    fn from(error: &AdapterError) -> Self {
        let kind = match &error.kind {
            AdapterErrorKind::NotFound => TapedKind::NotFound,
            AdapterErrorKind::Duplicate => TapedKind::Duplicate,
            AdapterErrorKind::Conflict => TapedKind::Conflict,
            AdapterErrorKind::Denied => TapedKind::Denied,
            AdapterErrorKind::Unauthenticated => TapedKind::Unauthenticated,
            AdapterErrorKind::Throttled { after } => TapedKind::Throttled { milliseconds: after.map(milliseconds) },
            AdapterErrorKind::QuotaExhausted { after } => {
                TapedKind::QuotaExhausted { milliseconds: after.map(milliseconds) }
            }
            AdapterErrorKind::Locked => TapedKind::Locked,
            AdapterErrorKind::Unavailable => TapedKind::Unavailable,
            AdapterErrorKind::Rejected { field } => TapedKind::Rejected { field: field.clone() },
            AdapterErrorKind::Unsupported { operation, adapter } => {
                TapedKind::Unsupported { operation: (*operation).to_owned(), adapter: adapter.clone() }
            }
            AdapterErrorKind::Unknown => TapedKind::Unknown,
        };
        Self { kind, details: error.details.clone() }
    }
}

impl From<&TapedError> for AdapterError {
    fn from(taped: &TapedError) -> Self {
        let kind = match &taped.kind {
            TapedKind::NotFound => AdapterErrorKind::NotFound,
            TapedKind::Duplicate => AdapterErrorKind::Duplicate,
            TapedKind::Conflict => AdapterErrorKind::Conflict,
            TapedKind::Denied => AdapterErrorKind::Denied,
            TapedKind::Unauthenticated => AdapterErrorKind::Unauthenticated,
            TapedKind::Throttled { milliseconds } => {
                AdapterErrorKind::Throttled { after: milliseconds.map(Duration::from_millis) }
            }
            TapedKind::QuotaExhausted { milliseconds } => {
                AdapterErrorKind::QuotaExhausted { after: milliseconds.map(Duration::from_millis) }
            }
            TapedKind::Locked => AdapterErrorKind::Locked,
            TapedKind::Unavailable => AdapterErrorKind::Unavailable,
            TapedKind::Rejected { field } => AdapterErrorKind::Rejected { field: field.clone() },
            // The words of the adapter that was recorded cannot be static any more; they stand in the details.
            TapedKind::Unsupported { adapter, .. } => {
                AdapterErrorKind::Unsupported { operation: "do what was asked", adapter: adapter.clone() }
            }
            TapedKind::Unknown => AdapterErrorKind::Unknown,
        };
        let details = match &taped.kind {
            TapedKind::Unsupported { operation, .. } => Some(operation.clone()),
            _ => taped.details.clone(),
        };
        Self { kind, details }
    }
}

impl From<&GroupError> for Answer {
    fn from(failed: &GroupError) -> Self {
        Self::Failed { error: (&failed.error).into(), culprit: failed.culprit }
    }
}
