//! A playbook: the event that starts it, and what its blocks take and give.

use std::fmt::Write as _;

use engage_engine::Acting;
use engage_playbooks::model::{BlockKind, InputValue, Trigger};
use engage_playbooks::triggers::acting;
use engage_playbooks::types::{Shape, declared};
use engage_playbooks::{Compiled, Node};
use serde_json::{Value as Json, json};

use super::types;
use crate::io::Io;

/// Describes a playbook.
pub(super) fn describe(compiled: &Compiled, as_json: bool, io: &mut Io<'_>) {
    if as_json { io.json(&json(compiled)) } else { io.out(text(compiled)) }
}

fn text(compiled: &Compiled) -> String {
    let Compiled { id, name, crm, blocks, .. } = compiled;
    let mut text = format!("{id} \"{name}\" on {crm}\n");
    if let (Some(trigger), Some(node)) = (compiled.trigger(), blocks.first()) {
        let _ = writeln!(text, "\nstarted by {}{}", trigger.kind, scope(trigger));
        let _ = writeln!(text, "an employee acts: {}", acting(trigger.kind).name());
        types::lines("data", &node.output, 0, &mut text);
    }
    for (block, of) in given(compiled) {
        let _ = writeln!(text, "given {block}: {of}");
    }
    for node in blocks.iter().skip(1) {
        let _ = writeln!(text, "\n{}", head(node));
        if takes(node) {
            types::lines("takes", &node.input, 2, &mut text);
        }
        types::lines("gives", &node.output, 2, &mut text);
    }
    text
}

fn scope(trigger: &Trigger) -> String {
    match (&trigger.schedule, trigger.portals.as_slice()) {
        (Some(schedule), _) => format!(" at `{}` in {}", schedule.cron, schedule.zone),
        (None, []) => String::new(),
        (None, portals) => format!(" of {}", portals.join(", ")),
    }
}

/// Whether it takes anything: filters, inputs and files do not.
fn takes(node: &Node) -> bool {
    match &node.input.shape {
        Shape::Object(object) => !object.fields.is_empty(),
        Shape::Null => false,
        _ => !node.block.mappings.is_empty(),
    }
}

fn head(node: &Node) -> String {
    let (kind, names) = kind(&node.block.kind);
    let mut text = format!("{kind} {}", node.block.name);
    if let Some(names) = names {
        let _ = write!(text, " = {names}");
    }
    match &node.acting {
        Some(Acting::Application { reason }) => {
            let _ = write!(text, ", as application ({reason})");
        }
        Some(Acting::Employee) => text.push_str(", as employee"),
        None => {}
    }
    if node.block.when.is_some() {
        text.push_str(", may be skipped");
    }
    if let Some(reason) = &node.block.allow_sensitive {
        let _ = write!(text, ", sensitive fields may reach it ({reason})");
    }
    text
}

/// What a block is, and what it names.
fn kind(kind: &BlockKind) -> (&'static str, Option<String>) {
    match kind {
        BlockKind::Trigger(trigger) => ("trigger", Some(trigger.kind.to_string())),
        BlockKind::Read { pattern } => ("read", Some(pattern.to_string())),
        BlockKind::Filter { pattern, part, .. } => ("filter", Some(format!("{pattern}.{part}"))),
        BlockKind::Create { pattern } => ("create", Some(pattern.to_string())),
        BlockKind::Update { pattern } => ("update", Some(pattern.to_string())),
        BlockKind::Template { template } => ("template", Some(template.to_string())),
        BlockKind::Ai { capability, .. } => ("ai", Some(capability.to_string())),
        BlockKind::Output { name } => ("output", Some(name.clone())),
        BlockKind::Input(_) => ("input", None),
        BlockKind::File { file } => ("file", Some(file.clone())),
    }
}

/// The `Input` blocks that are given their values, with their types.
fn given(compiled: &Compiled) -> Vec<(String, engage_playbooks::types::Type)> {
    let blocks = compiled.blocks.iter().filter_map(|node| match &node.block.kind {
        BlockKind::Input(InputValue::Given(of)) => Some((node.block.name.to_string(), declared(of))),
        _ => None,
    });
    blocks.collect()
}

fn json(compiled: &Compiled) -> Json {
    let Compiled { id, name, crm, digest, blocks, .. } = compiled;
    let trigger = compiled.trigger().map(|trigger| {
        json!({
            "kind": trigger.kind.name(),
            "acting": acting(trigger.kind).name(),
            "portals": trigger.portals,
            "schedule": trigger.schedule.as_ref().map(|one| json!({"cron": one.cron, "zone": one.zone})),
            "data": blocks.first().map(|node| types::json(&node.output)),
        })
    });
    let given: serde_json::Map<String, Json> =
        given(compiled).into_iter().map(|(block, of)| (block, types::json(&of))).collect();
    json!({
        "playbook": id.to_string(),
        "name": name,
        "crm": crm.to_string(),
        "digest": digest,
        "trigger": trigger,
        "given": given,
        "blocks": blocks.iter().map(|node| block(compiled, node)).collect::<Vec<_>>(),
    })
}

fn block(compiled: &Compiled, node: &Node) -> Json {
    let (kind, names) = kind(&node.block.kind);
    let needs = node.needs.iter().filter_map(|at| compiled.blocks.get(*at)).map(|need| need.block.name.to_string());
    let escalation = match &node.acting {
        Some(Acting::Application { reason }) => Some(reason),
        _ => None,
    };
    json!({
        "block": node.block.name.to_string(),
        "kind": kind,
        "names": names,
        "needs": needs.collect::<Vec<_>>(),
        "may_be_skipped": node.block.when.is_some(),
        "as_application": escalation,
        "allow_sensitive": node.block.allow_sensitive,
        "takes": types::json(&node.input),
        "gives": types::json(&node.output),
    })
}
