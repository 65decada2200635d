//! A playbook as the rules see it, whatever the CRM: its blocks by name, and everything that comes into them.

use std::collections::HashMap;

use engage_engine::ids::RefId;
use engage_engine::model::{Condition, InputAt, Item, Place, Subject, Test};

use crate::model::{Block, BlockKind, Comparison, Operand, Origin, Playbook, Source, Trigger, When};

/// A playbook with its blocks by name; of duplicates the first counts.
pub(super) struct Shape<'m> {
    pub(super) index: usize,
    pub(super) playbook: &'m Playbook,
    by_name: HashMap<&'m RefId, usize>,
}

impl<'m> Shape<'m> {
    pub(super) fn new(index: usize, playbook: &'m Playbook) -> Self {
        let mut by_name = HashMap::with_capacity(playbook.blocks.len());
        for (position, block) in playbook.blocks.iter().enumerate() {
            by_name.entry(&block.name).or_insert(position);
        }
        Self { index, playbook, by_name }
    }

    /// A place in the playbook.
    pub(super) fn at(&self, place: Place) -> Subject {
        Subject { item: Item::Playbook(self.index), place }
    }

    pub(super) fn position(&self, name: &RefId) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(super) fn block(&self, position: usize) -> Option<&'m Block> {
        self.playbook.blocks.get(position)
    }

    /// The blocks, each with its position.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (usize, &'m Block)> + use<'m> {
        self.playbook.blocks.iter().enumerate()
    }

    /// The trigger, where the first block is one.
    pub(super) fn trigger(&self) -> Option<&'m Trigger> {
        match &self.playbook.blocks.first()?.kind {
            BlockKind::Trigger(trigger) => Some(trigger),
            _ => None,
        }
    }

    /// The name of a block, for messages.
    pub(super) fn name(&self, position: usize) -> &'m str {
        self.block(position).map_or("", |block| block.name.as_str())
    }

    /// Every block that a block names, with the place and whether a value is taken from it.
    pub(super) fn references(&self, position: usize) -> Vec<(Place, &'m RefId, bool)> {
        let Some(block) = self.block(position) else { return Vec::new() };
        let mut found = Vec::new();
        for (at, source) in sources(block) {
            if let Origin::Block { block, .. } = &source.origin {
                found.push((Place::Input(position, at), block, true));
            }
        }
        let after = block.after.iter().enumerate();
        found.extend(after.map(|(index, name)| (Place::BlockAfter(position, index), name, false)));
        found
    }
}

/// Every source of a block with where it comes in.
pub(super) fn sources(block: &Block) -> Vec<(InputAt, &Source)> {
    let mappings = block.mappings.iter().enumerate();
    let mut found: Vec<_> = mappings.map(|(index, mapping)| (InputAt::Mapping(index), &mapping.source)).collect();
    if let BlockKind::Filter { condition, .. } = &block.kind {
        let operands = tests(condition).into_iter().flat_map(|test| &test.operands).enumerate();
        found.extend(operands.filter_map(|(index, operand)| Some((InputAt::Operand(index), source(operand)?))));
    }
    let mut index = 0;
    for comparison in block.when.iter().flat_map(comparisons) {
        found.push((InputAt::When(index), &comparison.left));
        index += 1;
        for operand in &comparison.operands {
            found.extend(source(operand).map(|source| (InputAt::When(index), source)));
            index += 1;
        }
    }
    found
}

fn source(operand: &Operand) -> Option<&Source> {
    match operand {
        Operand::Source(source) => Some(source),
        Operand::Literal(_) => None,
    }
}

/// The tests of a condition, left to right.
pub(super) fn tests<V>(condition: &Condition<V>) -> Vec<&Test<V>> {
    let (mut found, mut open) = (Vec::new(), vec![condition]);
    while let Some(condition) = open.pop() {
        match condition {
            Condition::Test(test) => found.push(test),
            Condition::And(inner) | Condition::Or(inner) => open.extend(inner.iter().rev()),
            Condition::Not(inner) => open.push(inner),
        }
    }
    found
}

/// The comparisons of a `when`, left to right.
pub(super) fn comparisons(when: &When) -> Vec<&Comparison> {
    let (mut found, mut open) = (Vec::new(), vec![when]);
    while let Some(when) = open.pop() {
        match when {
            When::Test(comparison) => found.push(comparison),
            When::And(inner) | When::Or(inner) => open.extend(inner.iter().rev()),
            When::Not(inner) => open.push(inner),
        }
    }
    found
}

/// Whether groups of a `when` stand in each other no deeper than this.
pub(super) fn shallow(when: &When, most: usize) -> bool {
    let mut open = vec![(when, 1)];
    while let Some((when, depth)) = open.pop() {
        if depth > most {
            return false;
        }
        match when {
            When::Test(_) => {}
            When::And(inner) | When::Or(inner) => open.extend(inner.iter().map(|inner| (inner, depth + 1))),
            When::Not(inner) => open.push((inner, depth + 1)),
        }
    }
    true
}
