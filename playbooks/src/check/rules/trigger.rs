//! A playbook has one trigger, and it is the first block.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::BlockKind;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0602"),
    title: "not one trigger at the start",
    explanation: "A run begins with an event, and the trigger is the block that gives it. So there is \
                  exactly one, and it stands first. What two events have in common is written as two \
                  playbooks.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  input greeting = \"Hello\"\n",
        "  output said = greeting\n",
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
    let triggers = || shape.blocks().filter(|(_, block)| matches!(block.kind, BlockKind::Trigger(_)));
    let Some((first, _)) = triggers().next() else {
        let message = "the playbook has no trigger";
        let problem = Problem::error(INFO.code, shape.at(Place::Whole), message);
        problems.push(problem.help("say first what starts it: `trigger Manual`"));
        return;
    };
    if first > 0 {
        let message = format!("the trigger `{}` is not the first block", shape.name(first));
        problems.push(Problem::error(INFO.code, shape.at(Place::Block(first)), message).help("move it to the top"));
    }
    for (position, block) in triggers().skip(1) {
        let message = format!("`{}` is a second trigger", block.name);
        let problem = Problem::error(INFO.code, shape.at(Place::Block(position)), message);
        let problem = problem.help("write another playbook for the other event");
        problems.push(problem.related(shape.at(Place::Block(first)), "the first one"));
    }
}
