//! The commands: each with its arguments, and one function that runs it.

pub mod access;
pub mod backtest;
pub mod check;
pub mod completions;
pub mod convert;
pub mod describe;
pub mod diff;
pub mod explain;
pub mod export;
pub mod fmt;
pub mod fork;
pub mod graph;
pub mod import;
pub mod init;
pub mod man;
pub mod packages;
pub mod plan;
pub mod run;
pub mod runs;
pub mod sandbox;
pub mod serve;
pub mod test;
pub mod trace;
pub mod verify;
