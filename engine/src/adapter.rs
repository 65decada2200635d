//! The boundary to a CRM: what an adapter does, what it declares it can do, and how it fails.

mod call;
mod capabilities;
mod error;

use async_trait::async_trait;

pub use call::{
    Back, Call, EmbeddedWrite, Find, Join, Page, Query, Record, Request, Row, Write, WriteAction, WriteGroup,
    WriteValue, Written,
};
pub use capabilities::{AtomicGroup, BatchLimits, Capabilities, JoinLimits, JoinSort, ValueJoins};
pub use error::{AdapterError, AdapterErrorKind, GroupError};

use crate::ids::CrmName;

/// A CRM as the engine sees it. Object-safe; one adapter value serves any number of concurrent calls.
///
/// # Contract
/// * **One call, one round trip.** [`read`](Adapter::read) and [`write`](Adapter::write) each send at most one
///   request carrying everything they are given (plus what authentication, paging and the CRM's own metadata need: names
///   of sets and relationships, cached by the adapter). One write may be several operations of that request. The planner never hands
///   over more than [`capabilities`](Adapter::capabilities) allow; an adapter that is given more answers
///   [`AdapterErrorKind::Unsupported`] and sends nothing.
/// * **No retries.** The engine alone retries, because only it knows what is safe.
/// * **Dropping a future** abandons the answer, not necessarily the effect; nothing in the adapter may be left
///   broken by it.
/// * **The answer is what was asked for**, whoever works it out: where the CRM cannot apply a part of a query (a
///   condition on the one record that a join leads to, an order of ties), the adapter does, with
///   [`condition::matches`](crate::condition::matches).
/// * **Ids are as the CRM writes them**, in rows, references and answers to writes: the engine joins records by comparing
///   them. A caller's id may differ from them in case.
/// * **No values in messages.** Errors name entities, fields and ids; the CRM's own words go into `details`.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// The CRM whose definitions this adapter serves.
    fn crm(&self) -> &CrmName;

    /// What this CRM can do, as data; constant for the life of the adapter.
    fn capabilities(&self) -> &Capabilities;

    /// Runs queries in one round trip; answers one [`Page`] per query, in order.
    ///
    /// Idempotent, no effects, and no snapshot across queries is promised. Each page holds every row that matches,
    /// in the query's sort order (ties by Id) and within its limit, or says that it is truncated.
    ///
    /// # Errors
    /// [`AdapterError`] when any query could not be answered; there are no partial answers.
    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError>;

    /// Runs the writes of a group in order, in one round trip; answers one result per write, in order.
    ///
    /// With `group.atomic` all writes took effect when this returns `Ok`, and none did when it returns `Err`, unless
    /// the kind is [`AdapterErrorKind::Unknown`]. Without it each write stands alone, and the inner results say
    /// which took effect. Once `Ok` is returned the effects are durable.
    ///
    /// # Errors
    /// [`GroupError`]: the group as a whole failed; it names the culprit where the CRM does.
    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError>;

    /// The exact requests that [`read`](Adapter::read) would send; nothing is sent. What only the CRM can tell stands
    /// as text between angle brackets, `<account.Id>`, whatever the type of the field.
    ///
    /// # Errors
    /// [`AdapterErrorKind::Unsupported`] as the call itself would.
    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError>;

    /// The exact requests that [`write`](Adapter::write) would send; nothing is sent. Placeholders as in
    /// [`preview_read`](Adapter::preview_read).
    ///
    /// # Errors
    /// [`AdapterErrorKind::Unsupported`] as the call itself would.
    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError>;
}
