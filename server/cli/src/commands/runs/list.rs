//! Runs, newest first.

use clap::{ValueEnum, ValueHint};
use engage_engine::SemanticId;
use engage_playbooks::ports::{RunPage, RunQuery, RunRecord};
use engage_playbooks::run::{RunKey, RunState};
use serde_json::json;
use uuid::Uuid;

use super::{missing, record_json, tenant};
use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::journal::{Book, told};
use crate::playbook::place::Place;
use crate::timeline::{duration, state};

/// Arguments of `engage runs list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The journal: a SQLite file, or `postgres://…` [default: `ENGAGE_JOURNAL`]
    #[arg(long, value_name = "FILE|URL", value_hint = ValueHint::FilePath)]
    pub journal: Option<Place>,
    /// Only runs of this playbook
    #[arg(long, value_name = "PLAYBOOK")]
    pub playbook: Option<String>,
    /// Only runs that stand there; any number of times
    #[arg(long, value_enum, value_name = "STATE")]
    pub state: Vec<State>,
    /// The most runs
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// Those behind this run: the last of the page before
    #[arg(long, value_name = "RUN", value_parser = super::id)]
    pub after: Option<Uuid>,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// It waits for its turn
    Queued,
    /// It is under way
    Running,
    /// It waits for its employee
    NeedsIdentity,
    /// It ended well
    Succeeded,
    /// It failed
    Failed,
    /// It was stopped
    Cancelled,
}

impl From<State> for RunState {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Running => Self::Running,
            State::NeedsIdentity => Self::NeedsIdentity,
            State::Succeeded => Self::Succeeded,
            State::Failed => Self::Failed,
            State::Cancelled => Self::Cancelled,
        }
    }
}

pub(super) async fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let book = Book::existing(args.journal.as_ref()).await?;
    let query = query(args, &book).await?;
    let RunPage { runs, more } = book.journal().runs(&tenant()?, &query).await.map_err(|error| told(&error))?;
    let next = runs.last().filter(|_| more).map(|run| run.key.run.to_string());
    if args.format.json() {
        io.json(&json!({"runs": runs.iter().map(record_json).collect::<Vec<_>>(), "next": next}));
        return Ok(Exit::Fine);
    }
    let width = runs.iter().map(|run| run.playbook.as_str().len()).max().unwrap_or(0);
    for run in &runs {
        io.line(line(run, width));
    }
    match next {
        Some(next) => io.line(format!("# more: --after {next}")),
        None if runs.is_empty() => io.line("# no runs"),
        None => {}
    }
    Ok(Exit::Fine)
}

async fn query(args: &Args, book: &Book) -> Result<RunQuery, Failure> {
    let wrong =
        |id: &String| SemanticId::new(id).map_err(|error| Failure::usage(format!("`--playbook {id}`: {error}")));
    let playbook = args.playbook.as_ref().map(wrong).transpose()?;
    let after = match args.after {
        None => None,
        Some(run) => {
            let key = RunKey { tenant: tenant()?, run };
            let record = book.journal().run(&key).await.map_err(|error| told(&error))?;
            let record = record.ok_or_else(|| missing(&key))?;
            Some((record.started_at, run))
        }
    };
    let states = args.state.iter().copied().map(RunState::from).collect();
    Ok(RunQuery { playbook, states, after, most: usize::from(args.limit) })
}

/// A run in a line: id, playbook, where it stands, when it began, how long it took, why it failed.
fn line(run: &RunRecord, width: usize) -> String {
    let took = duration(run.updated_at.duration_since(run.started_at));
    let failed = match (&run.failed_block, &run.reason) {
        (Some(block), Some(reason)) => format!("  {block}: {reason}"),
        (None, Some(reason)) => format!("  {reason}"),
        _ => String::new(),
    };
    let began = run.started_at.strftime("%Y-%m-%d %H:%M:%S");
    format!("{}  {:width$}  {:14}  {began}  {took:>12}{failed}", run.key.run, run.playbook.as_str(), state(run.state))
}
