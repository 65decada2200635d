//! From the tree to the model: what each property means, and where each place of the model was written.
//!
//! Everything that is wrong is reported, and what can be understood is kept: a definition with a bad field still
//! stands in the model, so that patterns that name it are not reported as well.

mod condition;
mod definition;
mod pattern;
mod reader;

use engage_engine::model::{Item, Model, Place, Subject};

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
}

const DEFINITION: &str = "EntityDefinition";
const PATTERN: &str = "EntityPattern";
/// The records of a simulated CRM, which a run keeps wherever it was told to, also beside the files of the model.
const STATE: &str = "CrmState";

/// Appends the definitions and patterns of a tree to a model, and their places to a source map.
///
/// ```
/// use engage_dsl::{engine::model::Model, source::{FileId, SourceMap}, yaml};
/// let text = "kind: EntityDefinition\nid: contact\ncrm: memory\ntype: contact\n";
/// let (tree, _) = yaml::parse(FileId(0), text);
/// let (mut model, mut map) = (Model::default(), SourceMap::default());
/// assert!(yaml::lower(&tree, &mut model, &mut map).is_empty());
/// assert_eq!(model.definitions[0].crm_type, "contact");
/// ```
pub fn lower(tree: &Tree, model: &mut Model, map: &mut SourceMap) -> Vec<Diagnostic> {
    let mut out = Findings::default();
    for document in &tree.documents {
        lower_document(document, model, map, &mut out);
        if out.full() {
            break;
        }
    }
    out.into_vec()
}

fn lower_document(document: &Node, model: &mut Model, map: &mut SourceMap, out: &mut Findings) {
    match &document.kind {
        // `---` with nothing behind it, and files of comments only.
        NodeKind::Null | NodeKind::Broken => {}
        NodeKind::Map(_) => lower_kind(document, model, map, out),
        other => {
            let message = format!("a document must be a mapping, this is {}", other.describe());
            let help = format!("start it with `kind: {DEFINITION}` or `kind: {PATTERN}`");
            out.error(&codes::NOT_A_DOCUMENT, start_of(document), message, help);
        }
    }
}

fn lower_kind(document: &Node, model: &mut Model, map: &mut SourceMap, out: &mut Findings) {
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
    match kind {
        (DEFINITION, at) => {
            let mut places = Places::new(at);
            if let Some(definition) = definition::lower(document, &mut places, out) {
                places.commit(Item::Definition(model.definitions.len()), map);
                model.definitions.push(definition);
            }
        }
        (PATTERN, at) => {
            let mut places = Places::new(at);
            if let Some(pattern) = pattern::lower(document, &mut places, out) {
                places.commit(Item::Pattern(model.patterns.len()), map);
                model.patterns.push(pattern);
            }
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
            !properties::DEFINITION.contains(&key) && !properties::PATTERN.contains(&key)
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
    } else {
        ""
    }
}

/// A kind as written, or after the complaint the one that was meant.
fn known_kind(kind: &str, at: Span, out: &mut Findings) -> &'static str {
    let known = [DEFINITION, PATTERN, STATE];
    if let Some(known) = known.into_iter().find(|known| *known == kind) {
        return known;
    }
    let help = match kind {
        "CrmSchema" => "CRM schemas stand in files named `*.schema.yaml`".to_owned(),
        "Case" => "cases stand in files named `*.case.yaml`".to_owned(),
        _ => format!("`kind` is `{DEFINITION}` or `{PATTERN}`"),
    };
    let message =
        if kind.is_empty() { "`kind` must be text".to_owned() } else { format!("unknown kind {}", quote(kind)) };
    let mut diagnostic = Diagnostic::error(codes::UNKNOWN_KIND.code, at, message).help(help);
    let meant = nearest(kind, [DEFINITION, PATTERN]);
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

    fn commit(self, item: Item, map: &mut SourceMap) {
        for (place, span) in self.notes {
            map.insert(Subject { item, place }, span);
        }
    }
}
