//! `engage completions`: what a shell needs to complete commands and options.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

const EXAMPLES: &str = "\
Examples:
  engage completions bash > ~/.local/share/bash-completion/completions/engage
  engage completions zsh > \"${fpath[1]}/_engage\"
  engage completions fish > ~/.config/fish/completions/engage.fish";

/// Arguments of `engage completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Writes the completions to standard output.
///
/// # Errors
/// None of its own; writing is the stream's concern.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "engage", &mut script);
    io.out(script);
    Ok(Exit::Fine)
}
