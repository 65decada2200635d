//! What a host brings: a journal, a place where runs live, what answers capabilities, renders templates and reaches CRMs.

pub mod ai;
mod audit;
mod connections;
mod engine;
mod executor;
mod files;
mod journal;
pub mod limits;
mod templates;
mod time;

pub use audit::{AuditLog, AuditRecord, NoAudit};
pub use connections::{ConnectionError, Connections};
pub use engine::{DurableEngine, EngineError, Started};
pub use executor::{BlockCall, BlockDone, BlockExecutor, BlockHost, Halt};
pub use files::{FileError, Files, NoFiles, StoredFile};
pub use journal::{
    Batch, Blob, Entry, Event, Journal, JournalError, Lease, Offer, OfferId, Request, RunPage, RunQuery, RunRecord,
};
pub use templates::{TemplateError, TemplateProblem, Templates};
pub use time::{Since, Standing, Time};
