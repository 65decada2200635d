//! Runs of playbooks from the command line: the event that starts one, what it runs on, its journal, and how it ends.

pub mod ai;
pub mod audit;
pub mod drive;
pub mod ended;
pub mod event;
pub mod files;
pub mod journal;
pub mod keep;
pub mod place;
