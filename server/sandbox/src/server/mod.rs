//! What all CRMs share: listeners, TLS, the log, faults, the administration endpoint, the ready line.
//!
//! A CRM is a [`Service`]: it turns a request into an answer and knows no socket.

mod admin;
mod faults;
mod listen;
mod log;
mod running;
mod sandbox;
mod seed;
mod sent;
mod sown;
mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;

pub use self::admin::ResetError;
pub use self::faults::{Fault, Rule};
pub use self::log::Entry;
pub use self::running::Running;
pub use self::sandbox::{Options, Ports, Printer, Sandbox, StartError, rows_file};
pub use self::seed::SeedError;
use crate::http::{Answer, Request};
use crate::store::{Store, StoreError};

/// A refusal that a fault asks for; each CRM has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many requests: come back after so many seconds.
    Throttled {
        /// Seconds to wait.
        after: u64,
    },
    /// The service is not available.
    Unavailable,
    /// The token is not accepted.
    Unauthenticated,
    /// Another transaction holds a row.
    RowLocked,
    /// Any other status.
    Status(u16),
}

/// Holds a place while a request is being served.
#[derive(Debug, Default)]
pub struct Ticket(Option<Arc<AtomicUsize>>);

impl Ticket {
    /// Takes a place when fewer than `limit` are taken.
    pub fn take(taken: &Arc<AtomicUsize>, limit: usize) -> Option<Ticket> {
        let more = |count: usize| (count < limit).then_some(count + 1);
        taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Ticket(Some(Arc::clone(taken))))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(taken) = &self.0 {
            taken.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// One CRM.
pub trait Service: Send + Sync {
    /// Its name in the ready line, in the log and in fault rules.
    fn name(&self) -> &'static str;

    /// Counts a request in, before any latency; the ticket counts it out when it is dropped.
    ///
    /// # Errors
    /// The answer to a request that is one too many.
    fn admit(&self, _request: &Request) -> Result<Ticket, Box<Answer>> {
        Ok(Ticket::default())
    }

    /// Answers a request.
    fn handle(&self, request: &Request) -> Answer;

    /// The answer to a request that a fault refuses; nothing has happened.
    fn refuse(&self, request: &Request, refusal: Refusal) -> Answer;

    /// Whether the body of the request holds secrets, which the log must not show.
    fn is_secret(&self, request: &Request) -> bool;

    /// Its rows.
    fn store(&self) -> &Store;

    /// Forgets everything but what an organisation begins with.
    ///
    /// # Errors
    /// When that cannot be written.
    fn reset(&self) -> Result<(), StoreError>;

    /// Creates a row as a client would; `collection` and `row` are in the CRM's own words.
    ///
    /// # Errors
    /// The CRM's message when it refuses.
    fn seed(&self, collection: &str, row: &Json) -> Result<(), String>;

    /// From now on, or no longer: rows may lack what a create must have, and set what else the platform alone sets.
    fn set_lenient(&self, on: bool);

    /// Takes tokens of users for its own directory's that are signed with one of these keys (a JSON web key set), where it knows the
    /// users: an issuer beside it.
    fn trust(&self, _keys: &Json) {}

    /// What the ready line says of it, beside its addresses.
    fn describe(&self, url: &str, https_url: Option<&str>) -> BTreeMap<String, Json>;
}
