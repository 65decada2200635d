//! Playbooks: typed graphs of blocks started by a trigger.
//!
//! | to | see |
//! |---|---|
//! | carry one to another workspace | [`bundle`] |
//! | say what a playbook is | [`model`] |
//! | change a playbook of a package | [`package`] |
//! | check and compile playbooks | [`check`](mod@check) |
//! | know what an event holds | [`triggers`] |
//! | know what a value may be | [`types`] |
//! | do to a value what a mapping says | [`transform`] |
//! | know how a booked meeting comes into the CRM | [`writer`] |
//! | run a playbook that was checked | [`compiled`] |
//! | know how it will run before it does | [`outlook`] |
//! | know what it has to be allowed | [`access`](mod@access) |
//! | know when a schedule fires | [`schedule`] |
//! | bring a journal, an AI, a place to run | [`ports`] |
//! | run its blocks against a CRM, an AI, templates | [`blocks`] |
//! | run one, or follow a run | [`run`] |
//! | prove a journal of your own | [`conformance`] |
//! | show who waited for whom in a run | [`timeline`] |
//! | follow a value from where it comes to where it goes | [`lineage`] |
//!
//! The crate knows no text, no HTTP and no SQL, and starts no runtime.

pub mod access;
pub mod blocks;
pub mod bundle;
pub mod check;
pub mod compiled;
pub mod conformance;
pub mod lineage;
pub mod model;
pub mod outlook;
pub mod package;
pub mod ports;
pub mod run;
pub mod schedule;
mod taken;
pub mod timeline;
pub mod transform;
pub mod triggers;
pub mod types;
pub mod writer;

pub use check::{CheckedLibrary, check};
pub use compiled::{Compiled, Node, Playbooks};
pub use model::{Library, Path, Playbook, Segment};
