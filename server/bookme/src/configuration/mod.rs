//! Making, reading, changing and removing what an organisation sets up.
//!
//! Every write takes its turn on the organisation's revision first, so that what it decides by stays so until it is written:
//! no circle of groups comes about by two writes that each had none.

mod directory;
mod labels;
mod links;
mod read;
mod write;
mod written;

pub use directory::{Employee, Room};
pub use labels::{ActiveFilter, LabelUse};
pub use write::HasEmployees;

pub(crate) use directory::{employees, rooms};
pub(crate) use links::of_kind;
pub(crate) use read::{Reads, all, settings};
pub(crate) use written::written_down;
