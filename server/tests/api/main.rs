//! The Public API from outside: requests and answers.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

mod acceptance;
mod behalf;
mod client;
mod configuration;
mod conform;
mod customers;
mod description;
mod envelope;
mod hostile;
mod isolation;
mod kit;
mod rates;
mod roles;
mod versions;
