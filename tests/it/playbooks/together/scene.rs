//! Playbooks of reads on a simulated CRM that takes its time and fails as a script says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engage_adapters::memory::{MemoryCrm, Schema, presets};
use engage_dsl::Workspace;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, GroupError, Page, Query, Request, WriteGroup, Written,
};
use engage_engine::run::Clock;
use engage_engine::{Capabilities, Catalog, CrmName};
use engage_playbooks::blocks::Blocks;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::{BlockCall, BlockDone, BlockExecutor, BlockHost, Halt, Since, Standing};
use engage_playbooks::run::{BlockFailure, BlockState, Fact, Facts, Machine, Record, RetryRule, Run};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::playbooks::world::*;
use crate::run::block_on;

const MODEL: &str = r#"
entity account "Account" on crm account {
  Name -> name
}
entity contact "Contact" on crm contact {
  Name      -> name
  AccountId -> account ref account
}
entity remark "Remark" on crm remark {
  Text      -> text
  ContactId -> contact ref contact
}
pattern one "An account" {
  account : account readonly
}
pattern family "An account with its people and what was said of them" {
  account    : account readonly root
  contacts[] : contact readonly optional
  remarks[]  : remark readonly optional
  contacts.AccountId = account.Id
  remarks.ContactId  = contacts.Id
}
pattern said "What was said of somebody, and who it is" {
  remark  : remark readonly root limit 5
  contact : contact readonly
  remark.ContactId = contact.Id
}
"#;

const SCHEMA: &str = "
kind: CrmSchema
crm: crm
tables:
  account: {key: id, columns: {name: {type: String}}}
  contact: {key: id, columns: {name: {type: String}, account: {type: Ref, targets: [account]}}}
  remark: {key: id, columns: {text: {type: String}, contact: {type: Ref, targets: [contact]}}}
";

/// Accounts `a0` to `a7`, each with two people of whom something was said.
fn records() -> Json {
    let numbers = 0..8;
    let accounts = numbers.clone().map(|number| json!({"Id": format!("a{number}"), "Name": format!("N{number}")}));
    let people = || numbers.clone().flat_map(|number| [(number, 0), (number, 1)]);
    let contacts = people().map(|(number, person)| {
        json!({"Id": format!("c{number}{person}"), "Name": "Kari", "AccountId": format!("a{number}")})
    });
    let remarks = people().map(|(number, person)| {
        json!({"Id": format!("r{number}{person}"), "Text": format!("T{number}"), "ContactId": format!("c{number}{person}")})
    });
    json!({"account": accounts.collect::<Vec<_>>(), "contact": contacts.collect::<Vec<_>>(), "remark": remarks.collect::<Vec<_>>()})
}

/// A read that begins a playbook, by kind and number; and how many blocks come behind it.
pub type Reads = Vec<(u8, u8, u8)>;

fn playbook(reads: &Reads) -> (Catalog, Arc<Compiled>) {
    let mut text = "playbook reads \"Reads\" {\n  trigger CustomerOverview\n".to_owned();
    let mut later = String::new();
    for (at, (kind, number, behind)) in reads.iter().enumerate() {
        let number = number % 8;
        match kind % 3 {
            0 => writeln!(text, "  read r{at} = one {{ account.Id: \"a{number}\" }}"),
            1 => writeln!(text, "  read r{at} = family {{ account.Id: \"a{number}\" }}"),
            _ => writeln!(
                text,
                "  filter f{at} on said.remark: Text == \"T{number}\"\n  read r{at} = said {{ remark: f{at} }}"
            ),
        }
        .unwrap();
        writeln!(text, "  output o{at} = r{at}.Results").unwrap();
        for next in 0..behind % 3 {
            writeln!(later, "  read s{at}n{next} = one after r{at} {{ account.Id: \"a{next}\" }}").unwrap();
            writeln!(later, "  output p{at}n{next} = s{at}n{next}.Results").unwrap();
        }
    }
    let model = format!("{MODEL}\n{text}{later}}}\n");
    let files = [("engage.toml", "name = \"test\"\ntarget = \"crm\"\n"), ("model.engage", model.as_str())];
    let report = Workspace::from_sources(files).check();
    let (Some(catalog), Some(playbooks)) = (report.catalog, report.playbooks) else {
        panic!("{:?}\n{model}", report.diagnostics);
    };
    let playbook = playbooks.get("crm", "reads").unwrap().clone();
    (catalog, playbook)
}

/// What a query is asked: how long its answer takes, and how and how often a request fails that holds it.
#[derive(Debug, Clone, Default)]
pub struct Script {
    pub takes: u8,
    pub fails: Option<(AdapterErrorKind, usize)>,
}

/// A simulated CRM that takes its time and fails as the script says, by query.
struct Scripted {
    crm: MemoryCrm,
    clock: Arc<Standing>,
    script: Vec<Script>,
    /// How often each query was asked.
    asked: Mutex<BTreeMap<String, usize>>,
    requests: Mutex<Vec<usize>>,
    /// Requests that were refused, or not answered.
    refused: AtomicUsize,
}

impl Scripted {
    fn new(catalog: &Catalog, can: &Capabilities, script: &[Script], clock: &Arc<Standing>) -> Self {
        let crm = MemoryCrm::new(Schema::from_yaml(SCHEMA).unwrap()).unwrap();
        let crm = crm.with_capabilities(can.clone()).with_catalog(catalog);
        let records = records();
        let entity = |name: &str| catalog.entity("crm", name).unwrap().clone();
        let records: Vec<_> = ["account", "contact", "remark"]
            .iter()
            .flat_map(|name| {
                records[name].as_array().unwrap().iter().map(|record| {
                    let entity = entity(name);
                    let instance = crate::run::instance(&entity, record);
                    (entity, instance)
                })
            })
            .collect();
        crm.seed_all(records.iter().map(|(entity, record)| (entity.as_ref(), record))).unwrap();
        let (asked, requests) = (Mutex::default(), Mutex::default());
        Self { crm, clock: clock.clone(), script: script.to_vec(), asked, requests, refused: AtomicUsize::new(0) }
    }

    fn of(&self, query: &str) -> Script {
        let sum = query.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        self.script.get(sum % self.script.len().max(1)).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl Adapter for Scripted {
    fn crm(&self) -> &CrmName {
        self.crm.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.crm.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        let names: Vec<String> =
            queries.iter().map(|query| format!("{} {:?}", query.entity.id, query.filter)).collect();
        self.requests.lock().unwrap().push(queries.len());
        let takes = names.iter().map(|name| self.of(name).takes).max().unwrap_or(0);
        self.clock.sleep(Duration::from_millis(takes.into())).await;
        let mut failure = None;
        for name in &names {
            let mut asked = self.asked.lock().unwrap();
            let asked = asked.entry(name.clone()).or_default();
            *asked += 1;
            let fails = self.of(name).fails.filter(|(_, times)| *asked <= *times);
            failure = failure.or(fails.map(|(kind, _)| kind));
        }
        let Some(kind) = failure else { return self.crm.read(call, queries).await };
        let passes = AdapterError::new(kind.clone()).is_retryable();
        self.refused.fetch_add(usize::from(!passes), Ordering::Relaxed);
        Err(AdapterError::new(kind))
    }

    async fn write(&self, _: &Call, _: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        unreachable!("nothing is written")
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.crm.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.crm.preview_write(group)
    }
}

/// Blocks each of which asks by itself.
struct Apart(Blocks);

struct NoSeat<'a>(&'a dyn BlockHost);

#[async_trait]
impl BlockHost for NoSeat<'_> {
    async fn prepared(&self, input: Json) -> Result<(), Halt> {
        self.0.prepared(input).await
    }

    async fn may_send(&self) -> Result<(), Halt> {
        self.0.may_send().await
    }
}

#[async_trait]
impl BlockExecutor for Apart {
    async fn run(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        let host = NoSeat(call.host);
        self.0.run(BlockCall { host: &host, ..call }).await
    }
}

/// A run and what it took.
pub struct Came {
    pub machine: Machine,
    pub requests: Vec<usize>,
    pub refused: usize,
}

pub struct Scene {
    catalog: Catalog,
    pub playbook: Arc<Compiled>,
    pub can: Capabilities,
    script: Vec<Script>,
    pub audit: Arc<Audit>,
}

impl Scene {
    pub fn new(reads: &Reads, can: Capabilities, script: Vec<Script>) -> Self {
        let (catalog, playbook) = playbook(reads);
        Self { catalog, playbook, can, script, audit: Arc::default() }
    }

    /// Runs it, from facts where there are any.
    pub fn run(&self, apart: bool, record: &dyn Record, facts: Vec<Fact>) -> Result<Came, String> {
        let clock = Arc::new(Standing::default());
        let time = Since::new(clock.clone(), Timestamp::UNIX_EPOCH);
        let crm = Arc::new(Scripted::new(&self.catalog, &self.can, &self.script, &clock));
        let reached = Arc::new(Reached(Ok(crm.clone() as Arc<dyn Adapter>)));
        let blocks = Blocks::new(reached, Arc::new(Echo), Arc::new(Plain), Arc::new(time.clone()));
        let blocks = blocks.audit(self.audit.clone());
        let executor: Box<dyn BlockExecutor> = if apart { Box::new(Apart(blocks)) } else { Box::new(blocks) };
        let run = match facts.is_empty() {
            true => Run::new(self.playbook.clone(), key(), beginning(json!({"AccountId": "a0"}))),
            false => Run::from_facts(self.playbook.clone(), key(), facts),
        };
        let run = run.retry(RetryRule::NEVER).execute(&*executor, &time, record);
        let machine = block_on(clock.pass(run)).map_err(|error| error.to_string())?;
        let requests = crm.requests.lock().unwrap().clone();
        Ok(Came { machine, requests, refused: crm.refused.load(Ordering::Relaxed) })
    }

    pub fn plain(&self, apart: bool) -> Came {
        self.run(apart, &Facts::default(), Vec::new()).unwrap()
    }
}

/// What each block came to that was attempted.
/// How each block ended. Which of several blocks has sent a request that they share is their company's to say.
pub fn ends(machine: &Machine) -> BTreeMap<String, (BlockState, Option<BlockFailure>, Option<Json>)> {
    let attempted = machine.view().into_iter().filter(|view| view.attempts > 0);
    let end = attempted.map(|view| {
        let output = machine.output_of(&view.block).cloned();
        let failure = view.failure.map(|failure| BlockFailure { trips: 0, ..failure });
        (view.block.to_string(), (view.state, failure, output))
    });
    end.collect()
}

pub fn trips(machine: &Machine) -> usize {
    machine.view().iter().map(|view| view.trips as usize).sum()
}

pub fn can(most: usize, joins: bool) -> Capabilities {
    let can = if joins { presets::everything() } else { presets::no_joins() };
    let read_batch = engage_engine::adapter::BatchLimits { max: most, ..can.read_batch.clone() };
    Capabilities { read_batch, ..can }
}
