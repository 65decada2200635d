//! `engage man`: the manual, one page per command.

use std::path::PathBuf;
use std::{fs, io};

use clap::{Command, CommandFactory, ValueHint};
use clap_mangen::Man;
use serde_json::json;

use crate::args::{Cli, EXAMPLES, FormatArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

/// What the pages are of.
const SOURCE: &str = concat!("engage ", env!("CARGO_PKG_VERSION"));
/// Where the exit codes begin in the help of the whole.
const EXIT_CODES: &str = "Exit codes:";

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
        let page = page(&name, &command).and_then(|page| fs::write(&path, page));
        page.map_err(|error| Failure::write(&path, &error))?;
        written.push(path.display().to_string());
    }
    if args.format.json() {
        io.json(&json!({ "written": written }));
    } else {
        written.iter().for_each(|path| io.line(path));
    }
    Ok(Exit::Fine)
}

/// One page. What stands below the help of a command keeps its lines here, as examples, and every page tells the exit
/// codes.
fn page(name: &str, command: &Command) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone());
    // Without a date, so that the same version gives the same page.
    let mut page = format!(".TH {} 1 \"\" \"{SOURCE}\" \"engage\"\n", name.to_uppercase()).into_bytes();
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (examples, _) = below.split_once(EXIT_CODES).unwrap_or((&below, ""));
    let (_, codes) = EXAMPLES.split_once(EXIT_CODES).unwrap_or_default();
    verbatim("EXAMPLES", examples, &mut page);
    verbatim("EXIT STATUS", codes, &mut page);
    if name != "engage" {
        page.extend_from_slice(b".SH SEE ALSO\n.BR engage (1)\n");
    }
    Ok(page)
}

/// A section that keeps its lines; none without text.
fn verbatim(title: &str, text: &str, page: &mut Vec<u8>) {
    let text = text.trim_matches('\n');
    if text.is_empty() {
        return;
    }
    page.extend_from_slice(format!(".SH {title}\n.nf\n").as_bytes());
    for line in text.lines() {
        // A line that begins with a dot or a quote would be a command.
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        let line = line.replace('\\', "\\e").replace('-', "\\-").replace('`', "\\(ga");
        page.extend_from_slice(format!("{guard}{line}\n").as_bytes());
    }
    page.extend_from_slice(b".fi\n");
}
