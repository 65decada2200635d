//! `engage convert`: the same model in the other spelling.

use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use engage_dsl::workspace::FileKind;
use engage_dsl::{Workspace, print};
use engage_engine::problem::Severity;

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
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The spelling to write
    #[arg(long, value_enum, value_name = "SPELLING")]
    pub to: Spelling,
    /// The file to write instead of standard output; not one that is there already
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
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
    if !matches!(FileKind::of(&args.file), Some(FileKind::Engage | FileKind::Yaml)) {
        let message = format!("`{}` is in neither spelling", args.file.display());
        let help = "give a file of definitions and patterns that ends in `.engage`, `.yaml`, `.yml` or `.json`";
        return Err(Failure::usage(message).help(help));
    }
    let text = input::text(&args.file)?;
    let read = Workspace::from_sources([(args.file.clone(), text)]);
    if read.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        return Err(Failure::problem("").placed(Placed::draw(&read.sources, &read.diagnostics)));
    }
    let (written, name) = match args.to {
        Spelling::Yaml => (print::yaml(&read.model), "converted.yaml"),
        Spelling::Engage => (print::dsl(&read.model), "converted.engage"),
    };
    // Not everything that can be read makes sense, and not all nonsense has two spellings: two defaults of one field.
    let again = Workspace::from_sources([(name, written.as_str())]);
    if !again.diagnostics.is_empty() || again.model != read.model {
        let message = format!("`{}` cannot be written in the other spelling", args.file.display());
        return Err(Failure::problem(message).help("run `engage check` and cure what it finds in the file"));
    }
    let Some(path) = &args.output else {
        io.out(written);
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
    Ok(Exit::Fine)
}
