//! The front door of engage: reads a workspace in either spelling and re-exports the engine.

#[cfg(test)]
pub(crate) mod arbitrary;
pub mod diagnostic;
pub mod explain;
mod findings;
pub mod fmt;
#[cfg(test)]
mod generated;
pub mod lower;
pub mod path;
pub mod print;
pub mod render;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod value;
pub mod workspace;
pub mod yaml;

pub use engage_engine as engine;
pub use workspace::{Rejected, Report, Workspace};
