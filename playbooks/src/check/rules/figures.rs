//! A deadline and a number of runs are more than nothing.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0636"),
    title: "a limit that lets nothing happen",
    explanation: "A run without any time never gets to its second block, and a playbook of which no run may \
                  be under way never runs.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  concurrency 0\n",
        "  output said = trigger.who\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  concurrency 1\n",
        "  output said = trigger.who\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    let playbook = shape.playbook;
    if playbook.deadline.is_some_and(|deadline| deadline.is_zero()) {
        let problem = Problem::error(INFO.code, shape.at(Place::Deadline), "the deadline leaves no time");
        problems.push(problem.help("give a time, or leave it out"));
    }
    if playbook.concurrency == Some(0) {
        let problem = Problem::error(INFO.code, shape.at(Place::Concurrency), "no run may be under way");
        problems.push(problem.help("give a number from 1, or leave it out"));
    }
}
