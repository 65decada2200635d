//! Journals against real databases: the conformance suite, and what only one of them can do.
#![cfg(all(feature = "sqlite", feature = "postgres"))]

mod cluster;
mod facts;
mod postgres;
mod sqlite;
