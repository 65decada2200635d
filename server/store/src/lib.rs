#![doc = include_str!("../README.md")]

pub mod journal;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod platform;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use journal::SqliteJournal;
#[cfg(feature = "postgres")]
pub use journal::{PostgresJournal, PostgresOptions};
