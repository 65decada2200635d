//! What all CRMs share: listeners, TLS, the log, faults, the administration endpoint, the ready line.
//!
//! A CRM is a [`Service`]: it turns a request into an answer and knows no socket.

mod admin;
mod faults;
mod listen;
mod log;
mod sandbox;
mod seed;
mod sent;
mod tls;

use std::collections::BTreeMap;

use serde_json::Value as Json;

pub use self::faults::{Fault, Rule};
pub use self::log::Entry;
pub use self::sandbox::{Options, Ports, Printer, Running, Sandbox, StartError};
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

/// One CRM.
pub trait Service: Send + Sync {
    /// Its name in the ready line, in the log and in fault rules.
    fn name(&self) -> &'static str;

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

    /// What the ready line says of it, beside its addresses.
    fn describe(&self, url: &str, https_url: Option<&str>) -> BTreeMap<String, Json>;
}
