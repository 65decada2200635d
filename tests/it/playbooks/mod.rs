//! Playbooks on the simulated CRM.

mod blocks;
pub mod world;
