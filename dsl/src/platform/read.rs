//! From the platform's JSON to the YAML form, each value keeping its place.

use engage_engine::model::Model;
use engage_engine::nearest::nearest;
use engage_playbooks::model::Playbook;
use engage_playbooks::{Library, Path, Segment};

use super::{COMPARED, TRANSFORMATIONS, TYPES};
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::lower::codes::{excerpt, wrong_kind};
use crate::render;
use crate::source::{Source, SourceMap, Sources, Span, Spanned};
use crate::workspace::Rejected;
use crate::yaml::{self, Entry, Node, NodeKind, Tree, codes};

/// The playbook of one JSON text. `name` is how messages name the file.
///
/// # Errors
/// [`Rejected`] with everything that is wrong with the text, placed.
///
/// ```
/// let text = r#"{"id": "p", "blocks": [{"name": "trigger", "type": "Trigger", "value": "CustomerOverview"}], "relations": []}"#;
/// let playbook = engage_dsl::platform::read("p.platform.json", text)?;
/// assert_eq!(playbook.blocks[0].name.as_str(), "trigger");
/// # Ok::<(), engage_dsl::Rejected>(())
/// ```
pub fn read(name: &str, text: &str) -> Result<Playbook, Rejected> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut sources = Sources::default();
    let file = sources.add(Source::new(name, text));
    let (tree, mut diagnostics) = yaml::parse(file, text);
    let mut library = Library::default();
    diagnostics.extend(lower(&tree, &mut library, &mut SourceMap::default()));
    let start = Span::new(file, 0, 0);
    if diagnostics.is_empty() && library.playbooks.len() != 1 {
        let several = Diagnostic::error(codes::SEVERAL_INPUTS.code, start, "a file of the platform is one playbook");
        diagnostics.push(several.help("put each playbook into a file of its own"));
    }
    match library.playbooks.pop() {
        Some(playbook) if diagnostics.is_empty() => Ok(playbook),
        _ => {
            render::sort(&mut diagnostics);
            Err(Rejected { sources, diagnostics })
        }
    }
}

/// Appends the playbooks of a tree to a library, and their places to a source map.
pub(crate) fn lower(tree: &Tree, library: &mut Library, map: &mut SourceMap) -> Vec<Diagnostic> {
    let mut out = Findings::default();
    let documents = tree.documents.iter().filter_map(|document| playbook(document, &mut out)).collect();
    let mut found = out.into_vec();
    found.extend(yaml::lower(&Tree { documents }, &mut Model::default(), library, map));
    found
}

/// The entries of a mapping, or the complaint.
fn entries<'t>(node: &'t Node, what: &str, known: &[&str], out: &mut Findings) -> Option<&'t [Entry]> {
    let NodeKind::Map(entries) = &node.kind else {
        if !matches!(node.kind, NodeKind::Broken) {
            out.push(wrong_kind(&format!("an object for {what}"), node.kind.describe(), start(node)));
        }
        return None;
    };
    for entry in entries.iter().filter(|entry| !known.contains(&entry.key.value.as_str())) {
        let message = format!("{what} has no property `{}`", excerpt(&entry.key.value));
        let help = format!("known are {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "));
        let error = Diagnostic::error(codes::UNKNOWN_PROPERTY.code, entry.key.span, message).help(help);
        out.push(Diagnostic { suggestion: nearest(&entry.key.value, known.iter().copied()), ..error });
    }
    Some(entries)
}

fn start(node: &Node) -> Span {
    Span { end: node.span.end.min(node.span.start + 1), ..node.span }
}

fn entry(key: &str, at: Span, value: Node) -> Entry {
    Entry { key: Spanned::new(key.to_owned(), at), value }
}

fn text_node(text: impl Into<String>, span: Span) -> Node {
    Node { span, kind: NodeKind::Text(text.into()) }
}

/// What stands under `engage`, for the YAML form to judge.
fn extension(node: &Node) -> &[Entry] {
    match node.get("engage").map(|node| &node.kind) {
        Some(NodeKind::Map(entries)) => entries,
        _ => &[],
    }
}

fn playbook(node: &Node, out: &mut Findings) -> Option<Node> {
    const KNOWN: [&str; 6] = ["id", "name", "description", "blocks", "relations", "engage"];
    let written = entries(node, "a playbook", &KNOWN, out)?;
    let mut relations: Vec<Relation<'_>> = Vec::new();
    for written in list(node, "relations", out) {
        relations.extend(relation(written, out));
    }
    let own = ["id", "name", "description"];
    let mut house = vec![entry("kind", start(node), text_node("Playbook", start(node)))];
    house.extend(written.iter().filter(|entry| own.contains(&entry.key.value.as_str())).cloned());
    house.extend(extension(node).iter().cloned());
    let blocks: Vec<Node> =
        list(node, "blocks", out).iter().filter_map(|written| block(written, &mut relations, out)).collect();
    let at = node.entry("blocks").map_or(start(node), |entry| entry.key.span);
    house.push(entry("blocks", at, Node { span: at, kind: NodeKind::List(blocks) }));
    for lost in relations.iter().filter(|relation| !relation.used) {
        let message = format!("there is no block `{}` for the relation to go to", excerpt(lost.target.value));
        out.error(&codes::BAD_REFERENCE, lost.target.span, message, "name a block of this playbook");
    }
    Some(Node { span: node.span, kind: NodeKind::Map(house) })
}

/// The elements of a list; none when it is absent.
fn list<'t>(node: &'t Node, key: &str, out: &mut Findings) -> &'t [Node] {
    match node.get(key).map(|node| (&node.kind, node)) {
        Some((NodeKind::List(nodes), _)) => nodes,
        None | Some((NodeKind::Null | NodeKind::Broken, _)) => &[],
        Some((_, other)) => {
            out.push(wrong_kind(&format!("a list for `{key}`"), other.kind.describe(), start(other)));
            &[]
        }
    }
}

fn text<'t>(node: &'t Node, key: &str) -> Option<Spanned<&'t str>> {
    match node.get(key) {
        Some(Node { kind: NodeKind::Text(text), span }) => Some(Spanned::new(text, *span)),
        _ => None,
    }
}

fn required<'t>(node: &'t Node, what: &str, key: &str, out: &mut Findings) -> Option<Spanned<&'t str>> {
    let found = text(node, key);
    if found.is_none() {
        let message = format!("{what} needs a text for `{key}`");
        let at = node.entry(key).map_or(start(node), |entry| entry.key.span);
        out.error(&codes::MISSING, at, message, format!("add `\"{key}\": \"…\"`"));
    }
    found
}

/// A relation, its mappings in the words of the YAML form.
struct Relation<'t> {
    target: Spanned<&'t str>,
    mappings: Vec<Node>,
    used: bool,
}

fn relation<'t>(node: &'t Node, out: &mut Findings) -> Option<Relation<'t>> {
    entries(node, "a relation", &["source", "target", "mappings"], out)?;
    let (source, target) = (required(node, "a relation", "source", out), required(node, "a relation", "target", out));
    let (source, target) = (source?, target?);
    let mappings = list(node, "mappings", out).iter().filter_map(|written| mapping(written, source, out)).collect();
    Some(Relation { target, mappings, used: false })
}

fn mapping(node: &Node, source: Spanned<&str>, out: &mut Findings) -> Option<Node> {
    entries(node, "a mapping", &["sourcePath", "destinationPath", "transformations", "engage"], out)?;
    let written = text(node, "sourcePath").filter(|path| !path.value.is_empty());
    let block = Path::new(vec![Segment::Key(source.value.to_owned())])?.to_string();
    let (from, at) = match written {
        None => (block, source.span),
        Some(path) if path.value.starts_with('[') => (block + path.value, path.span),
        Some(path) => (format!("{block}.{}", path.value), path.span),
    };
    let mut house = vec![entry("from", at, text_node(from, at))];
    if let Some(to) = text(node, "destinationPath").filter(|path| !path.value.is_empty()) {
        house.push(entry("to", to.span, text_node(to.value, to.span)));
    }
    let steps: Vec<Node> =
        list(node, "transformations", out).iter().filter_map(|step| transformation(step, out)).collect();
    if !steps.is_empty() {
        let at = node.entry("transformations").map_or(node.span, |entry| entry.key.span);
        house.push(entry("then", at, Node { span: at, kind: NodeKind::List(steps) }));
    }
    house.extend(extension(node).iter().cloned());
    Some(Node { span: node.span, kind: NodeKind::Map(house) })
}

fn transformation(node: &Node, out: &mut Findings) -> Option<Node> {
    entries(node, "a transformation", &["type", "path", "fields", "separator"], out)?;
    let of = required(node, "a transformation", "type", out)?;
    let Some((_, word, argument)) = TRANSFORMATIONS.into_iter().find(|(name, ..)| *name == of.value) else {
        let known = TRANSFORMATIONS.map(|(name, ..)| name);
        unknown("transformation", of, &known, out);
        return None;
    };
    let argument = argument.and_then(|key| node.get(key));
    Some(match argument {
        None => text_node(word, of.span),
        Some(argument) => Node { span: node.span, kind: NodeKind::Map(vec![entry(word, of.span, argument.clone())]) },
    })
}

fn unknown(what: &str, written: Spanned<&str>, known: &[&str], out: &mut Findings) {
    let message = format!("unknown {what} `{}`", excerpt(written.value));
    let help = format!("known are {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "));
    let error = Diagnostic::error(codes::UNKNOWN_VALUE.code, written.span, message).help(help);
    out.push(Diagnostic { suggestion: nearest(written.value, known.iter().copied()), ..error });
}

fn block(node: &Node, relations: &mut [Relation<'_>], out: &mut Findings) -> Option<Node> {
    entries(node, "a block", &["name", "type", "value", "position", "engage"], out)?;
    let (name, of) = (required(node, "a block", "name", out), required(node, "a block", "type", out));
    let (name, of) = (name?, of?);
    let mut inputs = Vec::new();
    for relation in relations.iter_mut().filter(|relation| relation.target.value == name.value) {
        inputs.append(&mut relation.mappings);
        relation.used = true;
    }
    let Some((_, house_type, property)) = TYPES.into_iter().find(|(name, ..)| *name == of.value) else {
        unknown("type of block", of, &TYPES.map(|(name, ..)| name), out);
        return None;
    };
    let mut house = vec![
        entry("name", name.span, text_node(name.value, name.span)),
        entry("type", of.span, text_node(house_type, of.span)),
    ];
    match node.entry("value") {
        Some(value) => house.extend(values(house_type, property, value)),
        None if house_type == "Input" => {}
        None => {
            let message = format!("a block of type `{}` needs `value`", of.value);
            out.error(&codes::MISSING, start(node), message, "add `\"value\": …`");
        }
    }
    house.extend(node.entry("position").cloned());
    house.extend(extension(node).iter().filter(|entry| entry.key.value != "constants").cloned());
    let constants = extension(node).iter().find(|entry| entry.key.value == "constants");
    if let Some(NodeKind::List(constants)) = constants.map(|entry| &entry.value.kind) {
        constants.iter().for_each(|constant| insert(constant, &mut inputs));
    }
    if house_type == "Filter" {
        compare(&mut house, &mut inputs);
    }
    if !inputs.is_empty() {
        house.push(entry("input", name.span, Node { span: name.span, kind: NodeKind::List(inputs) }));
    }
    Some(Node { span: node.span, kind: NodeKind::Map(house) })
}

/// The properties of the YAML form that a value of the platform stands for.
fn values(house_type: &str, property: &str, value: &Entry) -> Vec<Entry> {
    let at = value.key.span;
    let NodeKind::Map(entries) = &value.value.kind else {
        return vec![entry(property, at, value.value.clone())];
    };
    if house_type == "Input" {
        return vec![entry(property, at, value.value.clone())];
    }
    let mut house = Vec::new();
    let mut comparison = Vec::new();
    for written in entries {
        let key = match (house_type, written.key.value.as_str()) {
            ("Trigger", "type") => "event",
            ("Trigger", "scope") => "portals",
            ("Filter", "field" | "operator" | "value" | "values") => {
                comparison.push(written.clone());
                continue;
            }
            ("Ai", "version") if matches!(&written.value.kind, NodeKind::Text(text) if text == "latest") => continue,
            (_, key) => key,
        };
        house.push(entry(key, written.key.span, written.value.clone()));
    }
    if !comparison.is_empty() {
        house.push(entry("where", at, Node { span: value.value.span, kind: NodeKind::Map(comparison) }));
    }
    house
}

/// Puts what a relation gives a filter into its comparison.
fn compare(house: &mut [Entry], inputs: &mut Vec<Node>) {
    let compared = inputs.iter().position(|input| text(input, "to").is_some_and(|to| to.value == COMPARED));
    let filter = house.iter_mut().find(|entry| entry.key.value == "where");
    if let (Some(position), Some(Entry { value: Node { kind: NodeKind::Map(comparison), .. }, .. })) =
        (compared, filter)
        && !comparison.iter().any(|entry| matches!(entry.key.value.as_str(), "value" | "values"))
    {
        let mut given = inputs.remove(position);
        if let NodeKind::Map(entries) = &mut given.kind {
            entries.retain(|entry| entry.key.value != "to");
        }
        comparison.push(entry(COMPARED, given.span, given));
    }
}

/// Puts a constant to its place among the inputs.
fn insert(constant: &Node, inputs: &mut Vec<Node>) {
    let mut constant = constant.clone();
    let at = match constant.get("at") {
        Some(Node { kind: NodeKind::Number(at), .. }) => at.parse().unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    if let NodeKind::Map(entries) = &mut constant.kind {
        entries.retain(|entry| entry.key.value != "at");
    }
    inputs.insert(at.min(inputs.len()), constant);
}
