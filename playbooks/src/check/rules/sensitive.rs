//! Sensitive fields do not reach an AI that is not allowed them.

use engage_engine::model::{InputAt, Place};
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;
use super::super::quoted;
use crate::model::BlockKind;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0625"),
    title: "a sensitive field that reaches an AI",
    explanation: "A field that its definition calls `sensitive` is followed through templates, texts and \
                  whole objects. An AI gets it only where the block says `allow` and why, which whoever \
                  reviews the playbook can see.",
    example: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name -> name\n",
        "  Cpr  -> cpr sensitive\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contact : contact\n",
        "}\n",
        "capability summary \"Summary\" {\n",
        "  version 1 {\n",
        "    model \"small\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "    output { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "  }\n",
        "}\n",
        "playbook shorten \"Shorten\" {\n",
        "  trigger CustomerOverview\n",
        "  read found = people { contact.Id: trigger.AccountId }\n",
        "  ai short = summary { text: found | serialize }\n",
        "  output said = short.text\n",
        "}\n",
    ),
    cure: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name -> name\n",
        "  Cpr  -> cpr sensitive\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contact : contact\n",
        "}\n",
        "capability summary \"Summary\" {\n",
        "  version 1 {\n",
        "    model \"small\"\n",
        "    prompt \"Say it in one sentence.\"\n",
        "    input { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "    output { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } }, \"required\": [\"text\"] }\n",
        "  }\n",
        "}\n",
        "playbook shorten \"Shorten\" {\n",
        "  trigger CustomerOverview\n",
        "  read found = people { contact.Id: trigger.AccountId }\n",
        "  ai short = summary { text: found.Results[0].contact[0].Name! }\n",
        "  output said = short.text\n",
        "}\n",
    ),
};

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for (position, block, typed) in flow.each() {
        if !matches!(block.kind, BlockKind::Ai { .. }) || block.allow_sensitive.is_some() {
            continue;
        }
        for (index, mapping) in block.mappings.iter().enumerate() {
            let at = InputAt::Mapping(index);
            let taints = typed.values.get(&at).and_then(Option::as_ref).map(crate::types::Type::taints);
            let Some(taints) = taints.filter(|taints| !taints.is_empty()) else { continue };
            let at = flow.at(Place::Input(position, at));
            let message = format!("{} brings sensitive fields to an AI: {}", mapping.source.written(), quoted(taints));
            let help = "leave them out, or say why they may reach it: `allow \"…\"`";
            problems.push(Problem::error(INFO.code, at, message).help(help));
        }
    }
}
