//! Playbooks: typed graphs of blocks started by a trigger.
//!
//! Today the crate holds what playbooks share with everything that looks into a result: [`Path`].

pub mod model;
pub mod ports;

pub use model::{Path, Segment};
