//! A playbook is not boundless.

use engage_engine::condition::MAX_DEPTH;
use engage_engine::model::{InputAt, Place, Subject};
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::shape::{Shape, sources};
use crate::model::{Block, BlockKind, Origin, Path, Transformation};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0635"),
    title: "more than a playbook may have",
    explanation: "A playbook has at most 1,000 blocks and 10,000 mappings, a path at most 64 steps, a source \
                  at most 100 transformations, and groups of conditions stand in each other at most 64 deep. \
                  What comes near is mostly made by a program that went wrong.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Webhook\n",
        "  output x = trigger.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a\n",
        "}\n",
    ),
    cure: concat!("playbook hello \"Hello\" {\n", "  trigger Webhook\n", "  output x = trigger.a\n", "}\n",),
};

const MAX_BLOCKS: usize = 1_000;
const MAX_MAPPINGS: usize = 10_000;
const MAX_STEPS: usize = 64;
const MAX_TRANSFORMATIONS: usize = 100;

/// Whether everything is within its limit. Where it is not, no other rule looks further.
pub(in crate::check) fn check(shape: &Shape<'_>, problems: &mut Vec<Problem>) -> bool {
    let before = problems.len();
    let mut wrong = |at: Subject, message: String| {
        problems.push(Problem::error(INFO.code, at, message).help("split the playbook, or make it simpler"));
    };
    if shape.playbook.blocks.len() > MAX_BLOCKS {
        wrong(shape.at(Place::Whole), format!("the playbook has more than {MAX_BLOCKS} blocks"));
    }
    let mappings: usize = shape.blocks().map(|(_, block)| block.mappings.len()).sum();
    if mappings > MAX_MAPPINGS {
        wrong(shape.at(Place::Whole), format!("the playbook has more than {MAX_MAPPINGS} mappings"));
    }
    if problems.len() > before {
        return false;
    }
    for (position, block) in shape.blocks() {
        within(shape, position, block, problems);
    }
    problems.len() == before
}

fn within(shape: &Shape<'_>, position: usize, block: &Block, problems: &mut Vec<Problem>) {
    let mut wrong = |place: Place, message: String| {
        problems.push(Problem::error(INFO.code, shape.at(place), message).help("make it simpler"));
    };
    // Deep conditions are not walked any further.
    if let BlockKind::Filter { condition, .. } = &block.kind
        && !engage_engine::condition::shallow(condition)
    {
        wrong(Place::Block(position), format!("the condition has groups more than {MAX_DEPTH} deep"));
        return;
    }
    let long = |path: &Path| path.segments().len() > MAX_STEPS;
    for (at, source) in sources(block) {
        let extracts = source.transformations.iter().filter_map(|step| match step {
            Transformation::Extract(path) => Some(path),
            _ => None,
        });
        let taken = match &source.origin {
            Origin::Block { path, .. } => path.as_ref(),
            Origin::Constant(_) => None,
        };
        if taken.into_iter().chain(extracts).any(long) {
            wrong(Place::Input(position, at), format!("the path has more than {MAX_STEPS} steps"));
        }
        if source.transformations.len() > MAX_TRANSFORMATIONS {
            wrong(
                Place::Input(position, at),
                format!("the source has more than {MAX_TRANSFORMATIONS} transformations"),
            );
        }
    }
    for (index, mapping) in block.mappings.iter().enumerate() {
        if mapping.destination.as_ref().is_some_and(long) {
            let at = InputAt::Mapping(index);
            wrong(Place::Input(position, at), format!("the path has more than {MAX_STEPS} steps"));
        }
    }
    if block.when.as_ref().is_some_and(|when| !super::super::shape::shallow(when, MAX_DEPTH)) {
        wrong(Place::BlockWhen(position), format!("the condition has groups more than {MAX_DEPTH} deep"));
    }
}
