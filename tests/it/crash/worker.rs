//! The process that is killed: a runner on a journal, real blocks, a CRM over HTTP.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_adapters::ai::local::{Fixture, Local};
use engage_cli::connection::of_sandbox;
use engage_cli::workspace;
use engage_dsl::templates::Liquid;
use engage_engine::run::RetryPolicy;
use engage_engine::{Adapter, CrmName, Identity};
use engage_playbooks::blocks::{Blocks, Limits};
use engage_playbooks::ports::{ConnectionError, Connections, DurableEngine, Journal, RunQuery};
use engage_playbooks::run::{RetryRule, Tenant};
use engage_runner::{Config, Host, Measure, MemoryShelf, Metrics, Runner, SystemTime};
use engage_store::{PostgresJournal, PostgresOptions, SqliteJournal};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tokio::sync::Notify;

use super::dying::{At, Dying, say};
use super::scene::PLAYBOOKS;
use crate::readme::starter;

/// Where a process finds what it is to do.
const JOB: &str = "ENGAGE_TEST_WORKER";
/// The one tenant.
pub const TENANT: &str = "contoso";
/// How long a leader may leave a stand-by without a sign of life.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a process says that hangs.
const HANGS: &str = "hangs";
/// What takes longer hangs.
const LONGEST: Duration = Duration::from_secs(120);

/// What a process is to do: drive so many runs to their end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// A file, or the address of a database.
    pub journal: String,
    pub crm: String,
    /// What the sandbox says of its CRM.
    pub facts: Json,
    pub runs: usize,
    pub at: Option<At>,
}

/// What a worker says, line by line.
type Lines = std::iter::MapWhile<
    std::io::Lines<BufReader<std::process::ChildStdout>>,
    fn(std::io::Result<String>) -> Option<String>,
>;

/// A line, where there is one more. Whoever hangs says so, and that is no way for a process to end.
fn line(read: std::io::Result<String>) -> Option<String> {
    read.ok().inspect(|line| assert!(line != HANGS, "a process hangs; it said above what it was at"))
}

/// A process at work.
pub struct Process {
    child: Child,
    lines: Lines,
}

impl Process {
    pub fn start(job: &Job) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["crash::worker::a_process_of_its_own", "--exact", "--nocapture", "--test-threads=1"]);
        command.env(JOB, serde_json::to_string(job).unwrap()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines: lines.map_while(line as fn(_) -> _) }
    }

    /// Waits for a line; whether it came before the end.
    pub fn until(&mut self, wanted: &str) -> bool {
        self.lines.any(|line| line == wanted)
    }

    /// Waits for so many lines, or until it has no more to say; whether it said that all is done.
    pub fn watch(&mut self, lines: usize) -> bool {
        let mut lines = self.lines.by_ref().take(lines);
        lines.find(|line| line == "done" || line == "lost").is_some_and(|line| line == "done")
    }

    pub fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &process]).status().unwrap().success());
    }

    /// Kills it and gives back what it had said by then: whether all was done.
    pub fn kill(mut self) -> bool {
        self.child.kill().unwrap();
        let done = self.lines.by_ref().any(|line| line == "done");
        self.child.wait().unwrap();
        done
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Where it is gone already there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every employee and the application act on the one CRM.
struct One(Arc<dyn Adapter>);

#[async_trait]
impl Connections for One {
    async fn connect(&self, _: &Tenant, crm: &CrmName, _: &Identity) -> Result<Arc<dyn Adapter>, ConnectionError> {
        assert_eq!(self.0.crm(), crm);
        Ok(self.0.clone())
    }
}

/// Says what whoever watches waits for.
struct Tell(Arc<Notify>);

impl Metrics for Tell {
    fn record(&self, measure: Measure<'_>) {
        match measure {
            Measure::Led { .. } => say("leads"),
            Measure::Lost => say("lost"),
            Measure::Ended { .. } => self.0.notify_one(),
            Measure::Failed { block, reason, again: false, .. } => say(&format!("failed {block} {reason}")),
            _ => {}
        }
    }
}

/// The AI of the tests: it says the same whatever it is asked.
pub fn ai() -> Local {
    let says = |capability: &str, output: Json| Fixture::output(capability.parse().unwrap(), output);
    Local::new(vec![
        says("summarise-records", json!({"Summary": "Little is known."})),
        says("customer-briefing", json!({"Summary": "A good customer.", "NextSteps": ["Call Kari"]})),
        says("summarise-meeting", json!({"Summary": "Two percent.", "Decisions": ["January"], "Tasks": []})),
    ])
}

pub async fn open(journal: &str) -> Arc<dyn Journal> {
    if journal.starts_with("postgres:") {
        let options = PostgresOptions { connections: 3, patience: PATIENCE };
        return Arc::new(PostgresJournal::connect(journal, options).await.unwrap());
    }
    Arc::new(SqliteJournal::open(journal).await.unwrap())
}

fn config() -> Config {
    let retry = RetryRule { failures: 50, base: Duration::from_millis(5), cap: Duration::from_millis(50) };
    // Whoever is killed a hundred times does not give a block up because of that.
    Config {
        holder: std::process::id().to_string(),
        retry,
        crashes: u32::MAX,
        standby: PATIENCE / 10,
        ..Config::default()
    }
}

fn host(job: &Job, journal: Arc<dyn Journal>, ended: Arc<Notify>) -> Host {
    let loaded = workspace::load(starter().as_ref()).unwrap_or_else(|failure| panic!("{}", failure.message));
    let crm = CrmName::new(&job.crm).unwrap();
    let connection = of_sandbox(&crm, &job.facts, "Salesperson", &loaded.catalog).unwrap();
    let short = Duration::from_millis(5);
    let limits = Limits { retry: RetryPolicy { attempts: 4, base: short, cap: short * 4 }, ..Limits::default() };
    let one = Arc::new(One(connection.shared()));
    let blocks = Blocks::new(one, Arc::new(ai()), Arc::new(Liquid::default()), Arc::new(SystemTime::default()));
    let shelf = MemoryShelf::default();
    let playbooks = PLAYBOOKS.map(|id| loaded.compiled.get(&job.crm, id).unwrap().clone());
    shelf.put(&Tenant::new(TENANT).unwrap(), playbooks.to_vec());
    let host = Host::new(journal, Arc::new(shelf), Arc::new(blocks.limits(limits)));
    Host { metrics: Arc::new(Tell(ended)), ..host }
}

async fn work(job: Job) {
    let ended = Arc::new(Notify::new());
    let journal = Arc::new(Dying::new(open(&job.journal).await, job.at));
    let runner = Runner::new(host(&job, journal, ended.clone()), config());
    let same = runner.clone();
    tokio::spawn(async move { same.run().await });
    let query = RunQuery { most: 100_000, ..RunQuery::default() };
    loop {
        let runs = runner.runs(&Tenant::new(TENANT).unwrap(), &query).await.unwrap().runs;
        if runs.len() >= job.runs && runs.iter().all(|run| run.state.at_an_end()) {
            break;
        }
        ended.notified().await;
    }
    say("done");
    // It goes on, as a server does, until it is killed.
    std::future::pending::<()>().await;
}

/// Not a test but the process of one: without its job there is nothing to do.
#[test]
fn a_process_of_its_own() {
    let Ok(job) = std::env::var(JOB) else { return };
    let job: Job = serde_json::from_str(&job).unwrap();
    // Whoever runs tests has begun a line.
    say("");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let path = job.journal.clone();
    let ended = runtime.block_on(async { tokio::time::timeout(LONGEST, work(job)).await });
    if ended.is_err() {
        runtime.block_on(unfinished(&path));
        say(HANGS);
    }
}

/// Says which runs have not ended, and what came last in each.
async fn unfinished(journal: &str) {
    let journal = open(journal).await;
    let query = RunQuery { most: 100_000, ..RunQuery::default() };
    for run in journal.runs(&Tenant::new(TENANT).unwrap(), &query).await.unwrap().runs {
        if !run.state.at_an_end() {
            let entries = journal.entries(&run.key).await.unwrap();
            let last: Vec<&str> = entries.iter().rev().take(4).map(|entry| &*entry.fact).collect();
            eprintln!("{} {:?} has not ended; latest first: {last:#?}", run.key, run.state);
        }
    }
}
