//! `kind: AiCapability` and `kind: Mapper`.

use engage_engine::ids::SemanticId;
use engage_engine::model::Place;
use engage_playbooks::model::{Capability, CapabilityVersion, Mapper};

use super::super::tree::Node;
use super::pattern::field_ref;
use super::reader::Reader;
use super::{Places, properties, start_of};
use crate::findings::Findings;
use crate::value::json;

/// The capability, `None` when it has no usable id.
pub(super) fn lower(document: &Node, places: &mut Places, out: &mut Findings) -> Option<Capability> {
    let mut reader = Reader::open(document, "a capability", properties::CAPABILITY, out)?;
    let id = reader.required_name::<SemanticId>("id");
    let name = reader.text("name").map(|name| name.value.to_owned());
    let description = reader.text("description").map_or("", |text| text.value).to_owned();
    reader.require("versions");
    let nodes = reader.list("versions");
    let header = places.header;
    places.note(Place::Whole, id.as_ref().map_or(header, |id| id.span));
    places.note_some(Place::Id, id.as_ref().map(|id| id.span));
    let mut versions = Vec::with_capacity(nodes.len());
    for node in nodes {
        versions.extend(lower_version(node, versions.len(), places, out));
    }
    let id = id?.value;
    Some(Capability { name: name.unwrap_or_else(|| id.to_string()), id, description, versions })
}

fn lower_version(node: &Node, n: usize, places: &mut Places, out: &mut Findings) -> Option<CapabilityVersion> {
    let mut reader = Reader::open(node, "a version", properties::VERSION, out)?;
    reader.require("version");
    let number = reader.count("version");
    let (model, prompt) = (reader.required_text("model"), reader.required_text("prompt"));
    reader.require("input");
    reader.require("output");
    let max_tokens = reader.count("maxTokens");
    let (input, output) = (reader.node("input")?, reader.node("output")?);
    let (number, model, prompt) = (number?, model?, prompt?);
    places.note_some(Place::Version(n), reader.node("version").map(|node| node.span));
    places.note(Place::VersionModel(n), model.span);
    places.note(Place::VersionPrompt(n), prompt.span);
    places.note(Place::VersionInput(n), start_of(input));
    places.note(Place::VersionOutput(n), start_of(output));
    Some(CapabilityVersion {
        number,
        model: model.value.to_owned(),
        prompt: prompt.value.to_owned(),
        input: json(input),
        output: json(output),
        max_tokens,
    })
}

/// The mapper, `None` when it lacks a use case or a pattern.
pub(super) fn lower_mapper(document: &Node, places: &mut Places, out: &mut Findings) -> Option<Mapper> {
    let mut reader = Reader::open(document, "a mapper", properties::MAPPER, out)?;
    let use_case = reader.required_text("useCase");
    let pattern = reader.required_name::<SemanticId>("pattern");
    let field = reader.text("field");
    let field = match field {
        Some(text) => Some(field_ref(text, reader.out)?),
        None => None,
    };
    let (use_case, pattern) = (use_case?, pattern?);
    places.note(Place::Whole, use_case.span);
    places.note(Place::Id, use_case.span);
    places.note(Place::MapperPattern, pattern.span);
    places.note_some(Place::MapperField, field.as_ref().map(|field| field.span));
    Some(Mapper { use_case: use_case.value.to_owned(), pattern: pattern.value, field: field.map(|field| field.value) })
}
