//! Playbooks, capabilities and mappers in the language.

use std::fmt::Write as _;

use engage_engine::model::Escalation;
use engage_playbooks::model::{
    Block, BlockKind, Capability, CapabilityVersion, Declared, DeclaredType, FieldMapping, Fork, InputValue, Mapper,
    Origin, Playbook, Source, Trigger, VersionChoice,
};
use serde_json::Value;

use super::source::{destination, filter, json, source, when};
use super::{list, name, text};
use crate::duration;
use crate::lower::{TRIGGER, ZONE};
use crate::syntax::text::encode_long;

/// A playbook. `package` is not written: it follows from where the playbook is read.
pub(super) fn playbook(playbook: &Playbook) -> String {
    let Playbook { id, name: title, description, package: _, fork, deadline, concurrency, blocks } = playbook;
    let mut out = format!("playbook {} {} {{\n", name(id.as_str()), text(title));
    if !description.is_empty() {
        let _ = writeln!(out, "description {}", text(description));
    }
    if let Some(Fork { package, version, playbook, replaces }) = fork {
        let (of, version) =
            (format!("{}.{}", name(package.as_str()), name(playbook.as_str())), text(&version.to_string()));
        let _ = writeln!(out, "fork {of} version {version}{}", if *replaces { " replaces" } else { "" });
    }
    if let Some(deadline) = deadline {
        let _ = writeln!(out, "deadline {}", duration::text(*deadline));
    }
    if let Some(concurrency) = concurrency {
        let _ = writeln!(out, "concurrency {concurrency}");
    }
    for (number, block) in blocks.iter().enumerate() {
        // The trigger stands apart from what it starts.
        out.push_str(if number == 1 { "\n" } else { "" });
        let _ = writeln!(out, "{}", self::block(block));
    }
    out.push_str("}\n");
    out
}

fn block(block: &Block) -> String {
    let Block { name: own, title, kind, mappings, .. } = block;
    let title = if title.is_empty() { String::new() } else { format!(" {}", text(title)) };
    let label = format!("{}{title}", name(own.as_str()));
    let flags = flags(block);
    let input = || if mappings.is_empty() { String::new() } else { format!(" {}", input(mappings)) };
    let named = |verb: &str, what: &str| format!("{verb} {label} = {}", name(what));
    match kind {
        BlockKind::Trigger(trigger) => {
            let head = match (own.as_str(), title.as_str()) {
                (TRIGGER, "") => String::new(),
                (TRIGGER, title) => format!("{title} ="),
                _ => format!(" {label} ="),
            };
            format!("trigger{head} {}{flags}", self::trigger(trigger))
        }
        BlockKind::Read { pattern } => named("read", pattern.as_str()) + &flags + &input(),
        BlockKind::Create { pattern } => named("create", pattern.as_str()) + &flags + &input(),
        BlockKind::Update { pattern } => named("update", pattern.as_str()) + &flags + &input(),
        BlockKind::Template { template } => named("template", template.as_str()) + &flags + &input(),
        BlockKind::Ai { capability, version } => {
            let version = match version {
                VersionChoice::Latest => String::new(),
                VersionChoice::Pinned(number) => format!(" version {number}"),
            };
            named("ai", capability.as_str()) + &version + &flags + &input()
        }
        BlockKind::Filter { pattern, part, condition } => {
            let (pattern, part) = (name(pattern.as_str()), name(part.as_str()));
            format!("filter {label} on {pattern}.{part}{flags}: {}", filter(condition, false))
        }
        BlockKind::Output { name: result } => {
            format!("output {label}{} = {}{flags}", alias(own.as_str(), result), result_of(mappings))
        }
        BlockKind::Input(InputValue::Constant(value)) => format!("input {label} = {}{flags}", json(value)),
        BlockKind::Input(InputValue::Given(Declared { name: given, of, optional })) => {
            let optional = if *optional { " optional" } else { "" };
            format!("input {label}{}: {}{optional}{flags}", alias(own.as_str(), given), declared_type(of))
        }
        BlockKind::File { file } => format!("file {label} = {}{flags}", text(file)),
    }
}

/// What a value is called, where that is not what the block is called.
fn alias(block: &str, called: &str) -> String {
    if block == called { String::new() } else { format!(" as {}", text(called)) }
}

/// The one source of an output, or its keys. Braces with nothing in them are no keys, not an empty object.
fn result_of(mappings: &[FieldMapping]) -> String {
    let empty =
        |source: &Source| matches!(&source.origin, Origin::Constant(Value::Object(object)) if object.is_empty());
    match mappings {
        [FieldMapping { destination: None, source: only }] if !empty(only) => source(only),
        _ => input(mappings),
    }
}

fn input(mappings: &[FieldMapping]) -> String {
    let entry = |FieldMapping { destination: to, source: from }: &FieldMapping| {
        format!("{}: {}", to.as_ref().map_or_else(|| "*".to_owned(), destination), source(from))
    };
    format!("{{ {} }}", list(mappings.iter().map(entry)))
}

fn flags(block: &Block) -> String {
    let Block {
        name: _,
        title: _,
        kind: _,
        when: condition,
        after,
        escalation,
        allow_sensitive,
        mappings: _,
        position,
    } = block;
    let mut out = String::new();
    if let Some(condition) = condition {
        let _ = write!(out, " when {}", when(condition, false));
    }
    match after.as_slice() {
        [] => {}
        [only] => {
            let _ = write!(out, " after {}", name(only.as_str()));
        }
        several => {
            let _ = write!(out, " after ({})", list(several.iter().map(|block| name(block.as_str()))));
        }
    }
    if let Some(Escalation { reason }) = escalation {
        let _ = write!(out, " as application {}", text(reason));
    }
    if let Some(reason) = allow_sensitive {
        let _ = write!(out, " allow {}", text(reason));
    }
    if let Some(position) = position {
        let _ = write!(out, " at {} {}", position.x, position.y);
    }
    out
}

fn trigger(trigger: &Trigger) -> String {
    let Trigger { kind, portals, schedule, body, inputs } = trigger;
    let mut arguments = Vec::new();
    if !portals.is_empty() {
        arguments.push(format!("portals: [{}]", list(portals.iter().map(|portal| text(portal)))));
    }
    if let Some(schedule) = schedule {
        arguments.push(text(&schedule.cron));
        if schedule.zone != ZONE {
            arguments.push(format!("zone: {}", text(&schedule.zone)));
        }
    }
    arguments.extend(body.as_ref().map(|body| format!("body: {}", json(body))));
    arguments.extend(inputs.iter().map(|Declared { name: own, of, optional }| {
        format!("{}: {}{}", name(own), declared_type(of), if *optional { " optional" } else { "" })
    }));
    if arguments.is_empty() { kind.to_string() } else { format!("{kind}({})", arguments.join(", ")) }
}

/// A declared type; lists of lists are written as deep as they are.
fn declared_type(of: &DeclaredType) -> String {
    match of {
        DeclaredType::String => "string".to_owned(),
        DeclaredType::Boolean => "boolean".to_owned(),
        DeclaredType::Int => "int".to_owned(),
        DeclaredType::Double => "double".to_owned(),
        DeclaredType::Decimal => "decimal".to_owned(),
        DeclaredType::Date => "date".to_owned(),
        DeclaredType::DateTime => "datetime".to_owned(),
        DeclaredType::Ref(entity) => format!("ref {}", name(entity.as_str())),
        DeclaredType::List(of) => format!("{}[]", declared_type(of)),
    }
}

pub(super) fn capability(capability: &Capability) -> String {
    let Capability { id, name: title, description, versions } = capability;
    let mut out = format!("capability {} {} {{\n", name(id.as_str()), text(title));
    if !description.is_empty() {
        let _ = writeln!(out, "description {}", text(description));
    }
    for version in versions {
        let CapabilityVersion { number, model, prompt, input, output, max_tokens } = version;
        let _ = writeln!(out, "version {number} {{\nmodel {}\nprompt {}", text(model), long(prompt));
        let _ = writeln!(out, "input {}\noutput {}", json(input), json(output));
        if let Some(max_tokens) = max_tokens {
            let _ = writeln!(out, "max_tokens {max_tokens}");
        }
        out.push_str("}\n");
    }
    out.push_str("}\n");
    out
}

/// A text over several lines where it has them, indented below the property of a version.
fn long(prompt: &str) -> String {
    if !prompt.contains('\n') {
        return text(prompt);
    }
    let mut out = String::new();
    encode_long(prompt, 6, &mut out);
    out
}

pub(super) fn mapper(mapper: &Mapper) -> String {
    let Mapper { use_case, pattern, field } = mapper;
    let field = field.as_ref().map(|field| format!(".{}.{}", name(field.part.as_str()), name(field.field.as_str())));
    format!("mapper {} -> {}{}\n", name(use_case), name(pattern.as_str()), field.unwrap_or_default())
}
