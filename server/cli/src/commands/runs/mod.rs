//! `engage runs`: runs of playbooks in a journal.

mod act;
mod erase;
mod list;
mod replay;
mod show;

use std::path::PathBuf;

use clap::{Subcommand, ValueHint};
use engage_playbooks::Compiled;
use engage_playbooks::ports::RunRecord;
use engage_playbooks::run::{Fact, FactKind, RunKey, Tenant};
use engage_playbooks::timeline::{Shape, Timeline};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::args::FormatArgs;
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::journal::{Book, TENANT, told};
use crate::playbook::place::Place;
use crate::timeline::state;
use crate::workspace;

const EXAMPLES: &str = "\
Examples:
  engage runs list --journal runs.sqlite --state failed
  engage runs show 0f0c7f5e-2a64-5d0a-9e1e-8c1c6c0a1b2d --journal runs.sqlite
  engage runs timeline RUN --journal runs.sqlite -o run.html
  engage runs retry RUN --journal runs.sqlite --crm memory:crm.json --from lead
  engage runs replay RUN --journal runs.sqlite --crm memory:crm.json
  engage runs cancel RUN --journal runs.sqlite
  engage runs erase RUN --journal runs.sqlite
  engage runs erase --keep 30d --journal runs.sqlite
  engage runs erase --customer 8a1c… --journal runs.sqlite

A journal is made by `engage run PLAYBOOK --journal FILE`. No value of a record is shown unless --values asks for it.";

/// Who asks, in journals.
const BY: &str = "the command line";

/// Arguments of `engage runs`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What is done.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done with runs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List runs, newest first
    List(list::Args),
    /// Show a run, block by block
    Show(show::Args),
    /// Draw what waited for what in a run
    Timeline(show::TimelineArgs),
    /// Let a run go on that failed or was stopped
    Retry(act::RetryArgs),
    /// Run the event of a run anew, as a run of its own
    Replay(Box<replay::Args>),
    /// Stop a run
    Cancel(act::CancelArgs),
    /// Erase runs that are at an end, with all their values
    Erase(erase::Args),
}

/// The options that name a run.
#[derive(Debug, Clone, clap::Args)]
pub struct Which {
    /// The run, by its id
    #[arg(value_name = "RUN", value_parser = id)]
    pub run: Uuid,
    /// The journal: a SQLite file, or `postgres://…` [default: `ENGAGE_JOURNAL`]
    #[arg(long, value_name = "FILE|URL", value_hint = ValueHint::FilePath)]
    pub journal: Option<Place>,
    /// The folder of the workspace with the playbook
    #[arg(short, long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub workspace: PathBuf,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Looks at runs, or does something about one.
///
/// # Errors
/// When there is no such journal or run, or it cannot be done.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    match &args.command {
        Command::List(args) => wait(list::run(args, io))?,
        Command::Show(args) => wait(show::run(args, io))?,
        Command::Timeline(args) => wait(show::timeline(args, io))?,
        Command::Retry(args) => act::retry(args, io),
        Command::Replay(args) => replay::run(args, io),
        Command::Cancel(args) => wait(act::cancel(args, io))?,
        Command::Erase(args) => wait(erase::run(args, io))?,
    }
}

impl Args {
    /// Whether failures are told as JSON.
    pub fn json(&self) -> bool {
        match &self.command {
            Command::List(args) => args.format.json(),
            Command::Show(args) => args.which.format.json(),
            Command::Timeline(args) => args.which.format.json(),
            Command::Retry(args) => args.which.format.json(),
            Command::Replay(args) => args.which.format.json(),
            Command::Cancel(args) => args.which.format.json(),
            Command::Erase(args) => args.format.json(),
        }
    }
}

/// The id of a run.
fn id(text: &str) -> Result<Uuid, &'static str> {
    Uuid::parse_str(text).map_err(|_| "a run is named by its UUID, as `engage runs list` shows it")
}

fn tenant() -> Result<Tenant, Failure> {
    Tenant::new(TENANT).map_err(|error| Failure::outside(error.to_string()))
}

/// A failure that says that a run is not there.
fn missing(key: &RunKey) -> Failure {
    let failure = Failure::usage(format!("the journal has no run {key}"));
    failure.help("`engage runs list` lists those that it has; another journal may have this one")
}

/// A run as its journal tells it.
struct Found {
    book: Book,
    key: RunKey,
    record: RunRecord,
    facts: Vec<Fact>,
}

impl Found {
    /// Finds a run in its journal.
    async fn open(which: &Which) -> Result<Self, Failure> {
        let book = Book::existing(which.journal.as_ref()).await?;
        let key = RunKey { tenant: tenant()?, run: which.run };
        let record = book.journal().run(&key).await.map_err(|error| told(&error))?.ok_or_else(|| missing(&key))?;
        let facts = book.facts(&key).await?;
        Ok(Self { book, key, record, facts })
    }

    /// The digest of the version that it began with.
    fn digest(&self) -> Option<&str> {
        match self.facts.first().map(|fact| &fact.kind) {
            Some(FactKind::Started(beginning)) => Some(&beginning.digest),
            _ => None,
        }
    }

    /// The blocks of its playbook; else why they are not known, for people.
    fn shape(&self, which: &Which) -> Result<Shape, String> {
        let loaded = workspace::load(&which.workspace).map_err(|failure| failure.message)?;
        let version = self.version(&loaded).map(|compiled| Shape::of(compiled));
        version.ok_or_else(|| "the workspace does not have the version that the run began with".to_owned())
    }

    /// The version of its playbook that it began with.
    fn version<'l>(&self, loaded: &'l workspace::Loaded) -> Option<&'l std::sync::Arc<Compiled>> {
        let crm = match self.facts.first().map(|fact| &fact.kind) {
            Some(FactKind::Started(beginning)) => beginning.crm.as_str(),
            _ => return None,
        };
        let compiled = loaded.compiled.get(crm, self.record.playbook.as_str())?;
        (self.digest() == Some(compiled.digest.as_str())).then_some(compiled)
    }

    /// Its timeline up to now.
    fn timeline(&self, shape: Option<&Shape>) -> Timeline {
        Timeline::of(&self.facts, shape, Timestamp::now())
    }
}

/// A run at a glance, for programs.
pub(super) fn record_json(record: &RunRecord) -> Json {
    let RunRecord { key, playbook, trigger, state: stands, started_at, updated_at, wake_at, .. } = record;
    let RunRecord { failed_block, reason, entries, .. } = record;
    json!({
        "run": key.run.to_string(),
        "playbook": playbook.to_string(),
        "trigger": trigger.name(),
        "state": state(*stands),
        "started_at": started_at.to_string(),
        "updated_at": updated_at.to_string(),
        "wake_at": wake_at.as_ref().map(ToString::to_string),
        "failed_block": failed_block.as_ref().map(ToString::to_string),
        "reason": reason,
        "facts": entries,
    })
}
