//! A value goes where the block takes one.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;
use crate::types::into;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0615"),
    title: "an input that the block does not have",
    explanation: "What a block takes has a type: the parts and fields of a pattern, the variables of a \
                  template, the input of a capability. A value that goes elsewhere would be lost. Fields \
                  that are read-only, and on create the `Id`, are no input.",
    example: with_people!(
        "playbook add \"Add\" {\n",
        "  trigger Manual(name: string)\n",
        "  create made = people as application \"anybody may add\" { contact.Nmae: trigger.name, contact.Name: \"x\" }\n",
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
    for (position, block, typed) in flow.each() {
        let Some(input) = &typed.input else { continue };
        for (index, mapping) in block.mappings.iter().enumerate() {
            let Some(path) = &mapping.destination else { continue };
            let Err(missing) = into(input, path) else { continue };
            let (what, help, suggestion) = missing.kind.told();
            let at = flow.at(Place::InputDestination(position, index));
            let message = format!("`{}` takes no `{path}`: {what}", block.name);
            let mut problem = Problem::error(INFO.code, at, message).suggest(suggestion);
            problem.help = help;
            problems.push(problem);
        }
    }
}
