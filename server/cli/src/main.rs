//! The `engage` command.

use std::process::ExitCode;

use engage_cli::Io;

/// Much of what a run costs is many small pieces of memory, given by one thread and given back by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    engage_cli::main(std::env::args_os(), &mut Io::process()).into()
}
