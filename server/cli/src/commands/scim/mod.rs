//! `engage scim`: provisioning of a platform.

pub mod probe;
pub mod token;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

const EXAMPLES: &str = "\
Examples:
  engage scim token create Contoso > token.txt
  engage scim token create Contoso --environment test --expires 365
  engage scim token list Contoso
  engage scim token revoke Contoso 0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d
  engage scim probe https://engage.example/employees/scim - < token.txt

A token is shown once, when it is made; kept is its digest. The one before it stays good for `scim.secret-overlap-days`, so that
a directory can be changed over.";

/// Arguments of `engage scim`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What it is about.
    #[command(subcommand)]
    pub command: Command,
}

/// What provisioning has.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The tokens that directories come with
    #[command(subcommand)]
    Token(token::Command),
    /// Check a SCIM server by doing what Microsoft Entra does, and tell what is amiss
    Probe(probe::Args),
}

impl Args {
    /// Whether failures are told as JSON.
    pub fn json(&self) -> bool {
        match &self.command {
            Command::Token(command) => command.configured().format.json(),
            Command::Probe(args) => args.format.json(),
        }
    }
}

/// Does what is asked of provisioning.
///
/// # Errors
/// When it cannot be done.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    match &args.command {
        Command::Token(command) => token::run(command, io),
        Command::Probe(args) => probe::run(args, io),
    }
}
