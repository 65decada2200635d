//! What a host brings: a journal, a place where runs live, what renders templates.

mod engine;
mod journal;
mod templates;

pub use engine::{DurableEngine, EngineError, Started};
pub use journal::{
    Batch, Blob, Entry, Event, Journal, JournalError, Lease, Offer, OfferId, Request, RunPage, RunQuery, RunRecord,
};
pub use templates::{TemplateError, TemplateProblem, Templates};
