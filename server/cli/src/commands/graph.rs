//! `engage graph`: the dependency graph of a pattern, or of a plan, as a picture.

use std::fs;
use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};

use super::plan;
use crate::draw::{self, Diagram};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::{Io, to_json};
use crate::planning::{self, Planning};
use crate::target::{self, Hints, Named, Op, Switch};
use crate::workspace;

const EXAMPLES: &str = "\
Examples:
  engage graph internal-meeting --format svg -o internal-meeting.svg
  engage graph internal-meeting --crm salesforce --format mermaid
  engage graph internal-meeting --op create --crm dataverse --format dot | dot -Tpng > plan.png

No other program is needed for SVG.";

/// Arguments of `engage graph`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The pattern or the playbook, by its semantic id; `pattern:ID` or `playbook:ID` where both have it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What is drawn, and for which CRM.
    #[command(flatten)]
    pub on: target::On,
    /// Draw the plan of this operation instead of the pattern
    #[arg(long, value_enum, value_name = "OPERATION")]
    pub op: Option<Op>,
    /// The input that is planned for [default: the smallest that the pattern takes]
    #[arg(short, long, value_name = "FILE", requires = "op", value_hint = ValueHint::FilePath)]
    pub input: Option<PathBuf>,
    /// The form of the picture
    #[arg(long, value_enum, default_value_t = Form::Mermaid, value_name = "FORMAT")]
    pub format: Form,
    /// The file to write instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// The forms of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Mermaid, as Markdown pages show it
    Mermaid,
    /// The language of Graphviz
    Dot,
    /// A picture that every browser shows
    Svg,
    /// Boxes and arrows as data, for programs; stable
    Json,
}

impl Form {
    /// The picture in this form.
    pub fn draw(self, diagram: &Diagram) -> String {
        match self {
            Self::Mermaid => draw::mermaid(diagram),
            Self::Dot => draw::dot(diagram),
            Self::Svg => draw::svg(diagram),
            Self::Json => to_json(&draw::json(diagram)) + "\n",
        }
    }
}

/// Draws the graph.
///
/// # Errors
/// When the workspace has errors, there is no such pattern, or the file cannot be written.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let picture = args.format.draw(&diagram(args, io)?);
    match &args.output {
        None => io.out(picture),
        Some(path) => fs::write(path, picture).map_err(|error| Failure::write(path, &error))?,
    }
    Ok(Exit::Fine)
}

fn diagram(args: &Args, io: &mut Io<'_>) -> Result<Diagram, Failure> {
    let Args { name, on, op, input, .. } = args;
    let loaded = workspace::load(&on.workspace)?;
    match target::named(&loaded, name, Hints { pattern: op.is_some(), playbook: false })? {
        Named::Pattern(id) if op.is_some() => {
            let (name, on, input) =
                (name.clone(), on.clone(), input.iter().map(|path| path.display().to_string()).collect());
            let planning = Planning { name, op: *op, on, input };
            Ok(draw::plan(&planning::prepare(&planning, &id, loaded, Switch::Target, io)?.plan()?))
        }
        Named::Pattern(id) => {
            let crm = on.definitions(&loaded)?;
            Ok(draw::pattern(target::pattern(&loaded, &crm, &id)?))
        }
        Named::Playbook(id) => {
            let crm = on.definitions(&loaded)?;
            let compiled = target::shown(&loaded, &crm, &id)?;
            Ok(draw::playbook(&plan::outlook(compiled, Switch::Target)?))
        }
    }
}
