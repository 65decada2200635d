//! What a block finds out, another block takes.

use std::collections::HashSet;

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::BlockKind;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0637"),
    title: "a block that nothing takes",
    explanation: "A read, a filter, a template, an AI, an input and a file only give values. Where no block \
                  takes them, the work is done for nothing; mostly a mapping is missing.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  input greeting = \"Hello\"\n",
        "  output said = trigger.who\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  input greeting = \"Hello\"\n",
        "  output said = greeting\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    let named: HashSet<_> =
        shape.blocks().flat_map(|(position, _)| shape.references(position)).map(|(_, name, _)| name).collect();
    for (position, block) in shape.blocks() {
        let only_gives = !matches!(
            block.kind,
            BlockKind::Trigger(_) | BlockKind::Create { .. } | BlockKind::Update { .. } | BlockKind::Output { .. }
        );
        if only_gives && !named.contains(&block.name) {
            let message = format!("nothing takes what `{}` gives", block.name);
            let problem = Problem::warning(INFO.code, shape.at(Place::Block(position)), message);
            problems.push(problem.help("take it, or leave the block out"));
        }
    }
}
