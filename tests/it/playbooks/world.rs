//! A small playbook on a simulated CRM: an account is read by its name, a task is made for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use engage_adapters::memory::{MemoryCrm, presets};
use engage_engine::acting::Identity;
use engage_engine::adapter::Adapter;
use engage_engine::model::{Condition, Escalation, Operator, Test};
use engage_engine::{Acting, Capabilities, CrmName, FieldName, RefId, SemanticId};
use engage_playbooks::blocks::Blocks;
use engage_playbooks::compiled::{Compiled, Node};
use engage_playbooks::model::{
    Block, BlockKind, Capability, CapabilityVersion, FieldMapping, Operand, Path, Segment, Source, Template,
    Transformation, Trigger, TriggerKind, VersionChoice,
};
use engage_playbooks::ports::ai::{Ai, AiAnswer, AiCall, AiError, AiErrorKind, Usage};
use engage_playbooks::ports::{
    AuditLog, AuditRecord, ConnectionError, Connections, FileError, Files, Since, StoredFile, TemplateError,
    TemplateProblem, Templates, Time,
};
use engage_playbooks::run::{Beginning, Fact, Record, RunKey, Tenant};
use engage_playbooks::types::Type;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::run::{Still, World};

const MODEL: &str = r#"
entity account "Account" on crm account {
  Name -> name
  City -> city
}
entity task "Task" on crm task {
  Subject -> subject
  AccountId -> account ref account
}
entity remark "Remark" on crm remark {
  Text -> text
  TaskId -> task ref task
}
pattern find-account "Find an account" {
  account : account readonly
}
pattern add-task "Add a task" {
  task : task
  remark : remark optional
  remark.TaskId = task.Id
}
"#;

const SCHEMA: &str = "
kind: CrmSchema
crm: crm
tables:
  account: {key: id, columns: {name: {type: String}, city: {type: String}}}
  task: {key: id, columns: {subject: {type: String}, account: {type: Ref, targets: [account]}}}
  remark: {key: id, columns: {text: {type: String}, task: {type: Ref, targets: [task]}}}
";

pub fn label(name: &str) -> RefId {
    RefId::new(name).unwrap()
}

pub fn slug(name: &str) -> SemanticId {
    SemanticId::new(name).unwrap()
}

pub fn path(text: &str) -> Path {
    let segment = |part: &str| match part.parse::<usize>() {
        Ok(index) => Segment::Index(index),
        Err(_) => Segment::Key(part.to_owned()),
    };
    Path::new(text.split('.').map(segment).collect()).unwrap()
}

pub fn key() -> RunKey {
    RunKey { tenant: Tenant::new("contoso").unwrap(), run: Uuid::from_u128(0x00c0_ffee) }
}

/// `to ← block.path`; `!` at the end of the path stops the run where nothing stands.
fn mapping(to: &str, from: &str, at: &str) -> FieldMapping {
    let (at, needed) = at.strip_suffix('!').map_or((at, false), |at| (at, true));
    let mut source = Source::block(label(from), (!at.is_empty()).then(|| path(at)));
    source.transformations.extend(needed.then_some(Transformation::Require));
    FieldMapping { destination: (!to.is_empty()).then(|| path(to)), source }
}

fn node(name: &str, kind: BlockKind, mappings: Vec<FieldMapping>, needs: &[usize]) -> Node {
    let block = Block {
        name: label(name),
        title: String::new(),
        kind,
        when: None,
        after: Vec::new(),
        escalation: None,
        allow_sensitive: None,
        mappings,
        position: None,
    };
    Node {
        block,
        needs: needs.to_vec(),
        input: Type::any(),
        output: Type::any(),
        pattern: None,
        on_behalf: None,
        template: None,
        capability: None,
        acting: None,
        planned: None,
        select: BTreeMap::new(),
    }
}

/// What stands around a run.
pub struct Stage {
    pub world: World,
    pub crm: Arc<MemoryCrm>,
    pub audit: Arc<Audit>,
}

impl Stage {
    pub fn new() -> Self {
        Self::with(presets::everything())
    }

    pub fn with(capabilities: Capabilities) -> Self {
        let world = World::written("crm", MODEL, SCHEMA);
        let accounts =
            json!({"account": [{"Name": "Contoso", "City": "Oslo"}, {"Name": "Fabrikam", "City": "Bergen"}]});
        let crm = Arc::new(world.crm(capabilities, &accounts));
        Self { world, crm, audit: Arc::default() }
    }

    /// The filter, the read, the template, the task with its remark; `escalated`: the task is made as the application.
    pub fn playbook(&self, escalated: bool) -> Arc<Compiled> {
        let name = Test {
            field: FieldName::new("Name").unwrap(),
            operator: Operator::Equals,
            operands: vec![Operand::Source(Source::block(label("trigger"), Some(path("Name"))))],
        };
        let filter = BlockKind::Filter {
            pattern: slug("find-account"),
            part: label("account"),
            condition: Condition::Test(name),
        };
        let read = BlockKind::Read { pattern: slug("find-account") };
        let create = BlockKind::Create { pattern: slug("add-task") };
        let mut nodes = vec![
            node("trigger", BlockKind::Trigger(Trigger::new(TriggerKind::Manual)), vec![], &[]),
            node("by-name", filter, vec![], &[0]),
            node("account", read, vec![mapping("account", "by-name", "")], &[1]),
            node(
                "text",
                BlockKind::Template { template: slug("text") },
                vec![mapping("name", "trigger", "Name")],
                &[0],
            ),
            node(
                "task",
                create,
                vec![
                    mapping("task.Subject", "text", ""),
                    mapping("task.AccountId", "account", "Results.0.account.0.Id!"),
                    mapping("remark.Text", "account", "Results.0.account.0.Name"),
                ],
                &[2, 3],
            ),
            node("result", BlockKind::Output { name: "task".into() }, vec![mapping("", "task", "task.0.Id")], &[4]),
        ];
        let pattern = |name: &str| self.world.catalog.pattern("crm", name).unwrap().clone();
        nodes[2].pattern = Some(pattern("find-account"));
        nodes[2].acting = Some(Acting::Employee);
        nodes[2].select.insert(label("account"), vec![FieldName::new("Name").unwrap()]);
        nodes[3].template = Some(Arc::new(Template { id: slug("text"), source: "Call".into() }));
        let mut made = pattern("add-task");
        if escalated {
            let escalation = Escalation { reason: "customers have no user".into() };
            made = Arc::new(engage_engine::catalog::Pattern { escalation: Some(escalation), ..(*made).clone() });
            nodes[4].acting = Some(Acting::Application { reason: "customers have no user".into() });
        } else {
            nodes[4].acting = Some(Acting::Employee);
        }
        nodes[4].pattern = Some(made);
        compiled(nodes)
    }

    /// An executor that reaches this CRM through an adapter.
    pub fn blocks(&self, adapter: Arc<dyn Adapter>) -> Blocks {
        self.blocks_on(Arc::new(Reached(Ok(adapter))))
    }

    pub fn blocks_on(&self, connections: Arc<dyn Connections>) -> Blocks {
        let blocks = Blocks::new(connections, Arc::new(Echo), Arc::new(Plain), time());
        blocks.audit(self.audit.clone()).files(Arc::new(OneFile))
    }

    pub fn tasks(&self) -> usize {
        self.crm.dump(&self.world.catalog)[&slug("task")].len()
    }
}

pub fn time() -> Arc<dyn Time> {
    Arc::new(Since::new(Arc::new(Still), Timestamp::UNIX_EPOCH))
}

pub fn compiled(blocks: Vec<Node>) -> Arc<Compiled> {
    Arc::new(Compiled {
        id: slug("follow-up"),
        name: String::new(),
        crm: CrmName::new("crm").unwrap(),
        digest: String::new(),
        deadline: None,
        concurrency: None,
        closed: false,
        blocks,
    })
}

/// A playbook of one block that takes the event.
pub fn single(kind: BlockKind, capability: Option<Capability>) -> Arc<Compiled> {
    let mut one = node("one", kind, vec![mapping("", "trigger", "")], &[0]);
    one.capability = capability.map(Arc::new);
    let result = node("result", BlockKind::Output { name: "one".into() }, vec![mapping("", "one", "")], &[1]);
    let trigger = node("trigger", BlockKind::Trigger(Trigger::new(TriggerKind::Manual)), vec![], &[]);
    compiled(vec![trigger, one, result])
}

pub fn capability() -> Capability {
    let version = |number| CapabilityVersion {
        number,
        model: "small".into(),
        prompt: "summarise".into(),
        input: json!({}),
        output: json!({}),
        max_tokens: None,
    };
    let versions = vec![version(1), version(2), version(3)];
    Capability { id: slug("summary"), name: String::new(), description: String::new(), versions }
}

pub fn ai(version: VersionChoice) -> BlockKind {
    BlockKind::Ai { capability: slug("summary"), version }
}

pub fn beginning(data: Json) -> Beginning {
    Beginning {
        playbook: slug("follow-up"),
        digest: String::new(),
        crm: CrmName::new("crm").unwrap(),
        trigger: TriggerKind::Manual,
        event: "event-1".into(),
        subject: None,
        data,
        given: Json::Null,
        employee: Some("ann".into()),
        versions: BTreeMap::from([(slug("summary"), 2)]),
        deadline: None,
        closed: false,
    }
}

/// One CRM for everybody, or none.
pub struct Reached(pub Result<Arc<dyn Adapter>, ConnectionError>);

#[async_trait]
impl Connections for Reached {
    async fn connect(&self, _: &Tenant, _: &CrmName, _: &Identity) -> Result<Arc<dyn Adapter>, ConnectionError> {
        self.0.clone()
    }
}

/// An AI that tells what it was asked.
pub struct Echo;

#[async_trait]
impl Ai for Echo {
    async fn answer(&self, call: &AiCall<'_>) -> Result<AiAnswer, AiError> {
        if call.input.get("fail").is_some() {
            return Err(AiError::new(call, AiErrorKind::NotJson));
        }
        let output = json!({"version": call.version, "input": call.input});
        Ok(AiAnswer { output, usage: Usage { asked: 1, ..Usage::default() } })
    }
}

/// A renderer that tells the time.
pub struct Plain;

impl Templates for Plain {
    fn inspect(&self, _: &str) -> Result<Type, Vec<TemplateProblem>> {
        Ok(Type::any())
    }

    fn render(&self, source: &str, input: &Json, now: Timestamp) -> Result<String, TemplateError> {
        Ok(format!("{source} {} at {now}", input["name"].as_str().unwrap_or("nobody")))
    }
}

struct OneFile;

#[async_trait]
impl Files for OneFile {
    async fn file(&self, _: &Tenant, id: &str) -> Result<StoredFile, FileError> {
        if id != "file-1" {
            return Err(FileError::NotFound);
        }
        Ok(StoredFile { name: "hello.txt".into(), content_type: "text/plain".into(), content: b"hello".to_vec() })
    }
}

#[derive(Default)]
pub struct Audit(pub Mutex<Vec<AuditRecord>>);

impl AuditLog for Audit {
    fn record(&self, record: AuditRecord) {
        self.0.lock().unwrap().push(record);
    }
}

/// Keeps facts up to a number, then loses its power; tells at each how many tasks there are.
pub struct Watched<'a> {
    pub stage: &'a Stage,
    pub facts: Mutex<Vec<Fact>>,
    pub most: usize,
    pub seen: Mutex<Vec<(String, usize)>>,
    pub may_send: bool,
}

impl<'a> Watched<'a> {
    pub fn new(stage: &'a Stage, facts: Vec<Fact>, most: usize) -> Self {
        Self { stage, facts: Mutex::new(facts), most, seen: Mutex::default(), may_send: true }
    }
}

#[async_trait]
impl Record for Watched<'_> {
    async fn append(&self, facts: &[Fact]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut kept = self.facts.lock().unwrap();
        if kept.len() + facts.len() > self.most {
            return Err("the power is gone".into());
        }
        kept.extend_from_slice(facts);
        let words = facts.iter().map(|fact| (fact.kind.name().to_owned(), self.stage.tasks()));
        self.seen.lock().unwrap().extend(words);
        Ok(())
    }

    async fn may_send(&self) -> Result<(), engage_playbooks::ports::Halt> {
        if self.may_send { Ok(()) } else { Err(engage_playbooks::ports::Halt) }
    }
}
