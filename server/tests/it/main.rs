//! The server from outside: over HTTP on loopback.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

mod filters;
mod http;
mod kit;
mod lifecycle;
mod protocol;
mod work;
