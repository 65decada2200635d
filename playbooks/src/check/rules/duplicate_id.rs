//! Every playbook, template and capability has an id of its own.

use std::collections::HashMap;

use engage_engine::model::{Item, Place, Subject};
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0601"),
    title: "an id that stands twice",
    explanation: "Playbooks, templates and capabilities are named by their semantic id, in other files and \
                  in bundles. Two of a kind with one id cannot be told apart; a template's id is the name of \
                  its file.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual\n",
        "}\n",
        "playbook hello \"Hello again\" {\n",
        "  trigger Manual\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual\n",
        "}\n",
        "playbook hello-again \"Hello again\" {\n",
        "  trigger Manual\n",
        "}\n",
    ),
};

pub(super) fn check(known: &Known<'_>, problems: &mut Vec<Problem>) {
    let library = known.library;
    let playbooks = library.playbooks.iter().map(|of| of.id.as_str()).collect();
    each("playbook", playbooks, Item::Playbook, problems);
    let templates = library.templates.iter().map(|of| of.id.as_str()).collect();
    each("template", templates, Item::Template, problems);
    let capabilities = library.capabilities.iter().map(|of| of.id.as_str()).collect();
    each("capability", capabilities, Item::Capability, problems);
    let mappers = library.mappers.iter().map(|of| of.use_case.as_str()).collect();
    each("mapper", mappers, Item::Mapper, problems);
}

fn each(kind: &str, ids: Vec<&str>, item: fn(usize) -> Item, problems: &mut Vec<Problem>) {
    let at = |index| Subject { item: item(index), place: Place::Id };
    let mut seen = HashMap::new();
    for (index, id) in ids.into_iter().enumerate() {
        let Some(first) = seen.get(id) else {
            seen.insert(id, index);
            continue;
        };
        let message = format!("there is another {kind} `{id}`");
        let problem = Problem::error(INFO.code, at(index), message).help("give one of them another name");
        problems.push(problem.related(at(*first), "the first one"));
    }
}
