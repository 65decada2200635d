//! What a CRM can do, as data. The planner reads nothing else about a CRM.

use serde::Serialize;

/// What an adapter can do. Everything is declared, nothing probed at run time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// Whose capabilities these are, for plans and messages: `Dataverse Web API v9.2`.
    pub name: String,
    /// Writes as one all-or-nothing request; `None`: the CRM has no such thing.
    pub atomic_group: Option<AtomicGroup>,
    /// Another form beside `atomic_group`, used where it takes as one what the first would cut in two.
    pub other_atomic_group: Option<AtomicGroup>,
    /// Writes that share a request without being atomic.
    pub write_batch: BatchLimits,
    /// Queries that share a request.
    pub read_batch: BatchLimits,
    /// Whether unrelated queries of one level should share a request: off where the server runs a batch one after
    /// the other and separate requests were measured faster.
    pub share_reads: bool,
    /// A write may refer to the record of an earlier write of its group, whose id nobody knows yet.
    pub back_references: bool,
    /// Creates take the caller's primary key.
    pub caller_ids: bool,
    /// One-trip create-or-update on a declared key.
    pub upsert: bool,
    /// A record can be found by a declared key inside a write group ([`WriteAction::Find`](super::WriteAction::Find)).
    pub find_in_group: bool,
    /// A declared key may have several fields; else only keys of one field do for `upsert` and `find_in_group`.
    pub compound_keys: bool,
    /// Updates and deletes take the version the record must still have.
    pub etags: bool,
    /// Joins inside one query.
    pub join: JoinLimits,
    /// The most operands of an `In` condition.
    pub in_list: usize,
}

impl Capabilities {
    /// The forms of atomic groups, the preferred one first.
    pub fn atomic_groups(&self) -> impl Iterator<Item = &AtomicGroup> {
        let other = self.other_atomic_group.iter().filter(|_| self.atomic_group.is_some());
        self.atomic_group.iter().chain(other)
    }

    /// The most queries that go in one request though they have nothing to do with each other; 1: each goes by itself.
    pub fn shared_queries(&self) -> usize {
        if self.share_reads { self.read_batch.max.max(1) } else { 1 }
    }

    /// Whether a declared key of so many fields can stand for a record in a write.
    pub fn takes_key(&self, fields: usize) -> bool {
        fields <= 1 || self.compound_keys
    }
}

/// Limits of an atomic group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtomicGroup {
    /// The wire form, for plans: `$batch change set`.
    pub form: String,
    /// The most writes.
    pub max_writes: usize,
    /// The longest chain of back-references, counted in writes; `None`: no limit.
    pub max_depth: Option<usize>,
    /// The most different (method, CRM entity) pairs; `None`: no limit.
    pub max_kinds: Option<usize>,
}

/// Limits of a shared request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchLimits {
    /// The wire form, for plans: `$batch`.
    pub form: String,
    /// The most operations; 1: no sharing.
    pub max: usize,
}

/// Limits of joins inside one query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JoinLimits {
    /// The wire form, for plans: `$expand`, `relationship query`.
    pub form: String,
    /// How many joins deep below the root; 0: the CRM cannot join.
    pub depth: usize,
    /// How many of the joins on the way to a record may be joins to many records.
    pub many_depth: usize,
    /// Whether a record that was itself joined as the one of many (child to parent) may have joins to many.
    pub many_below_one: bool,
    /// The most joins to one record (child to parent) in a query.
    pub max_to_one: usize,
    /// The most joins to many records (parent to children) in a query.
    pub max_to_many: usize,
    /// The most joins of both kinds together.
    pub max_total: usize,
    /// Whether two joins to many may follow the same reference of one record, each with its own condition.
    pub repeats: bool,
    /// Whether fields without a relationship can be joined (e-mail = e-mail). Else a join follows a reference that
    /// names its relationship: one that names none may be an id in a column of text.
    pub any_field: bool,
    /// Where `any_field` does not: a form of query that joins columns of text by their values; `None`: there is none.
    pub by_value: Option<ValueJoins>,
    /// Where sort and limit of a joined part are applied.
    pub sorted: JoinSort,
}

/// Queries that join records by equal values of two columns of text, relationship or not.
///
/// Their answer is one row for every combination of records, so that all their joins to many stand on one way; the sort
/// and limit of joined records are applied by the engine, the query's own records have no limit, and joined records come
/// without their versions. A query that joins nothing by value is of the form that [`JoinLimits`] tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueJoins {
    /// The wire form, for plans: `FetchXML`.
    pub form: String,
    /// The most joins of both kinds together, whatever their fields.
    pub max_total: usize,
}

/// Where the sort and limit of joined records to many are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JoinSort {
    /// The CRM applies them at every depth.
    Wire,
    /// The CRM applies them as long as no joined query has joins of its own.
    WireWhenFlat,
    /// The engine applies them to everything fetched: the plan says `over-fetch`.
    Local,
}
