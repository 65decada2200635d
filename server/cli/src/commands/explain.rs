//! `engage explain`: what a code means, with an example and its cure.

use engage_dsl::explain;
use engage_engine::nearest::nearest;
use engage_engine::problem::CodeInfo;
use serde_json::{Value as Json, json};

use crate::args::FormatArgs;
use crate::case::codes;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::schemas;

const EXAMPLES: &str = "\
Examples:
  engage explain E0304
  engage explain                           every code with its title
  engage explain --format json             the whole index as data";

/// Arguments of `engage explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The code, as it stands in a message: E0304 [default: all, with their titles]
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Prints a code's explanation, or the list of codes.
///
/// # Errors
/// When there is no such code.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let index = index();
    let Some(code) = &args.code else {
        if args.format.json() {
            io.json(&index.iter().map(data).collect::<Vec<_>>());
        } else {
            index.iter().for_each(|info| io.line(format!("{}  {}", info.code, info.title)));
        }
        return Ok(Exit::Fine);
    };
    let number = code.chars().all(|c| c.is_ascii_digit());
    let code = if number { format!("E{code:0>4}") } else { code.clone() };
    let Some(info) = index.iter().find(|info| info.code.0.eq_ignore_ascii_case(&code)) else {
        let near = nearest(&code, index.iter().map(|info| info.code.0));
        let failure = Failure::usage(format!("there is no code `{code}`")).suggest(near);
        return Err(failure.help("`engage explain` lists them all"));
    };
    if args.format.json() {
        io.json(&data(info));
    } else {
        io.out(explain::text(info));
    }
    Ok(Exit::Fine)
}

/// The codes of the language and the engine, and those that only the command line knows: of cases and of schemas that are
/// used while playbooks run.
fn index() -> Vec<CodeInfo> {
    let mut index = explain::index();
    index.extend(codes::ALL);
    index.push(schemas::UNUSABLE);
    index.sort_by_key(|info| info.code);
    index
}

fn data(info: &CodeInfo) -> Json {
    let CodeInfo { code, title, explanation, example, cure } = info;
    json!({ "code": code.0, "title": title, "explanation": explanation, "example": example, "cure": cure })
}
