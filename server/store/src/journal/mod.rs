//! Journals that last.
//!
//! | file | what |
//! |-|-|
//! | `admit` | which batches of a group may be written: the lease, the sequence |
//! | `desk` | the way to a writer: jobs, their answers, groups |
//! | `failure` | what a database said, without values |
//! | `rows` | a batch as rows; what is read back |
//! | `sqlite`, `postgres` | the statements |
//!
//! Each writer is one task. What is asked of it while it writes waits, and is written together next: one transaction,
//! one wait for the disk, however many ask.

mod admit;
mod desk;
mod failure;
#[cfg(feature = "postgres")]
mod postgres;
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "postgres")]
pub use postgres::{PostgresJournal, PostgresOptions};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteJournal;
