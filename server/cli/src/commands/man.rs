//! `engage man`: the manual, one page per command.

use std::fs;
use std::path::PathBuf;

use clap::{CommandFactory, ValueHint};
use serde_json::json;

use crate::args::{Cli, FormatArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

/// Arguments of `engage man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  engage man ~/.local/share/man/man1 && man engage-plan")]
pub struct Args {
    /// The folder for the pages; made where it does not exist
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// How to say which pages were written.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Writes `engage.1` and a page per command.
///
/// # Errors
/// When the folder or a page cannot be written.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    fs::create_dir_all(&args.folder).map_err(|error| Failure::write(&args.folder, &error))?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = vec![(String::from("engage"), command.clone())];
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        pages.push((format!("engage-{}", sub.get_name()), sub.clone()));
    }
    let mut written = Vec::new();
    for (name, command) in pages {
        let path = args.folder.join(format!("{name}.1"));
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(command).render(&mut page);
        rendered.and_then(|()| fs::write(&path, &page)).map_err(|error| Failure::write(&path, &error))?;
        written.push(path.display().to_string());
    }
    if args.format.json() {
        io.json(&json!({ "written": written }));
    } else {
        written.iter().for_each(|path| io.line(path));
    }
    Ok(Exit::Fine)
}
