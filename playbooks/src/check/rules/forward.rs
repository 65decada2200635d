//! A block takes values only from blocks that stand before it.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use super::cycle;
use crate::model::BlockKind;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0605"),
    title: "a value from a block that stands later",
    explanation: "Blocks have an order in which they are shown, and relations point forward in it, so that a \
                  playbook reads from the top to the bottom. When they run follows from the data alone.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual\n",
        "  output said = greeting\n",
        "  input greeting = \"Hello\"\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual\n",
        "  input greeting = \"Hello\"\n",
        "  output said = greeting\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    let circular = cycle::component(shape);
    for (position, block) in shape.blocks() {
        // A trigger comes after nothing: that is a rule of its own.
        if matches!(block.kind, BlockKind::Trigger(_)) {
            continue;
        }
        for (place, name, takes) in shape.references(position) {
            let Some(from) = shape.position(name).filter(|from| *from > position) else { continue };
            // Blocks that need each other have no order: that is said, and no more.
            if circular.get(from) == circular.get(position) {
                continue;
            }
            let needs = if takes { "takes a value from" } else { "comes after" };
            let message = format!("`{}` {needs} `{name}`, which stands after it", block.name);
            let problem = Problem::error(INFO.code, shape.at(place), message);
            let problem = problem.help(format!("move `{name}` before `{}`", block.name));
            problems.push(problem.related(shape.at(Place::Block(from)), "stands here"));
        }
    }
}
