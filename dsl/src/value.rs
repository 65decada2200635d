//! The input of an operation as text: YAML or JSON with exact numbers, and the way back from a path to its line.
//!
//! An input holds customers' values: problems name its lines and columns and never show them.

use std::fmt;

use engage_engine::problem::Code;
use serde_json::{Map, Number, Value};

use crate::diagnostic::Diagnostic;
use crate::render;
use crate::source::{FileId, Source, Sources, Span};
use crate::workspace::Rejected;
use crate::yaml::{self, Node, NodeKind};

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
        locate(&self.root, path)
    }

    /// Line and column of the value at a path.
    pub fn position(&self, path: &str) -> Option<crate::source::Position> {
        let span = self.span(path);
        Some(self.sources.get(span.file)?.position(span.start))
    }

    /// A diagnostic about the value at a path. The message must hold no value.
    pub fn diagnostic(&self, code: Code, path: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.span(path), message)
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
    let mut node = root;
    let mut span = Span { end: node.span.end.min(node.span.start + 1), ..node.span };
    for step in path.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty()) {
        let next = match step.parse() {
            Ok(position) => node.at(position).or_else(|| node.get(step)),
            Err(_) => node.get(step),
        };
        let Some(next) = next else { break };
        span = if next.span.end > next.span.start { next.span } else { span };
        node = next;
    }
    span
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
