//! `engage fork`: an editable copy of a package's playbook.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use engage_dsl::workspace::Limits;
use engage_dsl::{Report, Workspace, print};
use engage_engine::SemanticId;
use engage_engine::model::Model;
use engage_engine::nearest::nearest;
use engage_playbooks::Library;
use engage_playbooks::package::ForkError;
use serde_json::json;

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::io::Io;
use crate::workspace::{self, refused};

const EXAMPLES: &str = "\
Examples:
  engage fork portal-lead --as our-portal-lead
  engage fork portal-lead --as our-portal-lead --replaces --workspace shop

The copy is written to playbooks/ID.engage. With --replaces no trigger starts the original while the copy is there.";

/// Arguments of `engage fork`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The playbook of a package, by its semantic id
    #[arg(value_name = "PLAYBOOK")]
    pub playbook: SemanticId,
    /// The semantic id of the copy
    #[arg(long = "as", value_name = "ID")]
    pub as_id: SemanticId,
    /// No trigger starts the original while the copy is there
    #[arg(long)]
    pub replaces: bool,
    /// The folder of the workspace
    #[arg(short, long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub workspace: PathBuf,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Writes the copy, once the workspace with it was checked.
///
/// # Errors
/// When the playbook cannot be forked, the workspace with the copy has errors, or the file cannot be written: then
/// nothing is.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let loaded = workspace::load(&args.workspace)?;
    let library = &loaded.workspace.library;
    let fork = library.fork(&args.playbook, &args.as_id, args.replaces);
    let fork = fork.map_err(|error| refusal(&error, library))?;
    let text = print::dsl(&Model::default(), &Library { playbooks: vec![fork], ..Library::default() });
    let path = args.workspace.join("playbooks").join(format!("{}.engage", args.as_id));
    if path.exists() {
        return Err(Failure::problem(format!("`{}` is there already", path.display())));
    }
    check(&args.workspace, &path, &text)?;
    write(&path, &text)?;
    if args.format.json() {
        io.json(&json!({ "playbook": args.as_id.to_string(), "file": path.display().to_string() }));
    } else {
        io.line(format!("wrote {}", path.display()));
    }
    Ok(Exit::Fine)
}

/// Why there is no copy; of a playbook that is not there, which of those that can be forked was meant.
fn refusal(error: &ForkError, library: &Library) -> Failure {
    let failure = Failure::problem(error.to_string());
    let ForkError::Unknown(meant) = error else { return failure };
    let forked = library.playbooks.iter().filter(|one| one.package.is_some() && library.shows(one));
    let names: Vec<&str> = forked.map(|one| one.id.as_str()).collect();
    let failure = failure.suggest(nearest(meant.as_str(), names.iter().copied()));
    match names.is_empty() {
        true => failure.help("no package of the workspace has a playbook that can be forked"),
        false => failure.help("`engage packages` lists the packages that the workspace uses"),
    }
}

fn check(folder: &Path, path: &Path, text: &str) -> Result<(), Failure> {
    let changes = BTreeMap::from([(path.to_path_buf(), text.to_owned())]);
    let changed = Workspace::load_changed(folder, &Limits::default(), &changes);
    let changed = changed.map_err(|rejected| refused(&rejected, Exit::Usage))?;
    match changed.check() {
        Report { playbooks: Some(_), .. } => Ok(()),
        Report { diagnostics, .. } => {
            let placed = Placed::draw(&changed.sources, &diagnostics);
            Err(Failure::problem("the workspace would have errors with the copy; nothing was written").placed(placed))
        }
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let failed = |error: &std::io::Error| Failure::write(path, error);
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    // A hidden file is no part of a workspace.
    let aside = folder.join(format!(".{}.new", path.file_name().unwrap_or_default().to_string_lossy()));
    let written = fs::File::create(&aside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let kept = written.and_then(|()| fs::rename(&aside, path));
    kept.map_err(|error| {
        let _ = fs::remove_file(&aside);
        failed(&error)
    })
}
