//! All values that go into the elements of one list come from the elements of one list.

use std::collections::HashMap;

use engage_engine::ids::RefId;
use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::{FieldMapping, Origin, Segment, Transformation};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0621"),
    title: "elements that do not come from one list",
    explanation: "`part[*].Field` gives the field to one element per element of the source, so the source \
                  has a `[*]` too, and all fields of the elements come from one list: else the first name \
                  would be joined with the second address. What makes something else of the list (`join`, \
                  `first`) cannot stand between.",
    example: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name  -> name required\n",
        "  Email -> email\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contacts[] : contact\n",
        "}\n",
        "playbook add \"Add\" {\n",
        "  trigger MeetingBooked\n",
        "  create made = people as application \"a program may book\" {\n",
        "    contacts[*].Name: trigger.Meeting.AdditionalAdvisors[*].Email\n",
        "    contacts[*].Email: trigger.Meeting.ExternalAttendees[*].Email\n",
        "  }\n",
        "  output ids = made\n",
        "}\n",
    ),
    cure: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name  -> name required\n",
        "  Email -> email\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contacts[] : contact\n",
        "}\n",
        "playbook add \"Add\" {\n",
        "  trigger MeetingBooked\n",
        "  create made = people as application \"a program may book\" {\n",
        "    contacts[*].Name: trigger.Meeting.ExternalAttendees[*].Email\n",
        "    contacts[*].Email: trigger.Meeting.ExternalAttendees[*].Email\n",
        "  }\n",
        "  output ids = made\n",
        "}\n",
    ),
};

/// The list whose elements a mapping gives: a block, and the path up to its last `[*]`.
type List<'m> = (&'m RefId, &'m [Segment]);

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        let mut lists: HashMap<&[Segment], (List<'_>, usize)> = HashMap::new();
        for (index, mapping) in block.mappings.iter().enumerate() {
            let at = shape.at(Place::Input(position, engage_engine::model::InputAt::Mapping(index)));
            let into = match destination(mapping) {
                None => continue,
                Some(Ok(into)) => into,
                Some(Err(())) => {
                    let message = "a destination has one `[*]` at most";
                    let at = shape.at(Place::InputDestination(position, index));
                    problems.push(Problem::error(INFO.code, at, message).help("give a list, or one list of elements"));
                    continue;
                }
            };
            let list = match source(mapping) {
                Ok(list) => list,
                Err((message, help)) => {
                    problems.push(Problem::error(INFO.code, at, message).help(help));
                    continue;
                }
            };
            let (first, other) = *lists.entry(into).or_insert((list, index));
            if first != list {
                let place = crate::Path::new(into.to_vec()).map_or_else(String::new, |path| path.to_string());
                let message = format!("the elements of `{place}` come from two lists");
                let problem = Problem::error(INFO.code, at, message).help("take all of their fields from one list");
                problems.push(problem.related(shape.at(Place::InputDestination(position, other)), "the other list"));
            }
        }
    }
}

/// The list into whose elements a mapping gives; `None` for one without `[*]`.
fn destination(mapping: &FieldMapping) -> Option<Result<&[Segment], ()>> {
    let path = mapping.destination.as_ref()?.segments();
    let mut all = path.iter().enumerate().filter(|(_, segment)| **segment == Segment::All);
    let (first, _) = all.next()?;
    Some(if all.next().is_some() { Err(()) } else { Ok(path.get(..first).unwrap_or_default()) })
}

fn source(mapping: &FieldMapping) -> Result<List<'_>, (String, String)> {
    let Origin::Block { block, path: Some(path) } = &mapping.source.origin else {
        return Err(without_elements());
    };
    let path = path.segments();
    let last = path.iter().rposition(|segment| *segment == Segment::All).ok_or_else(without_elements)?;
    if let Some(step) = mapping.source.transformations.iter().find(|step| !keeps(step)) {
        let message = format!("`{}` gives no element per element", step.word());
        let help = "only `project`, `map`, `format`, `default` and `!` may stand before a destination with `[*]`";
        return Err((message, help.to_owned()));
    }
    Ok((block, path.get(..=last).unwrap_or_default()))
}

/// Whether there is an element for each element behind a transformation. Of an absent list there may be none, but not others.
fn keeps(step: &Transformation) -> bool {
    match step {
        Transformation::Identity | Transformation::Project(_) | Transformation::Require => true,
        Transformation::Map { .. } | Transformation::Format { .. } => true,
        Transformation::Default(default) => default.as_array().is_none_or(Vec::is_empty),
        _ => false,
    }
}

fn without_elements() -> (String, String) {
    let message = "a destination with `[*]` needs a source with `[*]`".to_owned();
    (message, "take the values from the elements of a list: `block.list[*].Field`".to_owned())
}
