//! Runs on real Restate servers, with workers in this process.

mod cluster;
mod crm;
mod kit;
mod runs;
