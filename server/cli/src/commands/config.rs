//! `engage config`: the configuration of a platform, checked and shown.

use clap::Subcommand;
use engage_server::config::{Config, print, shown};
use serde_json::json;

use crate::configured::{self, Configured};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

const EXAMPLES: &str = "\
Examples:
  engage config check --config engage.toml
  engage config print                      what holds, and where it comes from
  engage config print --set limits.body-bytes=65536 --format json

A file wins over the default, a variable of the environment over the file, --set over both.";

/// Arguments of `engage config`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What is done.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done with a configuration.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell every mistake at once
    Check(Configured),
    /// Show every setting that holds, with where it comes from; secrets are not shown
    Print(Configured),
}

impl Args {
    /// Whether failures are told as JSON.
    pub fn json(&self) -> bool {
        let (Command::Check(configured) | Command::Print(configured)) = &self.command;
        configured.format.json()
    }
}

/// Checks or shows the configuration. Nothing is opened or made.
///
/// # Errors
/// When the file cannot be read; to be shown, the configuration has to be right.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    match &args.command {
        Command::Check(configured) => check(configured, io),
        Command::Print(configured) => show(configured, io),
    }
}

fn check(configured: &Configured, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let problems = Config::load(&configured.sources()?).err().unwrap_or_default();
    let placed = configured::placed(&problems);
    let exit = if problems.is_empty() { Exit::Fine } else { Exit::Problems };
    if configured.format.json() {
        io.json(&json!({ "errors": problems.len(), "problems": placed.json }));
        return Ok(exit);
    }
    let drawn = if io.colour_err() { placed.coloured } else { placed.text };
    if !drawn.is_empty() {
        io.err(drawn);
    }
    io.line(match problems.len() {
        0 => "fine".to_owned(),
        1 => "1 error".to_owned(),
        errors => format!("{errors} errors"),
    });
    Ok(exit)
}

fn show(configured: &Configured, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let sources = configured.sources()?;
    let refused = |problems: Vec<_>| configured::refused(&problems);
    if configured.format.json() {
        let settings = shown(&sources).map_err(refused)?;
        let settings = settings.iter().map(|shown| {
            json!({
                "setting": shown.setting,
                "value": shown.json(),
                "origin": shown.origin.to_string(),
                "variable": shown.variable,
            })
        });
        io.json(&json!({ "settings": settings.collect::<Vec<_>>() }));
    } else {
        io.out(print(&sources).map_err(refused)?);
    }
    Ok(Exit::Fine)
}
