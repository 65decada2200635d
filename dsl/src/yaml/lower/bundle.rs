//! `kind: Bundle`: one document that holds the documents of several items, and the texts of templates.

use std::collections::BTreeMap;

use engage_engine::ids::SemanticId;
use engage_engine::model::{Item, Model, Place, Subject};
use engage_playbooks::Library;
use engage_playbooks::bundle::numbered;
use engage_playbooks::model::Template;

use super::super::tree::{Node, NodeKind, Tree};
use super::reader::Reader;
use super::{MAPPER, Places, STATE, Target, lower_document, properties, start_of};
use crate::bundle::{VERSION, codes};
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::lower::codes::{excerpt, wrong_kind};
use crate::source::{FileId, SourceMap, Span};

const BUNDLE: &str = "Bundle";
const TEMPLATE: &str = "Template";

/// Adds the items of a bundle to a model and a library, and their places to a source map.
pub(crate) fn lower_bundle(
    tree: &Tree,
    file: FileId,
    model: &mut Model,
    library: &mut Library,
    map: &mut SourceMap,
) -> Vec<Diagnostic> {
    let mut out = Findings::default();
    let mut target = Target { model, library, map };
    if let Some(document) = header(tree, file, &mut out) {
        whole(document, &mut target, &mut out);
    }
    let Target { model, library, map } = target;
    doubled(model, library, map, &mut out);
    out.into_vec()
}

/// The one document of a bundle that this version reads; of another version nothing is known but that.
fn header<'t>(tree: &'t Tree, file: FileId, out: &mut Findings) -> Option<&'t Node> {
    let help = "`engage export` writes bundles";
    let document = match tree.documents.as_slice() {
        [only] => only,
        [_, second, ..] => {
            out.error(&codes::NOT_A_BUNDLE, start_of(second), "a bundle is one document, this is another", help);
            return None;
        }
        [] => {
            out.error(&codes::NOT_A_BUNDLE, Span::new(file, 0, 0), "the file holds no bundle", help);
            return None;
        }
    };
    match (&document.kind, document.get("kind").map(|node| &node.kind)) {
        (NodeKind::Map(_), Some(NodeKind::Text(kind))) if kind == BUNDLE => {}
        (NodeKind::Broken, _) | (_, Some(NodeKind::Broken)) => return None,
        _ => {
            let at = document.entry("kind").map_or_else(|| start_of(document), |entry| entry.value.span);
            let message = "this is no bundle: a bundle begins with `kind: Bundle`";
            out.error(&codes::NOT_A_BUNDLE, at, message, help);
            return None;
        }
    }
    match document.get("version").map(|node| (&node.kind, node.span)) {
        Some((NodeKind::Number(number), span)) if number.parse() != Ok(VERSION) => {
            let message = format!("the bundle has version {}, and {VERSION} is read", excerpt(number));
            let help = "bring it in with the engage that wrote it, or export it again with this one";
            out.error(&codes::VERSION, span, message, help);
            None
        }
        _ => Some(document),
    }
}

fn whole(document: &Node, target: &mut Target<'_>, out: &mut Findings) {
    let Some(mut reader) = Reader::open(document, "a bundle", properties::BUNDLE, out) else { return };
    reader.require("version");
    reader.count("version");
    reader.require("items");
    let items = reader.list("items");
    if !reader.flag("complete") {
        let at = start_of(document);
        let help = "get the file once more; who writes one by hand adds `complete: true` at its end";
        reader.out.error(&codes::CUT_OFF, at, "the bundle does not say that it is whole: its end is missing", help);
    }
    for node in items {
        item(node, target, out);
        if out.full() {
            return;
        }
    }
}

fn item(node: &Node, target: &mut Target<'_>, out: &mut Findings) {
    let kind = match node.get("kind").map(|node| &node.kind) {
        Some(NodeKind::Text(kind)) => kind.as_str(),
        _ => "",
    };
    match (&node.kind, kind) {
        (NodeKind::Map(_), TEMPLATE) => template(node, target, out),
        (NodeKind::Map(_), MAPPER | STATE | BUNDLE) => {
            let message = format!("a bundle carries no `{kind}`");
            let help = "leave it out: mappers and records belong to an environment, and are made there";
            let at = node.get("kind").map_or_else(|| start_of(node), |kind| kind.span);
            out.error(&codes::FOREIGN, at, message, help);
        }
        (NodeKind::Map(_) | NodeKind::Broken, _) => lower_document(node, target, out),
        (other, _) => {
            let help = "write each as in a file of a workspace: `kind: EntityPattern` and what belongs to it";
            out.push(wrong_kind("a mapping for an item", other.describe(), start_of(node)).help(help));
        }
    }
}

fn template(node: &Node, target: &mut Target<'_>, out: &mut Findings) {
    let Some(mut reader) = Reader::open(node, "a template", properties::TEMPLATE, out) else { return };
    let (id, text) = (reader.required_name::<SemanticId>("id"), reader.required_text("text"));
    let Some((id, text)) = id.zip(text) else { return };
    let mut places = Places::new(id.span);
    places.note(Place::Whole, id.span);
    places.note(Place::Id, id.span);
    places.note(Place::TemplateText(0), Span { end: text.span.end.min(text.span.start + 1), ..text.span });
    let template = Template { id: id.value, source: text.value.to_owned() };
    places.keep(Some(template), &mut target.library.templates, Item::Template, target.map);
}

/// Complains about items that are there twice.
fn doubled(model: &Model, library: &Library, map: &SourceMap, out: &mut Findings) {
    let mut first = BTreeMap::new();
    for (id, item) in numbered(model, library) {
        let at = map.span(&Subject { item, place: Place::Id });
        let Some((at, earlier)) = at.zip(first.get(&id).copied()) else {
            first.extend(at.map(|at| (id, at)));
            continue;
        };
        let error = Diagnostic::error(codes::TWICE.code, at, format!("the bundle holds {id} twice"));
        let mut error = error.help("keep one of the two");
        error.related.push((earlier, "first here".to_owned()));
        out.push(error);
    }
}
