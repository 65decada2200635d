//! A sandbox with the starter's fields, the adapter of one CRM, and what the sandbox's log says of it.

use std::collections::BTreeSet;

use engage_cli::workspace::{self, Loaded};
use engage_engine::adapter::Call;
use engage_engine::catalog::Pattern;
use engage_engine::run::{Execution, Outcome, RunError};
use engage_engine::{Identity, Input, Operation};
use engage_sandbox::schema::{Crm, Schema};
use engage_sandbox::server::{Entry, Service};
use engage_sandbox::{Options, Running, Sandbox};
use serde_json::Value as Json;
use uuid::Uuid;

use super::end::Wire;
use super::ids::Ids;
use super::{rows, seed};
use crate::readme::starter;

/// The CRMs of the starter library.
pub const CRMS: [&str; 2] = ["dataverse", "salesforce"];

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A token.
    Token,
    /// What the CRM says of its tables.
    Describe,
    /// The operation's own.
    Own,
}

/// One CRM of a sandbox with the starter library and its adapter.
pub struct Live {
    pub crm: &'static str,
    pub running: Running,
    pub loaded: Loaded,
    pub wire: Wire,
    pub ids: Ids,
    /// Records that every organisation has.
    pub base: BTreeSet<String>,
}

impl Live {
    /// An organisation in which nobody has done anything yet. The adapter has its tokens and knows the tables.
    pub async fn start(crm: &'static str) -> Self {
        let schemas = [Crm::Dataverse, Crm::Salesforce].into_iter().filter_map(Schema::starter);
        let options = Options { schemas: schemas.map(str::to_owned).collect(), ..Options::default() };
        let running = Sandbox::start(options).await.unwrap();
        let loaded = workspace::load(starter().as_ref()).unwrap_or_else(|failure| panic!("{}", failure.message));
        let wire = Wire::connect(crm, &running, &loaded);
        wire.prepare().await;
        let ids = Ids::new(wire.prefixes(&loaded).await);
        let mut live = Self { crm, running, loaded, wire, ids, base: BTreeSet::new() };
        live.base = live.state().values().flat_map(|rows| rows.as_array().unwrap()).map(id).collect();
        live.wire.sign_in().await;
        live.running.clear_log();
        live
    }

    /// The same with the people that most tests are about.
    pub async fn with_people(crm: &'static str) -> Self {
        let live = Self::start(crm).await;
        live.seed(&seed::people());
        live
    }

    /// An adapter that knows nothing yet: no token, no table.
    pub fn cold(&mut self) {
        self.wire = Wire::connect(self.crm, &self.running, &self.loaded);
    }

    /// Puts records in, by abstract fields; ids and references are names.
    pub fn seed(&self, state: &Json) {
        seed::seed(self, state);
    }

    /// Everything that is in the sandbox, by abstract fields, with names in place of the ids that have one.
    pub fn state(&self) -> serde_json::Map<String, Json> {
        rows::state(self)
    }

    pub fn service(&self) -> &dyn Service {
        self.running.service(self.crm).unwrap()
    }

    pub fn pattern(&self, name: &str) -> &Pattern {
        self.loaded.catalog.pattern(self.crm, name).unwrap()
    }

    /// An input by names of records.
    pub fn input(&self, pattern: &str, input: &Json) -> Input {
        let pattern = self.pattern(pattern);
        let input = Input::from_json(pattern, input).unwrap_or_else(|problems| panic!("{problems:?}"));
        self.ids.of_input(&self.loaded.catalog, pattern, input)
    }

    /// An execution under an operation key that is the pattern's.
    pub fn execution(&self, pattern: &str, operation: Operation, input: &Json) -> Execution<'_> {
        let input = self.input(pattern, input);
        let pattern = self.pattern(pattern);
        let identity = match pattern.escalation {
            Some(_) => Identity::Application,
            None => Identity::Employee("ann".to_owned()),
        };
        let execution = Execution::new(pattern, operation, input, self.wire.adapter(), identity);
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, pattern.id.as_str().as_bytes());
        execution.operation_key(key).clock(&crate::run::Still)
    }

    pub async fn run(&self, pattern: &str, operation: Operation, input: &Json) -> Result<Outcome, RunError> {
        self.execution(pattern, operation, input).execute().await
    }

    /// The requests to this CRM since the log was last emptied, each with what it was for.
    pub fn log(&self) -> Vec<(Kind, Entry)> {
        let log = self.running.log().into_iter().filter(|entry| entry.service == self.crm);
        log.map(|entry| (kind(&entry), entry)).collect()
    }

    /// The operation's own requests, without what stands behind the question mark.
    pub fn requests(&self) -> Vec<String> {
        let own = self.log().into_iter().filter(|(kind, _)| *kind == Kind::Own);
        own.map(|(_, entry)| format!("{} {}", entry.method, entry.target.split('?').next().unwrap())).collect()
    }

    /// How many requests there were for something.
    pub fn count(&self, wanted: Kind) -> usize {
        self.log().iter().filter(|(kind, _)| *kind == wanted).count()
    }
}

/// A call of the employee who acts.
pub fn call() -> Call {
    Call { identity: Identity::Employee("ann".to_owned()), run: String::new(), timeout: None }
}

fn id(row: &Json) -> String {
    row["Id"].as_str().unwrap().to_owned()
}

fn kind(entry: &Entry) -> Kind {
    let says = |text: &str| entry.target.contains(text) || entry.body.as_ref().is_some_and(|body| body.contains(text));
    match () {
        () if entry.target.contains("/oauth2/") => Kind::Token,
        () if says("EntityDefinitions") || says("/describe") => Kind::Describe,
        () => Kind::Own,
    }
}
