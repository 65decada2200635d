//! Runs on real Restate servers, with workers in this process and as processes.

mod cluster;
mod crm;
mod kit;
mod runs;
mod schedules;
mod serve;
