//! `engage convert`: the same model in the other spelling.

use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use engage_dsl::{Workspace, print};
use engage_engine::problem::Severity;
use serde_json::json;

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::input;
use crate::io::Io;

const EXAMPLES: &str = "\
Examples:
  engage convert definitions.engage --to yaml
  engage convert contact.yaml --to engage -o contact.engage

Definitions and patterns survive in full. Comments are kept by neither direction: the new file is written from what
the old one means.";

/// Arguments of `engage convert`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file: `.engage`, `.yaml`, `.yml` or `.json`
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// The spelling to write
    #[arg(long, value_enum, value_name = "SPELLING")]
    pub to: Spelling,
    /// The file to write instead of standard output; not one that is there already
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// The two spellings of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Spelling {
    /// YAML documents with `kind:`
    Yaml,
    /// The engage language
    Engage,
}

/// Reads one file and writes what it means in the other spelling.
///
/// # Errors
/// When the file cannot be read or does not parse, or the output is there already.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let known = ["engage", "yaml", "yml", "json"];
    if !args.file.extension().and_then(|end| end.to_str()).is_some_and(|end| known.contains(&end)) {
        let message = format!("`{}` is in neither spelling", args.file.display());
        return Err(Failure::usage(message).help("give a file that ends in `.engage`, `.yaml`, `.yml` or `.json`"));
    }
    let text = input::text(&args.file)?;
    let read = Workspace::from_sources([(args.file.clone(), text)]);
    if read.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        return Err(Failure::problem("").placed(Placed::draw(&read.sources, &read.diagnostics)));
    }
    let written = match args.to {
        Spelling::Yaml => print::yaml(&read.model),
        Spelling::Engage => print::dsl(&read.model),
    };
    let Some(path) = &args.output else {
        if args.format.json() {
            io.json(&json!({ "text": written }))
        } else {
            io.out(written)
        }
        return Ok(Exit::Fine);
    };
    let made = fs::File::create_new(path);
    if let Err(error) = &made
        && error.kind() == std::io::ErrorKind::AlreadyExists
    {
        let message = format!("`{}` is there already; nothing was written", path.display());
        return Err(Failure::usage(message).help("choose another name, or remove the file first"));
    }
    made.and_then(|mut file| std::io::Write::write_all(&mut file, written.as_bytes()))
        .map_err(|error| Failure::write(path, &error))?;
    if args.format.json() {
        io.json(&json!({ "written": [path.display().to_string()] }));
    }
    Ok(Exit::Fine)
}
