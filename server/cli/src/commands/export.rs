//! `engage export`: patterns and playbooks with all that they need, as one file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{ValueEnum, ValueHint};
use engage_dsl::bundle::{self, Form, codes};
use engage_dsl::source::{FileId, Span};
use engage_dsl::{Diagnostic, Workspace};
use engage_engine::model::{Item, Place, Subject};
use engage_playbooks::bundle::{Bundle, ItemId, numbered};
use serde_json::json;

use super::convert;
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::io::Io;
use crate::target::{self, Hints, Named};
use crate::workspace::{self, Loaded, refused, tally};

const EXAMPLES: &str = "\
Examples:
  engage export lead-to-account -o lead.bundle.yaml
  engage export portal-lead --workspace playbooks/packages/starter --format json
  engage export --all -o everything.bundle.json

A pattern brings its definitions on every CRM, a playbook its patterns, templates and capabilities too.
Mappers belong to an environment and stay there. `engage import` brings the file into another workspace.";

/// Arguments of `engage export`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Patterns and playbooks, by their semantic ids; `pattern:ID` or `playbook:ID` where both have it
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    pub names: Vec<String>,
    /// Every id is that of a pattern
    #[arg(long, conflicts_with_all = ["playbook", "all"])]
    pub pattern: bool,
    /// Every id is that of a playbook
    #[arg(long, conflicts_with = "all")]
    pub playbook: bool,
    /// All that the workspace has of its own, mappers apart
    #[arg(long)]
    pub all: bool,
    /// The folder of the workspace
    #[arg(short, long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub workspace: PathBuf,
    /// The file to write instead of standard output: `.yaml`, `.yml` or `.json`; not one that is there already
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// The spelling [default: by the ending of the file, else yaml]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Spelling>,
}

/// How a bundle is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Spelling {
    /// YAML
    Yaml,
    /// JSON; what is told is JSON too
    Json,
}

impl Args {
    /// Whether what is told is for programs.
    pub fn json(&self) -> bool {
        self.format == Some(Spelling::Json)
    }
}

/// Writes a bundle, once the workspace was checked.
///
/// # Errors
/// When the workspace has errors or not what is asked for, something belongs to a proprietary package, or the file is there
/// already or cannot be written.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let form = form(args)?;
    let loaded = workspace::load(&args.workspace)?;
    let Workspace { model, library, .. } = &loaded.workspace;
    let wanted = wanted(args, &loaded)?;
    let bundle = Bundle::of(model, library, &wanted).map_err(|missing| {
        let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
        Failure::usage(missing.join("; ")).help("`engage check --format json` counts what the workspace has")
    })?;
    open(&bundle, &loaded.workspace)?;
    let text = bundle::write(&bundle, form);
    let name = args.output.as_deref().unwrap_or(Path::new("the bundle"));
    // What is given away is read once more: it has to be taken.
    let again = bundle::read(name, &text).map_err(|rejected| refused(&rejected, Exit::Problems))?;
    if again.bundle != bundle {
        return Err(Failure::problem("the bundle would not mean the same; nothing was written"));
    }
    let Some(path) = &args.output else {
        io.out(text);
        return Ok(Exit::Fine);
    };
    convert::write(path, &text)?;
    let held = tally(bundle.items());
    if args.json() {
        let items: Vec<_> = bundle.items().map(|item| workspace::item_json(&item)).collect();
        io.json(&json!({ "written": [path.display().to_string()], "items": items }));
    } else {
        io.line(format!("wrote {}: {held}", path.display()));
    }
    Ok(Exit::Fine)
}

/// The spelling that is meant.
fn form(args: &Args) -> Result<Form, Failure> {
    let asked = args.format.map(|format| match format {
        Spelling::Yaml => Form::Yaml,
        Spelling::Json => Form::Json,
    });
    let Some(path) = &args.output else { return Ok(asked.unwrap_or(Form::Yaml)) };
    let Some(ending) = Form::of(path) else {
        let message = format!("`{}` is no name for a bundle", path.display());
        return Err(Failure::usage(message).help("let it end in `.bundle.yaml` or `.bundle.json`"));
    };
    if asked.is_some_and(|asked| asked != ending) {
        let message = format!("`--format` says one spelling and the ending of `{}` another", path.display());
        return Err(Failure::usage(message).help("leave `--format` out: the ending decides"));
    }
    Ok(ending)
}

/// What is asked for: by name, or all of the workspace that is not a package's.
fn wanted(args: &Args, loaded: &Loaded) -> Result<Vec<ItemId>, Failure> {
    let workspace = &loaded.workspace;
    if args.all {
        let own = |item: Item| workspace.file_of(item).and_then(|file| workspace.package_of(file)).is_none();
        let all = numbered(&workspace.model, &workspace.library).into_iter().filter(|(_, item)| own(*item));
        return Ok(all.map(|(id, _)| id).collect());
    }
    args.names.iter().map(|name| named(args, loaded, name)).collect()
}

fn named(args: &Args, loaded: &Loaded, name: &str) -> Result<ItemId, Failure> {
    let hints = Hints { pattern: args.pattern, playbook: args.playbook };
    let named = match name.contains(':') {
        false if args.pattern => Named::Pattern(name.to_owned()),
        false if args.playbook => Named::Playbook(name.to_owned()),
        _ => target::named(loaded, name, hints)?,
    };
    let id = |id: String| id.parse().map_err(|error| Failure::usage(format!("`{id}` is no id: {error}")));
    Ok(match named {
        Named::Pattern(pattern) => ItemId::Pattern(id(pattern)?),
        Named::Playbook(playbook) => ItemId::Playbook(id(playbook)?),
    })
}

/// Refuses a bundle with anything of a proprietary package in it.
fn open(bundle: &Bundle, workspace: &Workspace) -> Result<(), Failure> {
    let held: BTreeSet<ItemId> = bundle.items().collect();
    let all = numbered(&workspace.model, &workspace.library).into_iter();
    let closed = all.filter(|(id, _)| held.contains(id)).filter_map(|(id, item)| {
        let package = workspace.closed_package(item)?;
        let message = format!("{id} belongs to `{package}`, which is proprietary: it is not exported");
        let help = format!("leave out what needs it; who has the package `{package}` needs no copy");
        let at = workspace.map.span(&Subject { item, place: Place::Whole });
        let error = Diagnostic::error(codes::PROPRIETARY.code, Span::new(FileId(0), 0, 0), message).help(help);
        Some(Diagnostic { span: at, ..error })
    });
    let closed: Vec<Diagnostic> = closed.collect();
    if closed.is_empty() {
        return Ok(());
    }
    Err(Failure::problem("").placed(Placed::draw(&workspace.sources, &closed)))
}
