//! The command line of engage, as a library: `main` takes arguments and streams and gives an exit code, so that
//! tests and other programs can run every command without a process.
//!
//! | module | what is in it |
//! |---|---|
//! | [`args`] | the commands and what they share |
//! | [`commands`] | one file per command |
//! | [`case`] | snapshot cases (`*.case.yaml`): reading, running, accepting |
//! | [`draw`] | diagrams as Mermaid, DOT and SVG |
//! | [`io`], [`exit`], [`failure`] | streams, exit codes, and how failures are told |

pub mod args;
pub mod case;
pub mod commands;
pub mod draw;
pub mod execution;
pub mod exit;
pub mod failure;
pub mod input;
pub mod io;
pub mod planning;
pub mod simulated;
pub mod target;
pub mod workspace;

use std::ffi::OsString;

use clap::Parser;
use clap::error::ErrorKind;

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
    let exit = match Cli::try_parse_from(arguments) {
        Ok(cli) => run(&cli, io),
        Err(error) => refuse(&error, io),
    };
    io.close(exit)
}

/// Runs a parsed command line.
pub fn run(cli: &Cli, io: &mut Io<'_>) -> Exit {
    match cli.color {
        args::ColorChoice::Auto => {}
        args::ColorChoice::Always => io.set_colour(true),
        args::ColorChoice::Never => io.set_colour(false),
    }
    match cli.command.run(io) {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell(io, cli.command.as_json());
            failure.exit
        }
    }
}

/// What the argument parser has to say: help and version are data, everything else is a mistake of usage.
fn refuse(error: &clap::Error, io: &mut Io<'_>) -> Exit {
    let data = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let colour = if data { io.colour_out() } else { io.colour_err() };
    let text = if colour { error.render().ansi().to_string() } else { error.render().to_string() };
    if data {
        io.out(text);
        return Exit::Fine;
    }
    io.err(text);
    Exit::Usage
}
