//! What travels between the engine and an adapter. Fields are positions in the entity of the query or write.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::acting::Identity;
use crate::catalog::Entity;
use crate::model::{Condition, Direction};
use crate::value::{Instance, Value};

/// The circumstances of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Under whose authority.
    pub identity: Identity,
    /// For the audit log and for correlation headers.
    pub run: String,
    /// How long the caller will wait from now on.
    pub timeout: Option<Duration>,
}

/// Records of one entity, with related records nested below them.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The entity read.
    pub entity: Arc<Entity>,
    /// Field positions wanted, sorted. The record's Id always comes along.
    pub select: Vec<usize>,
    /// Which records; all where absent.
    pub filter: Option<Condition<Value>>,
    /// Field position and direction; by Id where absent. Ties sort by Id.
    pub sort: Option<(usize, Direction)>,
    /// The most rows; below a join: per parent row.
    pub limit: Option<u32>,
    /// Related records per row.
    pub joins: Vec<Join>,
}

/// Rows of `query` whose field `child_field` equals the parent row's field `parent_field`; null joins nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Position in the parent query's entity.
    pub parent_field: usize,
    /// Position in the joined query's entity.
    pub child_field: usize,
    /// The joined query.
    pub query: Query,
}

/// The answer to one query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// More rows exist than the CRM was willing to give; the engine treats this as an error, never as an answer.
    pub truncated: bool,
}

/// One record with its related records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// The record's identifier.
    pub id: String,
    /// Values by abstract name, `Id` among them; null where the CRM has none.
    pub values: Instance,
    /// The record's version, where the CRM gives one.
    pub etag: Option<String>,
    /// Per join of the query, its rows.
    pub joined: Vec<Vec<Row>>,
}

/// Writes that travel together.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteGroup {
    /// All or nothing.
    pub atomic: bool,
    /// In order; a write may refer back to an earlier one.
    pub writes: Vec<Write>,
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The entity written (or, for [`WriteAction::Find`], found).
    pub entity: Arc<Entity>,
    /// What is done.
    pub action: WriteAction,
    /// Field position and value, sorted by position. `Null` clears.
    pub fields: Vec<(usize, WriteValue)>,
    /// Collections of embedded records, each replaced as a whole.
    pub embedded: Vec<EmbeddedWrite>,
}

/// What a write does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteAction {
    /// Makes a record. A given id becomes its primary key (only where the CRM takes caller-supplied ids); a
    /// duplicate key fails with [`AdapterErrorKind::Duplicate`](super::AdapterErrorKind::Duplicate).
    Create {
        /// The primary key to use.
        id: Option<String>,
    },
    /// Changes the given fields of an existing record; `NotFound` when there is none.
    Update {
        /// The record.
        record: Record,
        /// The version it must still have, else `Conflict`.
        etag: Option<String>,
    },
    /// Updates the record whose declared key has the values in `fields`, or makes it.
    Upsert {
        /// Field positions of the key, sorted; each has a non-null value in `fields`.
        key: Vec<usize>,
        /// Only update: `NotFound` when there is none.
        update_only: bool,
    },
    /// Removes a record; `NotFound` when there is none.
    Delete {
        /// The record.
        record: Record,
        /// The version it must still have, else `Conflict`.
        etag: Option<String>,
    },
    /// Finds the one record by a declared key, so that later writes can refer to it without a trip of its own;
    /// `NotFound` when there is none.
    Find(Find),
}

/// A look-up by a unique key inside a write group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// Field positions of the key, sorted; each has a non-null value in the write's `fields`.
    pub key: Vec<usize>,
}

/// Which record a write is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// By its identifier.
    Id(String),
    /// The record of an earlier write of the same group.
    Back(Back),
}

/// The record that an earlier write of the group made or found: its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back(pub usize);

/// A value to write.
#[derive(Debug, Clone, PartialEq)]
pub enum WriteValue {
    /// Known now.
    Value(Value),
    /// The identifier that an earlier write of the group makes or finds.
    Back(Back),
}

/// A collection of embedded records inside their parent's write. Several of one collection (the guests and the colleagues
/// of a meeting are two parts of a pattern) are the whole of it together.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddedWrite {
    /// The embedded entity; its [`Embedded::collection`](crate::model::Embedded) names the collection.
    pub entity: Arc<Entity>,
    /// The records, each field position and value, sorted by position.
    pub rows: Vec<Vec<(usize, WriteValue)>>,
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The record's identifier.
    pub id: String,
    /// Whether the record was made by this write (an upsert may go either way).
    pub created: bool,
    /// The record's version after the write, where the CRM gives one.
    pub etag: Option<String>,
}

/// A request as it would be sent, for dry runs.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query below the CRM's root.
    pub target: String,
    /// The body; empty for none. Holds the caller's own values, so `Debug` leaves it out.
    pub body: String,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}
