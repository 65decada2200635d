//! Executions on the simulated CRM: the same end whatever it can do, and what is written can be read.

mod cancel;
mod dry;
mod equal;
mod faults;
mod lists;
mod roundtrip;
mod scale;
mod starter;
mod undo;

use std::collections::BTreeMap;
use std::time::Duration;

use engage_adapters::memory::{MemoryCrm, Schema};
use engage_dsl::Workspace;
use engage_engine::adapter::{Adapter, Capabilities};
use engage_engine::run::Clock;
use engage_engine::{Catalog, Execution, FieldName, Identity, Input, Instance, Operation, Outcome, RunError, typing};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::crm::root;

/// A checked workspace with the schema of one CRM.
pub struct World {
    pub crm: &'static str,
    pub catalog: Catalog,
    schema: Schema,
}

impl World {
    /// The starter library on one of its CRMs.
    pub fn starter(crm: &'static str) -> Self {
        let folder = root().join("playbooks/packages/starter");
        let schema = std::fs::read_to_string(folder.join(format!("crm/{crm}.schema.yaml"))).unwrap();
        let workspace = Workspace::load(folder).unwrap();
        Self { crm, catalog: workspace.catalog().unwrap(), schema: Schema::from_yaml(&schema).unwrap() }
    }

    /// A workspace written for a test.
    pub fn written(crm: &'static str, definitions: &str, schema: &str) -> Self {
        let manifest = format!("name = \"test\"\ntarget = \"{crm}\"\n");
        let files = [("engage.toml", manifest.as_str()), ("model.engage", definitions)];
        let workspace = Workspace::from_sources(files);
        let catalog = workspace.catalog().unwrap_or_else(|rejected| panic!("{rejected}"));
        Self { crm, catalog, schema: Schema::from_yaml(schema).unwrap() }
    }

    /// A CRM with these records, by entity, and nothing else.
    pub fn crm(&self, capabilities: Capabilities, state: &Json) -> MemoryCrm {
        let crm =
            MemoryCrm::new(self.schema.clone()).unwrap().with_capabilities(capabilities).with_catalog(&self.catalog);
        let records: Vec<_> = state
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(entity, records)| {
                let entity = self.catalog.entity(self.crm, entity).unwrap();
                records.as_array().unwrap().iter().map(move |record| (entity, instance(entity, record)))
            })
            .collect();
        crm.seed_all(records.iter().map(|(entity, record)| (entity.as_ref(), record))).unwrap();
        crm
    }

    /// Executes under the operation key 1.
    pub async fn run(
        &self,
        crm: &dyn Adapter,
        pattern: &str,
        operation: Operation,
        input: &Json,
    ) -> Result<Outcome, RunError> {
        let pattern = self.catalog.pattern(self.crm, pattern).unwrap();
        let input = Input::from_json(pattern, input).unwrap_or_else(|problems| panic!("{problems:?}"));
        let identity = match pattern.escalation {
            Some(_) => Identity::Application,
            None => Identity::Employee("ann".into()),
        };
        let execution = Execution::new(pattern, operation, input, crm, identity);
        execution.operation_key(Uuid::from_u128(1)).clock(&Still).execute().await
    }

    /// Everything in the CRM, without ids that a run made: references show what they lead to.
    pub fn state(&self, crm: &MemoryCrm) -> Vec<String> {
        let dump = crm.dump(&self.catalog);
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for (entity, records) in &dump {
            for record in records {
                let id = record["Id"].to_json().as_str().unwrap().to_owned();
                let texts = record.iter().filter(|(name, _)| !name.is_id() && !name.as_str().ends_with("Id"));
                let texts = texts.filter(|(name, _)| name.as_str() != "ExternalKey");
                let texts: Vec<String> = texts.map(|(name, value)| format!("{name}={}", value.to_json())).collect();
                names.insert(id, format!("{entity}({})", texts.join(" ")));
            }
        }
        let mut lines = Vec::new();
        for records in dump.values() {
            for record in records {
                let id = record["Id"].to_json().as_str().unwrap().to_owned();
                let references =
                    record.iter().filter(|(name, _)| name.as_str() != "Id" && name.as_str().ends_with("Id"));
                let references = references.map(|(name, value)| {
                    let id = value.to_json().as_str().unwrap().to_owned();
                    format!("{name}->{}", names.get(&id).unwrap_or(&id))
                });
                lines.push(format!("{} {}", names[&id], references.collect::<Vec<_>>().join(" ")));
            }
        }
        lines.sort();
        lines
    }
}

/// A clock on which nothing takes time.
pub struct Still;

#[async_trait::async_trait]
impl Clock for Still {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}
}

pub fn instance(entity: &engage_engine::catalog::Entity, record: &Json) -> Instance {
    let fields = record.as_object().unwrap().iter().map(|(name, json)| {
        let field = entity.field(name).unwrap_or_else(|| panic!("{} has no {name}", entity.id));
        (FieldName::new(name).unwrap(), typing::from_json(field, json).unwrap())
    });
    fields.collect()
}

/// Runs a future to its end on a runtime of its own.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}
