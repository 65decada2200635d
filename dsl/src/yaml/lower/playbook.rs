//! `kind: Playbook`.

use std::time::Duration;

use engage_engine::ids::{RefId, SemanticId};
use engage_engine::model::{Escalation, Place};
use engage_playbooks::model::{Block, BlockKind, Fork, InputValue, Playbook, Position, VersionChoice};

use super::super::tree::Node;
use super::condition::lower_tests;
use super::reader::{Reader, name, word, wrong_kind};
use super::source::{Filter, Whens, mappings};
use super::trigger::{declared, trigger};
use super::{Places, properties};
use crate::duration;
use crate::findings::Findings;
use crate::lower::TRIGGER;
use crate::source::Spanned;
use crate::value::json;

/// The playbook, `None` when it has no usable id.
pub(super) fn lower(document: &Node, places: &mut Places, out: &mut Findings) -> Option<Playbook> {
    let mut reader = Reader::open(document, "a playbook", properties::PLAYBOOK, out)?;
    let id = reader.required_name::<SemanticId>("id");
    let name = reader.text("name").map(|name| name.value.to_owned());
    let description = reader.text("description").map_or("", |text| text.value).to_owned();
    let fork = reader.node("fork").and_then(|node| fork(node, places, reader.out));
    let deadline = deadline(&mut reader);
    let concurrency = reader.count("concurrency");
    reader.require("blocks");
    let nodes = reader.list("blocks");

    let header = places.header;
    places.note(Place::Whole, id.as_ref().map_or(header, |id| id.span));
    places.note_some(Place::Id, id.as_ref().map(|id| id.span));
    places.note_some(Place::Deadline, reader.node("deadline").map(|node| node.span));
    places.note_some(Place::Concurrency, reader.node("concurrency").map(|node| node.span));

    let mut blocks = Vec::with_capacity(nodes.len());
    for node in nodes {
        // The places of a block that is left out belong to no other.
        let mut aside = Places::new(places.header);
        if let Some(block) = lower_block(node, blocks.len(), &mut aside, out) {
            places.notes.append(&mut aside.notes);
            blocks.push(block);
        }
    }
    let id = id?.value;
    let name = name.unwrap_or_else(|| id.to_string());
    Some(Playbook { name, id, description, package: None, fork, deadline, concurrency, blocks })
}

fn fork(node: &Node, places: &mut Places, out: &mut Findings) -> Option<Fork> {
    let mut reader = Reader::open(node, "a fork", properties::FORK, out)?;
    let package = reader.required_name::<SemanticId>("package");
    let text = reader.required_text("version");
    let playbook = reader.required_name::<SemanticId>("playbook");
    let replaces = reader.flag("replaces");
    places.note_some(Place::Fork, package.as_ref().map(|package| package.span));
    places.note_some(Place::ForkPlaybook, playbook.as_ref().map(|playbook| playbook.span));
    places.note_some(Place::ForkVersion, text.map(|text| text.span));
    let version = text?.value.parse().ok();
    if version.is_none() {
        wrong_kind(reader.node("version")?, "a version for `version`", "write it as `1.2.0`", reader.out);
    }
    Some(Fork { package: package?.value, version: version?, playbook: playbook?.value, replaces })
}

fn deadline(reader: &mut Reader<'_, '_>) -> Option<Duration> {
    let text = reader.text("deadline")?;
    let time = duration::parse(text.value);
    if time.is_none() {
        let node = reader.node("deadline")?;
        wrong_kind(node, "a time for `deadline`", "write it as `90s`, `30m` or `2h`", reader.out);
    }
    time
}

/// The types of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Trigger,
    Filter,
    Read,
    Create,
    Update,
    Template,
    Ai,
    Output,
    Input,
    File,
}

/// The words for types of blocks, in the order of the documentation.
const TYPES: &[(&str, Type)] = &[
    ("Trigger", Type::Trigger),
    ("Filter", Type::Filter),
    ("Read", Type::Read),
    ("Create", Type::Create),
    ("Update", Type::Update),
    ("Template", Type::Template),
    ("Ai", Type::Ai),
    ("Output", Type::Output),
    ("Input", Type::Input),
    ("File", Type::File),
];

/// Which properties go with which types; the others go with all.
const OWN: &[(&str, &str, &[Type])] = &[
    ("event", "`Trigger`", &[Type::Trigger]),
    ("portals", "`Trigger`", &[Type::Trigger]),
    ("schedule", "`Trigger`", &[Type::Trigger]),
    ("body", "`Trigger`", &[Type::Trigger]),
    ("inputs", "`Trigger`", &[Type::Trigger]),
    ("pattern", "`Filter`, `Read`, `Create` and `Update`", &[Type::Filter, Type::Read, Type::Create, Type::Update]),
    ("part", "`Filter`", &[Type::Filter]),
    ("where", "`Filter`", &[Type::Filter]),
    ("template", "`Template`", &[Type::Template]),
    ("capability", "`Ai`", &[Type::Ai]),
    ("version", "`Ai`", &[Type::Ai]),
    ("result", "`Output`", &[Type::Output]),
    ("value", "`Input`", &[Type::Input]),
    ("given", "`Input`", &[Type::Input]),
    ("file", "`File`", &[Type::File]),
    (
        "input",
        "blocks that take some",
        &[Type::Read, Type::Create, Type::Update, Type::Template, Type::Ai, Type::Output],
    ),
];

fn lower_block(node: &Node, n: usize, places: &mut Places, out: &mut Findings) -> Option<Block> {
    let mut reader = Reader::open(node, "a block", properties::BLOCK, out)?;
    let written = reader.required_text("type");
    let of = written.and_then(|text| word(text, "type of block", TYPES, &[], reader.out));
    let unnamed = of == Some(Type::Trigger) && reader.entry("name").is_none();
    let own = if unnamed { None } else { reader.required_name::<RefId>("name") };
    for (property, belongs, types) in OWN {
        if of.is_some_and(|of| !types.contains(&of)) {
            reader.misplaced(&[property], &format!("belongs to type {belongs}"));
        }
    }
    let title = reader.text("title").map(|title| title.value.to_owned()).unwrap_or_default();
    let at = own.as_ref().map(|own| own.span).or(written.map(|text| text.span));
    places.note_some(Place::Block(n), at);
    let called = match &own {
        Some(own) => Some(own.value.clone()),
        None if unnamed => RefId::new(TRIGGER).ok(),
        None => None,
    };
    let stands_for = called.as_ref().map_or("", RefId::as_str);
    let kind = of.and_then(|of| lower_type(of, &mut reader, n, stands_for, places));
    let after = after(&mut reader, n, places);
    let escalation = reader.text("escalation");
    let allow = reader.text("allowSensitive");
    places.note_some(Place::BlockEscalation(n), escalation.map(|text| text.span));
    places.note_some(Place::BlockAllow(n), allow.map(|text| text.span));
    let position = reader.node("position").and_then(|node| position(node, reader.out));
    let when = reader.node("when").map(|node| {
        places.note(Place::BlockWhen(n), node.span);
        lower_tests(node, &mut Whens { block: n, values: 0, places }, reader.out)
    });
    let mappings = reader.node("input").map(|node| mappings(node, n, places, reader.out)).unwrap_or_default();
    let when = match when {
        Some(when) => Some(when?),
        None => None,
    };
    Some(Block {
        name: called?,
        title,
        kind: kind?,
        when,
        after,
        escalation: escalation.map(|text| Escalation { reason: text.value.to_owned() }),
        allow_sensitive: allow.map(|text| text.value.to_owned()),
        mappings,
        position,
    })
}

fn after(reader: &mut Reader<'_, '_>, n: usize, places: &mut Places) -> Vec<RefId> {
    let texts = match reader.node("after") {
        Some(node) if matches!(node.kind, super::super::tree::NodeKind::Text(_)) => {
            reader.text("after").into_iter().collect()
        }
        _ => reader.texts("after"),
    };
    let mut after = Vec::new();
    for block in texts.into_iter().filter_map(|text| name::<RefId>(text, reader.out)) {
        places.note(Place::BlockAfter(n, after.len()), block.span);
        after.push(block.value);
    }
    after
}

fn position(node: &Node, out: &mut Findings) -> Option<Position> {
    let mut reader = Reader::open(node, "a position", properties::POSITION, out)?;
    let (x, y) = (reader.required_coordinate("x"), reader.required_coordinate("y"));
    Some(Position { x: x?, y: y? })
}

/// What a block does; `called` is its name, which results and values that are given go by where they say no other.
fn lower_type(of: Type, reader: &mut Reader<'_, '_>, n: usize, called: &str, places: &mut Places) -> Option<BlockKind> {
    let mut id = |reader: &mut Reader<'_, '_>, key: &'static str| -> Option<SemanticId> {
        let id = reader.required_name::<SemanticId>(key)?;
        places.note(Place::BlockValue(n), id.span);
        Some(id.value)
    };
    Some(match of {
        Type::Trigger => BlockKind::Trigger(trigger(reader, n, places)?),
        Type::Read => BlockKind::Read { pattern: id(reader, "pattern")? },
        Type::Create => BlockKind::Create { pattern: id(reader, "pattern")? },
        Type::Update => BlockKind::Update { pattern: id(reader, "pattern")? },
        Type::Template => BlockKind::Template { template: id(reader, "template")? },
        Type::Filter => {
            let pattern = id(reader, "pattern");
            let part = reader.required_name::<RefId>("part");
            places.note_some(Place::BlockPart(n), part.as_ref().map(|part| part.span));
            let node = if reader.require("where") { reader.node("where") } else { None };
            let mut tests = Filter { block: n, fields: 0, operands: 0, places };
            let condition = node.and_then(|node| lower_tests(node, &mut tests, reader.out));
            BlockKind::Filter { pattern: pattern?, part: part?.value, condition: condition? }
        }
        Type::Ai => {
            let capability = id(reader, "capability");
            places.note_some(Place::BlockVersion(n), reader.node("version").map(|node| node.span));
            let version = match reader.entry("version") {
                Some(_) => VersionChoice::Pinned(reader.count("version")?),
                None => VersionChoice::Latest,
            };
            BlockKind::Ai { capability: capability?, version }
        }
        Type::Output => {
            let result = reader.text("result").unwrap_or(Spanned::new(called, places.header));
            let at = reader.node("result").or(reader.node("name"));
            places.note_some(Place::BlockValue(n), at.map(|node| node.span));
            BlockKind::Output { name: result.value.to_owned() }
        }
        Type::Input => BlockKind::Input(input_value(reader, n, called, places)?),
        Type::File => {
            let file = reader.required_text("file")?;
            places.note(Place::BlockValue(n), file.span);
            BlockKind::File { file: file.value.to_owned() }
        }
    })
}

fn input_value(reader: &mut Reader<'_, '_>, n: usize, called: &str, places: &mut Places) -> Option<InputValue> {
    match (reader.written("value"), reader.node("given")) {
        (Some(value), None) => {
            places.note(Place::BlockValue(n), value.value.span);
            Some(InputValue::Constant(json(&value.value)))
        }
        (None, Some(given)) => {
            places.note(Place::BlockValue(n), given.span);
            let (span, declared) = declared(given, Some(called), reader.out)?;
            places.note(Place::BlockDeclared(n, 0), span);
            Some(InputValue::Given(declared))
        }
        (Some(_), Some(_)) => {
            reader.misplaced(&["given"], "does not go with `value`");
            None
        }
        (None, None) => {
            reader.require("value");
            None
        }
    }
}
