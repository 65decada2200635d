//! A block is given everything that it needs.

use engage_engine::model::{Place, Subject};
use engage_engine::plan::plan;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::capabilities::generous;
use super::super::compile::{Counted, input_shape};
use super::super::flow::{Flow, Typed};
use crate::model::{Block, Segment};
use crate::types::{Missing, MissingKind, Shape, Type, into};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0619"),
    title: "an input that is missing",
    explanation: "A template needs its variables, a capability the required keys of its schema. A read \
                  starts at records that are given by Id or by a filter; a create needs the required fields, \
                  an update the records that it changes.",
    example: with_people!(
        "playbook add \"Add\" {\n",
        "  trigger Manual(mail: string)\n",
        "  create made = people as application \"anybody may add\" { contact.Email: trigger.mail }\n",
        "  output ids = made\n",
        "}\n",
    ),
    cure: with_people!(
        "playbook add \"Add\" {\n",
        "  trigger Manual(mail: string, name: string)\n",
        "  create made = people as application \"anybody may add\" {\n",
        "    contact.Email: trigger.mail\n",
        "    contact.Name: trigger.name\n",
        "  }\n",
        "  output ids = made\n",
        "}\n",
    ),
};

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for (position, block, typed) in flow.each() {
        let Some(input) = &typed.input else { continue };
        let at = flow.at(Place::Block(position));
        let places = block.mappings.iter().filter_map(|mapping| mapping.destination.as_ref());
        let astray: Vec<Missing> = places.filter_map(|path| into(input, path).err()).collect();
        missing(block, input, at, &astray, problems);
        // A value that went astray may be what the plan lacks.
        if astray.is_empty() {
            planned(block, typed, flow, at, problems);
        }
    }
}

/// What a type says is missing, but for what was meant by a name that is a slip. Of the parts of a pattern the plan says it.
fn missing(block: &Block, input: &Type, at: Subject, astray: &[Missing], problems: &mut Vec<Problem>) {
    let meant = |key: &str| {
        astray.iter().any(|lost| matches!(&lost.kind, MissingKind::Field { suggestion: Some(name), .. } if name == key))
    };
    let given =
        block.mappings.iter().map(|mapping| mapping.destination.as_ref().map_or(&[][..], |path| path.segments()));
    let mut open: Vec<(String, &Type, Vec<&[Segment]>)> = vec![(String::new(), input, given.collect())];
    while let Some((path, of, given)) = open.pop() {
        if given.iter().any(|rest| rest.is_empty()) {
            continue;
        }
        match &of.shape {
            Shape::Object(object) => {
                for (key, field) in &object.fields {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    let inner: Vec<&[Segment]> = given.iter().filter_map(|rest| below(rest, key)).collect();
                    if !inner.is_empty() {
                        open.push((path, field, inner));
                    } else if !field.optional && !meant(key) {
                        let message = format!("`{}` needs `{path}`, {}", block.name, field.shape);
                        let problem = Problem::error(INFO.code, at, message);
                        problems.push(problem.help(format!("give it a value: `{path}: …`")));
                    }
                }
            }
            Shape::List(element) => {
                let inner = given.iter().filter_map(|rest| rest.split_first().map(|(_, rest)| rest)).collect();
                open.push((format!("{path}[]"), element, inner));
            }
            _ => {}
        }
    }
}

fn below<'p>(path: &'p [Segment], key: &str) -> Option<&'p [Segment]> {
    match path.split_first() {
        Some((Segment::Key(first), rest)) if first == key => Some(rest),
        _ => None,
    }
}

/// What the engine says that an operation lacks, whatever the CRM can do.
fn planned(block: &Block, typed: &Typed, flow: &Flow<'_, '_>, at: Subject, problems: &mut Vec<Problem>) {
    let Some(pattern) = typed.pattern.as_deref() else { return };
    let Some((operation, shape)) = input_shape(block, pattern, typed, flow.shape, Counted::All) else { return };
    let Err(found) = plan(pattern, operation, &shape, &generous()) else { return };
    for problem in found {
        let message = format!("`{}`: {}", block.name, problem.message);
        let mut told = Problem::error(INFO.code, at, message);
        told.help = problem.help;
        problems.push(told);
    }
}
