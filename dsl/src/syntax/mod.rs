//! The `.engage` language: text to the tree as written.
//!
//! Reading goes in two steps. The [outline](self) finds items and statements by brackets and line ends; then every
//! statement is parsed by its own rule of `grammar.pest`. A statement that does not parse is reported and read as far
//! as it makes sense; the others are not touched by it.

mod block;
mod brackets;
mod capability;
pub mod codes;
mod condition;
mod entity;
pub(crate) mod errors;
mod expected;
mod json;
pub(crate) mod outline;
mod pattern;
mod playbook;
mod reader;
mod repair;
mod source;
pub(crate) mod text;
pub(crate) mod token;
mod tree;

pub use errors::MAX_ERRORS;
pub use tree::playbook::{
    Argument, Block, BlockFlag, BlockFlagKind, BlockKind, Capability, CapabilityStatement, Check, Fork, Mapper,
    Mapping, Origin, Playbook, PlaybookStatement, Source, Test, VersionProperty, VersionPropertyKind,
};
pub use tree::{
    Assignment, Choice, Condition, Document, Entity, EntityStatement, Field, FieldFlag, FieldFlagKind, Item, Name,
    Part, PartFlag, PartFlagKind, Pattern, PatternStatement, PlainType, Reference, Requirement,
};

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::source::FileId;
use errors::Errors;
use outline::Node;
use reader::Reader;

/// How deep brackets, lists and negations may be nested.
pub const MAX_DEPTH: usize = 64;

/// The words that start an item.
pub(crate) const KEYWORDS: [&str; 5] = ["entity", "pattern", "playbook", "capability", "mapper"];

/// Reads a file. The document holds whatever could be read; with diagnostics it is incomplete.
///
/// ```
/// use engage_dsl::source::FileId;
/// use engage_dsl::syntax;
///
/// let text = "entity contact on dataverse contact {\n  Email -> emailaddress1\n}\n";
/// let (document, diagnostics) = syntax::parse(FileId(0), text);
/// assert_eq!(document.items.len(), 1);
/// assert!(diagnostics.is_empty());
/// ```
pub fn parse(file: FileId, text: &str) -> (Document, Vec<Diagnostic>) {
    let mut errors = Errors::new(file);
    let nodes = outline::read(text, &mut errors);
    let mut reader = Reader::new(text, Errors::new(file));
    let mut items = Vec::new();
    for node in &nodes {
        if let Node::Item(block) = node {
            items.extend(reader.item(block));
        }
    }
    errors.append(reader.errors);
    (Document { file, items }, errors.finish())
}

/// Where each item of a text without errors stands, from its first word to its closing brace; in order.
pub(crate) fn items(text: &str) -> Vec<Range<usize>> {
    let nodes = outline::read(text, &mut Errors::new(FileId(0)));
    let items = nodes.into_iter().filter_map(|node| match node {
        Node::Item(block) => Some(block.header.range.start..block.end),
        Node::Line(_) => None,
    });
    items.collect()
}

#[cfg(test)]
mod tests;
