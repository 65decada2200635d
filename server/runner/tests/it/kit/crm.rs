//! A playbook that was written, on a simulated CRM, run by the executor that everybody uses.

use std::sync::Arc;

use async_trait::async_trait;
use engage_adapters::memory::{Counter, MemoryCrm, Schema, presets};
use engage_dsl::Workspace;
use engage_engine::acting::Identity;
use engage_engine::adapter::Adapter;
use engage_engine::{Capabilities, Catalog, CrmName};
use engage_playbooks::blocks::Blocks;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::ai::{Ai, AiAnswer, AiCall, AiError};
use engage_playbooks::ports::{ConnectionError, Connections, TemplateError, TemplateProblem, Templates, Time};
use engage_playbooks::run::Tenant;
use engage_playbooks::types::Type;
use jiff::Timestamp;
use serde_json::Value;

const MODEL: &str = r#"
entity account "Account" on crm account {
  Name -> name
}
entity lead "Lead" on crm lead {
  Subject   -> subject
  AccountId -> account ref account
}
entity task "Task" on crm task {
  Subject -> subject
  LeadId  -> lead ref lead
}
entity remark "Remark" on crm remark {
  Text   -> text
  TaskId -> task ref task
}
pattern find-account "Find an account" {
  account : account readonly
}
pattern add-lead "Add a lead" {
  account : account
  lead    : lead
  lead.AccountId = account.Id
}
pattern add-task "Add a task with a remark" {
  task   : task
  remark : remark
  remark.TaskId = task.Id
}
pattern add-remark "A remark on a task that is there" {
  task   : task readonly
  remark : remark
  remark.TaskId = task.Id
}
playbook booked "A booked meeting becomes a lead with its task" {
  trigger MeetingBooked

  filter by-name on find-account.account: Name == trigger.Meeting.Title
  read known = find-account as application "a visitor has no user" { account: by-name }
  create lead = add-lead as application "a visitor has no user" {
    account.Name: trigger.Meeting.Title
    lead.Subject: trigger.Meeting.Id
  }
  create task = add-task as application "a visitor has no user" {
    task.Subject: trigger.Meeting.Id
    task.LeadId: lead.lead[0].Id!
    remark.Text: trigger.Meeting.Title
  }
  filter its-task on add-remark.task: Subject == trigger.Meeting.Id
  create more = add-remark as application "a visitor has no user" after task {
    task: its-task
    remark.Text: trigger.Meeting.Id
  }
}
playbook looked "What is known of a booked meeting" {
  trigger MeetingBooked

  filter by-name on find-account.account: Name == trigger.Meeting.Title
  filter by-id on find-account.account: Name == trigger.Meeting.Id
  read one = find-account as application "a visitor has no user" { account: by-name }
  read two = find-account as application "a visitor has no user" { account: by-id }
  read three = find-account as application "a visitor has no user" { account: by-name }
}
"#;

const SCHEMA: &str = "
kind: CrmSchema
crm: crm
tables:
  account: {key: id, columns: {name: {type: String}}}
  lead: {key: id, columns: {subject: {type: String}, account: {type: Ref, targets: [account]}}}
  task: {key: id, columns: {subject: {type: String}, lead: {type: Ref, targets: [lead]}}}
  remark: {key: id, columns: {text: {type: String}, task: {type: Ref, targets: [task]}}}
";

/// What stands around the runs.
pub(crate) struct Crm {
    pub(crate) crm: Arc<MemoryCrm>,
    pub(crate) playbook: Arc<Compiled>,
    /// Three reads that start at the same time.
    pub(crate) reads: Arc<Compiled>,
    catalog: Catalog,
}

impl Crm {
    pub(crate) fn new(capabilities: Capabilities) -> Self {
        let files = [("engage.toml", "name = \"test\"\ntarget = \"crm\"\n"), ("model.engage", MODEL)];
        let report = Workspace::from_sources(files).check();
        let (Some(catalog), Some(playbooks)) = (report.catalog, report.playbooks) else {
            panic!("{:?}", report.diagnostics);
        };
        let schema = Schema::from_yaml(SCHEMA).unwrap();
        let crm = MemoryCrm::new(schema).unwrap().with_capabilities(capabilities).with_ids(Counter::default());
        let crm = Arc::new(crm.with_catalog(&catalog));
        let playbook = |name: &str| playbooks.get("crm", name).unwrap().clone();
        Self { crm, playbook: playbook("booked"), reads: playbook("looked"), catalog }
    }

    /// A CRM that takes keys.
    pub(crate) fn keyed() -> Self {
        Self::new(presets::everything())
    }

    /// The executor on it.
    pub(crate) fn executor(&self, time: Arc<dyn Time>) -> Arc<Blocks> {
        Arc::new(Blocks::new(Arc::new(One(self.crm.clone())), Arc::new(Nobody), Arc::new(Nothing), time))
    }

    /// Everything that stands in it, as text.
    pub(crate) fn state(&self) -> String {
        self.crm.dump_text(&self.catalog)
    }
}

struct One(Arc<MemoryCrm>);

#[async_trait]
impl Connections for One {
    async fn connect(&self, _: &Tenant, _: &CrmName, _: &Identity) -> Result<Arc<dyn Adapter>, ConnectionError> {
        Ok(self.0.clone())
    }
}

struct Nobody;

#[async_trait]
impl Ai for Nobody {
    async fn answer(&self, call: &AiCall<'_>) -> Result<AiAnswer, AiError> {
        panic!("nobody asks {}", call.capability)
    }
}

struct Nothing;

impl Templates for Nothing {
    fn inspect(&self, _: &str) -> Result<Type, Vec<TemplateProblem>> {
        Ok(Type::any())
    }

    fn render(&self, _: &str, _: &Value, _: Timestamp) -> Result<String, TemplateError> {
        Err(TemplateError::Limit("there are none"))
    }
}
