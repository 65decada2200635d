//! A playbook on a CRM in memory, and workers that run it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use engage_adapters::memory::{MemoryCrm, Schema};
use engage_adapters::targets;
use engage_dsl::Workspace;
use engage_engine::acting::Identity;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use engage_engine::catalog::Catalog;
use engage_engine::ids::{CrmName, SemanticId};
use engage_playbooks::Compiled;
use engage_playbooks::blocks::Blocks;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::ai::{Ai, AiAnswer, AiCall, AiError, AiErrorKind};
use engage_playbooks::ports::{ConnectionError, Connections, Event, TemplateError, TemplateProblem, Templates, Time};
use engage_playbooks::run::Tenant;
use engage_playbooks::types::Type;
use engage_restate::Worker;
use engage_runner::{MemoryShelf, SystemTime};
use serde_json::{Value, json};

const WORKSPACE: &str = r#"
entity lead "Lead" on dataverse lead {
  Subject -> subject required
  Owner   -> owner
}
entity note "Note" on dataverse note {
  LeadId -> leadid ref lead via leadid
  Text   -> text
}
pattern leads "Leads" { lead : lead readonly root sort Subject limit 10 }
pattern add-lead "Add a lead" { lead : lead }
pattern add-note "Add a note" { note : note }

playbook six "Six blocks" {
  trigger Manual(subject: string)
  filter same on leads.lead: Subject == trigger.subject
  read known = leads as application "a test" { lead: same }
  create lead = add-lead as application "a test" after known { lead.Subject: trigger.subject }
  create first = add-note as application "a test" { note.LeadId: lead.lead[0].Id, note.Text: "first" }
  create second = add-note as application "a test" { note.LeadId: lead.lead[0].Id, note.Text: "second" }
  output id = lead.lead[0].Id
}
"#;

/// The CRM of these tests: can be told to fail, and to end a worker in the middle of a write.
pub(crate) struct Crm {
    inner: MemoryCrm,
    pub(crate) unavailable: AtomicU32,
    pub(crate) forbidden: AtomicBool,
    /// Writes that took effect and whose answer is never given: as if the worker had died.
    pub(crate) swallowed: AtomicU32,
    pub(crate) writes: AtomicU32,
}

impl Crm {
    fn refuse(&self) -> Option<AdapterErrorKind> {
        if self.forbidden.load(Ordering::SeqCst) {
            return Some(AdapterErrorKind::Denied);
        }
        let down = |left: u32| left.checked_sub(1);
        let failing = self.unavailable.fetch_update(Ordering::SeqCst, Ordering::SeqCst, down).is_ok();
        failing.then_some(AdapterErrorKind::Unavailable)
    }
}

#[async_trait]
impl Adapter for Crm {
    fn crm(&self) -> &CrmName {
        self.inner.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        self.inner.read(call, queries).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        if let Some(kind) = self.refuse() {
            return Err(AdapterError::new(kind).into());
        }
        self.writes.fetch_add(1, Ordering::SeqCst);
        let answer = self.inner.write(call, group).await;
        let down = |left: u32| left.checked_sub(1);
        if self.swallowed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, down).is_ok() {
            std::future::pending::<()>().await;
        }
        answer
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}

struct One(Arc<Crm>);

#[async_trait]
impl Connections for One {
    async fn connect(&self, _: &Tenant, _: &CrmName, _: &Identity) -> Result<Arc<dyn Adapter>, ConnectionError> {
        Ok(Arc::clone(&self.0) as Arc<dyn Adapter>)
    }
}

struct NoAi;

#[async_trait]
impl Ai for NoAi {
    async fn answer(&self, call: &AiCall<'_>) -> Result<AiAnswer, AiError> {
        Err(AiError::new(call, AiErrorKind::Denied))
    }
}

struct NoTemplates;

impl Templates for NoTemplates {
    fn inspect(&self, _: &str) -> Result<Type, Vec<TemplateProblem>> {
        Ok(Type::any())
    }

    fn render(&self, _: &str, _: &Value, _: jiff::Timestamp) -> Result<String, TemplateError> {
        Ok(String::new())
    }
}

/// The world of one test.
pub(crate) struct World {
    pub(crate) crm: Arc<Crm>,
    pub(crate) shelf: Arc<MemoryShelf>,
    pub(crate) tenant: Tenant,
    pub(crate) time: Arc<dyn Time>,
    catalog: Catalog,
}

/// The playbooks of the workspace, with others beside them, and what they are about.
fn checked(more: &str) -> (Catalog, Vec<Arc<Compiled>>) {
    let text = format!("{WORKSPACE}{more}");
    let files = [("engage.toml", "name = \"t\"\ntarget = \"dataverse\"\n"), ("t.engage", &text)];
    let report = Workspace::from_sources(files).check();
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    (report.catalog.unwrap(), report.playbooks.unwrap().on("dataverse").cloned().collect())
}

impl World {
    pub(crate) fn new() -> Self {
        let (catalog, playbooks) = checked("");
        let crm = CrmName::new("dataverse").unwrap();
        let inner = MemoryCrm::new(Schema::derive(&catalog, &crm)).unwrap();
        let inner = inner.with_capabilities(targets::dataverse()).with_catalog(&catalog);
        let tenant = Tenant::new("contoso").unwrap();
        let shelf = Arc::new(MemoryShelf::default());
        shelf.put(&tenant, playbooks);
        let crm = Crm {
            inner,
            unavailable: AtomicU32::new(0),
            forbidden: AtomicBool::new(false),
            swallowed: AtomicU32::new(0),
            writes: AtomicU32::new(0),
        };
        Self { crm: Arc::new(crm), shelf, tenant, catalog, time: Arc::new(SystemTime::default()) }
    }

    /// The same, at another time.
    pub(crate) fn at(self, time: Arc<dyn Time>) -> Self {
        Self { time, ..self }
    }

    /// The workspace changes: these playbooks stand beside the one that is always there.
    pub(crate) fn changes(&self, more: &str) {
        self.shelf.put(&self.tenant, checked(more).1);
    }

    pub(crate) fn worker(&self) -> Worker {
        let time = Arc::clone(&self.time);
        let connections = Arc::new(One(Arc::clone(&self.crm)));
        let blocks = Blocks::new(connections, Arc::new(NoAi), Arc::new(NoTemplates), time.clone());
        Worker::new(self.shelf.clone(), Arc::new(blocks), time)
    }

    pub(crate) fn event(&self, id: &str) -> Event {
        Event {
            tenant: self.tenant.clone(),
            id: id.to_owned(),
            kind: TriggerKind::Manual,
            subject: None,
            playbook: Some(SemanticId::new("six").unwrap()),
            employee: None,
            data: json!({"subject": id}),
            given: json!({}),
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    /// How many records a table holds.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.crm.inner.dump(&self.catalog).get(table).map_or(0, Vec::len)
    }
}
