//! What every SQLite file of this crate has in common.
//!
//! | file | what |
//! |-|-|
//! | `file` | whose it is, what stands beside it, its locks |
//! | `log` | that nothing of what was removed is left in the write-ahead log |
//! | `migrate` | its tables, brought up to date by one process at a time |
//! | `open` | how connections are opened |

mod file;
mod log;
mod migrate;
mod open;

pub(crate) use file::{beside, lock, make, own};
pub(crate) use log::empty_log;
pub(crate) use migrate::{Unmigrated, migrate};
pub(crate) use open::{options, pool};
