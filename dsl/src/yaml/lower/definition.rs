//! `kind: EntityDefinition`.

use engage_engine::ids::{CrmName, FieldName, SemanticId};
use engage_engine::model::{Choice, Embedded, EntityDefinition, Field, FieldKind, Place, WireValue};

use super::super::tree::{Node, NodeKind};
use super::reader::{Name as _, Reader, name, text, word, wrong_kind};
use super::{Places, properties};
use crate::findings::Findings;
use crate::lower::codes::{TYPE_SYNONYMS, default_kind};
use crate::source::Span;

/// Stands where a CRM's name is missing: it keeps the entity and its fields known to patterns, and the rules for such
/// names quiet. The workspace is refused all the same.
const STAND_IN: &str = "unknown";

/// The definition, `None` when it has no usable id.
pub(super) fn lower(document: &Node, places: &mut Places, out: &mut Findings) -> Option<EntityDefinition> {
    let mut reader = Reader::open(document, "a definition", properties::DEFINITION, out)?;
    let id = reader.required_name::<SemanticId>("id");
    let crm = reader.required_name::<CrmName>("crm");
    let crm_type = reader.required_text("type");
    let name = reader.text("name").map(|name| name.value.to_owned());
    let description = reader.text("description").map_or("", |text| text.value).to_owned();
    let idempotency = reader.name::<FieldName>("idempotency");
    let keys = reader.list("keys");
    let embedded = reader.node("embedded");
    let fields = reader.list("fields");

    let header = places.header;
    places.note(Place::Whole, id.as_ref().map_or(header, |id| id.span));
    places.note_some(Place::Id, id.as_ref().map(|id| id.span));
    places.note_some(Place::Crm, crm.as_ref().map(|crm| crm.span));
    places.note_some(Place::CrmType, crm_type.map(|text| text.span));
    places.note_some(Place::Idempotency, idempotency.as_ref().map(|field| field.span));

    let definition = EntityDefinition {
        name: name.unwrap_or_else(|| id.as_ref().map(|id| id.value.to_string()).unwrap_or_default()),
        description,
        crm: crm.map_or_else(|| CrmName::read(STAND_IN).ok(), |crm| Some(crm.value))?,
        crm_type: crm_type.map_or(STAND_IN, |text| text.value).to_owned(),
        fields: lower_fields(fields, id.as_ref().map(|id| &id.value), places, out),
        idempotency: idempotency.map(|field| field.value),
        keys: lower_keys(keys, places, out),
        embedded: embedded.and_then(|node| lower_embedded(node, places, out)),
        id: id?.value,
    };
    Some(definition)
}

fn lower_keys(nodes: &[Node], places: &mut Places, out: &mut Findings) -> Vec<Vec<FieldName>> {
    let mut keys = Vec::new();
    for node in nodes {
        let NodeKind::List(fields) = &node.kind else {
            let help = "write a list of lists: `keys: [[Email], [FirstName, LastName]]`";
            wrong_kind(node, "a list of fields for a key", help, out);
            continue;
        };
        let n = keys.len();
        places.note(Place::Key(n), node.span);
        let texts: Vec<_> = fields.iter().filter_map(|field| text(field, "keys", out)).collect();
        let mut key = Vec::with_capacity(texts.len());
        for field in texts.into_iter().filter_map(|text| name::<FieldName>(text, out)) {
            places.note(Place::KeyField(n, key.len()), field.span);
            key.push(field.value);
        }
        keys.push(key);
    }
    keys
}

fn lower_embedded(node: &Node, places: &mut Places, out: &mut Findings) -> Option<Embedded> {
    let mut reader = Reader::open(node, "`embedded`", properties::EMBEDDED, out)?;
    let parent = reader.required_name::<SemanticId>("in");
    let collection = reader.required_text("as");
    let parent = parent?;
    places.note(Place::Embedded, parent.span);
    places.note_some(Place::EmbeddedAs, collection.map(|text| text.span));
    Some(Embedded { parent: parent.value, collection: collection?.value.to_owned() })
}

fn lower_fields(nodes: &[Node], of: Option<&SemanticId>, places: &mut Places, out: &mut Findings) -> Vec<Field> {
    let mut fields = Vec::with_capacity(nodes.len());
    for node in nodes {
        if let Some(field) = lower_field(node, fields.len(), of, places, out) {
            fields.push(field);
        }
    }
    fields
}

fn lower_field(
    node: &Node,
    n: usize,
    of: Option<&SemanticId>,
    places: &mut Places,
    out: &mut Findings,
) -> Option<Field> {
    let mut reader = Reader::open(node, "a field", properties::FIELD, out)?;
    let name = reader.required_name::<FieldName>("name");
    let mapped = reader.required_text("mappedName");
    let write = reader.text("writeName");
    let default = name.as_ref().zip(of).map(|(name, of)| default_kind(&name.value, of));
    let (kind, listed) = lower_kind(&mut reader, default);
    let (required, read_only) = (reader.flag("required"), reader.flag("readOnly"));
    let (public, sensitive) = (reader.flag("public"), reader.flag("sensitive"));
    let max_length = reader.count("maxLength");
    // Everything has been read by now, so that a bad name hides no other slip.
    let field = Field {
        name: name.as_ref()?.value.clone(),
        mapped_name: mapped.map_or(STAND_IN, |text| text.value).to_owned(),
        write: write.map(|text| text.value.to_owned()),
        kind,
        required,
        read_only,
        max_length,
        public,
        sensitive,
    };
    places.note_some(Place::Field(n), name.map(|name| name.span));
    places.note_some(Place::FieldMapped(n), mapped.map(|text| text.span));
    places.note_some(Place::FieldWrite(n), write.or(mapped).map(|text| text.span));
    // Of a reference the entity is what can be wrong.
    let type_at = ["entity", "type"].iter().find_map(|key| reader.node(key));
    places.note_some(Place::FieldType(n), type_at.map(|node| node.span));
    places.note_some(
        Place::FieldFlags(n),
        reader.first_of(&["readOnly", "required", "maxLength", "allowed", "choices", "public", "sensitive"]),
    );
    places.note_some(Place::FieldVia(n), reader.node("via").map(|node| node.span));
    places.note_some(Place::FieldRequired(n), reader.first_of(&["required"]));
    places.note_some(Place::FieldReadOnly(n), reader.first_of(&["readOnly"]));
    places.note_some(Place::FieldMax(n), reader.first_of(&["maxLength"]));
    for (at, span) in listed.into_iter().enumerate() {
        places.note(Place::Choice(n, at), span);
    }
    Some(field)
}

#[derive(Clone, Copy)]
enum Type {
    Plain(fn() -> FieldKind),
    String,
    Choice,
    MultiChoice,
    Ref,
    /// A reference to the entity itself, which `Id` is where no type is written.
    Itself,
}

/// The words for types, in the order of the documentation.
const TYPES: &[(&str, Type)] = &[
    ("String", Type::String),
    ("Boolean", Type::Plain(|| FieldKind::Boolean)),
    ("Int", Type::Plain(|| FieldKind::Int)),
    ("Double", Type::Plain(|| FieldKind::Double)),
    ("Decimal", Type::Plain(|| FieldKind::Decimal)),
    ("Date", Type::Plain(|| FieldKind::Date)),
    ("DateTime", Type::Plain(|| FieldKind::DateTime)),
    ("Choice", Type::Choice),
    ("MultiChoice", Type::MultiChoice),
    ("Ref", Type::Ref),
];

/// The type as written, or the default where none is, and the places of its choices or allowed texts.
fn lower_kind(reader: &mut Reader<'_, '_>, default: Option<FieldKind>) -> (FieldKind, Vec<Span>) {
    let any = || FieldKind::String { allowed: Vec::new() };
    let written = reader.entry("type").is_some();
    let word = reader.text("type").and_then(|text| word(text, "type", TYPES, TYPE_SYNONYMS, reader.out));
    let known = match (word, &default) {
        (Some(known), _) => known,
        (None, _) if written => return (any(), Vec::new()),
        (None, Some(FieldKind::Ref { .. })) => Type::Itself,
        (None, _) => Type::String,
    };
    if !matches!(known, Type::String) {
        reader.misplaced(&["allowed"], "belongs to type `String`");
    }
    if !matches!(known, Type::Choice | Type::MultiChoice) {
        reader.misplaced(&["choices"], "belongs to types `Choice` and `MultiChoice`");
    }
    if !matches!(known, Type::Ref) {
        reader.misplaced(&["entity", "via"], "belongs to type `Ref`");
    }
    let mut listed = Vec::new();
    let kind = match known {
        Type::Plain(kind) => kind(),
        Type::Itself => default.unwrap_or_else(any),
        Type::String => {
            let allowed = reader.texts("allowed");
            listed.extend(allowed.iter().map(|text| text.span));
            FieldKind::String { allowed: allowed.into_iter().map(|text| text.value.to_owned()).collect() }
        }
        Type::Choice => choices(reader, &mut listed).map_or_else(any, FieldKind::Choice),
        Type::MultiChoice => choices(reader, &mut listed).map_or_else(any, FieldKind::MultiChoice),
        Type::Ref => {
            let via = reader.text("via").map(|text| text.value.to_owned());
            let entity = reader.required_name::<SemanticId>("entity");
            entity.map_or_else(any, |entity| FieldKind::Ref { entity: entity.value, via })
        }
    };
    (kind, listed)
}

/// The choices, `None` where they are missing: any text is taken then, so that no value is complained about.
fn choices(reader: &mut Reader<'_, '_>, places: &mut Vec<Span>) -> Option<Vec<Choice>> {
    if !reader.require("choices") {
        return None;
    }
    let nodes = reader.list("choices").iter();
    let (choices, listed) = nodes.filter_map(|node| choice(node, reader.out)).unzip();
    *places = listed;
    Some(choices)
}

/// A choice and the place of its name.
fn choice(node: &Node, out: &mut Findings) -> Option<(Choice, Span)> {
    if let NodeKind::Text(name) = &node.kind {
        return Some((Choice { name: name.clone(), wire: None }, node.span));
    }
    if !matches!(node.kind, NodeKind::Map(_)) {
        let help = "write its name, in quotes where needed, or `{name: …, value: …}`";
        wrong_kind(node, "text or a mapping for a choice", help, out);
        return None;
    }
    let mut reader = Reader::open(node, "a choice", properties::CHOICE, out)?;
    let name = reader.required_text("name")?;
    let wire = reader.node("value").and_then(|node| wire_value(node, reader.out));
    Some((Choice { name: name.value.to_owned(), wire }, name.span))
}

fn wire_value(node: &Node, out: &mut Findings) -> Option<WireValue> {
    let value = match &node.kind {
        NodeKind::Text(text) => Some(WireValue::Text(text.clone())),
        NodeKind::Boolean(value) => Some(WireValue::Boolean(*value)),
        NodeKind::Number(spelling) => spelling.parse().ok().map(WireValue::Int),
        _ => None,
    };
    if value.is_none() {
        let help = "write the value that the CRM stores; numbers have at most 64 bits and no fraction";
        wrong_kind(node, "a whole number, text, true or false for the value of a choice", help, out);
    }
    value
}
