//! What a host brings: a journal, a place where runs live.

mod engine;
mod journal;
pub mod limits;

pub use engine::{DurableEngine, EngineError, Started};
pub use journal::{
    Batch, Blob, Entry, Event, Journal, JournalError, Lease, Offer, OfferId, Request, RunPage, RunQuery, RunRecord,
};
