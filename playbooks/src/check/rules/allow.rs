//! `allow` stands where sensitive fields reach an AI.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;
use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::BlockKind;
use crate::types::Type;

pub(in crate::check) const MISPLACED: CodeInfo = CodeInfo {
    code: Code("E0626"),
    title: "an `allow` that allows nothing",
    explanation: "`allow` says why sensitive fields may reach an AI, so it stands on an AI block and has a \
                  reason.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  template text = greeting allow \"it is only a greeting\" { who: trigger.who }\n",
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

pub(in crate::check) const NEEDLESS: CodeInfo = CodeInfo {
    code: Code("E0627"),
    title: "an `allow` without need",
    explanation: "No sensitive field reaches this AI. An `allow` that stands for nothing lets one in unseen \
                  that is added later.",
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
        "  ai short = summary allow \"one sentence\" { text: trigger.text }\n",
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

pub(super) fn misplaced(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        let Some(reason) = &block.allow_sensitive else { continue };
        let at = shape.at(Place::BlockAllow(position));
        if !matches!(block.kind, BlockKind::Ai { .. }) {
            let message = format!("`{}` asks no AI", block.name);
            problems.push(Problem::error(MISPLACED.code, at, message).help("leave `allow` out"));
        } else if reason.trim().is_empty() {
            let message = "the `allow` gives no reason";
            problems.push(Problem::error(MISPLACED.code, at, message).help("say why the fields may reach the AI"));
        }
    }
}

pub(super) fn needless(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for (position, block, typed) in flow.each() {
        if block.allow_sensitive.is_none() || !matches!(block.kind, BlockKind::Ai { .. }) {
            continue;
        }
        // Where a type is not known, nobody can tell.
        let clean = |of: &Option<Type>| of.as_ref().is_some_and(|of| of.taints().is_empty());
        if typed.values.values().all(clean) {
            let message = format!("no sensitive field reaches `{}`", block.name);
            let at = flow.at(Place::BlockAllow(position));
            problems.push(Problem::warning(NEEDLESS.code, at, message).help("leave `allow` out"));
        }
    }
}
