//! What a timeline needs to know of a playbook: its blocks, and which waits for which.

use engage_engine::ids::RefId;

use crate::compiled::Compiled;
use crate::model::BlockKind;

/// The blocks of a playbook, and which waits for which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// In display order.
    pub blocks: Vec<ShapeBlock>,
    /// Whether they are not shown: those of a proprietary package.
    pub closed: bool,
}

/// A block as a timeline sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeBlock {
    /// Its name.
    pub name: RefId,
    /// Its title for people; may be empty.
    pub title: String,
    /// What kind of block it is, in a word.
    pub kind: &'static str,
    /// Whether it is attempted, and so has facts: the machine works out the others by itself.
    pub attempted: bool,
    /// Positions of the blocks that it waits for; all before it.
    pub after: Vec<usize>,
}

impl Shape {
    /// The shape of a playbook.
    pub fn of(compiled: &Compiled) -> Self {
        let blocks = compiled.blocks.iter().map(|node| {
            let (kind, attempted) = word(&node.block.kind);
            let (name, title) = (node.block.name.clone(), node.block.title.clone());
            ShapeBlock { name, title, kind, attempted, after: node.needs.clone() }
        });
        Self { blocks: blocks.collect(), closed: compiled.closed }
    }
}

/// The word for a kind of block, and whether one is attempted.
fn word(kind: &BlockKind) -> (&'static str, bool) {
    match kind {
        BlockKind::Trigger(_) => ("trigger", false),
        BlockKind::Read { .. } => ("read", true),
        BlockKind::Filter { .. } => ("filter", false),
        BlockKind::Create { .. } => ("create", true),
        BlockKind::Update { .. } => ("update", true),
        BlockKind::Template { .. } => ("template", true),
        BlockKind::Ai { .. } => ("ai", true),
        BlockKind::Output { .. } => ("output", false),
        BlockKind::Input(_) => ("input", false),
        BlockKind::File { .. } => ("file", true),
    }
}
