//! `engage convert`: the same model in the other spelling.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::{ValueEnum, ValueHint};
use engage_dsl::playbooks::Library;
use engage_dsl::workspace::FileKind;
use engage_dsl::{Workspace, platform, print};
use engage_engine::model::Model;
use engage_engine::nearest::nearest;
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
  engage convert lead.engage --to platform -o lead.platform.json
  engage convert all.engage --to platform --playbook lead

Every item survives in full. Comments are kept by neither direction: the new file is written from what
the old one means.";

/// Arguments of `engage convert`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file: `.engage`, `.yaml`, `.yml` or `.json`
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The spelling to write
    #[arg(long, value_enum, value_name = "SPELLING")]
    pub to: Spelling,
    /// With `--to platform`: the playbook that is taken out of a file with several, or with other items
    #[arg(long, value_name = "ID")]
    pub playbook: Option<String>,
    /// The file to write instead of standard output; not one that is there already
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// What a file can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Spelling {
    /// YAML documents with `kind:`
    Yaml,
    /// The engage language
    Engage,
    /// The platform's JSON, of one playbook
    Platform,
}

/// Reads one file and writes what it means in the other spelling.
///
/// # Errors
/// When the file cannot be read or does not parse, holds nothing to convert, or the output is there already.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let (mut model, mut library) = meaning(&args.file)?;
    if let Some(id) = &args.playbook {
        (model, library) = (Model::default(), taken(&library, id, args.to)?);
    }
    let text = converted(&model, &library, args)?;
    match &args.output {
        Some(path) => {
            write(path, &text)?;
            if args.format.json() {
                io.json(&json!({ "written": [path.display().to_string()] }));
            }
        }
        None if args.format.json() => io.json(&json!({ "text": text })),
        None => io.out(text),
    }
    Ok(Exit::Fine)
}

/// The other spelling, read again before it is given.
fn converted(model: &Model, library: &Library, args: &Args) -> Result<String, Failure> {
    let (text, name) = match args.to {
        Spelling::Yaml => (print::yaml(model, library), "converted.yaml"),
        Spelling::Engage => (print::dsl(model, library), "converted.engage"),
        Spelling::Platform => (of_the_platform(model, library)?, "converted.platform.json"),
    };
    // Not everything that can be read makes sense, and not all nonsense has two spellings: two defaults of one field.
    let again = Workspace::from_sources([(name, text.as_str())]);
    if !again.diagnostics.is_empty() || again.model != *model || again.library != *library {
        let message = format!("`{}` cannot be written in the other spelling", args.file.display());
        return Err(Failure::problem(message).help("run `engage check` and cure what it finds in the file"));
    }
    Ok(text)
}

/// One playbook of several, alone.
fn taken(library: &Library, id: &str, to: Spelling) -> Result<Library, Failure> {
    if to != Spelling::Platform {
        let failure = Failure::usage("`--playbook` takes one playbook out of a file for the platform's JSON");
        return Err(failure.help("add `--to platform`; the other spellings hold all of the file"));
    }
    match library.playbooks.iter().find(|one| one.id.as_str() == id) {
        Some(found) => Ok(Library { playbooks: vec![found.clone()], ..Library::default() }),
        None => {
            let failure = Failure::usage(format!("the file has no playbook `{id}`"));
            Err(failure.suggest(nearest(id, names(library))).help(listed(library)))
        }
    }
}

fn names(library: &Library) -> impl Iterator<Item = &str> {
    library.playbooks.iter().map(|one| one.id.as_str())
}

fn listed(library: &Library) -> String {
    match library.playbooks.len() {
        0 => "it has none".to_owned(),
        _ => format!("it has {}", names(library).collect::<Vec<_>>().join(", ")),
    }
}

/// The platform's JSON holds one playbook and nothing else.
fn of_the_platform(model: &Model, library: &Library) -> Result<String, Failure> {
    let Library { playbooks, templates, capabilities, mappers, packages } = library;
    let others = templates.len() + capabilities.len() + mappers.len() + packages.len();
    match playbooks.as_slice() {
        [only] if *model == Model::default() && others == 0 => Ok(platform::write(only)),
        _ => {
            let message = "the platform's JSON is one playbook, and the file holds something else";
            let help = if playbooks.is_empty() { String::new() } else { format!(": {}", listed(library)) };
            Err(Failure::problem(message).help(format!("`--playbook ID` takes one out of it{help}")))
        }
    }
}

/// What a file means.
fn meaning(path: &Path) -> Result<(Model, Library), Failure> {
    if !matches!(FileKind::of(path), Some(FileKind::Engage | FileKind::Yaml | FileKind::Platform)) {
        let message = format!("`{}` is in neither spelling", path.display());
        let help = "give a file of items that ends in `.engage`, `.yaml`, `.yml` or `.json`; cases, \
                    inputs and schemas have one spelling";
        return Err(Failure::usage(message).help(help));
    }
    let read = Workspace::from_sources([(path.to_owned(), input::text(path)?)]);
    if read.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        return Err(Failure::problem("").placed(Placed::draw(&read.sources, &read.diagnostics)));
    }
    if read.model == Model::default() && read.library == Library::default() {
        let message = format!("`{}` holds no item", path.display());
        return Err(Failure::problem(message).help("there is nothing to convert"));
    }
    Ok((read.model, read.library))
}

/// Writes a file that is not there yet.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let made = fs::File::create_new(path);
    if let Err(error) = &made
        && error.kind() == ErrorKind::AlreadyExists
    {
        let message = format!("`{}` is there already; nothing was written", path.display());
        return Err(Failure::usage(message).help("choose another name, or remove the file first"));
    }
    let written = made.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::write(path, &error))
}
