//! Whatever a block names is a block that gives something.

use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::BlockKind;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0604"),
    title: "a block that is not there",
    explanation: "A value comes from another block of the same playbook, named as it is there. An output \
                  block gives nothing to others: take the value from where it has it.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  output said = triger.who\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  output said = trigger.who\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, known: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, _) in shape.blocks() {
        for (place, name, takes) in shape.references(position) {
            let found = shape.position(name).and_then(|found| shape.block(found));
            let problem = match found {
                None => {
                    let names = shape.blocks().map(|(_, block)| block.name.as_str());
                    let problem = Problem::error(INFO.code, shape.at(place), format!("there is no block `{name}`"));
                    problem.help("name a block of this playbook").suggest(known.nearest(name.as_str(), names))
                }
                Some(block) if takes && matches!(block.kind, BlockKind::Output { .. }) => {
                    let message = format!("`{name}` is an output and gives nothing to other blocks");
                    Problem::error(INFO.code, shape.at(place), message)
                        .help("take the value from where the output has it")
                }
                Some(_) => continue,
            };
            problems.push(problem);
        }
    }
}
