//! `kind: EntityPattern`.

use engage_engine::ids::{FieldName, RefId, SemanticId};
use engage_engine::model::{
    Assignment, Direction, EntityPattern, Escalation, FieldRef, FieldRequirement, PatternPart, Place, Query, Sort,
};

use super::super::tree::{Node, NodeKind};
use super::condition::lower_condition;
use super::reader::{Name, Reader, literal, name, text, word, wrong_kind};
use super::{Places, codes, properties, quote};
use crate::findings::Findings;
use crate::source::{Span, Spanned};

/// The pattern, `None` when it has no usable id.
pub(super) fn lower(document: &Node, places: &mut Places, out: &mut Findings) -> Option<EntityPattern> {
    let mut reader = Reader::open(document, "a pattern", properties::PATTERN, out)?;
    let id = reader.required_name::<SemanticId>("id");
    let name = reader.text("name").map(|name| name.value.to_owned());
    let description = reader.text("description").map_or("", |text| text.value).to_owned();
    let escalation = reader.text("escalation");
    reader.require("parts");
    let parts = reader.list("parts");
    let requirements = reader.list("requirements");

    let header = places.header;
    places.note(Place::Whole, id.as_ref().map_or(header, |id| id.span));
    places.note_some(Place::Id, id.as_ref().map(|id| id.span));
    places.note_some(Place::Escalation, escalation.map(|text| text.span));

    let mut pattern = EntityPattern {
        name: name.unwrap_or_else(|| id.as_ref().map(|id| id.value.to_string()).unwrap_or_default()),
        description,
        escalation: escalation.map(|text| Escalation { reason: text.value.to_owned() }),
        parts: Vec::with_capacity(parts.len()),
        requirements: Vec::with_capacity(requirements.len()),
        // Without an id the rest is read for its slips alone.
        id: id.as_ref().map_or_else(stand_in, |id| Some(id.value.clone()))?,
    };
    for node in parts {
        let part = lower_part(node, pattern.parts.len(), places, out);
        pattern.parts.extend(part);
    }
    for node in requirements {
        let requirement = lower_requirement(node, pattern.requirements.len(), places, out);
        pattern.requirements.extend(requirement);
    }
    id.map(|_| pattern)
}

/// Stands where a name is missing in what is read for its slips alone.
fn stand_in<T: Name>() -> Option<T> {
    T::read("unnamed").ok()
}

fn lower_part(node: &Node, n: usize, places: &mut Places, out: &mut Findings) -> Option<PatternPart> {
    let mut reader = Reader::open(node, "a part", properties::PART, out)?;
    let ref_id = reader.required_name::<RefId>("ref");
    let entity = reader.required_name::<SemanticId>("entity");
    let complete = ref_id.is_some() && entity.is_some();
    // The places of a part that is left out belong to no other.
    let mut aside = Places::new(places.header);
    let places = if complete { places } else { &mut aside };
    let mut part = PatternPart::new(
        ref_id.as_ref().map_or_else(stand_in, |name| Some(name.value.clone()))?,
        entity.as_ref().map_or_else(stand_in, |name| Some(name.value.clone()))?,
    );
    part.read_only = reader.flag("readOnly");
    part.multiple = reader.flag("multiple");
    part.optional = reader.flag("optional");
    part.root = reader.flag("root");
    part.replace = reader.flag("replace");
    let match_on = reader.names::<FieldName>("match");
    let flags = reader.first_of(&["readOnly", "replace", "multiple", "optional", "root", "match"]);
    let (root, replace) = (reader.first_of(&["root"]), reader.first_of(&["replace"]));
    let (defaults, fixed) = (reader.node("defaults"), reader.node("fixed"));
    let query = reader.node("query");

    places.note_some(Place::Part(n), ref_id.map(|name| name.span));
    places.note_some(Place::PartEntity(n), entity.map(|name| name.span));
    places.note_some(Place::PartFlags(n), flags);
    places.note_some(Place::PartRoot(n), root);
    places.note_some(Place::PartReplace(n), replace);
    for (position, field) in match_on.into_iter().enumerate() {
        places.note(Place::PartMatch(n, position), field.span);
        part.match_on.push(field.value);
    }
    for (position, (assignment, field, value)) in assignments(defaults, "`defaults`", out).into_iter().enumerate() {
        places.note(Place::Default(n, position), field);
        places.note(Place::DefaultValue(n, position), value);
        part.defaults.push(assignment);
    }
    for (position, (assignment, field, value)) in assignments(fixed, "`fixed`", out).into_iter().enumerate() {
        places.note(Place::Fixed(n, position), field);
        places.note(Place::FixedValue(n, position), value);
        part.fixed.push(assignment);
    }
    if let Some(query) = query {
        part.query = lower_query(query, n, places, out);
    }
    complete.then_some(part)
}

/// `{Field: value, …}` with the places of field and value.
fn assignments(node: Option<&Node>, what: &str, out: &mut Findings) -> Vec<(Assignment, Span, Span)> {
    let Some(node) = node else { return Vec::new() };
    let NodeKind::Map(entries) = &node.kind else {
        wrong_kind(node, &format!("a mapping for {what}"), "write `{Field: value}`", out);
        return Vec::new();
    };
    let mut assignments = Vec::with_capacity(entries.len());
    for entry in entries {
        let value_at = if entry.value.span.end > entry.value.span.start { entry.value.span } else { entry.key.span };
        let field = name::<FieldName>(Spanned::new(entry.key.value.as_str(), entry.key.span), out);
        let value = literal(&entry.value, out);
        if let (Some(field), Some(value)) = (field, value) {
            assignments.push((Assignment { field: field.value, value }, field.span, value_at));
        }
    }
    assignments
}

const DIRECTIONS: &[(&str, Direction)] = &[("ascending", Direction::Ascending), ("descending", Direction::Descending)];

/// How directions are called elsewhere.
const SHORT: &[(&str, &str)] = &[("asc", "ascending"), ("desc", "descending")];

fn lower_query(node: &Node, n: usize, places: &mut Places, out: &mut Findings) -> Query {
    let Some(mut reader) = Reader::open(node, "a query", properties::QUERY, out) else { return Query::default() };
    places.note_some(Place::Query(n), reader.first_of(&["limit", "where", "sort"]));
    places.note_some(Place::Limit(n), reader.first_of(&["limit"]));
    let limit = reader.count("limit");
    let (sort, filter) = (reader.node("sort"), reader.node("where"));
    let filter = filter.and_then(|node| {
        let mut fields = Vec::new();
        let condition = lower_condition(node, &mut fields, out);
        for (position, span) in fields.into_iter().enumerate() {
            places.note(Place::QueryField(n, position), span);
        }
        condition
    });
    Query { filter, sort: sort.and_then(|node| lower_sort(node, n, places, out)), limit }
}

fn lower_sort(node: &Node, n: usize, places: &mut Places, out: &mut Findings) -> Option<Sort> {
    let mut reader = Reader::open(node, "`sort`", properties::SORT, out)?;
    let field = reader.required_name::<FieldName>("field");
    let direction = reader.text("direction");
    let direction = direction.and_then(|text| word(text, "direction", DIRECTIONS, SHORT, out)).unwrap_or_default();
    let field = field?;
    places.note(Place::Sort(n), field.span);
    Some(Sort { field: field.value, direction })
}

fn lower_requirement(node: &Node, n: usize, places: &mut Places, out: &mut Findings) -> Option<FieldRequirement> {
    let mut reader = Reader::open(node, "a requirement", properties::REQUIREMENT, out)?;
    let dependent = reader.required_text("dependent").and_then(|text| field_ref(text, reader.out));
    reader.require("source");
    let source = reader.node("source");
    let (optional, deferred) = (reader.flag("optional"), reader.flag("deferred"));
    let sources = sources(source?, out);
    let dependent = dependent?;
    if sources.is_empty() {
        return None;
    }
    places.note(Place::Requirement(n), dependent.span);
    places.note(Place::Dependent(n), dependent.span);
    for (position, source) in sources.iter().enumerate() {
        places.note(Place::Source(n, position), source.span);
    }
    let sources = sources.into_iter().map(|source| source.value).collect();
    Some(FieldRequirement { dependent: dependent.value, sources, optional, deferred })
}

/// One source or a list of alternatives.
fn sources(node: &Node, out: &mut Findings) -> Vec<Spanned<FieldRef>> {
    let nodes = match &node.kind {
        NodeKind::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if nodes.is_empty() {
        out.error(&codes::MISSING, node.span, "a requirement needs a source", "write `source: part.Field`");
    }
    let texts: Vec<_> = nodes.iter().filter_map(|node| text(node, "source", out)).collect();
    texts.into_iter().filter_map(|text| field_ref(text, out)).collect()
}

/// A field of a part, or the complaint.
pub(super) fn field_ref(text: Spanned<&str>, out: &mut Findings) -> Option<Spanned<FieldRef>> {
    let split = text.value.split_once('.').filter(|(_, field)| !field.contains('.'));
    let Some((part, field)) = split else {
        let message = format!("{} does not name a field of a part", quote(text.value));
        out.error(&codes::BAD_REFERENCE, text.span, message, "write `part.Field`, as in `account.Id`");
        return None;
    };
    let part = name::<RefId>(Spanned::new(part, text.span), out);
    let field = name::<FieldName>(Spanned::new(field, text.span), out);
    Some(Spanned::new(FieldRef { part: part?.value, field: field?.value }, text.span))
}
