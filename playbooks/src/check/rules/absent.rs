//! What may be absent does not go where a value has to be.

use engage_engine::model::{InputAt, Place};
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;
use super::super::pair::{pairs, told, written};
use super::super::shape::tests;
use crate::model::{BlockKind, Operand};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0617"),
    title: "an absent value where one has to be",
    explanation: "A field of a record may be empty, a list may have no first element, a block may be \
                  skipped: such a value may be absent. Where a value has to be, say what happens then: `!` \
                  stops the run, `default` gives another value.",
    example: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger MeetingBooked\n",
        "  read found = people as application \"a program may book\" { contact.Id: trigger.Meeting.CustomerId }\n",
        "  output people = found\n",
        "}\n",
    ),
    cure: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger MeetingBooked\n",
        "  read found = people as application \"a program may book\" { contact.Id: trigger.Meeting.CustomerId! }\n",
        "  output people = found\n",
        "}\n",
    ),
};

const HELP: &str = "put `!` behind it to stop the run then, or give a value by `| default(…)`";

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for pair in pairs(flow) {
        if pair.from.optional && !pair.to.optional {
            let at = flow.at(Place::Input(pair.block, InputAt::Mapping(pair.mapping)));
            let message = format!("{} may be absent, and {} has to be there", written(pair.source), told(pair.path));
            problems.push(Problem::error(INFO.code, at, message).help(HELP));
        }
    }
    operands(flow, problems);
}

/// A condition has something to compare with. Of a list elements may be absent: nothing equals them.
fn operands(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for (position, block, typed) in flow.each() {
        let BlockKind::Filter { condition, .. } = &block.kind else { continue };
        let operands = tests(condition).into_iter().flat_map(|test| test.operands.iter().map(move |of| (test, of)));
        for (index, (test, operand)) in operands.enumerate() {
            let at = InputAt::Operand(index);
            let (Operand::Source(source), Some(Some(of))) = (operand, typed.values.get(&at)) else { continue };
            if of.optional || of.nullable {
                let message = format!("{} may be absent, and `{}` is compared with it", written(source), test.field);
                let at = flow.at(Place::Input(position, at));
                problems.push(Problem::error(INFO.code, at, message).help(HELP));
            }
        }
    }
}
