//! What may be absent does not go where a value has to be.

use engage_engine::model::{InputAt, Place};
use engage_engine::plan::plan;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::capabilities::generous;
use super::super::compile::{Counted, input_shape, uncertain};
use super::super::flow::{Flow, Typed};
use super::super::pair::{pairs, told};
use super::super::shape::tests;
use crate::model::{Block, BlockKind, FieldMapping, Operand, Segment};
use crate::types::Shape;

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

/// There is no default for a condition.
const SKIPPED: &str = "put `!` behind it to stop the run then; the same `when` on this block leaves it out instead";

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for pair in pairs(flow) {
        if pair.from.optional && (pair.narrows || !pair.to.optional) {
            let at = flow.at(Place::Input(pair.block, InputAt::Mapping(pair.mapping)));
            let message = format!("{} may be absent, and {} has to be there", pair.source.written(), told(pair.path));
            let help = if matches!(pair.from.shape, Shape::Condition(..)) { SKIPPED } else { HELP };
            problems.push(Problem::error(INFO.code, at, message).help(help));
        }
    }
    for (position, block, typed) in flow.each() {
        records(flow, position, block, typed, problems);
    }
    operands(flow, problems);
}

/// What is written is known without what may be absent: an `Id`, or a field that a record is found by.
fn records(flow: &Flow<'_, '_>, position: usize, block: &Block, typed: &Typed, problems: &mut Vec<Problem>) {
    let Some(pattern) = typed.pattern.as_deref().filter(|_| !matches!(block.kind, BlockKind::Read { .. })) else {
        return;
    };
    let doubtful: Vec<(usize, &str)> = uncertain(block, pattern, typed).collect();
    let lacking = |counted| {
        let (operation, shape) = input_shape(block, pattern, typed, flow.shape, counted)?;
        plan(pattern, operation, &shape, &generous()).err()
    };
    if doubtful.is_empty() || lacking(Counted::All).is_some() {
        return;
    }
    for problem in lacking(Counted::Certain).into_iter().flatten() {
        let concerned = doubtful.iter().filter(|(_, part)| problem.part.as_ref().is_none_or(|of| of.as_str() == *part));
        let told = concerned.filter_map(|(mapping, part)| doubt(flow, (position, block), *mapping, part));
        problems.extend(told);
    }
}

/// That a mapping may say nothing of which record is meant.
fn doubt(flow: &Flow<'_, '_>, (position, block): (usize, &Block), mapping: usize, part: &str) -> Option<Problem> {
    let FieldMapping { source, destination } = block.mappings.get(mapping)?;
    let at = flow.at(Place::Input(position, InputAt::Mapping(mapping)));
    let keys = destination.iter().flat_map(|path| path.segments()).filter_map(key);
    // The part, and a field of it.
    Some(if keys.count() > 1 {
        let message = format!("{} may be absent, and {} has to be there", source.written(), told(destination.as_ref()));
        Problem::error(INFO.code, at, message).help(HELP)
    } else {
        let message = format!("{} may say nothing of which `{part}` is meant", source.written());
        Problem::error(INFO.code, at, message).help("declare the `Id` as one that is always there")
    })
}

fn key(segment: &Segment) -> Option<&str> {
    match segment {
        Segment::Key(key) => Some(key),
        Segment::Index(_) | Segment::All => None,
    }
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
                let message = format!("{} may be absent, and `{}` is compared with it", source.written(), test.field);
                let at = flow.at(Place::Input(position, at));
                problems.push(Problem::error(INFO.code, at, message).help(HELP));
            }
        }
    }
}
