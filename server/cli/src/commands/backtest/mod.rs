//! `engage backtest`: what a new version would have made of past runs. Nothing is sent.

mod past;

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueHint;
use engage_playbooks::Compiled;
use engage_playbooks::ports::{RunPage, RunQuery, Since, Standing};
use engage_playbooks::run::{Beginning, Fact, FactKind, Facts, RetryRule, Run, RunKey, RunOutcome, RunState, Tenant};
use serde_json::{Map, Value as Json, json};

use crate::args::FormatArgs;
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::journal::{Book, TENANT, told};
use crate::playbook::place::Place;
use crate::timeline::CLOSED;
use crate::workspace::{self, Loaded, count};

use past::{Difference, Past};

const EXAMPLES: &str = "\
Examples:
  engage backtest workspace --journal runs.sqlite
  engage backtest new --old workspace --journal runs.sqlite --runs 500
  engage backtest workspace --journal runs.sqlite --playbook portal-lead --values

The events of past runs start the new version. What the CRM and the AI answered then they answer again, where the same block asks
the same; a run in which a block asks something else is told and followed no further. With --old, the workspace as it was,
questions are compared; without it a block of the same name is taken to ask the same. Names of fields are told, values only
with --values. It ends with 1 when a run would fail now that ended well.";

/// Arguments of `engage backtest`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The folder of the workspace with the new version
    #[arg(value_name = "NEW", value_hint = ValueHint::DirPath)]
    pub new: PathBuf,
    /// The journal: a SQLite file, or `postgres://…` [default: `ENGAGE_JOURNAL`]
    #[arg(long, value_name = "FILE|URL", value_hint = ValueHint::FilePath)]
    pub journal: Option<Place>,
    /// The folder of the workspace as it was
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub old: Option<PathBuf>,
    /// The most runs, the newest first
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub runs: u16,
    /// Only runs of this playbook
    #[arg(long, value_name = "PLAYBOOK")]
    pub playbook: Option<String>,
    /// Show the values that differ too. They may be customers' data
    #[arg(long)]
    pub values: bool,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// A past run in the new version.
struct Tested {
    key: RunKey,
    playbook: String,
    came_to: CameTo,
    /// What differs; nothing where blocks are not shown.
    differences: Vec<Difference>,
    closed: bool,
}

/// What a past run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum CameTo {
    /// Nothing is written or given otherwise.
    Same,
    /// Something is written otherwise.
    Differs,
    /// What it gives differs, by the names of outputs.
    Outputs(Vec<String>),
    /// A block asks what nobody asked then.
    Unknown,
    /// It fails now.
    Fails(String),
    /// The new workspace does not have the playbook.
    Gone,
}

impl CameTo {
    fn name(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::Outputs(_) => "outputs differ",
            Self::Unknown => "unknown",
            Self::Fails(_) => "fails",
            Self::Gone => "gone",
        }
    }
}

/// Drives past runs through a new version.
///
/// # Errors
/// When a workspace has errors, or the journal cannot be read.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let new = workspace::load(&args.new)?;
    let old = args.old.as_deref().map(workspace::load).transpose()?;
    let tested = wait(test(args, &new, old.as_ref()))??;
    if args.format.json() {
        io.json(&json!({ "runs": tested.iter().map(|run| data(run, args.values)).collect::<Vec<_>>() }));
    } else {
        tell(&tested, args.values, io);
    }
    let fails = tested.iter().any(|run| matches!(run.came_to, CameTo::Fails(_)));
    Ok(if fails { Exit::Problems } else { Exit::Fine })
}

async fn test(args: &Args, new: &Loaded, old: Option<&Loaded>) -> Result<Vec<Tested>, Failure> {
    let book = Book::existing(args.journal.as_ref()).await?;
    let tenant = Tenant::new(TENANT).map_err(|error| Failure::outside(error.to_string()))?;
    let wrong = |id: &String| {
        engage_engine::SemanticId::new(id).map_err(|error| Failure::usage(format!("`--playbook {id}`: {error}")))
    };
    let playbook = args.playbook.as_ref().map(wrong).transpose()?;
    let most = usize::from(args.runs);
    // How a run ended that failed says nothing of the new version.
    let query = RunQuery { playbook, states: vec![RunState::Succeeded], most, ..RunQuery::default() };
    let RunPage { runs, .. } = book.journal().runs(&tenant, &query).await.map_err(|error| told(&error))?;
    let mut tested = Vec::new();
    for run in runs.into_iter().take(most) {
        let facts = book.facts(&run.key).await?;
        tested.push(one(run.key, &facts, new, old).await?);
    }
    Ok(tested)
}

async fn one(key: RunKey, facts: &[Fact], new: &Loaded, old: Option<&Loaded>) -> Result<Tested, Failure> {
    let Some(Fact { at, kind: FactKind::Started(was) }) = facts.first() else {
        return Err(Failure::outside(format!("run {key} does not start with its beginning")));
    };
    let version = |loaded: &Loaded| loaded.compiled.get(was.crm.as_str(), was.playbook.as_str()).cloned();
    let playbook = was.playbook.to_string();
    let Some(compiled) = version(new) else {
        return Ok(Tested { key, playbook, came_to: CameTo::Gone, differences: Vec::new(), closed: was.closed });
    };
    let old = old.and_then(version).filter(|compiled| compiled.digest == was.digest);
    let past = Past::new(facts, old.as_ref());
    let run = Run::new(Arc::clone(&compiled), key.clone(), beginning(was, &compiled)).retry(RetryRule::NEVER);
    let clock = Arc::new(Standing::default());
    let time = Since::new(Arc::<Standing>::clone(&clock), *at);
    let done = clock.pass(run.execute(&past, &time, &Facts::default())).await;
    let machine = done.map_err(|error| Failure::outside(format!("run {key} was left where it is: {error}")))?;
    let differences = past.differences(&machine);
    let closed = was.closed || compiled.closed;
    let outcome = machine.outcome().map(|outcome| if closed { outcome.closed() } else { outcome.clone() });
    let came_to = match &outcome {
        _ if differences.iter().any(|found| matches!(found, Difference::Asks { .. })) => CameTo::Unknown,
        Some(RunOutcome::Failed { block, failure }) => {
            let at = block.as_ref().map(|block| format!("{block}: ")).unwrap_or_default();
            CameTo::Fails(format!("{at}{}", failure.message))
        }
        Some(RunOutcome::Succeeded { outputs }) => {
            let names = differing(&then(facts), outputs);
            match (differences.is_empty(), names.is_empty()) {
                (true, true) => CameTo::Same,
                (true, false) => CameTo::Outputs(names),
                (false, _) => CameTo::Differs,
            }
        }
        _ => CameTo::Unknown,
    };
    let differences = if closed { Vec::new() } else { differences };
    Ok(Tested { key, playbook, came_to, differences, closed })
}

/// The beginning of the run in the new version.
fn beginning(was: &Beginning, compiled: &Compiled) -> Beginning {
    Beginning { digest: compiled.digest.clone(), deadline: None, ..was.clone() }
}

fn then(facts: &[Fact]) -> Json {
    let last = facts.iter().rev().find_map(|fact| match &fact.kind {
        FactKind::Finished { outcome: RunOutcome::Succeeded { outputs } } => Some(outputs.clone()),
        _ => None,
    });
    last.unwrap_or_default()
}

/// The names of outputs that differ.
fn differing(before: &Json, after: &Json) -> Vec<String> {
    let empty = Map::new();
    let (old, new) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    names.filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

fn tell(tested: &[Tested], values: bool, io: &mut Io<'_>) {
    for Tested { key, playbook, came_to, differences, closed } in
        tested.iter().filter(|run| run.came_to != CameTo::Same)
    {
        let why = match came_to {
            CameTo::Fails(why) => format!(": {why}"),
            CameTo::Outputs(names) => format!(": {}", names.join(", ")),
            _ => String::new(),
        };
        io.line(format!("{key}  {playbook}: {}{why}", came_to.name()));
        if *closed {
            io.line(format!("  {CLOSED}"));
        }
        for found in differences {
            io.line(format!("  {}", words(found, values)));
        }
    }
    let of = |name: &str| tested.iter().filter(|run| run.came_to.name() == name).count();
    let names = ["same", "differs", "outputs differ", "unknown", "fails", "gone"];
    let counts: Vec<String> = names
        .iter()
        .map(|name| (of(name), name))
        .filter(|(many, _)| *many > 0)
        .map(|(many, name)| format!("{many} {name}"))
        .collect();
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    io.line(format!("{}{counts}", count(tested.len(), "run")));
}

fn words(found: &Difference, values: bool) -> String {
    let shown = |value: &Option<Json>| match value {
        Some(value) if values => format!(" {value}"),
        _ => String::new(),
    };
    match found {
        Difference::Value { block, place, before, after } => {
            let what = match (before, after) {
                (None, _) => format!("is set now{}", shown(after)),
                (_, None) => format!("is not set any more{}", shown(before)),
                _ if values => format!("changes from{} to{}", shown(before), shown(after)),
                _ => "changes".to_owned(),
            };
            format!("{block}: {place} {what}")
        }
        Difference::Writes { block, .. } => format!("{block}: writes now"),
        Difference::Silent { block, .. } => format!("{block}: does not write any more"),
        Difference::Asks { block } => format!("{block}: asks something else"),
    }
}

fn data(Tested { key, playbook, came_to, differences, closed }: &Tested, values: bool) -> Json {
    let (why, outputs) = match came_to {
        CameTo::Fails(why) => (Some(why), None),
        CameTo::Outputs(names) => (None, Some(names)),
        _ => (None, None),
    };
    json!({
        "run": key.run.to_string(),
        "playbook": playbook,
        "came_to": came_to.name(),
        "blocks_shown": !closed,
        "failure": why,
        "outputs": outputs,
        "differences": differences.iter().map(|found| difference(found, values)).collect::<Vec<_>>(),
    })
}

fn difference(found: &Difference, values: bool) -> Json {
    let (kind, block) = match found {
        Difference::Value { block, .. } => ("value", block),
        Difference::Writes { block, .. } => ("writes", block),
        Difference::Silent { block, .. } => ("silent", block),
        Difference::Asks { block } => ("asks", block),
    };
    let (place, before, after) = match found {
        Difference::Value { place, before, after, .. } => (Some(place), before.clone(), after.clone()),
        Difference::Writes { after, .. } => (None, None, Some(after.clone())),
        Difference::Silent { before, .. } => (None, Some(before.clone()), None),
        Difference::Asks { .. } => (None, None, None),
    };
    let mut told = json!({"kind": kind, "block": block, "place": place});
    if let (true, Some(object)) = (values, told.as_object_mut()) {
        object.insert("before".to_owned(), json!(before));
        object.insert("after".to_owned(), json!(after));
    }
    told
}
