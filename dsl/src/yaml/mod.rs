//! The YAML form, of which JSON is a part: text to a tree with positions, tree to model.
//!
//! [`parse`] knows nothing of definitions and also reads the input of operations; [`lower`] knows nothing of text.

mod build;
pub mod codes;
mod events;
mod lower;
pub(crate) mod scalar;
mod tree;

pub(crate) use build::parse_within;
pub use build::{MAX_DEPTH, MAX_NODES, parse};
pub(crate) use lower::lower_bundle;
pub use lower::{lower, properties};
pub use tree::{Entry, Node, NodeKind, Tree};

#[cfg(test)]
mod tests;
