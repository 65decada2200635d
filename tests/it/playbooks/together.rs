//! Reads that travel together: nobody can tell by what they give, and fewer requests go out.

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
use engage_playbooks::outlook::Outlook;
use engage_playbooks::ports::{BlockCall, BlockDone, BlockExecutor, BlockHost, Halt, Since, Standing};
use engage_playbooks::run::{
    BlockFailure, BlockState, Fact, FactKind, Facts, Machine, Record, RetryRule, Run, RunState,
};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::world::*;
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
type Reads = Vec<(u8, u8, u8)>;

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
struct Script {
    takes: u8,
    fails: Option<(AdapterErrorKind, usize)>,
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
struct Came {
    machine: Machine,
    requests: Vec<usize>,
    refused: usize,
}

struct Scene {
    catalog: Catalog,
    playbook: Arc<Compiled>,
    can: Capabilities,
    script: Vec<Script>,
    audit: Arc<Audit>,
}

impl Scene {
    fn new(reads: &Reads, can: Capabilities, script: Vec<Script>) -> Self {
        let (catalog, playbook) = playbook(reads);
        Self { catalog, playbook, can, script, audit: Arc::default() }
    }

    /// Runs it, from facts where there are any.
    fn run(&self, apart: bool, record: &dyn Record, facts: Vec<Fact>) -> Result<Came, String> {
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

    fn plain(&self, apart: bool) -> Came {
        self.run(apart, &Facts::default(), Vec::new()).unwrap()
    }
}

/// What each block came to that was attempted.
fn ends(machine: &Machine) -> BTreeMap<String, (BlockState, Option<BlockFailure>, Option<Json>)> {
    let attempted = machine.view().into_iter().filter(|view| view.attempts > 0);
    let end = attempted.map(|view| {
        let output = machine.output_of(&view.block).cloned();
        (view.block.to_string(), (view.state, view.failure, output))
    });
    end.collect()
}

fn trips(machine: &Machine) -> usize {
    machine.view().iter().map(|view| view.trips as usize).sum()
}

fn can(most: usize, joins: bool) -> Capabilities {
    let can = if joins { presets::everything() } else { presets::no_joins() };
    let read_batch = engage_engine::adapter::BatchLimits { max: most, ..can.read_batch.clone() };
    Capabilities { read_batch, ..can }
}

fn kinds() -> impl Strategy<Value = (AdapterErrorKind, usize)> {
    use AdapterErrorKind::{Denied, Locked, NotFound, Rejected, Throttled, Unavailable, Unknown};
    let after = Some(Duration::from_millis(30));
    let passing = vec![Throttled { after: None }, Throttled { after }, Unavailable, Locked, Unknown];
    let lasting = vec![Denied, NotFound, Rejected { field: None }];
    prop_oneof![(proptest::sample::select(passing), 1_usize..3), (proptest::sample::select(lasting), Just(usize::MAX)),]
}

fn scripts() -> impl Strategy<Value = Vec<Script>> {
    let fails = proptest::option::weighted(0.15, kinds());
    let script = (0_u8..20, fails).prop_map(|(takes, fails)| Script { takes, fails });
    proptest::collection::vec(script, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever takes how long and fails how: every block gives what it gives alone, and fails as it fails alone.
    #[test]
    fn company_is_not_noticed(
        reads in proptest::collection::vec((0_u8..3, 0_u8..8, 0_u8..3), 1..8),
        most in 1_usize..9,
        joins in any::<bool>(),
        script in scripts(),
    ) {
        let scene = Scene::new(&reads, can(most, joins), script);
        let (together, alone) = (scene.plain(false), scene.plain(true));
        let (with, without) = (ends(&together.machine), ends(&alone.machine));
        for (block, end) in &without {
            // Once a block has failed nothing new starts: what comes later may have started in one run alone.
            if let Some(other) = with.get(block) {
                prop_assert_eq!(end, other, "{}", block);
            } else {
                prop_assert!(block.starts_with('s') && together.machine.state() == RunState::Failed);
            }
        }
        prop_assert_eq!(together.machine.state(), alone.machine.state());
        if together.machine.state() == RunState::Succeeded {
            prop_assert_eq!(together.machine.outcome(), alone.machine.outcome());
            prop_assert_eq!(trips(&together.machine), together.requests.len());
            let (sent, bound) = (together.requests.len(), alone.requests.len() + together.refused);
            prop_assert!(sent <= bound, "{} requests together, {} at most", sent, bound);
        }
        prop_assert!(together.requests.iter().all(|queries| *queries <= most));
    }

    /// Where nothing fails there are as many requests as the outlook says.
    #[test]
    fn the_outlook_tells_how_many_requests_there_are(
        reads in proptest::collection::vec((0_u8..3, 0_u8..8, Just(0)), 1..8),
        few in 1_usize..9,
        joins in any::<bool>(),
        takes in proptest::collection::vec(0_u8..20, 1..12),
    ) {
        let script: Vec<Script> = takes.iter().map(|takes| Script { takes: *takes, fails: None }).collect();
        // What has room for all travels in step.
        let scene = Scene::new(&reads, can(100, joins), script.clone());
        let outlook = Outlook::of(&scene.playbook, &scene.can).unwrap();
        prop_assert_eq!(outlook.round_trips, scene.plain(false).requests.len());
        // Reads of one query take as few requests as hold them.
        let ones: Reads = reads.iter().map(|(_, number, _)| (0, *number, 0)).collect();
        let scene = Scene::new(&ones, can(few, joins), script);
        prop_assert_eq!(scene.plain(false).requests.len(), ones.len().div_ceil(few));
        prop_assert_eq!(Outlook::of(&scene.playbook, &scene.can).unwrap().round_trips, ones.len().div_ceil(few));
    }
}

#[test]
fn one_block_counts_the_request_and_every_block_is_audited() {
    let scene = Scene::new(&vec![(0, 1, 0), (1, 2, 0), (0, 3, 0)], can(10, true), Vec::new());
    let came = scene.plain(false);
    assert_eq!(came.requests, [3]);
    let counts = came.machine.view().into_iter().filter(|view| view.attempts > 0);
    let counts: Vec<(String, u32)> = counts.map(|view| (view.block.to_string(), view.trips)).collect();
    assert_eq!(counts, [("r0".into(), 1), ("r1".into(), 0), ("r2".into(), 0)]);
    let log = scene.audit.0.lock().unwrap();
    let told: Vec<_> = log.iter().map(|entry| format!("{} {}", entry.block, entry.entity)).collect();
    assert_eq!(told, ["r0 account", "r1 account", "r1 contact", "r1 remark", "r2 account"]);
    assert!(log.iter().all(|entry| entry.as_whom.as_deref() == Some("ann")));
}

/// Keeps facts up to a number; says how often somebody asked whether a request may go out.
struct Cut {
    facts: Mutex<Vec<Fact>>,
    most: usize,
    asked: AtomicUsize,
    leads: bool,
}

impl Cut {
    fn after(most: usize) -> Self {
        Self { facts: Mutex::default(), most, asked: AtomicUsize::new(0), leads: true }
    }
}

#[async_trait]
impl Record for Cut {
    async fn append(&self, facts: &[Fact]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut kept = self.facts.lock().unwrap();
        if kept.len() + facts.len() > self.most {
            return Err("the power is gone".into());
        }
        kept.extend_from_slice(facts);
        Ok(())
    }

    async fn may_send(&self) -> Result<(), Halt> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.leads { Ok(()) } else { Err(Halt) }
    }
}

#[test]
fn the_lease_is_looked_at_once_for_a_request_that_several_share() {
    let scene = Scene::new(&vec![(0, 1, 0), (0, 2, 0), (0, 3, 0)], can(10, true), Vec::new());
    let record = Cut::after(usize::MAX);
    scene.run(false, &record, Vec::new()).unwrap();
    assert_eq!(record.asked.into_inner(), 1);
}

#[test]
fn who_no_longer_leads_sends_nothing_and_no_block_has_failed() {
    let scene = Scene::new(&vec![(0, 1, 0), (0, 2, 0), (0, 3, 0)], can(10, true), Vec::new());
    let record = Cut { leads: false, ..Cut::after(usize::MAX) };
    assert!(scene.run(false, &record, Vec::new()).is_err());
    let facts = record.facts.into_inner().unwrap();
    assert!(facts.iter().all(|fact| !matches!(fact.kind, FactKind::Done { .. } | FactKind::Failed { .. })));
    assert!(scene.audit.0.lock().unwrap().iter().all(|entry| entry.failure == Some("unsupported")), "nothing was sent");
}

#[test]
fn after_a_crash_only_blocks_without_an_entry_are_asked_for_again() {
    let scene = Scene::new(&vec![(0, 1, 0), (2, 2, 1), (0, 3, 0), (1, 4, 1)], can(10, false), Vec::new());
    let whole = Cut::after(usize::MAX);
    let undisturbed = scene.run(false, &whole, Vec::new()).unwrap();
    let mut repeated = Vec::new();
    for cut in 1..whole.facts.lock().unwrap().len() {
        let record = Cut::after(cut);
        assert!(scene.run(false, &record, Vec::new()).is_err(), "cut at {cut}");
        let kept = record.facts.into_inner().unwrap();
        let done: Vec<String> = kept.iter().filter_map(|fact| done(&fact.kind)).collect();
        let record = Cut::after(usize::MAX);
        let came = scene.run(false, &record, kept.clone()).unwrap();
        assert_eq!(came.machine.outcome(), undisturbed.machine.outcome(), "cut at {cut}");
        let again = record.facts.into_inner().unwrap();
        assert!(again.iter().filter_map(|fact| done_or_attempted(&fact.kind)).all(|block| !done.contains(&block)));
        repeated.push(came.requests.iter().sum::<usize>());
    }
    let queries: usize = undisturbed.requests.iter().sum();
    assert_eq!(repeated.first(), Some(&queries), "nothing was there");
    assert!(repeated.is_sorted_by(|before, after| before >= after), "{repeated:?}");
    assert_eq!(repeated.last(), Some(&1), "all but the last was there");
}

fn done(kind: &FactKind) -> Option<String> {
    match kind {
        FactKind::Done { block, .. } => Some(block.to_string()),
        _ => None,
    }
}

fn done_or_attempted(kind: &FactKind) -> Option<String> {
    match kind {
        FactKind::Done { block, .. } | FactKind::Attempted { block, .. } => Some(block.to_string()),
        _ => None,
    }
}
