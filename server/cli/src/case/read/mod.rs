//! From the text of a case file to its cases, with everything that is wrong placed in it.

mod playbook;

use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::source::{FileId, Span, Spanned};
use engage_dsl::yaml::{self, Entry, Node, NodeKind};
use engage_engine::nearest::nearest;
use engage_engine::problem::CodeInfo;
use engage_engine::{CrmName, Operation};

use super::{Acting, Any, Case, Expect, State, codes};
use crate::target::Switch;

const KEYS: &[&str] = &[
    "kind",
    "name",
    "description",
    "pattern",
    "operation",
    "crm",
    "crms",
    "acting",
    "capabilities",
    "input",
    "state",
    "expect",
];
const EXPECT_KEYS: &[&str] = &["plan", "round_trips", "result", "state", "problems"];

/// Reads the cases of patterns in a file. A document with an error gives no case.
pub fn read(file: FileId, text: &str) -> (Vec<Case>, Vec<Diagnostic>) {
    let (cases, problems) = read_all(file, text);
    let patterns = cases.into_iter().filter_map(|case| match case {
        Any::Pattern(case) => Some(*case),
        Any::Playbook(_) => None,
    });
    (patterns.collect(), problems)
}

/// Reads all cases of a file. A document with an error gives no case.
pub fn read_all(file: FileId, text: &str) -> (Vec<Any>, Vec<Diagnostic>) {
    let (tree, mut problems) = yaml::parse(file, text);
    let mut cases = Vec::new();
    for node in &tree.documents {
        if matches!(node.kind, NodeKind::Null | NodeKind::Broken) {
            continue;
        }
        let mut reader = Reader { file, problems: Vec::new() };
        let of_playbook = node.get("playbook").is_some() || node.get("events").is_some();
        let case = match of_playbook && node.get("pattern").is_none() {
            true => reader.playbook(node).map(|case| Any::Playbook(Box::new(case))),
            false => reader.case(node).map(|case| Any::Pattern(Box::new(case))),
        };
        if reader.problems.is_empty() {
            cases.extend(case);
        }
        problems.extend(reader.problems);
    }
    (cases, problems)
}

/// Reads the state of a file: a mapping from entities to their records, or the `state` of the first case in it.
pub fn read_state(file: FileId, text: &str) -> (State, Vec<Diagnostic>) {
    let (tree, problems) = yaml::parse(file, text);
    let mut reader = Reader { file, problems };
    let Some(node) = tree.documents.iter().find(|node| !matches!(node.kind, NodeKind::Null)) else {
        return (State::default(), reader.problems);
    };
    let case = node.get("kind").is_some_and(|kind| matches!(&kind.kind, NodeKind::Text(text) if text == "Case"));
    let state = if case { reader.state(node) } else { reader.tables(node) };
    (state, reader.problems)
}

struct Reader {
    file: FileId,
    problems: Vec<Diagnostic>,
}

impl Reader {
    fn case(&mut self, node: &Node) -> Option<Case> {
        self.known(node, "a case", KEYS)?;
        let at = start(node.span);
        self.kind(node, at);
        let pattern = self.text(node, "pattern");
        if pattern.is_none() {
            let help = "name the pattern: `pattern: internal-meeting`; or the playbook: `playbook: portal-lead`";
            self.missing(at, "pattern", help);
        }
        let operation = self.operation(node, at);
        let (crms, per_crm) = self.crms(node, at);
        Some(Case {
            name: self.text(node, "name").map_or_else(|| "case".to_owned(), |name| name.value),
            file: self.file,
            at: node.span,
            pattern: pattern?,
            operation: operation?,
            crms,
            per_crm,
            acting: self.acting(node),
            capabilities: self.capabilities(node),
            input: node.get("input").filter(|input| !matches!(input.kind, NodeKind::Null)).cloned(),
            state: self.state(node),
            expect: self.expect(node),
        })
    }

    fn kind(&mut self, node: &Node, at: Span) {
        match self.text(node, "kind") {
            Some(kind) if kind.value == "Case" => {}
            Some(kind) => {
                self.wrong(kind.span, format!("`{}` is no kind of document here", kind.value), "write `kind: Case`")
            }
            None => self.missing(at, "kind", "write `kind: Case`"),
        }
    }

    fn operation(&mut self, node: &Node, at: Span) -> Option<Operation> {
        let Some(written) = self.text(node, "operation") else {
            self.missing(at, "operation", "write `operation: read`, `create` or `update`");
            return None;
        };
        let found = Operation::ALL.into_iter().find(|operation| operation.to_string() == written.value);
        if found.is_none() {
            self.wrong(
                written.span,
                format!("`{}` is no operation", written.value),
                "use `read`, `create` or `update`",
            );
        }
        found
    }

    fn crms(&mut self, node: &Node, at: Span) -> (Vec<Spanned<CrmName>>, bool) {
        let Some(list) = node.get("crms") else {
            let one = self.text(node, "crm").and_then(|text| self.crm(&text));
            if node.get("crm").is_none() {
                self.missing(at, "crm", "write `crm: dataverse`, or `crms: [dataverse, salesforce]`");
            }
            return (one.into_iter().collect(), false);
        };
        if let Some(both) = node.get("crm") {
            self.wrong(both.span, "`crm` and `crms` stand side by side", "keep one of them");
        }
        let NodeKind::List(nodes) = &list.kind else {
            self.wrong(list.span, format!("`crms` is a list, this is {}", list.kind.describe()), "write `[dataverse]`");
            return (Vec::new(), true);
        };
        let texts: Vec<Spanned<String>> = nodes.iter().filter_map(|node| self.as_text(node, "crms")).collect();
        (texts.iter().filter_map(|text| self.crm(text)).collect(), true)
    }

    fn crm(&mut self, text: &Spanned<String>) -> Option<Spanned<CrmName>> {
        match CrmName::new(&text.value) {
            Ok(name) => Some(Spanned::new(name, text.span)),
            Err(error) => {
                self.wrong(text.span, error.to_string(), error.help());
                None
            }
        }
    }

    fn acting(&mut self, node: &Node) -> Acting {
        match self.text(node, "acting") {
            None => Acting::Default,
            Some(text) if text.value == "application" => Acting::Application,
            Some(text) => Acting::Employee(text.value),
        }
    }

    fn capabilities(&mut self, node: &Node) -> Switch {
        let Some(text) = self.text(node, "capabilities") else { return Switch::Target };
        let found = <Switch as clap::ValueEnum>::from_str(&text.value, false);
        if found.is_err() {
            let names = Switch::names();
            let help = format!("use one of {}", names.join(", "));
            let mut problem =
                Diagnostic::error(codes::WRONG_VALUE.code, text.span, format!("`{}` is no such switch", text.value));
            problem.suggestion = nearest(&text.value, names.iter().map(String::as_str));
            self.problems.push(problem.help(help));
        }
        found.unwrap_or(Switch::Target)
    }

    fn state(&mut self, node: &Node) -> State {
        node.get("state").map(|state| self.tables(state)).unwrap_or_default()
    }

    fn tables(&mut self, state: &Node) -> State {
        if matches!(state.kind, NodeKind::Null) {
            return State::new();
        }
        let NodeKind::Map(entries) = &state.kind else {
            let message = format!("`state` is a mapping of entities, this is {}", state.kind.describe());
            self.wrong(state.span, message, "write `state: {account: [{Id: a1, Name: Acme}]}`");
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.table(entry)).collect()
    }

    fn table(&mut self, entry: &Entry) -> Option<(Spanned<String>, Vec<Node>)> {
        let NodeKind::List(rows) = &entry.value.kind else {
            let message = format!(
                "the state of `{}` is a list of records, this is {}",
                entry.key.value,
                entry.value.kind.describe()
            );
            self.wrong(entry.value.span, message, "write `[{Id: a1, Name: Acme}]`");
            return None;
        };
        for row in rows.iter().filter(|row| !matches!(row.kind, NodeKind::Map(_))) {
            let message = format!("a record is a mapping of fields, this is {}", row.kind.describe());
            self.wrong(row.span, message, "write `{Id: a1, Name: Acme}`");
        }
        Some((entry.key.clone(), rows.clone()))
    }

    fn expect(&mut self, node: &Node) -> Expect {
        let (at, found) = self.expectation(node, EXPECT_KEYS);
        let get = |key: &str| found.as_ref().and_then(|found| found.get(key)).cloned();
        Expect {
            at,
            plan: get("plan"),
            round_trips: get("round_trips"),
            result: get("result"),
            state: get("state"),
            problems: get("problems"),
        }
    }

    /// Where `expect` stands, and what is below it.
    fn expectation(&mut self, node: &Node, keys: &[&str]) -> (Option<Span>, Option<Node>) {
        let NodeKind::Map(entries) = &node.kind else { return (None, None) };
        let Some(entry) = entries.iter().find(|entry| entry.key.value == "expect") else { return (None, None) };
        let at = Some(entry.key.span.to(entry.value.span));
        if matches!(entry.value.kind, NodeKind::Null) {
            return (at, None);
        }
        match self.known(&entry.value, "`expect`", keys) {
            Some(()) => (at, Some(entry.value.clone())),
            None => (None, None),
        }
    }

    /// Refuses what is no mapping, and every key that is not known.
    fn known(&mut self, node: &Node, what: &str, keys: &[&str]) -> Option<()> {
        let NodeKind::Map(entries) = &node.kind else {
            self.wrong(
                node.span,
                format!("{what} is a mapping, this is {}", node.kind.describe()),
                "write `key: value` lines",
            );
            return None;
        };
        for Entry { key, .. } in entries.iter().filter(|entry| !keys.contains(&entry.key.value.as_str())) {
            let message = format!("{what} has no key `{}`", key.value);
            let mut problem = Diagnostic::error(codes::UNKNOWN_KEY.code, key.span, message);
            problem.suggestion = nearest(&key.value, keys.iter().copied());
            self.problems.push(problem.help(format!("it has {}", keys.join(", "))));
        }
        Some(())
    }

    fn text(&mut self, node: &Node, key: &str) -> Option<Spanned<String>> {
        self.as_text(node.get(key)?, key)
    }

    fn as_text(&mut self, node: &Node, key: &str) -> Option<Spanned<String>> {
        match &node.kind {
            NodeKind::Text(text) | NodeKind::Number(text) => Some(Spanned::new(text.clone(), node.span)),
            NodeKind::Broken => None,
            other => {
                self.wrong(node.span, format!("`{key}` is text, this is {}", other.describe()), "write a name");
                None
            }
        }
    }

    fn missing(&mut self, at: Span, key: &str, help: &str) {
        self.problem(&codes::MISSING, at, format!("the case has no `{key}`"), help);
    }

    fn wrong(&mut self, at: Span, message: impl Into<String>, help: &str) {
        self.problem(&codes::WRONG_VALUE, at, message, help);
    }

    fn problem(&mut self, info: &CodeInfo, at: Span, message: impl Into<String>, help: &str) {
        self.problems.push(Diagnostic::error(info.code, at, message).help(help));
    }
}

/// The first character of a place, for what is missing from the whole.
fn start(span: Span) -> Span {
    Span { end: span.start + 1, ..span }
}
