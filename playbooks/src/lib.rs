//! Playbooks: typed graphs of blocks started by a trigger.
//!
//! | to | see |
//! |---|---|
//! | carry one to another workspace | [`bundle`] |
//! | say what a playbook is | [`model`] |
//! | change a playbook of a package | [`package`] |
//! | bring a journal, an AI, a place to run | [`ports`] |
//! | run one, or follow a run | [`run`] |
//!
//! The crate knows no text, no HTTP and no SQL, and starts no runtime.

pub mod bundle;
pub mod model;
pub mod package;
pub mod ports;
pub mod run;

pub use model::{Library, Path, Playbook, Segment};
