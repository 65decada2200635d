//! `engage plan`: what an operation would do, and in how many requests. Nothing is sent.

use clap::ValueEnum;

use crate::draw;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::planning::{self, Planning};
use crate::target::{self, Named, Switch};
use crate::workspace;

const EXAMPLES: &str = "\
Examples:
  engage plan internal-meeting --op create --crm salesforce --workspace playbooks/packages/starter
  engage plan internal-meeting --op create --input three-advisors.input.yaml
  engage plan customer-overview --op read --crm dataverse --format json | jq .round_trips
  engage plan customer-overview --op read --capabilities no-joins

Without --input the smallest input that the pattern takes is assumed.";

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

/// Plans an operation.
///
/// # Errors
/// When the workspace has errors, a name is unknown, or the input does not fit.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let loaded = workspace::load(&args.planning.on.workspace)?;
    let plan = match target::named(&loaded, &args.planning.name)? {
        Named::Pattern(id) => planning::prepare(&args.planning, &id, loaded, args.capabilities, io)?.plan()?,
        Named::Playbook(_) => todo!(),
    };
    match args.format {
        Form::Text => io.out(plan.explain()),
        Form::Json => io.json(&plan.to_json()),
        Form::Mermaid => io.out(draw::mermaid(&draw::plan(&plan))),
        Form::Dot => io.out(draw::dot(&draw::plan(&plan))),
        Form::Svg => io.out(draw::svg(&draw::plan(&plan))),
    }
    Ok(Exit::Fine)
}
