//! The administration endpoint: log, reset, faults.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::Service;
use super::faults::Rule;
use super::sandbox::Shared;
use super::seed::SeedError;
use super::sown::Sown;
use crate::http::{Answer, Request, form};
use crate::store::StoreError;

/// Answers `/log`, `/reset` and `/faults`.
pub(crate) struct Admin {
    pub(crate) shared: Arc<Shared>,
    pub(crate) services: Vec<Arc<dyn Service>>,
    pub(crate) seeds: Vec<String>,
    pub(crate) sown: Sown,
}

/// Why a sandbox cannot go back to its beginning.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// What an organisation begins with cannot be written.
    #[error("what an organisation begins with cannot be written")]
    Base(#[from] StoreError),
    /// A seed is refused.
    #[error("a seed cannot be used")]
    Seed(#[from] SeedError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesIn {
    rules: Vec<Rule>,
}

impl Admin {
    pub(crate) fn handle(&self, request: &Request) -> Answer {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/log") => self.log(request),
            ("DELETE", "/log") => {
                self.shared.log.clear();
                Answer::empty(204)
            }
            ("POST", "/reset") => self.reset(),
            ("POST", "/faults") => self.faults(request),
            ("DELETE", "/faults") => {
                self.shared.faults.set(Vec::new());
                Answer::empty(204)
            }
            (_, "/log" | "/reset" | "/faults") => Answer::empty(405),
            _ => Answer::empty(404),
        }
    }

    fn log(&self, request: &Request) -> Answer {
        let query = form(&request.query).unwrap_or_default();
        let service = query.iter().find(|(name, _)| name == "service").map(|(_, service)| service);
        let mut entries = self.shared.log.entries();
        entries.retain(|entry| service.is_none_or(|service| entry.service == *service));
        Answer::json(200, &json!({"entries": entries}))
    }

    /// Back to the beginning: rows, log, faults; then the seeds again.
    fn reset(&self) -> Answer {
        match self.start_over() {
            Ok(()) => Answer::empty(204),
            Err(error) => Answer::json(500, &json!({"error": error.to_string()})),
        }
    }

    pub(crate) fn start_over(&self) -> Result<(), ResetError> {
        self.shared.faults.set(Vec::new());
        for service in &self.services {
            service.reset()?;
        }
        self.sown.forget()?;
        self.sown.sow(&self.seeds, &self.services)?;
        self.shared.log.clear();
        Ok(())
    }

    fn faults(&self, request: &Request) -> Answer {
        let rules: RulesIn = match serde_json::from_slice(&request.body) {
            Ok(rules) => rules,
            Err(error) => return Answer::json(400, &json!({"error": error.to_string()})),
        };
        let known = |name: &String| self.services.iter().any(|service| service.name() == name);
        if let Some(name) = rules.rules.iter().filter_map(|rule| rule.service.as_ref()).find(|name| !known(name)) {
            // It would never meet a request, and nobody would know why.
            return Answer::json(400, &json!({"error": format!("no service is named `{name}`")}));
        }
        match self.shared.faults.set(rules.rules) {
            true => Answer::empty(204),
            false => Answer::json(400, &json!({"error": "too many rules, or a figure out of range"})),
        }
    }
}
