//! A Dataverse in the sandbox with a few records, and the adapter for a model written for the test.

use std::sync::Arc;

use engage_adapters::dataverse::{Config, Dataverse};
use engage_adapters::http::{HttpOptions, Secret};
use engage_adapters::memory::{MemoryCrm, Schema};
use engage_dsl::Workspace;
use engage_engine::adapter::{Adapter, Call, Write, WriteAction, WriteGroup, WriteValue};
use engage_engine::catalog::{Catalog, Entity, Pattern};
use engage_engine::run::{Execution, Outcome, RunError};
use engage_engine::value::{Instance, Value};
use engage_engine::{CrmName, FieldName, Identity, Input, Operation, typing};
use engage_sandbox::{Options, Running, Sandbox};
use serde_json::Value as Json;

/// The id of a record made for a test.
pub fn id(number: usize) -> String {
    format!("11111111-0000-4000-8000-{number:012}")
}

fn create(entity: &Arc<Entity>, mut record: Instance) -> Write {
    let Some(Value::Id(id)) = record.remove(FieldName::ID) else { panic!("{} has no Id", entity.id) };
    let field = |(name, value): (FieldName, Value)| (entity.position(name.as_str()).unwrap(), WriteValue::Value(value));
    let mut fields: Vec<_> = record.into_iter().map(field).collect();
    fields.sort_by_key(|(position, _)| *position);
    Write { entity: entity.clone(), action: WriteAction::Create { id: Some(id) }, fields, embedded: Vec::new() }
}

/// An environment, and the simulated CRM with the same records.
pub struct Environment {
    pub running: Running,
    pub catalog: Catalog,
    pub crm: Dataverse,
    pub memory: MemoryCrm,
}

/// How the application of a sandbox's Dataverse signs in.
pub fn config(running: &Running) -> Config {
    let at = |name: &str| running.ready()["dataverse"][name].as_str().unwrap().to_owned();
    Config {
        url: at("url"),
        token_url: at("token_url"),
        client_id: at("client_id"),
        client_secret: Secret::new(at("client_secret")),
        scope: None,
        assertions: None,
        impersonate: false,
        http: HttpOptions::default(),
    }
}

impl Environment {
    /// An environment with records by entity of the model, as cases write them; what is referred to comes first.
    pub async fn start(model: &str, records: &[(&str, Json)]) -> Self {
        let files = [("engage.toml", "name = \"test\"\ntarget = \"dataverse\"\n"), ("model.engage", model)];
        let workspace = Workspace::from_sources(files);
        let catalog = workspace.catalog().unwrap_or_else(|rejected| panic!("{rejected}"));
        let running = Sandbox::start(Options::default()).await.unwrap();
        let name = CrmName::new("dataverse").unwrap();
        let crm = Dataverse::new(config(&running), &catalog, name.clone()).unwrap();
        let memory = MemoryCrm::new(Schema::derive(&catalog, &name)).unwrap().with_catalog(&catalog);
        let environment = Self { running, catalog, crm, memory };
        environment.seed(records).await;
        environment.crm.metadata(&environment.call()).await.unwrap();
        environment.running.clear_log();
        environment
    }

    /// The same records in both.
    async fn seed(&self, records: &[(&str, Json)]) {
        let mut writes = Vec::new();
        for (name, records) in records {
            let entity = self.catalog.entity("dataverse", name).unwrap();
            for record in records.as_array().unwrap() {
                let fields = record.as_object().unwrap().iter().map(|(name, json)| {
                    let field = entity.field(name).unwrap_or_else(|| panic!("{} has no {name}", entity.id));
                    (FieldName::new(name).unwrap(), typing::from_json(field, json).unwrap())
                });
                let record: Instance = fields.collect();
                self.memory.seed_all([(entity.as_ref(), &record)]).unwrap();
                writes.push(create(entity, record));
            }
        }
        for writes in writes.chunks(1000) {
            let group = WriteGroup { atomic: true, writes: writes.to_vec() };
            self.crm.write(&self.call(), &group).await.unwrap();
        }
    }

    pub fn call(&self) -> Call {
        Call { identity: Identity::Application, run: String::new(), timeout: None }
    }

    pub fn pattern(&self, name: &str) -> &Pattern {
        self.catalog.pattern("dataverse", name).unwrap()
    }

    pub async fn read(&self, crm: &dyn Adapter, pattern: &str, input: &Json) -> Result<Outcome, RunError> {
        let pattern = self.pattern(pattern);
        let input = Input::from_json(pattern, input).unwrap_or_else(|problems| panic!("{problems:?}"));
        let execution = Execution::new(pattern, Operation::Read, input, crm, Identity::Application);
        execution.clock(&crate::run::Still).execute().await
    }

    /// The requests since the log was last emptied, tokens apart.
    pub fn requests(&self) -> Vec<String> {
        let log = self.running.log();
        let own = log.iter().filter(|entry| entry.target.starts_with("/api/data"));
        own.map(|entry| format!("{} {}", entry.method, entry.target.split('?').next().unwrap())).collect()
    }
}
