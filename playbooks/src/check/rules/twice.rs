//! Nothing is given twice.

use std::collections::HashMap;

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::{Block, Segment};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0620"),
    title: "an input that is given twice",
    explanation: "One of two values for one place would be lost. An object that is given whole has its \
                  fields already, and a list is given as a whole, by `[*]`, or element by element, not in \
                  two of these ways.",
    example: with_people!(
        "playbook add \"Add\" {\n",
        "  trigger Manual(name: string)\n",
        "  create made = people as application \"anybody may add\" {\n",
        "    contact.Name: trigger.name\n",
        "    contact.Name: \"Nobody\"\n",
        "  }\n",
        "  output ids = made\n",
        "}\n",
    ),
    cure: with_people!(
        "playbook add \"Add\" {\n",
        "  trigger Manual(name: string)\n",
        "  create made = people as application \"anybody may add\" {\n",
        "    contact.Name: trigger.name\n",
        "  }\n",
        "  output ids = made\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        overlaps(shape, position, block, problems);
        two_ways(shape, position, block, problems);
    }
}

fn segments(block: &Block) -> Vec<(&[Segment], usize)> {
    let mappings = block.mappings.iter().enumerate();
    mappings.map(|(index, of)| (of.destination.as_ref().map_or(&[][..], |path| path.segments()), index)).collect()
}

fn name(block: &Block, mapping: usize) -> String {
    let path = block.mappings.get(mapping).and_then(|mapping| mapping.destination.as_ref());
    path.map_or_else(|| "the whole input".to_owned(), |path| format!("`{path}`"))
}

/// Sorted, everything within a place comes right after it.
fn overlaps(shape: &Shape<'_>, position: usize, block: &Block, problems: &mut Vec<Problem>) {
    let mut places = segments(block);
    places.sort();
    let mut outer: Option<(&[Segment], usize)> = None;
    for (path, index) in places {
        let Some((around, first)) = outer.filter(|(around, _)| path.starts_with(around)) else {
            outer = Some((path, index));
            continue;
        };
        let message = match path.len() == around.len() {
            true => format!("{} is given twice", name(block, index)),
            false => format!("{} is given within {}, which is given whole", name(block, index), name(block, first)),
        };
        let at = shape.at(Place::InputDestination(position, index));
        let problem = Problem::error(INFO.code, at, message).help("leave one of them out");
        problems.push(problem.related(shape.at(Place::InputDestination(position, first)), "the other one"));
    }
}

fn kind(segment: &Segment) -> &'static str {
    match segment {
        Segment::Key(_) => "by its fields",
        Segment::Index(_) => "element by element",
        Segment::All => "by `[*]`",
    }
}

/// What stands at one place is an object, a list given by `[*]`, or a list given element by element.
fn two_ways(shape: &Shape<'_>, position: usize, block: &Block, problems: &mut Vec<Problem>) {
    let mut ways: HashMap<&[Segment], (&'static str, usize)> = HashMap::new();
    for (path, index) in segments(block) {
        for (length, segment) in path.iter().enumerate() {
            let around = path.get(..length).unwrap_or_default();
            let (way, first) = *ways.entry(around).or_insert((kind(segment), index));
            if way == kind(segment) {
                continue;
            }
            let place =
                crate::Path::new(around.to_vec()).map_or_else(|| "the input".to_owned(), |at| format!("`{at}`"));
            let message = format!("{place} is given {} and {way}", kind(segment));
            let at = shape.at(Place::InputDestination(position, index));
            let problem = Problem::error(INFO.code, at, message).help("give it in one way");
            problems.push(problem.related(shape.at(Place::InputDestination(position, first)), "the other way"));
            break;
        }
    }
}
