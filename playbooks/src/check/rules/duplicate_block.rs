//! Every block of a playbook has a name of its own.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0603"),
    title: "a block name that stands twice",
    explanation: "Blocks take values from each other by name, and the journal of a run tells them apart by \
                  it.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual\n",
        "  input greeting = \"Hello\"\n",
        "  input greeting = \"Good morning\"\n",
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
    for (position, block) in shape.blocks() {
        let Some(first) = shape.position(&block.name).filter(|first| *first != position) else { continue };
        let message = format!("there is another block `{}`", block.name);
        let problem = Problem::error(INFO.code, shape.at(Place::Block(position)), message);
        let problem = problem.help("give one of them another name");
        problems.push(problem.related(shape.at(Place::Block(first)), "the first one"));
    }
}
