//! The `engage` command.

use std::process::ExitCode;

use engage_cli::Io;

fn main() -> ExitCode {
    engage_cli::main(std::env::args_os(), &mut Io::process()).into()
}
