#![doc = include_str!("../README.md")]

pub mod journal;

#[cfg(feature = "sqlite")]
pub use journal::SqliteJournal;
#[cfg(feature = "postgres")]
pub use journal::{PostgresJournal, PostgresOptions};
