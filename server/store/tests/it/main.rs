//! Journals against real databases: the conformance suite, and what only one of them can do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]
#![cfg(all(feature = "sqlite", feature = "postgres"))]

mod cluster;
mod facts;
mod memory;
mod migrations;
mod postgres;
mod sqlite;
