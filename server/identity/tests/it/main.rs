//! From a request to a principal, as whoever embeds the crate sees it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod attacks;
mod http;
mod issuer;
mod keys;
mod kit;
mod libraries;
mod mapping;
mod oracle;
mod properties;
mod redaction;
mod roles;
mod settings;
mod times;
mod versions;
