//! The traits through which playbooks reach what is outside of them.

pub mod ai;
