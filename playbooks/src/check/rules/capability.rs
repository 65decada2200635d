//! The versions of a capability can be told apart, and can be asked.

use std::collections::HashMap;

use engage_engine::model::{Item, Place, Subject};
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use crate::model::CapabilityVersion;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0643"),
    title: "a version that cannot be asked",
    explanation: "A capability has one version at least; each has a number of its own from 1, a model and a \
                  prompt. A run keeps the number, so that it means the same for ever.",
    example: concat!(
        "capability summary \"Summary\" {\n",
        "  version 1 {\n",
        "    model \"small\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\" }\n",
        "    output { \"type\": \"object\" }\n",
        "  }\n",
        "  version 1 {\n",
        "    model \"large\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\" }\n",
        "    output { \"type\": \"object\" }\n",
        "  }\n",
        "}\n",
    ),
    cure: concat!(
        "capability summary \"Summary\" {\n",
        "  version 1 {\n",
        "    model \"small\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\" }\n",
        "    output { \"type\": \"object\" }\n",
        "  }\n",
        "  version 2 {\n",
        "    model \"large\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\" }\n",
        "    output { \"type\": \"object\" }\n",
        "  }\n",
        "}\n",
    ),
};

pub(super) fn check(known: &Known<'_>, problems: &mut Vec<Problem>) {
    for (index, capability) in known.library.capabilities.iter().enumerate() {
        let at = |place| Subject { item: Item::Capability(index), place };
        if capability.versions.is_empty() {
            let problem = Problem::error(INFO.code, at(Place::Whole), format!("`{}` has no version", capability.id));
            problems.push(problem.help("write one: `version 1 { … }`"));
        }
        let mut seen: HashMap<u32, usize> = HashMap::new();
        for (position, version) in capability.versions.iter().enumerate() {
            if let Some(first) = seen.get(&version.number) {
                let message = format!("there is another version {}", version.number);
                let problem = Problem::error(INFO.code, at(Place::Version(position)), message);
                let problem = problem.help("give it the next number");
                problems.push(problem.related(at(Place::Version(*first)), "the first one"));
            } else {
                seen.insert(version.number, position);
            }
            for (place, message, help) in wrong(position, version) {
                problems.push(Problem::error(INFO.code, at(place), message).help(help));
            }
        }
    }
}

fn wrong(position: usize, version: &CapabilityVersion) -> Vec<(Place, &'static str, &'static str)> {
    let found = [
        (version.number == 0, Place::Version(position), "versions are counted from 1", "give it another number"),
        (version.model.trim().is_empty(), Place::VersionModel(position), "the version names no model", "name one"),
        (version.prompt.trim().is_empty(), Place::VersionPrompt(position), "the prompt is empty", "say what to do"),
        (version.max_tokens == Some(0), Place::Version(position), "no answer has 0 tokens", "give a number from 1"),
    ];
    let found = found.into_iter().filter(|(wrong, ..)| *wrong);
    found.map(|(_, place, message, help)| (place, message, help)).collect()
}
