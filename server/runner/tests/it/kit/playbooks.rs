//! Small playbooks, as a checker would make them.

use std::collections::BTreeMap;
use std::sync::Arc;

use engage_engine::SemanticId;
use engage_engine::ids::{CrmName, RefId};
use engage_playbooks::compiled::{Compiled, Node};
use engage_playbooks::model::{Block, BlockKind, FieldMapping, Path, Segment, Source, Trigger, TriggerKind};
use engage_playbooks::types::Type;

pub(crate) fn slug(name: &str) -> SemanticId {
    SemanticId::new(name).unwrap()
}

/// What a block of a test does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Read,
    Create,
    Template,
    Output,
}

impl Shape {
    fn kind(self) -> BlockKind {
        match self {
            Self::Read => BlockKind::Read { pattern: slug("p") },
            Self::Create => BlockKind::Create { pattern: slug("p") },
            Self::Template => BlockKind::Template { template: slug("t") },
            Self::Output => BlockKind::Output { name: "result".to_owned() },
        }
    }
}

fn block(name: &str, kind: BlockKind, from: &[&str]) -> Block {
    let mapping = |from: &&str| FieldMapping {
        destination: Path::new(vec![Segment::Key((*from).to_owned())]),
        source: Source::block(RefId::new(from).unwrap(), None),
    };
    Block {
        name: RefId::new(name).unwrap(),
        title: String::new(),
        kind,
        when: None,
        after: Vec::new(),
        escalation: None,
        allow_sensitive: None,
        mappings: from.iter().map(mapping).collect(),
        position: None,
    }
}

/// A playbook of blocks, each with those that it takes values from, behind a trigger called `trigger`.
pub(crate) fn compiled(id: &str, trigger: Trigger, blocks: &[(&str, Shape, &[&str])]) -> Arc<Compiled> {
    let first = block("trigger", BlockKind::Trigger(trigger), &[]);
    let others = blocks.iter().map(|(name, shape, from)| block(name, shape.kind(), from));
    let all: Vec<Block> = std::iter::once(first).chain(others).collect();
    let position = |name: &str| all.iter().position(|block| block.name.as_str() == name).unwrap();
    let needs = |from: &[&str]| from.iter().map(|name| position(name)).collect::<Vec<_>>();
    let needs = std::iter::once(Vec::new()).chain(blocks.iter().map(|(_, _, from)| needs(from)));
    let nodes = all.iter().zip(needs).map(|(block, needs)| Node {
        block: block.clone(),
        needs,
        input: Type::any(),
        output: Type::any(),
        pattern: None,
        template: None,
        capability: None,
        acting: None,
        planned: None,
        on_behalf: None,
        select: BTreeMap::new(),
    });
    Arc::new(Compiled {
        id: slug(id),
        name: String::new(),
        crm: CrmName::new("memory").unwrap(),
        digest: format!("digest-of-{id}"),
        deadline: None,
        concurrency: None,
        closed: false,
        blocks: nodes.collect(),
    })
}

/// Blocks one behind the other, started by a booked meeting.
pub(crate) fn chain(id: &str, shapes: &[Shape]) -> Arc<Compiled> {
    const NAMES: [&str; 8] = ["trigger", "one", "two", "three", "four", "five", "six", "seven"];
    let pairs = NAMES.windows(2).zip(shapes);
    let froms: Vec<[&str; 1]> = NAMES.iter().map(|name| [*name]).collect();
    let blocks: Vec<(&str, Shape, &[&str])> =
        pairs.zip(&froms).map(|((pair, shape), from)| (pair[1], *shape, from.as_slice())).collect();
    compiled(id, Trigger::new(TriggerKind::MeetingBooked), &blocks)
}
