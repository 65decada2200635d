//! `engage plan`: what an operation or a playbook would do, and in how many requests. Nothing is sent.

use clap::ValueEnum;
use engage_playbooks::Compiled;
use engage_playbooks::outlook::Outlook;

use crate::draw;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::planning::{self, Planning};
use crate::target::{self, Hints, Named, Switch};
use crate::workspace;

const EXAMPLES: &str = "\
Examples:
  engage plan internal-meeting --op create --crm salesforce --workspace playbooks/packages/starter
  engage plan internal-meeting --op create --input three-advisors.input.yaml
  engage plan customer-overview --op read --crm dataverse --format json | jq .round_trips
  engage plan customer-overview --op read --capabilities no-joins
  engage plan portal-lead --crm salesforce         a playbook: what waits for what, how many calls deep

Without --input the smallest input that the pattern takes is assumed. Of a playbook each list is taken to have one
element, and each block to run.";

/// Arguments of `engage plan`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What is planned.
    #[command(flatten)]
    pub planning: Planning,
    /// What the CRM can do, for trying: what the target can, or less
    #[arg(long, value_enum, default_value_t = Switch::Target, value_name = "SET")]
    pub capabilities: Switch,
    /// How to write
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORMAT")]
    pub format: Form,
}

/// The forms of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people and for snapshots; stable
    Text,
    /// For programs; stable
    Json,
    /// Mermaid
    Mermaid,
    /// The language of Graphviz
    Dot,
    /// A picture
    Svg,
}

/// Plans an operation on a pattern, or the schedule of a playbook.
///
/// # Errors
/// When the workspace has errors, a name is unknown, or the input does not fit.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let Args { planning, capabilities, format } = args;
    let loaded = workspace::load(&planning.on.workspace)?;
    let hints = Hints { pattern: planning.op.is_some(), playbook: false };
    match target::named(&loaded, &planning.name, hints)? {
        Named::Pattern(id) => {
            let plan = planning::prepare(planning, &id, loaded, *capabilities, io)?.plan()?;
            match format {
                Form::Text => io.out(plan.explain()),
                Form::Json => io.json(&plan.to_json()),
                Form::Mermaid => io.out(draw::mermaid(&draw::plan(&plan))),
                Form::Dot => io.out(draw::dot(&draw::plan(&plan))),
                Form::Svg => io.out(draw::svg(&draw::plan(&plan))),
            }
        }
        Named::Playbook(id) => {
            if planning.op.is_some() || !planning.input.is_empty() {
                let message = format!("`--op` and `--input` are for patterns, and `{id}` is a playbook");
                return Err(Failure::usage(message));
            }
            let crm = planning.on.definitions(&loaded)?;
            schedule(target::shown(&loaded, &crm, &id)?, *capabilities, *format, io)?;
        }
    }
    Ok(Exit::Fine)
}

/// Shows when the blocks of a playbook run, and what that takes.
///
/// # Errors
/// When the CRM cannot do what a block is to do.
pub fn schedule(compiled: &Compiled, capabilities: Switch, format: Form, io: &mut Io<'_>) -> Result<(), Failure> {
    let outlook = outlook(compiled, capabilities)?;
    match format {
        Form::Text => io.out(outlook.explain()),
        Form::Json => io.json(&outlook.to_json()),
        Form::Mermaid => io.out(draw::mermaid(&draw::playbook(&outlook))),
        Form::Dot => io.out(draw::dot(&draw::playbook(&outlook))),
        Form::Svg => io.out(draw::svg(&draw::playbook(&outlook))),
    }
    Ok(())
}

/// How a playbook will run with what the CRM can do.
///
/// # Errors
/// When the CRM cannot do what a block is to do.
pub fn outlook(compiled: &Compiled, capabilities: Switch) -> Result<Outlook, Failure> {
    Outlook::of(compiled, &capabilities.of(&compiled.crm)).map_err(|unplanned| {
        let failure = Failure::problem(format!("block {unplanned}"));
        match unplanned.problems.iter().find_map(|problem| problem.help.clone()) {
            Some(help) => failure.help(help),
            None => failure,
        }
    })
}
