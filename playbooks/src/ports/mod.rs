//! What a host brings: a journal, a model behind its capabilities, a place where runs live.

pub mod ai;
mod engine;
mod journal;

pub use engine::{DurableEngine, EngineError, Started};
pub use journal::{
    Batch, Blob, Entry, Event, Journal, JournalError, Lease, Offer, OfferId, Request, RunPage, RunQuery, RunRecord,
};
