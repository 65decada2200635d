//! The commands: each with its arguments, and one function that runs it.

pub mod completions;
pub mod init;
pub mod man;
