//! The model of playbooks: plain data, no text, nothing resolved yet.

mod path;

pub use path::{Path, Segment};
