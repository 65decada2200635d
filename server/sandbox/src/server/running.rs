//! A sandbox at work.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tokio::sync::watch;

use super::Service;
use super::admin::{Admin, ResetError};
use super::faults::Rule;
use super::log::Entry;
use super::seed::{self, SeedError};

/// A sandbox that runs until it is stopped or dropped.
pub struct Running {
    pub(super) ready: Map<String, Json>,
    pub(super) admin: Arc<Admin>,
    pub(super) stop: watch::Sender<bool>,
    /// The certificate file, when it is ours to remove.
    pub(super) temporary: Option<PathBuf>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Requests that are still being served end by themselves; their files are free at once.
        self.admin.services.iter().for_each(|service| service.store().close());
        if let Some(path) = &self.temporary {
            // A file for temporary files that stays behind does no harm.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Running")
    }
}

impl Running {
    /// One line of JSON that says where everything is.
    pub fn ready_line(&self) -> String {
        Json::Object(self.ready.clone()).to_string()
    }

    /// What the ready line says.
    pub fn ready(&self) -> &Map<String, Json> {
        &self.ready
    }

    /// Every request so far.
    pub fn log(&self) -> Vec<Entry> {
        self.admin.shared.log.entries()
    }

    /// Empties the log.
    pub fn clear_log(&self) {
        self.admin.shared.log.clear();
    }

    /// Puts rules in force, in place of those there were. False when they are too many or make no sense.
    pub fn set_faults(&self, rules: Vec<Rule>) -> bool {
        self.admin.shared.faults.set(rules)
    }

    /// Rows, log and faults as at the start, seeds included.
    ///
    /// # Errors
    /// When a row is refused that was taken before.
    pub fn reset(&self) -> Result<(), ResetError> {
        self.admin.start_over()
    }

    /// Creates the rows of a seed file.
    ///
    /// # Errors
    /// When the file or a row is refused; rows before it stay.
    pub fn seed(&self, text: &str) -> Result<(), SeedError> {
        seed::sow(text, &self.admin.services)
    }

    /// From now on, or no longer: rows may lack what a create must have, and set what else the platform alone sets, as
    /// rows do that are older than the rule or were made by the platform. For putting records in before a test.
    pub fn set_lenient(&self, on: bool) {
        self.admin.services.iter().for_each(|service| service.set_lenient(on));
    }

    /// Lets users sign in at an issuer beside the directory of the sandbox: its tokens for the application of the sandbox are good for
    /// acting on their behalf. `keys` is its JSON web key set.
    pub fn trust(&self, keys: &Json) {
        self.admin.services.iter().for_each(|service| service.trust(keys));
    }

    /// The CRM of this name, for a look at its rows.
    pub fn service(&self, name: &str) -> Option<&dyn Service> {
        self.admin.services.iter().find(|service| service.name() == name).map(Arc::as_ref)
    }

    /// Stops listening and drops every connection.
    pub fn stop(self) {
        let _ = self.stop.send(true);
    }
}
