//! Playbooks on the simulated CRM.

mod blocks;
mod world;
