//! A value is of the type that goes where it goes.

use engage_engine::model::{InputAt, Place};
use engage_engine::nearest::nearest;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;
use super::super::pair::{Pair, pairs, told};
use super::super::quoted;
use super::reads;
use crate::model::{Origin, Source};
use crate::types::{Shape, Type, Unfit, UnfitKind, conforms, fits};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0616"),
    title: "a value of another type",
    explanation: "The type of each value is followed from where it comes from, through its transformations, \
                  to where it goes. A choice takes its own names, an id is the id of a record of the right \
                  entity, and an object has the fields that are taken and no others.",
    example: with_people!(
        "playbook add \"Add\" {\n",
        "  trigger Manual(name: int)\n",
        "  create made = people as application \"anybody may add\" { contact.Name: trigger.name }\n",
        "  output ids = made\n",
        "}\n",
    ),
    cure: with_people!(
        "playbook add \"Add\" {\n",
        "  trigger Manual(name: string)\n",
        "  create made = people as application \"anybody may add\" { contact.Name: trigger.name }\n",
        "  output ids = made\n",
        "}\n",
    ),
};

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for pair in pairs(flow) {
        let unread = reads::check(flow, &pair);
        if !unread.is_empty() {
            problems.extend(unread);
            continue;
        }
        // That the value itself may be absent is a rule of its own.
        let from = Type { optional: false, ..pair.from.clone() };
        let Err(unfit) = fits(&from, &pair.to) else { continue };
        // Not every double is a decimal; a number that is written down may be.
        let decimal = matches!(unfit.kind, UnfitKind::Shape { found: Shape::Double, expected: Shape::Decimal });
        if decimal && constant(pair.source).is_some_and(|value| conforms(Some(value), &pair.to).is_ok()) {
            continue;
        }
        let at = flow.at(Place::Input(pair.block, InputAt::Mapping(pair.mapping)));
        let (message, help, suggestion) = explained(&pair, &unfit);
        let mut problem = Problem::error(INFO.code, at, message).suggest(suggestion);
        problem.help = help;
        problems.push(problem);
    }
}

/// The value of a source that is a constant and stays as it is.
fn constant(source: &Source) -> Option<&serde_json::Value> {
    match &source.origin {
        Origin::Constant(value) if source.transformations.is_empty() => Some(value),
        _ => None,
    }
}

fn explained(pair: &Pair<'_>, unfit: &Unfit) -> (String, Option<String>, Option<String>) {
    let (from, to) = (pair.source.written(), told(pair.path));
    let within = match unfit.path.as_slice() {
        [] => String::new(),
        path => format!(" at `{}`", path.join(".").replace(".[]", "[]")),
    };
    let help = |text: &str| Some(text.to_owned());
    match &unfit.kind {
        UnfitKind::Absent => {
            (format!("{to} needs a value{within}, and {from} may have none"), help("give the value by itself"), None)
        }
        UnfitKind::Null => {
            (format!("{to} takes no null{within}, and {from} may be null"), help("leave it out, or give a value"), None)
        }
        UnfitKind::Shape { found, expected } => {
            (format!("{to} takes {expected}{within}, and {from} is {found}"), advice(found, expected), None)
        }
        UnfitKind::Names { names, expected } => {
            let suggestion = match (expected, names.as_slice()) {
                (Shape::Choice(known), [one]) => nearest(one, known.iter().map(String::as_str)),
                _ => None,
            };
            (format!("{to} takes {expected}{within}, not {}", quoted(names.iter().take(5))), None, suggestion)
        }
        UnfitKind::TooLong { max } => {
            (format!("{to} takes at most {max} characters{within}, and {from} is longer"), help("shorten it"), None)
        }
        UnfitKind::Extra { key } => {
            let message = format!("{to} has no `{key}`{within}, and {from} brings one");
            (message, help("take the fields that go there: `| project(…)`"), None)
        }
        UnfitKind::Open => {
            let message = format!("{from} may hold more than is known, and {to} takes known fields alone{within}");
            (message, help("take the fields that go there: `| project(…)`"), None)
        }
    }
}

fn advice(found: &Shape, expected: &Shape) -> Option<String> {
    let text = match (found, expected) {
        (Shape::List(_), Shape::Text(_)) => "make it text by `| join(\", \")`",
        (Shape::List(_), Shape::Instances(_)) => "give the elements one by one: `part[*].Field`",
        (Shape::List(_), _) => "take one element by `[0]` or `| first`",
        (Shape::Text(_), Shape::List(_)) => "make it a list by `| split(\",\")`",
        (Shape::Object(_) | Shape::Any, Shape::Text(_)) => "make it text by `| serialize`, or render it by a template",
        (Shape::Decimal | Shape::Double | Shape::Int | Shape::Boolean, Shape::Text(_)) => "render it by a template",
        (Shape::Double, Shape::Decimal) => "declare it as a decimal: not every double is one",
        (Shape::Text(_), Shape::Id(_)) => "declare it as the id of a record: text may be empty",
        _ => return None,
    };
    Some(text.to_owned())
}
