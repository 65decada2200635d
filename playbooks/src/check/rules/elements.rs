//! A list that is given element by element has no gaps.

use std::collections::{BTreeMap, BTreeSet};

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::Segment;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0644"),
    title: "a list with a gap",
    explanation: "A list that is given element by element begins with `[0]` and has every element up to its \
                  last: what stood in a gap would be nothing, which no record can be.",
    example: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name -> name required\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contacts[] : contact\n",
        "}\n",
        "playbook add \"Add\" {\n",
        "  trigger Manual(name: string)\n",
        "  create made = people as application \"anybody may add\" {\n",
        "    contacts[1].Name: trigger.name\n",
        "  }\n",
        "  output ids = made\n",
        "}\n",
    ),
    cure: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name -> name required\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contacts[] : contact\n",
        "}\n",
        "playbook add \"Add\" {\n",
        "  trigger Manual(name: string)\n",
        "  create made = people as application \"anybody may add\" {\n",
        "    contacts[0].Name: trigger.name\n",
        "  }\n",
        "  output ids = made\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        let mut lists: BTreeMap<&[Segment], (BTreeSet<usize>, usize)> = BTreeMap::new();
        for (index, mapping) in block.mappings.iter().enumerate() {
            let path = mapping.destination.as_ref().map_or(&[][..], |path| path.segments());
            for (length, segment) in path.iter().enumerate() {
                if let Segment::Index(element) = segment {
                    let list = path.get(..length).unwrap_or_default();
                    lists.entry(list).or_insert_with(|| (BTreeSet::new(), index)).0.insert(*element);
                }
            }
        }
        for (list, (elements, index)) in lists {
            let Some(gap) = elements.iter().zip(0..).find(|(element, expected)| **element != *expected) else {
                continue;
            };
            let place = crate::Path::new(list.to_vec()).map_or_else(String::new, |path| path.to_string());
            let message = format!("`{place}` has `[{}]` and no `[{}]`", gap.0, gap.1);
            let at = shape.at(Place::InputDestination(position, index));
            problems.push(Problem::error(INFO.code, at, message).help("count the elements from 0 without a gap"));
        }
    }
}
