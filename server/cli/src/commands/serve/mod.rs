//! `engage serve`: the process in which playbooks run, until it is told to stop.
//!
//! | file | what |
//! |---|---|
//! | `settings` | the environment and the command line, held against what may be |
//! | `connections` | the CRM |
//! | `listen`, `door` | sockets; what can be called, and by whom |
//! | `events`, `webhooks`, `runs` | the calls |
//! | `answer` | what callers are told |
//! | `measures`, `logs`, `otlp` | what operators are told |

mod answer;
mod connections;
mod door;
mod events;
mod listen;
mod logs;
mod measures;
#[cfg(feature = "otlp")]
mod otlp;
mod runs;
mod settings;
mod webhooks;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;
use engage_dsl::templates::Liquid;
use engage_engine::{CrmName, SemanticId};
use engage_playbooks::Compiled;
use engage_playbooks::blocks::Blocks;
use engage_playbooks::model::BlockKind;
use engage_playbooks::run::Tenant;
use engage_runner::{Config, Host, MemoryShelf, Runner, SystemTime};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use logs::LogForm;
pub use settings::VARIABLES;

use crate::crm::Place;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::ai::AiChoice;
use crate::playbook::audit::AuditFile;
use crate::playbook::files::Folder;
use crate::playbook::journal::TENANT;
use crate::target::{CrmChoice, On, Switch};
use crate::workspace;
use connections::{One, Opening};
use door::Door;
use measures::Measures;
use settings::{Hook, Token};

const EXAMPLES: &str = "\
Examples:
  export ENGAGE_TOKEN=$(openssl rand -hex 32)
  engage serve --crm memory:crm.json --target dataverse --journal runs.sqlite
  engage serve --crm dataverse --ai openai --journal postgres://engage@db/engage --metrics 127.0.0.1:9090 --log json
  curl -H \"Authorization: Bearer $ENGAGE_TOKEN\" -d @event.json http://127.0.0.1:8080/events

When it is ready it prints one line of JSON: base_url, metrics_url, journal, leader. Of processes on one journal one leads, the
others stand by and take events in; with PostgreSQL they may be on other machines.

ENGAGE_TOKEN is what callers have to know, ENGAGE_WEBHOOK_SECRET_<PLAYBOOK> what senders of a webhook sign with,
ENGAGE_JOURNAL the journal where its address holds a password, ENGAGE_LOG what is logged. Spans of runs and blocks go to
OTEL_EXPORTER_OTLP_ENDPOINT. CRMs and models are those of `engage run`.";

/// How long the journal may take to say who leads before the process says that it is ready.
const WHO_LEADS: Duration = Duration::from_secs(5);

/// Arguments of `engage serve`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The workspace, and the CRM that its playbooks run on.
    #[command(flatten)]
    pub on: On,
    /// Where runs live: a SQLite file, or `postgres://…` [default: `ENGAGE_JOURNAL`]
    #[arg(long, value_name = "FILE|URL")]
    pub journal: Option<String>,
    /// Where events, webhooks and questions come in; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where Prometheus reads `/metrics` [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,
    /// A proxy that terminates TLS stands before this process: it may listen on more than this machine
    #[arg(long)]
    pub behind_tls_proxy: bool,
    /// Who answers for AI blocks: `local` makes answers up, a file has them, `openai` is a real model
    #[arg(long, value_name = "local|FILE|openai")]
    pub ai: Option<AiChoice>,
    /// The files of `File` blocks: a folder that holds each under its id
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub files: Option<PathBuf>,
    /// Records to begin with where the file of a simulated CRM is not there yet: a case, or YAML by entity as its `state`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub state: Option<PathBuf>,
    /// The employee whose credentials stand in the environment, where they are one's own
    #[arg(long, value_name = "EMPLOYEE", value_parser = NonEmptyStringValueParser::new())]
    pub acting: Option<String>,
    /// Write a line of JSON per call to the CRM at the end of a file: who, as whom, what; never a value
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub audit: Option<PathBuf>,
    /// How logs are written to standard error
    #[arg(long, value_enum, default_value_t = LogForm::Text, value_name = "FORM")]
    pub log: LogForm,
}

/// What is known before anything is opened that outlasts a mistake in it.
struct Ready {
    token: Token,
    hooks: BTreeMap<SemanticId, Hook>,
    place: settings::Place,
    /// Every playbook, so that unfinished runs of one that was replaced go on.
    playbooks: Vec<Arc<Compiled>>,
    /// Those that events start.
    on: Vec<Arc<Compiled>>,
    connections: One,
    ai: AiChoice,
    files: Option<Arc<Folder>>,
    measures: Arc<Measures>,
}

/// Serves until the process is asked to end.
///
/// # Errors
/// When the workspace has errors, something in the environment or on the command line cannot be, or what is outside cannot
/// be opened.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let ready = prepare(args, io)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::outside(format!("the runtime does not start: {error}")))?;
    let spans = logs::begin(args.log, runtime.handle())?;
    runtime.block_on(async {
        let served = serve(args, ready, io).await;
        spans.close().await;
        served
    })?;
    Ok(Exit::Fine)
}

fn prepare(args: &Args, io: &mut Io<'_>) -> Result<Ready, Failure> {
    settings::reachable("--listen", args.listen, args.behind_tls_proxy)?;
    if let Some(metrics) = args.metrics {
        settings::reachable("--metrics", metrics, args.behind_tls_proxy)?;
    }
    let loaded = Arc::new(workspace::load(&args.on.workspace)?);
    let (token, place) = (Token::of_environment()?, settings::Place::find(args.journal.as_deref())?);
    let crm = args.on.definitions(&loaded)?;
    let playbooks: Vec<Arc<Compiled>> = loaded.compiled.on(crm.as_str()).cloned().collect();
    let starts = |playbook: &&Arc<Compiled>| loaded.starts(&playbook.id);
    let switched_on: Vec<Arc<Compiled>> = playbooks.iter().filter(starts).cloned().collect();
    let hooks = settings::hooks(&switched_on)?;
    let choice = args.on.crm.clone().ok_or_else(|| {
        Failure::usage("say where to run: `--crm` is missing").help("for example `--crm memory:crm.json`")
    })?;
    named(&choice, &crm, &loaded)?;
    let on = Place { capabilities: Switch::Target, state: args.state.clone(), crm_words: false };
    let measures = Arc::new(Measures::default());
    let opening = Opening { loaded, crm, choice, place: on };
    let connections = One::open(opening, args.acting.as_deref(), Arc::clone(&measures))?;
    let asks =
        |playbook: &&Arc<Compiled>| playbook.blocks.iter().any(|node| matches!(node.block.kind, BlockKind::Ai { .. }));
    let ai = match playbooks.iter().find(asks) {
        Some(asking) => {
            AiChoice::choose(args.ai.as_ref(), asking, connections.is_live(), args.log == LogForm::Json, io)?
        }
        None => AiChoice::default(),
    };
    let files = args.files.as_deref().map(Folder::open).transpose()?;
    Ok(Ready { token, hooks, place, playbooks, on: switched_on, connections, ai, files, measures })
}

/// Refuses a CRM's own name where nothing says where it is: what a server writes is to be somewhere.
fn named(choice: &CrmChoice, crm: &CrmName, loaded: &workspace::Loaded) -> Result<(), Failure> {
    match choice {
        CrmChoice::Named(_) => crate::connection::required(crm, &loaded.catalog).map(drop),
        _ => Ok(()),
    }
}

async fn serve(args: &Args, ready: Ready, io: &mut Io<'_>) -> Result<(), Failure> {
    let mut asked = Signals::listen()?;
    let audit = args.audit.as_deref().map(AuditFile::open).transpose()?;
    let (listener, address) = listen::bind(args.listen).await?;
    let scraped = match args.metrics {
        Some(metrics) => Some(listen::bind(metrics).await?),
        None => None,
    };
    let metrics_url = scraped.as_ref().map(|(_, address)| format!("http://{address}/metrics"));
    let (journal, measures) = (ready.place.name(), Arc::clone(&ready.measures));
    let door = open(ready, audit.as_ref()).await?;
    let (stop, stopped) = watch::channel(false);
    let runner = door.runner.clone();
    let mut running = tokio::spawn(async move { runner.run().await });
    let mut doors = vec![tokio::spawn(listen::serve(listener, door::router(Arc::clone(&door)), stopped.clone()))];
    doors.extend(scraped.map(|(listener, _)| tokio::spawn(listen::serve(listener, door::metrics(measures), stopped))));
    let leader = leads(door.standing.clone()).await;
    let base_url = format!("http://{address}");
    tracing::info!(base_url, journal, leader, "ready");
    io.line(
        json!({"base_url": base_url, "metrics_url": metrics_url, "journal": journal, "leader": leader}).to_string(),
    );
    io.flush();
    let broken = tokio::select! {
        () = asked.wait() => false,
        _ = &mut running => true,
    };
    tracing::info!("ending: what is under way comes to its end");
    // Whoever listened is gone where nobody hears it.
    let _ = stop.send(true);
    drain(doors, &door.runner, (!broken).then_some(running)).await;
    if let Some(audit) = audit {
        audit.close()?;
    }
    if broken { Err(Failure::outside("the runner has ended by itself")) } else { Ok(()) }
}

/// Opens the journal and puts everything together; nothing runs yet.
async fn open(ready: Ready, audit: Option<&Arc<AuditFile>>) -> Result<Arc<Door>, Failure> {
    let Ready { token, hooks, place, playbooks, on, connections, ai, files, measures } = ready;
    for (playbook, _) in hooks.iter().filter(|(_, hook)| hook.secrets.is_empty()) {
        let name = settings::secret_name(playbook);
        tracing::warn!(%playbook, "`{name}` is not set: every call of the webhook is refused");
    }
    let tenant = Tenant::new(TENANT).map_err(|error| Failure::outside(error.to_string()))?;
    let time = Arc::new(SystemTime::default());
    let mut blocks = Blocks::new(Arc::new(connections), ai.open()?, Arc::new(Liquid::default()), time);
    if let Some(files) = files {
        blocks = blocks.files(files);
    }
    if let Some(audit) = audit {
        blocks = blocks.audit(Arc::<AuditFile>::clone(audit));
    }
    let shelf = Arc::new(MemoryShelf::default());
    // A shelf keeps every version that was put on it; the last are switched on.
    shelf.put(&tenant, playbooks);
    shelf.put(&tenant, on);
    let journal = place.open().await?;
    let mut host = Host::new(Arc::clone(&journal), Arc::<MemoryShelf>::clone(&shelf), Arc::new(blocks));
    host.metrics = Arc::<Measures>::clone(&measures);
    let config = Config { holder: format!("engage serve, process {}", std::process::id()), ..Config::default() };
    let standing = measures.standing();
    Ok(Arc::new(Door { runner: Runner::new(host, config), journal, shelf, tenant, token, hooks, standing }))
}

/// Whether this process leads, once that is known.
async fn leads(mut standing: watch::Receiver<measures::Standing>) -> bool {
    let known = standing.wait_for(|standing| standing.leads.is_some());
    match tokio::time::timeout(WHO_LEADS, known).await {
        Ok(Ok(standing)) => standing.leads == Some(true),
        _ => false,
    }
}

/// Lets everything come to its end: first nothing comes in any more, then nothing begins.
async fn drain(doors: Vec<JoinHandle<()>>, runner: &Runner, running: Option<JoinHandle<()>>) {
    for door in doors {
        // One that panicked has ended too.
        let _ = door.await;
    }
    runner.stop();
    if let Some(running) = running
        && running.await.is_err()
    {
        tracing::error!("the runner broke off");
    }
}

/// The system's requests to end. They are heard from the moment that this is made.
struct Signals {
    #[cfg(unix)]
    terminated: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupted: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |error: std::io::Error| Failure::outside(format!("signals cannot be listened to: {error}"));
        Ok(Self {
            terminated: signal(SignalKind::terminate()).map_err(failed)?,
            interrupted: signal(SignalKind::interrupt()).map_err(failed)?,
        })
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminated.recv() => {}
            _ = self.interrupted.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
