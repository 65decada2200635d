//! `engage run`: an operation on the simulated CRM, whose records can be looked at afterwards.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;
use engage_adapters::memory::MemoryCrm;
use engage_engine::Input;
use engage_engine::adapter::Adapter;
use engage_engine::plan::{InputShape, Plan, plan};
use engage_engine::run::{DryRun, Execution, Outcome, Planned};
use engage_sandbox::server::Entry;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::args::FormatArgs;
use crate::case::{emit, sorted};
use crate::connection;
use crate::execution::{Words, failed, wait};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::planning::{self, Planning, Prepared};
use crate::sandboxed::{Local, Reached};
use crate::simulated;
use crate::target::{CrmChoice, Switch};
use crate::workspace::count;

const EXAMPLES: &str = "\
Examples:
  engage run internal-meeting --op create --crm memory:crm.json --input three-advisors.input.yaml
  engage run internal-meeting --op create --crm memory:crm.json --target salesforce --input … --format json
  engage run customer-overview --op read --crm memory:crm.json --input …
  engage run internal-meeting --op create --crm salesforce --input … --dry-run

The records are kept in the file as JSON, by CRM table and column. --state gives records to begin with:
  engage run internal-meeting --op create --crm memory:crm.json --state people.input.yaml --input …
Run an operation again with the same --operation-key, and nothing is written twice.

--crm dataverse and --crm salesforce run on the CRM itself where the environment says where it is: ENGAGE_DATAVERSE_URL,
_TOKEN_URL, _CLIENT_ID, _CLIENT_SECRET, _SCOPE, _ASSERTION (the token of the employee who acts), _IMPERSONATE, _CA_FILE;
ENGAGE_SALESFORCE_URL, _CLIENT_ID, _CLIENT_SECRET or _KEY_FILE and _USERNAME, _AUDIENCE, _API_VERSION, _CA_FILE.";

/// Arguments of `engage run`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What is run, and where.
    #[command(flatten)]
    pub planning: Planning,
    /// The employee who acts [default: local]
    #[arg(long, value_name = "EMPLOYEE", conflicts_with = "as_application", value_parser = NonEmptyStringValueParser::new())]
    pub acting: Option<String>,
    /// Act as the application, as a pattern with `as application` does by itself
    #[arg(long)]
    pub as_application: bool,
    /// What makes this run the same as an earlier one [default: a new one]
    #[arg(long, value_name = "UUID")]
    pub operation_key: Option<Uuid>,
    /// Records to begin with where the CRM's file is not there yet: a case, or YAML by entity as its `state`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub state: Option<PathBuf>,
    /// Tell what the CRM says about a failure, also where that may hold values of records
    #[arg(long)]
    pub crm_words: bool,
    /// Show the plan and the requests, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Plans and runs an operation.
///
/// # Errors
/// When the input is refused, or the CRM fails.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let path = file(args)?;
    let mut prepared = planning::prepare(&args.planning, io)?;
    let crm = Crm::open(args, path, &mut prepared)?;
    let key = args.operation_key.unwrap_or_else(Uuid::new_v4);
    let Prepared { pattern, operation, input, capabilities, .. } = &prepared;
    let (given, file) = input.as_ref().map_or((Input::default(), None), |(input, file)| (input.clone(), Some(file)));
    let shape = InputShape::of(pattern, &given);
    let identity = simulated::identity(pattern, args.acting.as_deref(), args.as_application);
    let execution = Execution::new(pattern, *operation, given, crm.adapter(), identity).operation_key(key);
    if args.dry_run {
        crm.prepare()?;
        let dry = execution.dry_run().map_err(|error| failed(&error, file, crm.words(args)))?;
        return Ok(show(&dry, args, io));
    }
    let plan =
        plan(pattern, *operation, &shape, capabilities).map_err(|problems| planning::refused(&problems, file))?;
    let simulated = crm.memory().is_some();
    if simulated {
        warn(args, io);
    }
    let state = args.state.is_some() || prepared.loaded.workspace.state.is_some();
    let empty = simulated && !state && !path.is_some_and(Path::exists);
    let outcome = crm.wait(execution.execute())?;
    // What took effect stays, also when the run failed after it.
    if let (Some(path), Some(memory)) = (path, crm.memory()) {
        simulated::keep(memory, path)?;
    }
    let outcome = outcome.map_err(|error| seedless(failed(&error, file, crm.words(args)), empty))?;
    tell(&outcome, &plan, (key, &crm), args, io);
    Ok(Exit::Fine)
}

/// Says what the command line might have promised otherwise: a CRM's own name a connection, `--state` its records.
fn warn(args: &Args, io: &mut Io<'_>) {
    let note = match (&args.planning.on.crm, &args.state) {
        _ if args.format.json() => return,
        (Some(CrmChoice::Named(name)), _) => format!(
            "note: nothing says where `{name}` is: this ran on its simulation and nothing is kept\nhelp: `--crm \
             memory:crm.json --target {name}` keeps the records in a file\n"
        ),
        (Some(CrmChoice::Memory(Some(path))), Some(_)) if path.exists() => {
            format!("note: `{}` is there already, so that `--state` is not used\n", path.display())
        }
        _ => return,
    };
    io.err(note);
}

/// Adds to a failure that the simulated CRM held no records, where that may be why.
fn seedless(failure: Failure, empty: bool) -> Failure {
    let help = "the simulated CRM began empty: `--state FILE` gives it records to begin with";
    if empty && failure.placed.is_none() && failure.help.is_none() { failure.help(help) } else { failure }
}

/// Where it runs.
enum Crm {
    Simulated(Box<MemoryCrm>),
    Reached(Reached),
}

impl Crm {
    /// The CRM itself where it is named and the environment says where it is, else its simulation; or a sandbox, filled
    /// with the records to begin with, whose ids then stand in the input.
    fn open(args: &Args, path: Option<&Path>, prepared: &mut Prepared) -> Result<Self, Failure> {
        if matches!(args.planning.on.crm, Some(CrmChoice::Sandbox)) {
            if args.planning.capabilities != Switch::Target {
                return Err(Failure::usage("`--capabilities` is for simulated CRMs").help("leave it out"));
            }
            return sandbox(args, prepared).map(Self::Reached);
        }
        if matches!(args.planning.on.crm, Some(CrmChoice::Named(_)))
            && let Some(live) = connection::open(&prepared.pattern.crm, &prepared.loaded.catalog)?
        {
            if args.state.is_some() || args.planning.capabilities != Switch::Target {
                return Err(Failure::usage("`--state` and `--capabilities` are for simulated CRMs")
                    .help("leave them out, or use `--crm memory`"));
            }
            return Ok(Self::Reached(Reached::Live(Box::new(live))));
        }
        begin(args, path, prepared).map(|memory| Self::Simulated(Box::new(memory)))
    }

    fn adapter(&self) -> &dyn Adapter {
        match self {
            Self::Simulated(memory) => &**memory,
            Self::Reached(reached) => reached.connection().adapter(),
        }
    }

    fn memory(&self) -> Option<&MemoryCrm> {
        match self {
            Self::Simulated(memory) => Some(memory),
            Self::Reached(_) => None,
        }
    }

    fn prepare(&self) -> Result<(), Failure> {
        match self {
            Self::Simulated(_) => Ok(()),
            Self::Reached(reached) => reached.wait(reached.connection().prepare())?,
        }
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        match self {
            Self::Simulated(_) => wait(work),
            Self::Reached(reached) => reached.wait(work),
        }
    }

    /// How much is told of what the CRM says about a failure.
    fn words(&self, args: &Args) -> Words {
        match self {
            Self::Reached(Reached::Live(_)) if !args.crm_words => Words::WithoutValues,
            _ => Words::All,
        }
    }

    /// The requests that a sandbox has got, one a line; `None` elsewhere.
    fn requests(&self) -> Option<Vec<Json>> {
        let Self::Reached(Reached::Sandbox(local)) = self else { return None };
        let one = |entry: Entry| json!({"method": entry.method, "target": entry.target, "status": entry.status});
        Some(local.requests().into_iter().map(one).collect())
    }
}

/// A sandbox with the records to begin with.
fn sandbox(args: &Args, prepared: &mut Prepared) -> Result<Reached, Failure> {
    let local = Local::start(&prepared.loaded, &prepared.pattern.crm)?;
    if let Some(state) = args.state.as_deref().or(prepared.loaded.workspace.state.as_deref()) {
        let ids = local.fill(&prepared.loaded, state)?;
        if let Some((input, _)) = &mut prepared.input {
            ids.translate(input);
        }
    }
    local.warm()?;
    Ok(Reached::Sandbox(Box::new(local)))
}

/// The simulated CRM: as the file holds it, or new and filled with the records to begin with.
fn begin(args: &Args, path: Option<&Path>, prepared: &Prepared) -> Result<MemoryCrm, Failure> {
    let Prepared { loaded, pattern, capabilities, .. } = prepared;
    let crm = match path {
        Some(path) => simulated::open(loaded, &pattern.crm, capabilities.clone(), path)?,
        None => simulated::empty(loaded, &pattern.crm, capabilities.clone())?,
    };
    let there = path.is_some_and(Path::exists);
    let state = args.state.as_deref().or(loaded.workspace.state.as_deref());
    if let Some(state) = state.filter(|_| !there) {
        simulated::fill(loaded, &crm, state)?;
    }
    Ok(crm)
}

/// The file with the records; none for records that are forgotten.
fn file(args: &Args) -> Result<Option<&Path>, Failure> {
    let example = "use the simulated CRM: `--crm memory:crm.json`, with `--target` for the CRM that is meant";
    match &args.planning.on.crm {
        Some(CrmChoice::Memory(None) | CrmChoice::Named(_) | CrmChoice::Sandbox) => Ok(None),
        Some(CrmChoice::Memory(Some(path))) => writable(path).map(|()| Some(path.as_path())),
        None => Err(Failure::usage("say where to run: `--crm` is missing").help(example)),
    }
}

/// A place that cannot be written is refused before anything is done there.
fn writable(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(Failure::usage(format!("`{}` is a folder, a file is expected", path.display())));
    }
    // The file is replaced as a whole, which its own permissions would not prevent.
    if path.metadata().is_ok_and(|found| found.permissions().readonly()) {
        return Err(Failure::outside(format!("`{}` is read-only", path.display())));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    Err(Failure::usage(format!("there is no folder `{}` for the records", folder.display())))
}

fn show(dry: &DryRun, args: &Args, io: &mut Io<'_>) -> Exit {
    if args.format.json() {
        io.json(&dry_json(dry));
        return Exit::Fine;
    }
    io.out(dry.plan.explain());
    for Planned { trip, request, .. } in &dry.requests {
        io.line(format!("\nrequest in trip {trip}\n{} {}", request.method, request.target));
        if !request.body.is_empty() {
            io.line(&request.body);
        }
    }
    Exit::Fine
}

/// The dry run with the plan in its stable form.
fn dry_json(dry: &DryRun) -> Json {
    let mut json = dry.to_json();
    if let Some(object) = json.as_object_mut() {
        object.insert("plan".to_owned(), dry.plan.to_json());
    }
    json
}

fn tell(done: &Outcome, plan: &Plan, (key, crm): (Uuid, &Crm), args: &Args, io: &mut Io<'_>) {
    let outcome = done.to_json();
    let requests = crm.requests();
    if args.format.json() {
        return io.json(&json!({
            "outcome": outcome,
            "plan": plan.to_json(),
            "operation_key": key.to_string(),
            "simulated": crm.memory().is_some(),
            "sandbox": requests,
        }));
    }
    let figures = &plan.figures;
    let least = if figures.round_trips_exact { "" } else { "at least " };
    io.line(format!("# {least}{}, depth {}", count(figures.round_trips, "round trip"), figures.depth));
    if done.effects().is_some() {
        io.line(format!("# operation key {key}"));
    }
    for request in requests.into_iter().flatten() {
        let of =
            |name: &str| request.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let words: Vec<String> = ["method", "target", "status"].into_iter().filter_map(of).collect();
        io.line(format!("# sandbox: {}", words.join(" ")));
    }
    io.out(emit(&sorted(&outcome), 0));
}
