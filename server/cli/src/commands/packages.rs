//! `engage packages`: the packages that a workspace uses, and the forks of their playbooks.

use std::path::PathBuf;

use clap::ValueHint;
use engage_playbooks::Library;
use engage_playbooks::model::Fork;
use serde_json::json;

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::workspace;

const EXAMPLES: &str = "\
Examples:
  engage packages
  engage packages shop --format json

A newer package never changes a fork: `update available` says that there is something to look at.";

/// Arguments of `engage packages`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The folder of the workspace
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Lists packages with their version, who may look into them, and the forks.
///
/// # Errors
/// When there is no such folder, or an error in it.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let loaded = workspace::load(&args.folder)?;
    let library = &loaded.workspace.library;
    if args.format.json() {
        io.json(&json(library));
        return Ok(Exit::Fine);
    }
    if library.packages.is_empty() {
        io.line("the workspace uses no packages");
    }
    for package in &library.packages {
        io.line(format!("{} {} {}", package.name, package.version, package.visibility.name()));
        for (id, fork) in forks(library).filter(|(_, fork)| fork.package == package.name) {
            let replaces = if fork.replaces { ", replaces it" } else { "" };
            let newer = if fork.version < package.version { ", update available" } else { "" };
            io.line(format!("  {id}: fork of {} {}{replaces}{newer}", fork.playbook, fork.version));
        }
    }
    Ok(Exit::Fine)
}

fn forks(library: &Library) -> impl Iterator<Item = (&str, &Fork)> {
    library.playbooks.iter().filter_map(|playbook| Some((playbook.id.as_str(), playbook.fork.as_ref()?)))
}

fn json(library: &Library) -> serde_json::Value {
    let packages = library.packages.iter().map(|package| {
        let forks = forks(library).filter(|(_, fork)| fork.package == package.name).map(|(id, fork)| {
            json!({
                "playbook": id,
                "of": fork.playbook.to_string(),
                "version": fork.version.to_string(),
                "replaces": fork.replaces,
                "update_available": fork.version < package.version,
            })
        });
        json!({
            "package": package.name.to_string(),
            "version": package.version.to_string(),
            "visibility": package.visibility.name(),
            "forks": forks.collect::<Vec<_>>(),
        })
    });
    json!({ "packages": packages.collect::<Vec<_>>() })
}
