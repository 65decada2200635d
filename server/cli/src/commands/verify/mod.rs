//! `engage verify`: definitions held against what a CRM says of itself; with `--live` all that has to hold before a
//! workspace is used there.

mod live;

use std::path::PathBuf;

use clap::ValueHint;

use engage_dsl::render;
use engage_engine::CrmName;
use engage_engine::problem::Severity;
use engage_engine::verify::{Facts, verify};
use serde_json::json;
use uuid::Uuid;

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::io::Io;
use crate::sandboxed::Reached;
use crate::simulated;
use crate::target::{On, Op};
use crate::workspace::{self, Loaded, count};

pub use live::{Check, Outcome, identities};

const EXAMPLES: &str = "\
Examples:
  engage verify --workspace playbooks/packages/starter --crm salesforce
  engage verify --live --crm dataverse
  engage verify --live --crm sandbox --pattern customer-overview --op read --input acme.input.yaml

Without --live the definitions are held against the workspace's `*.schema.yaml` of that CRM, with it against the CRM
itself; the environment says where that is (`engage run --help`). Beside the definitions --live checks, each as far as it
is given what that takes: that the application's token is taken, that its user is the expected one (ENGAGE_<CRM>_USER), that it can
act for an employee (_ASSERTION, or _KEY and _EMPLOYEE), and that a pattern works from end to end (--pattern): for good, if
it writes.";

/// Arguments of `engage verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Ask the CRM itself
    #[arg(long)]
    pub live: bool,
    /// A pattern to run from end to end, by its semantic id
    #[arg(long, value_name = "PATTERN", requires = "live")]
    pub pattern: Option<String>,
    /// What is done with it
    #[arg(long, value_enum, value_name = "OPERATION", default_value = "read", requires = "pattern")]
    pub op: Op,
    /// Its input, YAML or JSON
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "pattern")]
    pub input: Option<PathBuf>,
    /// What makes its run the same as an earlier one [default: a new one]
    #[arg(long, value_name = "UUID", requires = "pattern")]
    pub operation_key: Option<Uuid>,
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
    if !args.live {
        return definitions(args, (&crm, &loaded), &schema(&loaded, &crm)?, &[], io);
    }
    let reached = Reached::open(&args.on, &crm, &loaded)?;
    let mut checks = reached.wait(identities(reached.connection()))?;
    if checks.iter().any(|check| check.exit() == Exit::Outside) {
        checks.iter().for_each(|check| io.err(check.line() + "\n"));
        return Err(Failure::outside("nobody can sign in: the definitions were not looked at"));
    }
    let facts = live::facts(&reached)?;
    checks.push(live::pattern(args, &reached, (&crm, &loaded), io)?);
    definitions(args, (&crm, &loaded), &facts, &checks, io)
}

/// Holds the definitions against facts, and tells that after the other checks.
fn definitions(
    args: &Args,
    (crm, loaded): (&CrmName, &Loaded),
    facts: &Facts,
    checks: &[Check],
    io: &mut Io<'_>,
) -> Result<Exit, Failure> {
    let problems = verify(&loaded.workspace.model, crm, facts);
    let mut diagnostics: Vec<_> = problems.iter().map(|problem| loaded.workspace.diagnostic(problem)).collect();
    render::sort(&mut diagnostics);
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let own = if errors == 0 { Exit::Fine } else { Exit::Problems };
    // Whatever is worst: that the outside failed hides behind no problem.
    let exit = checks.iter().map(Check::exit).chain([own]).max_by_key(|exit| exit.code()).unwrap_or(own);
    let placed = Placed::draw(&loaded.workspace.sources, &diagnostics);
    let definitions = loaded.catalog.entities(crm.as_str()).count();
    if args.format.json() {
        io.json(&json!({
            "crm": crm.as_str(), "live": args.live, "definitions": definitions,
            "errors": errors, "warnings": warnings, "problems": placed.json, "checks": checks,
        }));
        return Ok(exit);
    }
    let drawn = if io.colour_err() { placed.coloured } else { placed.text };
    if !drawn.is_empty() {
        io.err(drawn + "\n");
    }
    checks.iter().for_each(|check| io.line(check.line()));
    let found = format!("{}, {}", count(errors, "error"), count(warnings, "warning"));
    let found = if diagnostics.is_empty() { "fine".to_owned() } else { found };
    io.line(format!("{crm}: {}: {found}", count(definitions, "definition")));
    Ok(exit)
}

fn schema(loaded: &Loaded, crm: &CrmName) -> Result<Facts, Failure> {
    match simulated::written(loaded, crm)? {
        Some(schema) => Ok(Facts::from(&schema)),
        None => Err(Failure::usage(format!("the workspace has no `*.schema.yaml` of `{crm}` to verify against"))
            .help("ask the CRM itself with `--live`")),
    }
}
