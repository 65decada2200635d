//! From the tree to the model: what each property means, and where each place of the model was written.
//!
//! Everything that is wrong is reported, and what can be understood is kept: a definition with a bad field still
//! stands in the model, so that patterns that name it are not reported as well.

mod bundle;
mod capability;
mod condition;
mod definition;
mod pattern;
mod playbook;
mod reader;
mod source;
mod trigger;

pub(crate) use bundle::lower_bundle;

use engage_engine::model::{Item, Model, Place, Subject};
use engage_playbooks::Library;

use super::codes;
use super::tree::{Node, NodeKind, Tree};
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::lower::codes::excerpt;
use crate::source::{SourceMap, Span};
use engage_engine::nearest::nearest;

/// The properties of each mapping of the YAML form: what lowering accepts and what the JSON Schema must list.
pub mod properties {
    /// Of a definition.
    pub const DEFINITION: &[&str] =
        &["kind", "id", "name", "description", "crm", "type", "idempotency", "keys", "embedded", "fields"];
    /// Of `embedded`.
    pub const EMBEDDED: &[&str] = &["in", "as"];
    /// Of a field.
    pub const FIELD: &[&str] = &[
        "name",
        "mappedName",
        "writeName",
        "type",
        "required",
        "readOnly",
        "maxLength",
        "public",
        "sensitive",
        "choices",
        "allowed",
        "entity",
        "via",
    ];
    /// Of a choice.
    pub const CHOICE: &[&str] = &["name", "value"];
    /// Of a pattern.
    pub const PATTERN: &[&str] = &["kind", "id", "name", "description", "escalation", "parts", "requirements"];
    /// Of a part.
    pub const PART: &[&str] = &[
        "ref", "entity", "readOnly", "multiple", "optional", "root", "replace", "match", "defaults", "fixed", "query",
    ];
    /// Of a query.
    pub const QUERY: &[&str] = &["where", "sort", "limit"];
    /// Of `sort`.
    pub const SORT: &[&str] = &["field", "direction"];
    /// Of a comparison.
    pub const TEST: &[&str] = &["field", "operator", "value", "values"];
    /// The groups of conditions.
    pub const GROUPS: &[&str] = &["and", "or", "not"];
    /// Of a requirement.
    pub const REQUIREMENT: &[&str] = &["dependent", "source", "optional", "deferred"];
    /// Of a playbook.
    pub const PLAYBOOK: &[&str] = &["kind", "id", "name", "description", "fork", "deadline", "concurrency", "blocks"];
    /// Of a `fork`.
    pub const FORK: &[&str] = &["package", "version", "playbook", "replaces"];
    /// Of a block of any type.
    pub const BLOCK: &[&str] = &[
        "name",
        "title",
        "type",
        "event",
        "portals",
        "schedule",
        "body",
        "inputs",
        "pattern",
        "part",
        "where",
        "template",
        "capability",
        "version",
        "result",
        "value",
        "given",
        "file",
        "when",
        "after",
        "escalation",
        "allowSensitive",
        "position",
        "input",
    ];
    /// Of a `schedule`.
    pub const SCHEDULE: &[&str] = &["cron", "zone"];
    /// Of a declared value.
    pub const DECLARED: &[&str] = &["name", "type", "entity", "of", "optional"];
    /// Of the type of a list's elements.
    pub const OF: &[&str] = &["type", "entity", "of"];
    /// Of a `position`.
    pub const POSITION: &[&str] = &["x", "y"];
    /// Of a source.
    pub const SOURCE: &[&str] = &["from", "value", "then"];
    /// Of an input in a list.
    pub const MAPPING: &[&str] = &["to", "from", "value", "then"];
    /// The transformations, each of which is a property of a step.
    pub const TRANSFORMATIONS: &[&str] = &[
        "identity",
        "extract",
        "project",
        "join",
        "split",
        "serialize",
        "base64decode",
        "default",
        "map",
        "format",
        "where",
        "first",
        "count",
        "require",
    ];
    /// Of a step: one transformation that takes something, and what belongs to it.
    pub const STEP: &[&str] = &[
        "identity",
        "extract",
        "project",
        "join",
        "split",
        "serialize",
        "base64decode",
        "default",
        "map",
        "else",
        "format",
        "zone",
        "where",
        "in",
        "first",
        "count",
        "require",
    ];
    /// Of a pair of a `map`.
    pub const PAIR: &[&str] = &["from", "to"];
    /// Of a comparison in `when`.
    pub const WHEN_TEST: &[&str] = &["source", "operator", "value", "values"];
    /// Of a capability.
    pub const CAPABILITY: &[&str] = &["kind", "id", "name", "description", "versions"];
    /// Of a version of a capability.
    pub const VERSION: &[&str] = &["version", "model", "prompt", "maxTokens", "input", "output"];
    /// Of a bundle.
    pub const BUNDLE: &[&str] = &["kind", "version", "items", "complete"];
    /// Of a template in a bundle.
    pub const TEMPLATE: &[&str] = &["kind", "id", "text"];
    /// Of a mapper.
    pub const MAPPER: &[&str] = &["kind", "useCase", "pattern", "field"];
}

const DEFINITION: &str = "EntityDefinition";
const PATTERN: &str = "EntityPattern";
const PLAYBOOK: &str = "Playbook";
const CAPABILITY: &str = "AiCapability";
const MAPPER: &str = "Mapper";
/// The records of a simulated CRM, which a run keeps wherever it was told to, also beside the files of the model.
const STATE: &str = "CrmState";

/// Appends the documents of a tree to a model and a library, and their places to a source map.
///
/// ```
/// use engage_dsl::{engine::model::Model, playbooks::Library, source::{FileId, SourceMap}, yaml};
/// let text = "kind: EntityDefinition\nid: contact\ncrm: memory\ntype: contact\n";
/// let (tree, _) = yaml::parse(FileId(0), text);
/// let (mut model, mut library, mut map) = (Model::default(), Library::default(), SourceMap::default());
/// assert!(yaml::lower(&tree, &mut model, &mut library, &mut map).is_empty());
/// assert_eq!(model.definitions[0].crm_type, "contact");
/// ```
pub fn lower(tree: &Tree, model: &mut Model, library: &mut Library, map: &mut SourceMap) -> Vec<Diagnostic> {
    let mut out = Findings::default();
    let mut target = Target { model, library, map };
    for document in &tree.documents {
        lower_document(document, &mut target, &mut out);
        if out.full() {
            break;
        }
    }
    out.into_vec()
}

/// What documents are added to.
struct Target<'a> {
    model: &'a mut Model,
    library: &'a mut Library,
    map: &'a mut SourceMap,
}

fn lower_document(document: &Node, target: &mut Target<'_>, out: &mut Findings) {
    match &document.kind {
        // `---` with nothing behind it, and files of comments only.
        NodeKind::Null | NodeKind::Broken => {}
        NodeKind::Map(_) => lower_kind(document, target, out),
        other => {
            let message = format!("a document must be a mapping, this is {}", other.describe());
            let help = format!("start it with `kind: {DEFINITION}` or `kind: {PATTERN}`");
            out.error(&codes::NOT_A_DOCUMENT, start_of(document), message, help);
        }
    }
}

fn lower_kind(document: &Node, target: &mut Target<'_>, out: &mut Findings) {
    let kind = match kind_of(document).map(|node| (&node.kind, node.span)) {
        Some((NodeKind::Text(kind), span)) => (known_kind(kind, span, out), span),
        Some((NodeKind::Broken, _)) => return,
        Some((_, span)) => {
            // `kind:` without a value is pointed at by its name.
            let key = document.entry("kind").map(|entry| entry.key.span);
            let span = key.filter(|_| span.start == span.end).unwrap_or(span);
            (known_kind("", span, out), span)
        }
        None => {
            let help = format!("add `kind: {DEFINITION}` or `kind: {PATTERN}`");
            out.error(&codes::MISSING, start_of(document), "the document has no `kind`", help);
            (guessed_kind(document), start_of(document))
        }
    };
    let (kind, at) = kind;
    let mut places = Places::new(at);
    let Target { model, library, map } = target;
    let Model { definitions, patterns } = model;
    let Library { playbooks, capabilities, mappers, .. } = library;
    match kind {
        DEFINITION => {
            let lowered = definition::lower(document, &mut places, out);
            places.keep(lowered, definitions, Item::Definition, map);
        }
        PATTERN => {
            let lowered = pattern::lower(document, &mut places, out);
            places.keep(lowered, patterns, Item::Pattern, map);
        }
        PLAYBOOK => {
            let lowered = playbook::lower(document, &mut places, out);
            places.keep(lowered, playbooks, Item::Playbook, map);
        }
        CAPABILITY => {
            let lowered = capability::lower(document, &mut places, out);
            places.keep(lowered, capabilities, Item::Capability, map);
        }
        MAPPER => {
            let lowered = capability::lower_mapper(document, &mut places, out);
            places.keep(lowered, mappers, Item::Mapper, map);
        }
        _ => {}
    }
}

/// The value of `kind`, or of the property that was probably meant to be it: that one is complained about with the
/// others.
fn kind_of(document: &Node) -> Option<&Node> {
    let NodeKind::Map(entries) = &document.kind else { return None };
    let meant = || {
        let unknown = entries.iter().filter(|entry| {
            let key = entry.key.value.as_str();
            let of = [properties::DEFINITION, properties::PATTERN, properties::PLAYBOOK, properties::CAPABILITY];
            !of.into_iter().chain([properties::MAPPER]).any(|known| known.contains(&key))
        });
        let mut text = unknown.filter(|entry| matches!(entry.value.kind, NodeKind::Text(_)));
        text.find(|entry| nearest(&entry.key.value, ["kind"]).is_some())
    };
    document.get("kind").or_else(|| meant().map(|entry| &entry.value))
}

/// What a document without a kind most likely is, so that the rest of it is read all the same.
fn guessed_kind(document: &Node) -> &'static str {
    if document.get("parts").is_some() {
        PATTERN
    } else if document.get("fields").is_some() {
        DEFINITION
    } else if document.get("blocks").is_some() {
        PLAYBOOK
    } else if document.get("versions").is_some() {
        CAPABILITY
    } else if document.get("useCase").is_some() {
        MAPPER
    } else {
        ""
    }
}

/// A kind as written, or after the complaint the one that was meant.
fn known_kind(kind: &str, at: Span, out: &mut Findings) -> &'static str {
    let known = [DEFINITION, PATTERN, PLAYBOOK, CAPABILITY, MAPPER, STATE];
    if let Some(known) = known.into_iter().find(|known| *known == kind) {
        return known;
    }
    let help = match kind {
        "CrmSchema" => "CRM schemas stand in files named `*.schema.yaml`".to_owned(),
        "Case" => "cases stand in files named `*.case.yaml`".to_owned(),
        "Bundle" => {
            "`engage import` brings a bundle in; one that stays in the folder is named `*.bundle.yaml`".to_owned()
        }
        "Template" => "a template is a file of its own: `meeting-note.liquid`".to_owned(),
        _ => format!("`kind` is `{DEFINITION}`, `{PATTERN}`, `{PLAYBOOK}`, `{CAPABILITY}` or `{MAPPER}`"),
    };
    let message =
        if kind.is_empty() { "`kind` must be text".to_owned() } else { format!("unknown kind {}", quote(kind)) };
    let mut diagnostic = Diagnostic::error(codes::UNKNOWN_KIND.code, at, message).help(help);
    let meant = nearest(kind, known.into_iter().filter(|kind| *kind != STATE));
    diagnostic.suggestion.clone_from(&meant);
    out.push(diagnostic);
    known.into_iter().find(|known| Some(*known) == meant.as_deref()).unwrap_or("")
}

/// The first character of a node, where the whole node would be many lines.
fn start_of(node: &Node) -> Span {
    Span { end: node.span.end.min(node.span.start + 1), ..node.span }
}

/// An author's word in backticks, shortened when it is absurdly long.
fn quote(word: &str) -> String {
    format!("`{}`", excerpt(word))
}

/// The places of one item, kept until it is certain that the item stands in the model.
struct Places {
    notes: Vec<(Place, Span)>,
    /// The value of `kind`: what points at an item that has no id.
    header: Span,
}

impl Places {
    fn new(header: Span) -> Self {
        Self { notes: Vec::new(), header }
    }

    fn note(&mut self, place: Place, span: Span) {
        self.notes.push((place, span));
    }

    fn note_some(&mut self, place: Place, span: Option<Span>) {
        self.notes.extend(span.map(|span| (place, span)));
    }

    /// Adds what was lowered, if anything was, and its places.
    fn keep<T>(self, lowered: Option<T>, list: &mut Vec<T>, item: fn(usize) -> Item, map: &mut SourceMap) {
        let Some(lowered) = lowered else { return };
        let item = item(list.len());
        for (place, span) in self.notes {
            map.insert(Subject { item, place }, span);
        }
        list.push(lowered);
    }
}
