//! Playbooks: typed graphs of blocks started by a trigger.
//!
//! | to | see |
//! |---|---|
//! | say what a playbook is | [`model`] |
//! | bring a journal, an AI, a place to run | [`ports`] |
//! | run one, or follow a run | [`run`] |
//! | prove a journal of your own | [`conformance`] |
//!
//! The crate knows no text, no HTTP and no SQL, and starts no runtime.

pub mod conformance;
pub mod model;
pub mod ports;
pub mod run;

pub use model::{Library, Path, Playbook, Segment};
