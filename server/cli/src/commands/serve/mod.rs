//! `engage serve`: the process in which playbooks run, until it is told to stop.
//!
//! | file | what |
//! |---|---|
//! | `ready`, `settings` | the environment and the command line, held against what may be |
//! | `connections` | the CRM |
//! | `behalf` | what is done on behalf of employees after they were answered |
//! | `opened` | what is sealed is written to the CRM open |
//! | `engine` | who runs playbooks: this process, or Restate |
//! | `sockets` | where it listens |
//! | `door` | what can be called, and by whom |
//! | `identity` | who calls with a token of an Entra tenant, or of the issuer of a sandbox |
//! | `directories`, `playbooks` | directories of the platform on the same address, and the playbooks that their events start |
//! | `sandbox` | all of it answered for, to try it |
//! | `events`, `webhooks`, `runs` | the calls |
//! | `management` | what the Management API shows of the workspace, its runs and its CRM |
//! | `answer` | what callers are told |
//! | `measures`, `logs`, `otlp` | what operators are told |
//! | `signals` | the system's requests to end |

mod alerts;
mod answer;
mod behalf;
mod connections;
mod directories;
mod door;
mod engine;
mod events;
mod identity;
mod logs;
mod management;
mod measures;
mod opened;
#[cfg(feature = "otlp")]
mod otlp;
mod playbooks;
mod ready;
mod runs;
mod sandbox;
mod settings;
mod signals;
mod sockets;
mod webhooks;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;
use engage_dsl::templates::Liquid;
use engage_playbooks::blocks::Blocks;
use engage_playbooks::ports::Time;
use engage_playbooks::run::Tenant;
use engage_runner::{Alerts, MemoryShelf, OnlyLogged, SystemTime};
use serde_json::{Value as Json, json};
use tokio::sync::watch;

pub use directories::DirectoryArgs;
pub use engine::{EngineName, RestateArgs};
pub use logs::LogForm;
pub use sandbox::SandboxArgs;
pub use settings::VARIABLES;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::ai::AiChoice;
use crate::playbook::audit::AuditFile;
use crate::playbook::journal::TENANT;
use crate::playbook::keep::Keep;
use crate::playbook::place as journal;
use crate::target::On;
use door::Door;
use engine::{Tools, Work};
use management::Shown;
use ready::Ready;
use sandbox::{Begun, Sandbox};
use signals::Signals;
use sockets::Sockets;

const EXAMPLES: &str = "\
Examples:
  engage serve --sandbox                                everything, to try it
  engage serve --sandbox --data sandbox --crm salesforce
  export ENGAGE_TOKEN=$(openssl rand -hex 32)
  engage serve --crm memory:crm.json --target dataverse --journal runs.sqlite
  engage serve --crm dataverse --ai openai --journal postgres://engage@db/engage --metrics 127.0.0.1:9090 --log json
  engage serve --engine restate --crm dataverse --listen 127.0.0.1:8088
  engage serve --crm dataverse --journal runs.sqlite --organisation Contoso --set store.data=/var/lib/engage
  curl -H \"Authorization: Bearer $ENGAGE_TOKEN\" -d @event.json http://127.0.0.1:8080/events

With --organisation directories are served too: `scim` in that line says where Entra or Okta send employees and rooms, with a token
of `engage scim token create`. What happens there starts the playbooks of this workspace.

With --sandbox nothing else is needed: a demo organisation, Dataverse and Salesforce simulated over their own protocols, the starter
package where the folder is no workspace, everything kept in --data. The line then has also scim.token, tokens by role, issuer (who
issues them), and sandbox.

When it is ready it prints one line of JSON: base_url, metrics_url, journal, leader. Of processes on one journal one leads, the
others stand by and take events in; with PostgreSQL they may be on other machines. On Restate all of them work, and the line
has worker and registered in place of leader.

ENGAGE_TOKEN, or the file of ENGAGE_TOKEN_FILE, is what callers have to know, ENGAGE_WEBHOOK_SECRET_<PLAYBOOK> what senders of a
webhook sign with, ENGAGE_JOURNAL the journal where its address holds a password, ENGAGE_KEEP and ENGAGE_KEEP_UNFINISHED how long runs
are kept, ENGAGE_LOG what is logged. Spans of runs and blocks go to OTEL_EXPORTER_OTLP_ENDPOINT. CRMs and models are those of
`engage run`.";

/// Arguments of `engage serve`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The workspace, and the CRM that its playbooks run on.
    #[command(flatten)]
    pub on: On,
    /// Who runs playbooks
    #[arg(long, value_enum, default_value_t = EngineName::Embedded, value_name = "ENGINE")]
    pub engine: EngineName,
    /// Where Restate is, and where it finds this process.
    #[command(flatten)]
    pub restate: Box<RestateArgs>,
    /// Where runs live: a SQLite file, or `postgres://…` [default: `ENGAGE_JOURNAL`]
    #[arg(long, value_name = "FILE|URL")]
    pub journal: Option<journal::Place>,
    /// How long runs and their values are kept after their end: `30d`, `12h`, `90min`, or `forever` [default: `ENGAGE_KEEP`,
    /// else 30d]
    #[arg(long, value_name = "TIME")]
    pub keep: Option<Keep>,
    /// How long a run may be without an end; then it is given up and removed, with an alert [default: `ENGAGE_KEEP_UNFINISHED`,
    /// else 90d, or as `--keep` where that is longer]
    #[arg(long, value_name = "TIME")]
    pub keep_unfinished: Option<Keep>,
    /// Where everything comes in; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Where Prometheus reads `/metrics` [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,
    /// A proxy that terminates TLS stands before this process: it may listen on more than this machine
    #[arg(long)]
    pub behind_tls_proxy: bool,
    /// Directories of the platform.
    #[command(flatten)]
    pub directories: Box<DirectoryArgs>,
    /// Everything in one process, to try it.
    #[command(flatten)]
    pub sandbox: SandboxArgs,
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

/// Serves until the process is asked to end.
///
/// # Errors
/// When the workspace has errors, something in the environment or on the command line cannot be, or what is outside cannot
/// be opened.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    run_until(args, io, std::future::pending())
}

/// Serves until the process is asked to end, or a future ends.
///
/// # Errors
/// As [`run`].
pub fn run_until(args: &Args, io: &mut Io<'_>, enough: impl Future<Output = ()>) -> Result<Exit, Failure> {
    let (args, begun) = Begun::begin(args.clone())?;
    let args = &args;
    let mut ready = Ready::prepare(args, begun, io)?;
    let sandbox = ready.sandbox.take();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::outside(format!("the runtime does not start: {error}")))?;
    let log = ready.directories.as_ref().map(|directories| &directories.config.log);
    let spans = logs::begin(args.log, log, runtime.handle())?;
    runtime.block_on(async {
        let served = serve(args, ready, sandbox.as_ref(), io, enough).await;
        spans.close().await;
        served
    })?;
    Ok(Exit::Fine)
}

async fn serve(
    args: &Args,
    mut ready: Ready,
    sandbox: Option<&Sandbox>,
    io: &mut Io<'_>,
    enough: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let mut asked = Signals::listen()?;
    let audit = args.audit.as_deref().map(AuditFile::open).transpose()?;
    let (stop, stopped) = watch::channel(false);
    let directories = match ready.directories.take() {
        Some(directories) => {
            let open = directories.open(sandbox, &ready.connections, &stopped).await?;
            open.behalf(&ready.behalf);
            Some(open)
        }
        None => None,
    };
    let sockets = Sockets::bind(args, directories.as_ref()).await?;
    let metrics_url = sockets.metrics_url();
    let (measures, tenant) = (Arc::clone(&ready.measures), tenant()?);
    let employees = ready.connections.acts_for_employees();
    let on = ready.on.iter().map(|playbook| playbook.id.to_string()).collect();
    let (door, work, shown) = open(ready, audit.as_ref(), directories.as_ref()).await?;
    let at = (tenant.clone(), Arc::clone(&door.shelf));
    let served = directories.as_ref().map(|directories| shown.served(directories.organisation(), work.engine(), at));
    let (end, ended) = watch::channel(false);
    let (tell, mut told) = watch::channel(None);
    let mut line = json!({"base_url": sockets.url, "metrics_url": metrics_url});
    if let (Some(line), Some(_)) = (line.as_object_mut(), &directories) {
        line.insert("scim".to_owned(), directories::Open::told(&sockets.url));
    }
    let secrets = sandbox.map(|sandbox| sandbox.told(directories.as_ref().and_then(directories::Open::demo)));
    let mut beside = Vec::new();
    if let (Some(directories), Some(measures)) = (&directories, measures.work()) {
        let (engine, standing) = (work.engine(), work.standing());
        let runs = directories::Runs { engine, tenant, standing, employees, on };
        beside.extend(directories.work(runs, measures, stopped.clone())?);
    }
    let mut working = tokio::spawn(work.run(ended, tell));
    let mut doors = sockets.serve(directories.as_ref().zip(served), door, measures, stopped);
    doors.extend(beside);
    let standing = told.wait_for(Option::is_some).await.ok().and_then(|standing| standing.clone());
    say(io, line, standing, secrets);
    let broken = tokio::select! {
        () = asked.wait() => false,
        () = enough => false,
        _ = &mut working => true,
    };
    tracing::info!("ending: what is under way comes to its end");
    // Whoever listened is gone where nobody hears it. First nothing comes in any more, then nothing begins.
    let _ = stop.send(true);
    for door in doors {
        // One that panicked has ended too.
        let _ = door.await;
    }
    let _ = end.send(true);
    if !broken && working.await.is_err() {
        tracing::error!("the engine broke off");
    }
    if let Some(audit) = audit {
        audit.close()?;
    }
    if broken { Err(Failure::outside("the engine has ended by itself")) } else { Ok(()) }
}

fn tenant() -> Result<Tenant, Failure> {
    Tenant::new(TENANT).map_err(|error| Failure::outside(error.to_string()))
}

/// Says that it is ready. What nobody else may know stands in no log.
fn say(io: &mut Io<'_>, mut line: Json, standing: Option<Json>, secrets: Option<Json>) {
    standing.into_iter().for_each(|standing| merge(&mut line, standing));
    tracing::info!(%line, "ready");
    secrets.into_iter().for_each(|secrets| merge(&mut line, secrets));
    io.line(line.to_string());
    io.flush();
}

/// Adds what one object has to another, and what objects in it have to those of the other.
fn merge(line: &mut Json, more: Json) {
    match (line, more) {
        (Json::Object(line), Json::Object(more)) => {
            more.into_iter().for_each(|(name, what)| merge(line.entry(name).or_insert(Json::Null), what));
        }
        (line, more) => *line = more,
    }
}

/// Opens the engine and puts everything together; nothing runs yet.
async fn open(
    ready: Ready,
    audit: Option<&Arc<AuditFile>>,
    directories: Option<&directories::Open>,
) -> Result<(Arc<Door>, Work, Shown), Failure> {
    let Ready {
        directories: _,
        sandbox: _,
        token,
        hooks,
        place,
        kept,
        playbooks,
        on,
        connections,
        behalf: _,
        shown,
        ai,
        files,
        measures,
    } = ready;
    for (playbook, _) in hooks.iter().filter(|(_, hook)| hook.secrets.is_empty()) {
        let name = settings::secret_name(playbook);
        tracing::warn!(%playbook, "`{name}` is not set: every call of the webhook is refused");
    }
    let tenant = tenant()?;
    let time: Arc<dyn Time> = Arc::new(SystemTime::default());
    let mut blocks = Blocks::new(Arc::new(connections), ai.open()?, Arc::new(Liquid::default()), Arc::clone(&time));
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
    let alerts: Arc<dyn Alerts> = match directories {
        Some(directories) => Arc::new(directories.alerts()),
        None => Arc::new(OnlyLogged),
    };
    let tools = Tools { shelf: Arc::<MemoryShelf>::clone(&shelf), blocks: Arc::new(blocks), measures, alerts };
    let work = Work::open(place, kept, tools).await?;
    let (engine, standing) = (work.engine(), work.standing());
    let platform = directories.map(directories::Open::platform);
    Ok((Arc::new(Door { engine, shelf, tenant, token, hooks, standing, time, platform }), work, shown))
}
