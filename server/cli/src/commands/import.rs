//! `engage import`: what a bundle would change in a workspace, and with `--apply` the change itself.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use engage_dsl::bundle::{self, BundleFile, Plan};
use engage_dsl::source::Sources;
use engage_dsl::workspace::{Limits, codes};
use engage_engine::problem::Severity;
use engage_playbooks::bundle::Action;
use serde_json::{Value as Json, json};

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::io::Io;
use crate::workspace::{self, count, item_json, not_applied, refused};

const EXAMPLES: &str = "\
Examples:
  engage import lead.bundle.yaml shop               what would be done, item by item; nothing is written
  engage import lead.bundle.yaml shop --apply       do it: all of it, or nothing
  engage import lead.bundle.yaml shop --apply --expect 3f2a… --format json

Items are known by their semantic ids. What the bundle does not hold stays as it is, nothing is deleted.
The workspace that would come of it is checked whole before anything is written.";

/// Arguments of `engage import`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The bundle, in YAML or JSON; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The folder of the workspace
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub workspace: PathBuf,
    /// Do it
    #[arg(long)]
    pub apply: bool,
    /// Do it only if bundle and workspace are what they were when the plan with this digest was made
    #[arg(long, value_name = "DIGEST", requires = "apply")]
    pub expect: Option<String>,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Plans an import, and applies it where that is asked for.
///
/// # Errors
/// When the bundle or the outcome has errors, placed in the bundle or the workspace; when the workspace is no longer what was
/// expected; when a file cannot be written. Nothing is changed then.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let bundle = read(&args.file, io)?;
    if let Some(warning) = workspace::recover(&args.workspace)? {
        io.err(format!("{}\n", Placed::draw(&Sources::default(), &[warning]).text));
    }
    let plan = Plan::of(&bundle, &args.workspace, &Limits::default());
    let plan = plan.map_err(|rejected| {
        let nowhere = rejected.diagnostics.iter().any(|found| found.code == codes::NO_FOLDER.code);
        unwritten(refused(&rejected, if nowhere { Exit::Usage } else { Exit::Problems }))
    })?;
    check(&plan)?;
    if args.expect.as_deref().is_some_and(|expected| expected != plan.digest()) {
        let message = "the bundle or the workspace is not what it was when the import was planned";
        return Err(Failure::problem(message).help("plan it again: `engage import` without `--apply`"));
    }
    if args.apply {
        plan.apply().map_err(|error| not_applied(&error))?;
    }
    if args.format.json() {
        io.json(&to_json(&plan, args.apply));
    } else {
        tell(&plan, args, io);
    }
    Ok(Exit::Fine)
}

fn read(path: &Path, io: &mut Io<'_>) -> Result<BundleFile, Failure> {
    let read = if path.as_os_str() == "-" {
        let name = "standard input";
        bundle::read(name, &io.read().map_err(|error| Failure::read(Path::new(name), &error))?)
    } else if !path.is_file() {
        let kind = if path.is_dir() { std::io::ErrorKind::IsADirectory } else { std::io::ErrorKind::NotFound };
        return Err(Failure::read(path, &kind.into()));
    } else {
        bundle::load(path)
    };
    read.map_err(|rejected| refused(&rejected, Exit::Problems))
}

/// The cases of the workspace are held against the outcome too: they may name what is no longer there.
fn check(plan: &Plan) -> Result<(), Failure> {
    let outcome = &plan.outcome;
    let found = workspace::check(outcome);
    if found.iter().all(|found| found.severity != Severity::Error) {
        return Ok(());
    }
    Err(unwritten(Failure::problem("").placed(Placed::draw(&outcome.sources, &found))))
}

fn unwritten(mut failure: Failure) -> Failure {
    failure.notes.push("nothing was written".to_owned());
    failure
}

fn tell(plan: &Plan, args: &Args, io: &mut Io<'_>) {
    let named = plan.items.iter().map(|line| line.item.to_string());
    let width = named.map(|name| name.chars().count()).max().unwrap_or(0);
    for line in &plan.items {
        let action = word(line.action, args.apply);
        io.line(format!("{action:<9}  {:<width$}  {}", line.item.to_string(), line.file.display()));
    }
    let of = |action: Action| plan.items.iter().filter(|line| line.action == action).count();
    let (new, changed, same) = (of(Action::Create), of(Action::Update), of(Action::Unchanged));
    let sums = format!("{new} new, {changed} changed, {same} as before");
    if plan.is_empty() {
        io.line(format!("{sums}: nothing to do"));
    } else if args.apply {
        let files: Vec<(&Path, bool)> = plan.files().collect();
        let made = files.iter().filter(|(_, new)| *new).count();
        io.line(format!("{sums}: wrote {}, changed {}", count(made, "file"), count(files.len() - made, "file")));
    } else {
        io.line(format!("{sums}: nothing was written"));
        io.line(format!("`--apply` does it; with `--expect {}` only while nothing has changed", plan.digest()));
    }
}

/// What is said of an item before, and after.
fn word(action: Action, done: bool) -> &'static str {
    match (action, done) {
        (Action::Create, true) => "created",
        (Action::Update, true) => "updated",
        (action, _) => action.name(),
    }
}

fn to_json(plan: &Plan, applied: bool) -> Json {
    let items = plan.items.iter().map(|line| {
        let mut item = item_json(&line.item);
        if let Json::Object(object) = &mut item {
            object.insert("action".to_owned(), json!(line.action.name()));
            object.insert("file".to_owned(), json!(line.file.display().to_string()));
        }
        item
    });
    let files = plan.files().map(|(path, new)| json!({ "file": path.display().to_string(), "new": new }));
    json!({
        "applied": applied,
        "digest": plan.digest(),
        "items": items.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
    })
}
