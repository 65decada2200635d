//! The templates, capabilities and versions that blocks name are there.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::quoted;
use super::super::shape::Shape;
use crate::model::{BlockKind, VersionChoice};

pub(in crate::check) const TEMPLATE: CodeInfo = CodeInfo {
    code: Code("E0611"),
    title: "a template that is not there",
    explanation: "A template is a `.liquid` file of the workspace, named by the file's name.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  template text = greting { who: trigger.who }\n",
        "  output said = text\n",
        "}\n",
        "# file: greeting.liquid\n",
        "Hello {{ who }}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  template text = greeting { who: trigger.who }\n",
        "  output said = text\n",
        "}\n",
        "# file: greeting.liquid\n",
        "Hello {{ who }}\n",
    ),
};

pub(in crate::check) const CAPABILITY: CodeInfo = CodeInfo {
    code: Code("E0612"),
    title: "a capability that is not there",
    explanation: "An AI block names a capability of the workspace by its semantic id.",
    example: concat!(
        "capability summary \"Summary\" {\n",
        "  version 1 {\n",
        "    model \"small\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "    output { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "  }\n",
        "}\n",
        "playbook shorten \"Shorten\" {\n",
        "  trigger Manual(text: string)\n",
        "  ai short = sumary { text: trigger.text }\n",
        "  output said = short.text\n",
        "}\n",
    ),
    cure: concat!(
        "capability summary \"Summary\" {\n",
        "  version 1 {\n",
        "    model \"small\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "    output { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "  }\n",
        "}\n",
        "playbook shorten \"Shorten\" {\n",
        "  trigger Manual(text: string)\n",
        "  ai short = summary { text: trigger.text }\n",
        "  output said = short.text\n",
        "}\n",
    ),
};

pub(in crate::check) const VERSION: CodeInfo = CodeInfo {
    code: Code("E0613"),
    title: "a version that the capability does not have",
    explanation: "A block asks for the newest version of a capability, or for one by its number.",
    example: concat!(
        "capability summary \"Summary\" {\n",
        "  version 1 {\n",
        "    model \"small\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "    output { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "  }\n",
        "}\n",
        "playbook shorten \"Shorten\" {\n",
        "  trigger Manual(text: string)\n",
        "  ai short = summary version 2 { text: trigger.text }\n",
        "  output said = short.text\n",
        "}\n",
    ),
    cure: concat!(
        "capability summary \"Summary\" {\n",
        "  version 1 {\n",
        "    model \"small\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "    output { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "  }\n",
        "}\n",
        "playbook shorten \"Shorten\" {\n",
        "  trigger Manual(text: string)\n",
        "  ai short = summary version 1 { text: trigger.text }\n",
        "  output said = short.text\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, known: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        let at = shape.at(Place::BlockValue(position));
        match &block.kind {
            BlockKind::Template { template } if known.template(template.as_str()).is_none() => {
                let problem = Problem::error(TEMPLATE.code, at, format!("there is no template `{template}`"));
                let problem = problem.help(format!("write the file `{template}.liquid`, or name another"));
                problems.push(problem.suggest(known.nearest_template(template.as_str())));
            }
            BlockKind::Ai { capability: id, version } => match known.capability(id.as_str()) {
                None => {
                    let problem = Problem::error(CAPABILITY.code, at, format!("there is no capability `{id}`"));
                    let problem = problem.help("name a capability of the workspace");
                    problems.push(problem.suggest(known.nearest_capability(id.as_str())));
                }
                Some((_, capability)) => {
                    let VersionChoice::Pinned(number) = version else { continue };
                    if capability.versions.iter().any(|version| version.number == *number) {
                        continue;
                    }
                    let message = format!("`{id}` has no version {number}");
                    let at = shape.at(Place::BlockVersion(position));
                    let has = quoted(capability.versions.iter().map(|version| version.number));
                    problems.push(Problem::error(VERSION.code, at, message).help(format!("it has {has}")));
                }
            },
            _ => {}
        }
    }
}
