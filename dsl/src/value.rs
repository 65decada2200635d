//! The input of an operation as text: YAML or JSON with exact numbers, and the way back from a path to its line.
//!
//! An input holds customers' values: problems name its lines and columns and never show them.

use std::fmt;

use engage_engine::input::InputProblem;
use serde_json::{Map, Number, Value};

use crate::diagnostic::Diagnostic;
use crate::render;
use crate::source::{FileId, Source, Sources, Span};
use crate::workspace::Rejected;
use crate::yaml::{self, Node, NodeKind};

/// Codes of problems with the name of a part or field: they point at the name, others at the value.
const ABOUT_NAMES: &[&str] = &["E0401", "E0402"];

/// An input that was read.
///
/// `Debug` hides the values: an input holds customers' data.
#[derive(Clone)]
pub struct InputFile {
    /// The value. Numbers keep their spelling (`1.50` stays `1.50`).
    pub value: Value,
    root: Node,
    sources: Sources,
}

impl fmt::Debug for InputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputFile").field("root", &self.root).finish_non_exhaustive()
    }
}

/// Reads an input: one document of YAML, or JSON. `name` is how messages name the file.
///
/// # Errors
/// [`Rejected`] with every problem of the text: what [`yaml::parse`] refuses, and more or less than one document.
///
/// ```
/// let input = engage_dsl::value::read("input.yaml", "event: {Subject: Kick-off, Amount: 1.50}\n")?;
/// assert_eq!(input.value["event"]["Amount"].to_string(), "1.50");
/// assert_eq!(input.position("event.Subject").unwrap().to_string(), "1:18");
/// # Ok::<(), engage_dsl::Rejected>(())
/// ```
pub fn read(name: &str, text: &str) -> Result<InputFile, Rejected> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut sources = Sources::default();
    let file = sources.add(Source::new(name, text).confidential());
    let (tree, mut diagnostics) = yaml::parse(file, text);
    let mut documents = tree.documents.into_iter();
    let root = documents.next().unwrap_or_else(|| Node { span: Span::new(file, 0, 0), kind: NodeKind::Null });
    if let Some(second) = documents.next() {
        let span = Span { end: second.span.end.min(second.span.start + 1), ..second.span };
        let problem =
            Diagnostic::error(yaml::codes::SEVERAL_INPUTS.code, span, "an input is one document, this is a second");
        diagnostics.push(problem.help("put each input into a file of its own"));
    }
    if !diagnostics.is_empty() {
        render::sort(&mut diagnostics);
        return Err(Rejected { sources, diagnostics });
    }
    Ok(InputFile { value: json(&root), root, sources })
}

impl InputFile {
    /// Where the value at a path stands (`advisors[1].Email`), or the nearest value around it that is there.
    pub fn span(&self, path: &str) -> Span {
        places(&self.root, path).1
    }

    /// Line and column of the value at a path.
    pub fn position(&self, path: &str) -> Option<crate::source::Position> {
        let span = self.span(path);
        Some(self.sources.get(span.file)?.position(span.start))
    }

    /// A problem of the input with its place in the file.
    pub fn diagnostic(&self, problem: &InputProblem) -> Diagnostic {
        let InputProblem { code, path, message, help, suggestion } = problem;
        let (key, value) = places(&self.root, path);
        let span = if ABOUT_NAMES.contains(&code.0) { key } else { value };
        let mut diagnostic = Diagnostic::error(*code, span, message.clone());
        diagnostic.help.clone_from(help);
        diagnostic.suggestion.clone_from(suggestion);
        diagnostic.narrow(&self.sources);
        diagnostic
    }

    /// Problems of the input, placed and drawn as an error of the file.
    pub fn rejected(&self, problems: &[InputProblem]) -> Rejected {
        let mut diagnostics: Vec<Diagnostic> = problems.iter().map(|problem| self.diagnostic(problem)).collect();
        render::sort(&mut diagnostics);
        Rejected { sources: self.sources.clone(), diagnostics }
    }

    /// The file, to draw diagnostics with.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The number of the file in [`InputFile::sources`].
    pub fn file(&self) -> FileId {
        self.root.span.file
    }
}

/// Where the value at a path below a node stands (`advisors[1].Email`), or the nearest value around it that is there.
pub fn locate(root: &Node, path: &str) -> Span {
    places(root, path).1
}

/// The places of the last key on a path and of its value.
fn places(root: &Node, path: &str) -> (Span, Span) {
    let mut node = root;
    let start = Span { end: node.span.end.min(node.span.start + 1), ..node.span };
    let (mut key, mut value) = (start, start);
    for step in path.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty()) {
        let (at, next) = if let Some(entry) = node.entry(step) {
            (entry.key.span, &entry.value)
        } else if let Some(next) = step.parse().ok().and_then(|position| node.at(position)) {
            (next.span, next)
        } else {
            break;
        };
        key = at;
        // `Name:` without a value has no place but its key's.
        value = if next.span.end > next.span.start { next.span } else { at };
        node = next;
    }
    (key, value)
}

/// A node as JSON; numbers keep their spelling. As deep as the tree, whose depth is bounded.
pub fn json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null | NodeKind::Broken => Value::Null,
        NodeKind::Boolean(value) => Value::Bool(*value),
        NodeKind::Number(spelling) => number(spelling),
        NodeKind::Text(text) => Value::String(text.clone()),
        NodeKind::List(nodes) => Value::Array(nodes.iter().map(json).collect()),
        NodeKind::Map(entries) => Value::Object(
            entries.iter().map(|entry| (entry.key.value.clone(), json(&entry.value))).collect::<Map<_, _>>(),
        ),
    }
}

/// A number with its spelling; the tree holds only what JSON calls a number.
fn number(spelling: &str) -> Value {
    spelling.parse::<Number>().map_or_else(|_| Value::String(spelling.to_owned()), Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_give_the_same_value_with_exact_numbers() {
        let yaml = read("a.yaml", "a: 0.10\nb: [12345678901234567890.123456789, no, null, 1e400]\n").unwrap();
        let json = read("a.json", r#"{"a": 0.10, "b": [12345678901234567890.123456789, "no", null, 1e400]}"#).unwrap();
        assert_eq!(yaml.value, json.value);
        assert_eq!(yaml.value.to_string(), r#"{"a":0.10,"b":[12345678901234567890.123456789,"no",null,1e+400]}"#);
    }

    #[test]
    fn a_path_leads_to_its_line() {
        let text = "account: {Id: a}\nadvisors:\n  - Email: x@y\n  - Email: z@y\n    Name:\n";
        let input = read("a.yaml", text).unwrap();
        let at = |path| input.position(path).unwrap().to_string();
        assert_eq!(at("advisors[1].Email"), "4:12");
        assert_eq!(at("advisors[1].Phone"), "4:5");
        assert_eq!(at("advisors[7].Email"), "3:3");
        assert_eq!(at("account"), "1:10");
        assert_eq!(at("nothing"), "1:1");
        assert_eq!(at(""), "1:1");
        assert_eq!(at("]]..[[-1]"), "1:1");
    }

    #[test]
    fn problems_of_an_input_point_at_its_lines() {
        let workspace = crate::Workspace::from_sources([(
            "a.yaml",
            "kind: EntityDefinition\nid: contact\ncrm: memory\ntype: contact\nfields:\n  - {name: Email, mappedName: email}\n---\n\
             kind: EntityPattern\nid: p\nparts:\n  - {ref: contacts, entity: contact, multiple: true}\n",
        )]);
        let catalog = workspace.catalog().unwrap();
        let pattern = catalog.pattern("memory", "p").unwrap();
        let input = read("input.yaml", "contacts:\n  - Email: a@example.org\n  - Emial: b@example.org\n").unwrap();
        let problems = engage_engine::Input::from_json(pattern, &input.value).unwrap_err();
        insta::assert_snapshot!(input.rejected(&problems).to_string(), @r"
        error[E0402]: `contact` has no field `Emial`
        --> input.yaml:3:5
         = help: use a field of the entity — did you mean `Email`?
        ");
    }

    #[test]
    fn problems_are_drawn_and_values_never_shown_by_debug() {
        let error = read("a.yaml", "a: &x 1\na: 2\n---\nb\n").unwrap_err();
        let codes: Vec<&str> = error.diagnostics.iter().map(|found| found.code.0).collect();
        assert_eq!(codes, ["E0142", "E0144", "E0158"]);
        assert!(error.to_string().contains("a.yaml:2:1"));
        assert!(!error.to_string().contains("&x 1"), "{error}");
        let input = read("a.yaml", "Email: secret@example.org\n").unwrap();
        assert!(!format!("{input:?}").contains("secret"));
        assert!(read("empty.yaml", "").unwrap().value.is_null());
    }
}
