//! `engage verify`: definitions held against what a CRM says of itself.

use engage_dsl::render;
use engage_engine::problem::Severity;
use engage_engine::verify::{Facts, verify};
use serde_json::json;

use crate::args::FormatArgs;
use crate::connection;
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::io::Io;
use crate::simulated;
use crate::target::On;
use crate::workspace::{self, Loaded, count};

const EXAMPLES: &str = "\
Examples:
  engage verify --workspace playbooks/packages/starter --crm salesforce
  engage verify --live --crm dataverse

Without --live the definitions are held against the workspace's `*.schema.yaml` of that CRM, with it against the CRM
itself; the environment says where that is (`engage run --help`).";

/// Arguments of `engage verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Ask the CRM itself
    #[arg(long)]
    pub live: bool,
    /// The workspace and the CRM.
    #[command(flatten)]
    pub on: On,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Verifies the definitions of a CRM.
///
/// # Errors
/// When the workspace has errors, there is nothing to verify against, or the CRM does not answer.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let loaded = workspace::load(&args.on.workspace)?;
    let crm = args.on.definitions(&loaded)?;
    let facts = if args.live { live(&loaded, &crm)? } else { written(&loaded, &crm)? };
    let problems = verify(&loaded.workspace.model, &crm, &facts);
    let mut diagnostics: Vec<_> = problems.iter().map(|problem| loaded.workspace.diagnostic(problem)).collect();
    render::sort(&mut diagnostics);
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let exit = if errors == 0 { Exit::Fine } else { Exit::Problems };
    let placed = Placed::draw(&loaded.workspace.sources, &diagnostics);
    let definitions = loaded.catalog.entities(crm.as_str()).count();
    if args.format.json() {
        io.json(&json!({
            "crm": crm.as_str(), "live": args.live, "definitions": definitions,
            "errors": errors, "warnings": warnings, "problems": placed.json,
        }));
        return Ok(exit);
    }
    let drawn = if io.colour_err() { placed.coloured } else { placed.text };
    if !drawn.is_empty() {
        io.err(drawn + "\n");
    }
    let found = format!("{}, {}", count(errors, "error"), count(warnings, "warning"));
    let found = if diagnostics.is_empty() { "fine".to_owned() } else { found };
    io.line(format!("{crm}: {}: {found}", count(definitions, "definition")));
    Ok(exit)
}

fn written(loaded: &Loaded, crm: &engage_engine::CrmName) -> Result<Facts, Failure> {
    match simulated::written(loaded, crm)? {
        Some(schema) => Ok(Facts::from(&schema)),
        None => Err(Failure::usage(format!("the workspace has no `*.schema.yaml` of `{crm}` to verify against"))
            .help("ask the CRM itself with `--live`")),
    }
}

fn live(loaded: &Loaded, crm: &engage_engine::CrmName) -> Result<Facts, Failure> {
    let connection = connection::required(crm, &loaded.catalog)?;
    wait(connection.facts())?
}
