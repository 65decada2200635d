#![doc = include_str!("../README.md")]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("a store keeps things somewhere: switch on the feature `sqlite`, `postgres`, or both");

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
