//! Triggers and the values that they declare.

use engage_engine::ids::SemanticId;
use engage_engine::model::Place;
use engage_playbooks::model::{Declared, DeclaredType, Schedule, Trigger, TriggerKind};

use super::super::tree::Node;
use super::reader::{Reader, word};
use super::{Places, properties, start_of};
use crate::findings::Findings;
use crate::lower::{ZONE, codes as shared};
use crate::source::Span;
use crate::value::json;

/// What a trigger block says.
pub(super) fn trigger(reader: &mut Reader<'_, '_>, n: usize, places: &mut Places) -> Option<Trigger> {
    let event = reader.required_text("event");
    places.note_some(Place::BlockValue(n), event.map(|event| event.span));
    let kind = event.and_then(|event| {
        shared::trigger_kind(event).map_or_else(
            |error| {
                let meant = error.suggestion.as_deref().and_then(TriggerKind::of);
                reader.out.push(*error);
                meant
            },
            Some,
        )
    });
    let mut portals = Vec::new();
    for portal in reader.texts("portals") {
        places.note(Place::BlockPortal(n, portals.len()), portal.span);
        portals.push(portal.value.to_owned());
    }
    let schedule = reader.node("schedule").and_then(|node| schedule(node, n, places, reader.out));
    let body = reader.node("body");
    places.note_some(Place::BlockSchema(n), body.map(start_of));
    let mut inputs = Vec::new();
    for node in reader.list("inputs") {
        if let Some((span, declared)) = declared(node, None, reader.out) {
            places.note(Place::BlockDeclared(n, inputs.len()), span);
            inputs.push(declared);
        }
    }
    Some(Trigger { kind: kind?, portals, schedule, body: body.map(json), inputs })
}

fn schedule(node: &Node, n: usize, places: &mut Places, out: &mut Findings) -> Option<Schedule> {
    let mut reader = Reader::open(node, "a schedule", properties::SCHEDULE, out)?;
    let cron = reader.required_text("cron");
    let zone = reader.text("zone");
    let cron = cron?;
    places.note(Place::BlockSchedule(n), cron.span);
    places.note_some(Place::BlockZone(n), zone.map(|zone| zone.span));
    Some(Schedule { cron: cron.value.to_owned(), zone: zone.map_or(ZONE, |zone| zone.value).to_owned() })
}

/// A declared value and its place; `called` is its name where it says none.
pub(super) fn declared(node: &Node, called: Option<&str>, out: &mut Findings) -> Option<(Span, Declared)> {
    let mut reader = Reader::open(node, "a declared value", properties::DECLARED, out)?;
    let name = match called {
        Some(_) => reader.text("name"),
        None => reader.required_text("name"),
    };
    let optional = reader.flag("optional");
    let of = declared_type(&mut reader)?;
    let span = name.map_or(start_of(node), |name| name.span);
    let name = name.map(|name| name.value).or(called)?.to_owned();
    Some((span, Declared { name, of, optional }))
}

#[derive(Clone, Copy)]
enum Type {
    Plain(fn() -> DeclaredType),
    Ref,
    List,
}

const TYPES: &[(&str, Type)] = &[
    ("String", Type::Plain(|| DeclaredType::String)),
    ("Boolean", Type::Plain(|| DeclaredType::Boolean)),
    ("Int", Type::Plain(|| DeclaredType::Int)),
    ("Double", Type::Plain(|| DeclaredType::Double)),
    ("Decimal", Type::Plain(|| DeclaredType::Decimal)),
    ("Date", Type::Plain(|| DeclaredType::Date)),
    ("DateTime", Type::Plain(|| DeclaredType::DateTime)),
    ("Ref", Type::Ref),
    ("List", Type::List),
];

/// The type that some properties declare. As deep as the tree, which is bounded.
fn declared_type(reader: &mut Reader<'_, '_>) -> Option<DeclaredType> {
    let written = reader.required_text("type")?;
    let of = word(written, "type", TYPES, shared::TYPE_SYNONYMS, reader.out)?;
    if !matches!(of, Type::Ref) {
        reader.misplaced(&["entity"], "belongs to type `Ref`");
    }
    if !matches!(of, Type::List) {
        reader.misplaced(&["of"], "belongs to type `List`");
    }
    Some(match of {
        Type::Plain(of) => of(),
        Type::Ref => DeclaredType::Ref(reader.required_name::<SemanticId>("entity")?.value),
        Type::List => {
            let node = if reader.require("of") { reader.node("of")? } else { return None };
            let mut inner = Reader::open(node, "a type", properties::OF, reader.out)?;
            DeclaredType::List(Box::new(declared_type(&mut inner)?))
        }
    })
}
