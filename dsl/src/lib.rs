//! The front door of engage: reads a workspace in either spelling and re-exports the engine.

#[cfg(test)]
pub(crate) mod arbitrary;
pub mod diagnostic;
pub mod lower;
pub mod path;
pub mod source;

pub use engage_engine as engine;
