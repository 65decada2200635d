//! `engage fmt`: one layout for every `.engage` file.

use std::fs;
use std::path::{Path, PathBuf};

use engage_dsl::source::{Source, Sources};
use engage_dsl::workspace::{FileKind, Limits, codes};
use engage_dsl::{Diagnostic, fmt};
use engage_engine::problem::CodeInfo;
use serde_json::{Value as Json, json};

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::io::Io;
use crate::workspace::count;
use crate::{input, workspace};

const EXAMPLES: &str = "\
Examples:
  engage fmt                               every .engage file below this folder
  engage fmt patterns/lead.engage
  engage fmt --check                       change nothing; exit code 1 when a file is not formatted
  engage fmt --stdin < lead.engage         for editors

Comments stay. A file with errors is left as it is. YAML keeps the layout its author gave it.";

/// Arguments of `engage fmt`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files and folders
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Change nothing, name the files that are not formatted, and end with 1 when there is one
    #[arg(long)]
    pub check: bool,
    /// Format standard input to standard output
    #[arg(long, conflicts_with = "paths")]
    pub stdin: bool,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Formats files, or standard input.
///
/// # Errors
/// When a path cannot be read or written, or a file has errors.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    if args.stdin {
        let name = Path::new("standard input");
        let text = io.read().map_err(|error| Failure::read(name, &error))?;
        let formatted = formatted(name, &text).map_err(|placed| Failure::problem("").placed(placed))?;
        let exit = if args.check && formatted != text { Exit::Problems } else { Exit::Fine };
        if !args.check {
            io.out(formatted);
        }
        return Ok(exit);
    }
    let (mut files, mut done) = (Vec::new(), Done::default());
    for path in &args.paths {
        done.broken.extend(find(path, &mut files)?);
    }
    for (path, text) in files {
        match formatted(&path, &text) {
            Err(placed) => done.broken.push(placed),
            Ok(new) if new == text => done.unchanged += 1,
            Ok(new) => {
                if !args.check {
                    fs::write(&path, new).map_err(|error| Failure::write(&path, &error))?;
                }
                done.changed.push(path.display().to_string());
            }
        }
    }
    Ok(done.tell(args, io))
}

/// The files of a path with their texts: itself, or every `.engage` file below it, and what could not be read there.
fn find(path: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<Option<Placed>, Failure> {
    if path.is_dir() {
        // Whose workspace a file belongs to does not matter here.
        let workspace = workspace::read_within(path, &Limits { nested: true, ..Limits::default() })?;
        let found = workspace.files(FileKind::Engage);
        files.extend(found.map(|(_, source)| (source.path().to_path_buf(), source.text().to_owned())));
        let unread: Vec<Diagnostic> =
            workspace.diagnostics.iter().filter(|found| hides_a_file(found, &workspace.sources)).cloned().collect();
        return Ok((!unread.is_empty()).then(|| Placed::draw(&workspace.sources, &unread)));
    }
    let text = input::text(path)?;
    if path.extension().is_none_or(|end| end != "engage") {
        let message = format!("`{}` is not written in the engage language", path.display());
        return Err(Failure::usage(message).help("only `.engage` files are formatted"));
    }
    files.push((path.to_path_buf(), text));
    Ok(None)
}

/// Whether a finding says that a `.engage` file, or a folder that may hold some, could not be read.
fn hides_a_file(found: &Diagnostic, sources: &Sources) -> bool {
    let path = found.span.and_then(|span| sources.get(span.file)).map(Source::path);
    let kind = path.and_then(FileKind::of);
    let is = |info: CodeInfo| found.code == info.code;
    let unread = is(codes::NOT_TEXT) || is(codes::FILE_TOO_LARGE) || is(codes::LINK);
    match kind {
        _ if is(codes::WORKSPACE_TOO_LARGE) => true,
        Some(FileKind::Engage) => unread || is(codes::UNREADABLE),
        None => is(codes::UNREADABLE),
        Some(_) => false,
    }
}

fn formatted(path: &Path, text: &str) -> Result<String, Placed> {
    fmt::format(text).map_err(|problems| {
        let mut sources = Sources::default();
        sources.add(Source::new(path, text));
        Placed::draw(&sources, &problems)
    })
}

#[derive(Default)]
struct Done {
    changed: Vec<String>,
    unchanged: usize,
    broken: Vec<Placed>,
}

impl Done {
    fn tell(&self, args: &Args, io: &mut Io<'_>) -> Exit {
        let Self { changed, unchanged, broken } = self;
        let exit = if broken.is_empty() && (changed.is_empty() || !args.check) { Exit::Fine } else { Exit::Problems };
        if args.format.json() {
            let problems: Vec<&Json> = broken.iter().filter_map(|placed| placed.json.as_array()).flatten().collect();
            io.json(&json!({ "changed": changed, "unchanged": unchanged, "problems": problems }));
            return exit;
        }
        for placed in broken {
            let drawn = if io.colour_err() { &placed.coloured } else { &placed.text };
            io.err(format!("{drawn}\n"));
        }
        let verb = if args.check { "not formatted:" } else { "formatted" };
        changed.iter().for_each(|path| io.line(format!("{verb} {path}")));
        if changed.is_empty() && broken.is_empty() {
            io.line(format!("{} formatted already", count(*unchanged, "file")));
        }
        exit
    }
}
