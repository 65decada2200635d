//! The command line of engage, as a library: `main` takes arguments and streams and gives an exit code, so that
//! tests and other programs can run every command without a process.
//!
//! | module | what is in it |
//! |---|---|
//! | [`args`] | the commands and what they share |
//! | [`commands`] | one file per command |
//! | [`case`] | snapshot cases (`*.case.yaml`): reading, running, accepting |
//! | [`configured`] | what commands on a platform share: its configuration, its database |
//! | [`draw`] | diagrams as Mermaid, DOT and SVG |
//! | [`playbook`] | runs of playbooks: events, journals, what drives them |
//! | [`progress`] | what is told of a run while it goes on |
//! | [`schemas`] | the JSON Schemas that answers and bodies are held against |
//! | [`timeline`] | runs of playbooks as timelines: text, SVG, HTML |
//! | [`io`], [`exit`], [`failure`] | streams, exit codes, and how failures are told |

pub mod args;
pub mod case;
pub mod commands;
pub mod configured;
pub mod connection;
pub mod crm;
pub mod draw;
pub mod execution;
pub mod exit;
pub mod failure;
pub mod hooks;
pub mod input;
pub mod io;
pub mod planning;
pub mod playbook;
pub mod progress;
pub mod sandboxed;
pub mod schemas;
pub mod simulated;
pub mod starter;
pub mod target;
pub mod timeline;
mod usage;
pub mod workspace;

use std::ffi::OsString;

use clap::Parser;

pub use args::Cli;
pub use exit::Exit;
pub use failure::Failure;
pub use io::Io;

/// Runs the command line: arguments (the program's name first) and streams in, the exit code out.
///
/// ```
/// use engage_cli::{Exit, Io, main};
/// let (mut out, mut err) = (Vec::new(), Vec::new());
/// let exit = main(["engage", "chekc"], &mut Io::new(std::io::empty(), &mut out, &mut err));
/// assert_eq!(exit, Exit::Usage);
/// assert!(String::from_utf8(err).unwrap().contains("check"));
/// ```
pub fn main<I, T>(arguments: I, io: &mut Io<'_>) -> Exit
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let exit = match Cli::try_parse_from(&arguments) {
        Ok(cli) => run(&cli, io),
        Err(error) => usage::refuse(&error, &arguments, io),
    };
    io.close(exit)
}

/// Runs a parsed command line.
pub fn run(cli: &Cli, io: &mut Io<'_>) -> Exit {
    cli.color.apply(io);
    match cli.command.run(io) {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell(io, cli.command.as_json());
            failure.exit
        }
    }
}
