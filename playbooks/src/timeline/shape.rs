//! What a timeline needs to know of a playbook: its blocks, and which waits for which.

use std::collections::BTreeSet;

use engage_engine::ids::RefId;
use engage_engine::model::Condition;

use crate::model::{Block, BlockKind, Operand, Origin, Playbook, Source, When};

/// The blocks of a playbook, and which waits for which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// In display order.
    pub blocks: Vec<ShapeBlock>,
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
    /// Whether it asks anything outside the process: only such a block takes time worth mention.
    pub calls: bool,
    /// Positions of the blocks that it waits for; all before it.
    pub after: Vec<usize>,
}

impl Shape {
    /// The shape of a playbook. What a block names that does not stand before it is left out.
    pub fn of(playbook: &Playbook) -> Self {
        let position = |name: &RefId| playbook.blocks.iter().position(|block| block.name == *name);
        let shaped = playbook.blocks.iter().enumerate().map(|(here, block)| {
            let mut after: Vec<usize> = named(block).into_iter().filter_map(position).collect();
            // What names no other block is given by the trigger: it begins when the run does.
            after.retain(|before| *before < here);
            after.sort_unstable();
            let (kind, calls) = word(&block.kind);
            ShapeBlock { name: block.name.clone(), title: block.title.clone(), kind, calls, after }
        });
        Self { blocks: shaped.collect() }
    }
}

/// The word for a kind of block, and whether it asks the outside.
fn word(kind: &BlockKind) -> (&'static str, bool) {
    match kind {
        BlockKind::Trigger(_) => ("trigger", false),
        BlockKind::Read { .. } => ("read", true),
        BlockKind::Filter { .. } => ("filter", false),
        BlockKind::Create { .. } => ("create", true),
        BlockKind::Update { .. } => ("update", true),
        BlockKind::Template { .. } => ("template", false),
        BlockKind::Ai { .. } => ("ai", true),
        BlockKind::Output { .. } => ("output", false),
        BlockKind::Input(_) => ("input", false),
        BlockKind::File { .. } => ("file", true),
    }
}

/// The blocks that a block names: where its values come from, what its condition looks at, what it is to come after.
fn named(block: &Block) -> BTreeSet<&RefId> {
    let mut names: BTreeSet<&RefId> = block.after.iter().collect();
    names.extend(block.mappings.iter().filter_map(|mapping| of_source(&mapping.source)));
    if let BlockKind::Filter { condition, .. } = &block.kind {
        of_condition(condition, &mut names);
    }
    if let Some(when) = &block.when {
        of_when(when, &mut names);
    }
    names
}

fn of_source(source: &Source) -> Option<&RefId> {
    match &source.origin {
        Origin::Block { block, .. } => Some(block),
        Origin::Constant(_) => None,
    }
}

fn of_operands<'m>(operands: impl IntoIterator<Item = &'m Operand>, names: &mut BTreeSet<&'m RefId>) {
    names.extend(operands.into_iter().filter_map(|operand| match operand {
        Operand::Source(source) => of_source(source),
        Operand::Literal(_) => None,
    }));
}

/// Nests as deep as the readers of both spellings let it.
fn of_condition<'m>(condition: &'m Condition<Operand>, names: &mut BTreeSet<&'m RefId>) {
    match condition {
        Condition::Test(test) => of_operands(&test.operands, names),
        Condition::And(all) | Condition::Or(all) => all.iter().for_each(|inner| of_condition(inner, names)),
        Condition::Not(inner) => of_condition(inner, names),
    }
}

fn of_when<'m>(when: &'m When, names: &mut BTreeSet<&'m RefId>) {
    match when {
        When::Test(test) => {
            names.extend(of_source(&test.left));
            of_operands(&test.operands, names);
        }
        When::And(all) | When::Or(all) => all.iter().for_each(|inner| of_when(inner, names)),
        When::Not(inner) => of_when(inner, names),
    }
}
