//! Playbooks on the simulated CRM.

mod blocks;
mod together;
pub mod world;
