//! Runs on real Restate servers, with workers in this process and as processes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod cluster;
mod crm;
mod kit;
mod runs;
mod schedules;
mod serve;
