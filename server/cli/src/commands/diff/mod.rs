//! `engage diff`: what a change of a workspace does to plans, to privileges and to runs that are under way.

mod compare;
mod runs;

use std::path::PathBuf;

use clap::ValueHint;
use engage_engine::CrmName;
use serde_json::{Value as Json, json};

use crate::args::FormatArgs;
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::place::Place;
use crate::workspace::{self, Loaded, count};

use compare::Change;
use runs::Affected;

const EXAMPLES: &str = "\
Examples:
  engage diff main/workspace workspace
  engage diff old new --crm salesforce --format json | jq '.changes[] | select(.worse)'
  engage diff old new --journal runs.sqlite      also the runs that are under way in another version

It ends with 1 when something got worse: an operation that was atomic or done once is not any more, more requests or more of
them one after the other, something that is gone, a privilege that is new, a run that is under way in a version that is
gone. Everything else that changed is told and is no reason to stop.";

/// Arguments of `engage diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The folder of the workspace as it was
    #[arg(value_name = "OLD", value_hint = ValueHint::DirPath)]
    pub old: PathBuf,
    /// The folder of the workspace as it is to be
    #[arg(value_name = "NEW", value_hint = ValueHint::DirPath)]
    pub new: PathBuf,
    /// Only on this CRM [default: every CRM of either]
    #[arg(long, value_name = "CRM")]
    pub crm: Option<String>,
    /// A journal, a SQLite file or `postgres://…`: which of its runs are under way in a version that the new workspace does not have
    #[arg(long, value_name = "FILE|URL", value_hint = ValueHint::FilePath)]
    pub journal: Option<Place>,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Compares two workspaces.
///
/// # Errors
/// When one of them has errors, or the journal cannot be read.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let (old, new) = (workspace::load(&args.old)?, workspace::load(&args.new)?);
    let crms = crms(args, &old, &new)?;
    let changes: Vec<Change> = crms.iter().flat_map(|crm| compare::changes(crm, &old, &new)).collect();
    let affected = match &args.journal {
        Some(place) => wait(runs::affected(place, &new))??,
        None => Vec::new(),
    };
    if args.format.json() {
        io.json(&data(&changes, &affected));
    } else {
        tell(&changes, &affected, io);
    }
    let worse = changes.iter().any(|change| change.worse) || !affected.is_empty();
    Ok(if worse { Exit::Problems } else { Exit::Fine })
}

/// The CRMs of either workspace, by name.
fn crms(args: &Args, old: &Loaded, new: &Loaded) -> Result<Vec<CrmName>, Failure> {
    let mut all: Vec<CrmName> = old.catalog.crms().chain(new.catalog.crms()).cloned().collect();
    all.sort();
    all.dedup();
    let Some(wanted) = &args.crm else { return Ok(all) };
    all.retain(|crm| crm.as_str() == wanted);
    if all.is_empty() {
        return Err(Failure::usage(format!("neither workspace has definitions on a CRM `{wanted}`")));
    }
    Ok(all)
}

fn tell(changes: &[Change], affected: &[Affected], io: &mut Io<'_>) {
    let colour = io.colour_out();
    let paint =
        |text: &str, worse: bool| if colour && worse { format!("\x1b[31m{text}\x1b[0m") } else { text.to_owned() };
    for Change { crm, subject, what, before, after, worse } in changes {
        let mark = if *worse { "!" } else { " " };
        let values = match (before.is_empty(), after.is_empty()) {
            (true, true) => String::new(),
            (true, false) => format!(": {after}"),
            (false, true) => format!(": {before}"),
            (false, false) => format!(": {before} -> {after}"),
        };
        io.line(paint(&format!("{mark} {crm}  {subject}: {what}{values}"), *worse));
    }
    for Affected { run, playbook, state } in affected {
        io.line(paint(&format!("! run {run} of {playbook} is {state} in a version that is gone"), true));
    }
    let worse = changes.iter().filter(|change| change.worse).count() + affected.len();
    io.line(format!("{}, {worse} for the worse", count(changes.len() + affected.len(), "change")));
}

fn data(changes: &[Change], affected: &[Affected]) -> Json {
    let change = |Change { crm, subject, what, before, after, worse }: &Change| json!({"crm": crm, "subject": subject, "change": what, "before": before, "after": after, "worse": worse});
    let run = |Affected { run, playbook, state }: &Affected| json!({"run": run, "playbook": playbook, "state": state});
    json!({
        "changes": changes.iter().map(change).collect::<Vec<_>>(),
        "runs": affected.iter().map(run).collect::<Vec<_>>(),
        "worse": changes.iter().any(|change| change.worse) || !affected.is_empty(),
    })
}
