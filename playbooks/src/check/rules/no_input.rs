//! Values are given to blocks that take some.

use engage_engine::model::{InputAt, Place};
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;

use crate::model::BlockKind;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0639"),
    title: "a value for a block that takes none",
    explanation: "A trigger is given its event, an input its constant or what whoever starts the run gives, \
                  a file comes from the store, and a filter names its values in its condition. Nothing goes \
                  into them by a mapping, and a trigger is never skipped and waits for nothing.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual after greeting\n",
        "  input greeting = \"Good morning\"\n",
        "  output said = greeting\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual\n",
        "  input greeting = \"Good morning\"\n",
        "  output said = greeting\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        let takes_none = matches!(
            block.kind,
            BlockKind::Trigger(_) | BlockKind::Filter { .. } | BlockKind::Input(_) | BlockKind::File { .. }
        );
        if takes_none && !block.mappings.is_empty() {
            let at = shape.at(Place::Input(position, InputAt::Mapping(0)));
            let problem = Problem::error(INFO.code, at, format!("`{}` takes no input", block.name));
            problems.push(problem.help("leave the mapping out"));
        }
        if matches!(block.kind, BlockKind::Trigger(_)) {
            let waits = [
                (block.when.is_some(), Place::BlockWhen(position), "is never skipped"),
                (!block.after.is_empty(), Place::BlockAfter(position, 0), "comes after nothing"),
            ];
            for (_, place, what) in waits.into_iter().filter(|(wrong, ..)| *wrong) {
                let problem =
                    Problem::error(INFO.code, shape.at(place), format!("the trigger `{}` {what}", block.name));
                problems.push(problem.help("put it on the blocks that it is meant for"));
            }
        }
    }
}
