//! `engage check`: every mistake of a workspace, placed and explained.

use std::path::PathBuf;

use clap::ValueHint;
use engage_engine::problem::Severity;
use serde_json::json;

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::io::Io;
use crate::workspace::{self, count};

const EXAMPLES: &str = "\
Examples:
  engage check
  engage check playbooks/packages/starter
  engage check demo --format json | jq '.problems[] | {code, file, line}'

Warnings alone leave the exit code at 0.";

/// Arguments of `engage check`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The folder of the workspace
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Checks a workspace: definitions, patterns, cases and schemas.
///
/// # Errors
/// When there is no such folder.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let workspace = workspace::read(&args.folder)?;
    let diagnostics = workspace::check(&workspace);
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let exit = if errors == 0 { Exit::Fine } else { Exit::Problems };
    let placed = Placed::draw(&workspace.sources, &diagnostics);
    let (definitions, patterns) = (workspace.model.definitions.len(), workspace.model.patterns.len());
    let playbooks = workspace.library.playbooks.len();
    if args.format.json() {
        io.json(&json!({
            "workspace": workspace.name,
            "definitions": definitions,
            "patterns": patterns,
            "playbooks": playbooks,
            "cases": workspace.cases().count(),
            "errors": errors,
            "warnings": warnings,
            "problems": placed.json,
        }));
        return Ok(exit);
    }
    let drawn = if io.colour_err() { placed.coloured } else { placed.text };
    if !drawn.is_empty() {
        io.err(drawn + "\n");
    }
    let found = match (errors, warnings) {
        (0, 0) => "fine".to_owned(),
        (errors, 0) => count(errors, "error"),
        (0, warnings) => count(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    let files = count(workspace.sources.iter().count(), "file");
    let (definitions, patterns) = (count(definitions, "definition"), count(patterns, "pattern"));
    let playbooks = if playbooks == 0 { String::new() } else { format!(", {}", count(playbooks, "playbook")) };
    io.line(format!("{}: {files}, {definitions}, {patterns}{playbooks}: {found}", workspace.name));
    Ok(exit)
}
