//! Playbooks, capabilities and mappers as YAML.

use engage_engine::model::Escalation;
use engage_playbooks::model::{
    Block, BlockKind, Capability, CapabilityVersion, Coordinate, Declared, DeclaredType, Fork, InputValue, Mapper,
    Playbook, Trigger, VersionChoice,
};

use super::layout::Out;
use super::source::{filter, input, json, when};
use super::{Map, names, reference};
use crate::duration;
use crate::lower::{TRIGGER, ZONE};

/// A playbook. `package` is not written: it follows from where the playbook is read.
pub(super) fn playbook(playbook: &Playbook) -> Out {
    let Playbook { id, name, description, package: _, fork, deadline, concurrency, blocks } = playbook;
    Map::default()
        .text("kind", "Playbook")
        .text("id", id)
        .text("name", name)
        .described(description)
        .some("fork", fork.as_ref().map(self::fork))
        .some("deadline", deadline.map(|deadline| Out::text(&duration::text(deadline))))
        .some("concurrency", concurrency.map(number))
        .with("blocks", Out::Rows(blocks.iter().map(block).collect()))
        .out()
}

fn fork(Fork { package, version, playbook, replaces }: &Fork) -> Out {
    Map::default()
        .text("package", package)
        .text("version", version.to_string())
        .text("playbook", playbook)
        .flag("replaces", *replaces)
        .out()
}

fn number(number: u32) -> Out {
    Out::word(&number.to_string())
}

pub(super) fn block(block: &Block) -> Out {
    let Block { name, title, kind, when: condition, after, escalation, allow_sensitive, mappings, position } = block;
    let unnamed = matches!(kind, BlockKind::Trigger(_)) && name.as_str() == TRIGGER;
    let map = Map::default()
        .some("name", (!unnamed).then(|| Out::text(name.as_str())))
        .some("title", (!title.is_empty()).then(|| Out::text(title)));
    block_kind(map, kind, name.as_str())
        .some("when", condition.as_ref().map(when))
        .some("after", (!after.is_empty()).then(|| Out::List(names(after))))
        .some("escalation", escalation.as_ref().map(|Escalation { reason }| Out::text(reason)))
        .some("allowSensitive", allow_sensitive.as_deref().map(Out::text))
        .some("input", (!mappings.is_empty()).then(|| input(mappings)))
        .some(
            "position",
            position.map(|position| {
                let number = |value: Coordinate| Out::word(&value.to_string());
                Map::default().with("x", number(position.x)).with("y", number(position.y)).out()
            }),
        )
        .out()
}

fn block_kind(map: Map, kind: &BlockKind, called: &str) -> Map {
    match kind {
        BlockKind::Trigger(trigger) => self::trigger(map.text("type", "Trigger"), trigger),
        BlockKind::Read { pattern } => map.text("type", "Read").text("pattern", pattern),
        BlockKind::Create { pattern } => map.text("type", "Create").text("pattern", pattern),
        BlockKind::Update { pattern } => map.text("type", "Update").text("pattern", pattern),
        BlockKind::Template { template } => map.text("type", "Template").text("template", template),
        BlockKind::Filter { pattern, part, condition } => {
            let map = map.text("type", "Filter").text("pattern", pattern).text("part", part);
            map.with("where", filter(condition))
        }
        BlockKind::Ai { capability, version } => map.text("type", "Ai").text("capability", capability).some(
            "version",
            match version {
                VersionChoice::Latest => None,
                VersionChoice::Pinned(version) => Some(number(*version)),
            },
        ),
        BlockKind::Output { name } => {
            map.text("type", "Output").some("result", (name != called).then(|| Out::text(name)))
        }
        BlockKind::Input(InputValue::Constant(value)) => map.text("type", "Input").with("value", json(value)),
        BlockKind::Input(InputValue::Given(declared)) => {
            map.text("type", "Input").with("given", self::declared(declared, Some(called)))
        }
        BlockKind::File { file } => map.text("type", "File").text("file", file),
    }
}

fn trigger(map: Map, trigger: &Trigger) -> Map {
    let Trigger { kind, portals, schedule, body, inputs } = trigger;
    let schedule = schedule.as_ref().map(|schedule| {
        let map = Map::default().text("cron", &schedule.cron);
        map.some("zone", (schedule.zone != ZONE).then(|| Out::text(&schedule.zone))).out()
    });
    map.text("event", kind.name())
        .list("portals", names(portals))
        .some("schedule", schedule)
        .some("body", body.as_ref().map(json))
        .list("inputs", inputs.iter().map(|one| declared(one, None)).collect())
}

/// A declared value; `called` is the name that needs no mention.
fn declared(declared: &Declared, called: Option<&str>) -> Out {
    let Declared { name, of, optional } = declared;
    let map = Map::default().some("name", (called != Some(name.as_str())).then(|| Out::text(name)));
    declared_type(map, of).flag("optional", *optional).out()
}

/// A declared type; lists of lists are written as deep as they are.
fn declared_type(map: Map, of: &DeclaredType) -> Map {
    match of {
        DeclaredType::String => map.text("type", "String"),
        DeclaredType::Boolean => map.text("type", "Boolean"),
        DeclaredType::Int => map.text("type", "Int"),
        DeclaredType::Double => map.text("type", "Double"),
        DeclaredType::Decimal => map.text("type", "Decimal"),
        DeclaredType::Date => map.text("type", "Date"),
        DeclaredType::DateTime => map.text("type", "DateTime"),
        DeclaredType::Ref(entity) => map.text("type", "Ref").text("entity", entity),
        DeclaredType::List(of) => map.text("type", "List").with("of", declared_type(Map::default(), of).out()),
    }
}

pub(super) fn capability(capability: &Capability) -> Out {
    let Capability { id, name, description, versions } = capability;
    Map::default()
        .text("kind", "AiCapability")
        .text("id", id)
        .text("name", name)
        .described(description)
        .with("versions", Out::Rows(versions.iter().map(version).collect()))
        .out()
}

fn version(version: &CapabilityVersion) -> Out {
    let CapabilityVersion { number: own, model, prompt, input, output, max_tokens } = version;
    Map::default()
        .with("version", number(*own))
        .text("model", model)
        .text("prompt", prompt)
        .some("maxTokens", max_tokens.map(number))
        .with("input", json(input))
        .with("output", json(output))
        .out()
}

pub(super) fn mapper(mapper: &Mapper) -> Out {
    let Mapper { use_case, pattern, field } = mapper;
    Map::default()
        .text("kind", "Mapper")
        .text("useCase", use_case)
        .text("pattern", pattern)
        .some("field", field.as_ref().map(reference))
        .out()
}
