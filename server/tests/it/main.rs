//! The server from outside: over HTTP on loopback.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod atomic;
mod callers;
mod directory;
mod filters;
mod hostile;
mod http;
mod isolation;
mod kit;
mod lifecycle;
mod literal;
mod protocol;
mod sweeps;
mod work;
