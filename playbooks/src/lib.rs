//! Playbooks: typed graphs of blocks started by a trigger.
//!
//! | to | see |
//! |---|---|
//! | say what a playbook is | [`model`] |
//! | bring a journal, an AI, a place to run | [`ports`] |
//! | run one, or follow a run | [`run`] |
//! | show who waited for whom in a run | [`timeline`] |
//!
//! The crate knows no text, no HTTP and no SQL, and starts no runtime.

pub mod model;
pub mod ports;
pub mod run;
pub mod timeline;

pub use model::{Library, Path, Playbook, Segment};
