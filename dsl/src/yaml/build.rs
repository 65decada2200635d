//! Events to tree: here anchors, tags, duplicate keys and whatever could exhaust the reader is refused.

use std::collections::HashMap;

use super::codes;
use super::events::{Event, Fault, FaultKind, Item, Reader};
use super::scalar::resolve;
use super::tree::{Entry, Node, NodeKind, Tree};
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::lower::codes::excerpt;
use crate::source::{FileId, Span, Spanned};

/// Lists and mappings that may stand inside each other: a group of conditions takes one of each, and the deepest
/// condition that the checker takes must still be readable.
pub const MAX_DEPTH: usize = 2 * engage_engine::condition::MAX_DEPTH + 16;
/// Values that a file may hold.
pub const MAX_NODES: usize = 500_000;

/// Reads a YAML or JSON text.
///
/// What could be read is in the tree even when there are diagnostics; after a slip that cannot be skipped the reader
/// goes on at the next document. Never overflows the stack; time and memory are linear in the text.
///
/// ```
/// use engage_dsl::{source::FileId, yaml};
/// let (tree, problems) = yaml::parse(FileId(0), "kind: Note\nkind: Again\n");
/// assert_eq!(tree.documents.len(), 1);
/// assert_eq!(problems[0].message, "`kind` stands twice");
/// ```
pub fn parse(file: FileId, text: &str) -> (Tree, Vec<Diagnostic>) {
    parse_within(file, text, MAX_DEPTH)
}

/// Reads a text whose lists and mappings may stand inside each other to another depth.
pub(crate) fn parse_within(file: FileId, text: &str, depth: usize) -> (Tree, Vec<Diagnostic>) {
    let (tree, out) = (Tree::default(), Findings::default());
    let mut builder = Builder { file, text, depth, stack: Vec::new(), tree, nodes: 0, out };
    builder.run();
    (builder.tree, builder.out.into_vec())
}

struct Builder<'t> {
    file: FileId,
    text: &'t str,
    depth: usize,
    stack: Vec<Frame>,
    tree: Tree,
    nodes: usize,
    out: Findings,
}

/// A collection whose end has not come yet.
struct Frame {
    start: usize,
    flow_end: bool,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<Spanned<String>> },
}

/// Whether the rest of the document can be read.
enum Next {
    Go,
    SkipDocument,
    Stop,
}

impl Builder<'_> {
    fn run(&mut self) {
        let mut reader = Reader::new(self.text, self.depth + 1);
        while let Some(read) = reader.next() {
            let next = match read {
                Ok(item) => self.take(item),
                Err(fault) => {
                    self.fault(&fault);
                    Next::SkipDocument
                }
            };
            match next {
                Next::Go => {}
                Next::Stop => return,
                Next::SkipDocument => {
                    self.stack.clear();
                    if self.out.full() || !reader.skip_document() {
                        return;
                    }
                }
            }
        }
    }

    fn take(&mut self, item: Item<'_>) -> Next {
        self.refuse_decoration(&item);
        let (start, end) = (item.start, item.end);
        match item.event {
            Event::DocumentStart | Event::DocumentEnd => Next::Go,
            Event::Scalar { text, plain } => {
                let kind = if plain { resolve(&text) } else { NodeKind::Text(text.into_owned()) };
                self.place(Node { span: self.span(start, end), kind })
            }
            Event::Alias => {
                self.out.error(
                    &codes::ALIAS,
                    self.span(start, end),
                    "aliases are not supported",
                    "write the value out where it is used",
                );
                self.place(Node { span: self.span(start, end), kind: NodeKind::Broken })
            }
            Event::ListStart => self.open(start, end, Content::List(Vec::new())),
            Event::MapStart => self.open(start, end, Content::Map { entries: Vec::new(), key: None }),
            Event::ListEnd | Event::MapEnd => self.close(end),
        }
    }

    /// Anchors and tags are refused at the node that carries them.
    fn refuse_decoration(&mut self, item: &Item<'_>) {
        if item.anchored {
            let head = self.text.get(..item.start).unwrap_or("");
            let start = head.rfind('&').unwrap_or(item.start);
            let name = head.get(start..).and_then(|rest| rest.split_whitespace().next()).map_or(0, str::len);
            let span = self.span(start, start + name.max(1));
            let help = "write the value out wherever it is used";
            self.out.error(&codes::ALIAS, span, "anchors are not supported", help);
        }
        if let Some((start, end)) = item.tag {
            let help = "leave the tag out; put text in quotes";
            self.out.error(&codes::TAG, self.span(start, end), "tags are not supported", help);
        }
    }

    fn open(&mut self, start: usize, end: usize, content: Content) -> Next {
        if self.stack.len() >= self.depth {
            self.too_deep(start);
            return Next::SkipDocument;
        }
        self.stack.push(Frame { start, flow_end: end > start, content });
        Next::Go
    }

    fn close(&mut self, end: usize) -> Next {
        let Some(frame) = self.stack.pop() else { return Next::SkipDocument };
        let (kind, last) = match frame.content {
            Content::List(nodes) => {
                let last = nodes.last().map(|node| node.span.end);
                (NodeKind::List(nodes), last)
            }
            Content::Map { entries, .. } => {
                let last = entries.last().map(|entry| entry.value.span.end.max(entry.key.span.end));
                (NodeKind::Map(self.without_duplicates(entries)), last)
            }
        };
        // A block ends with its last child; only brackets have an end of their own.
        let own_end = if frame.flow_end { end } else { last.map_or(frame.start, |last| last as usize) };
        self.place(Node { span: self.span(frame.start, own_end.max(frame.start)), kind })
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, node: Node) -> Next {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("more than {MAX_NODES} values in one file");
            self.out.error(&codes::TOO_MANY, node.span, message, "split the file");
            return Next::Stop;
        }
        let Some(frame) = self.stack.last_mut() else {
            self.tree.documents.push(node);
            return Next::Go;
        };
        match &mut frame.content {
            Content::List(nodes) => nodes.push(node),
            Content::Map { entries, key } => match key.take() {
                Some(key) => entries.push(Entry { key, value: node }),
                None => *key = Some(key_of(self.text, node, &mut self.out)),
            },
        }
        if self.out.full() { Next::Stop } else { Next::Go }
    }

    fn without_duplicates(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let doubled = doubled(&entries);
        if doubled.is_empty() {
            return entries;
        }
        for (first, again) in &doubled {
            let (Some(first), Some(again)) = (entries.get(*first), entries.get(*again)) else { continue };
            let message = format!("`{}` stands twice", excerpt(&again.key.value));
            let mut diagnostic =
                Diagnostic::error(codes::DUPLICATE_KEY.code, again.key.span, message).help("remove one of the two");
            diagnostic.related.push((first.key.span, "first here".to_owned()));
            self.out.push(diagnostic);
        }
        let keep = |position: &usize| doubled.binary_search_by_key(position, |(_, again)| *again).is_err();
        entries.into_iter().enumerate().filter(|(position, _)| keep(position)).map(|(_, entry)| entry).collect()
    }

    fn too_deep(&mut self, start: usize) {
        let message = format!("nested more than {} deep", self.depth);
        self.out.error(&codes::TOO_DEEP, self.span(start, start + 1), message, "definitions need no such depth");
    }

    fn fault(&mut self, fault: &Fault) {
        let end = self.text.get(fault.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let span = self.span(fault.at, fault.at + end);
        match &fault.kind {
            FaultKind::Depth => self.too_deep(fault.at),
            FaultKind::Tab => {
                self.out.error(
                    &codes::TAB,
                    self.tab_near(fault.at),
                    "a tab may not indent YAML",
                    "indent with spaces, two per level",
                );
            }
            FaultKind::Alias => {
                let help = "write the value out, or put the text in quotes";
                self.out.error(&codes::ALIAS, span, "anchors and aliases are not supported", help);
            }
            FaultKind::Tag => {
                let help = "leave the tag out, or put the text in quotes";
                self.out.error(&codes::TAG, span, "tags are not supported", help);
            }
            FaultKind::Unclosed(what) => {
                let help = "add the sign that closes it";
                self.out.error(&codes::SYNTAX, span, format!("a {what} is not closed"), help);
            }
            FaultKind::Escape => {
                let help =
                    r#"after `\` write `"`, `\`, `/`, `n`, `t`, `x41` or `u0041`; in single quotes nothing is escaped"#;
                self.out.error(&codes::SYNTAX, span, "not an escape that YAML knows", help);
            }
            FaultKind::Syntax(message) => {
                let help = "compare the indentation with the lines around, and put text with special signs in quotes";
                self.out.error(&codes::SYNTAX, span, message.clone(), help);
            }
        }
    }

    /// The tab that the scanner means: it may stop a little before or behind it.
    fn tab_near(&self, at: usize) -> Span {
        let line = self.text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |newline| newline + 1);
        let tab = self.text.get(line..).and_then(|rest| rest.find('\t')).map_or(at, |tab| line + tab);
        self.span(tab, tab + 1)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }
}

/// A key as text, spelled as written: `123:` and `true:` are keys like any other.
fn key_of(text: &str, node: Node, out: &mut Findings) -> Spanned<String> {
    let written = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or("").to_owned();
    let key = match node.kind {
        NodeKind::Text(text) | NodeKind::Number(text) => text,
        NodeKind::Boolean(_) => written(node.span),
        NodeKind::Null if node.span.end > node.span.start => written(node.span),
        NodeKind::Broken => String::new(),
        NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => {
            let message = format!("a key must be text, this is {}", node.kind.describe());
            out.error(&codes::KEY_NOT_TEXT, node.span, message, "write a name before the `:`");
            String::new()
        }
    };
    Spanned::new(key, node.span)
}

/// The positions of keys that stood before, each with the position of the first; sorted by the latter position.
fn doubled(entries: &[Entry]) -> Vec<(usize, usize)> {
    /// Up to so many keys are compared one by one, which is quicker than hashing them.
    const FEW: usize = 16;
    let keys = entries.iter().map(|entry| entry.key.value.as_str()).enumerate().filter(|(_, key)| !key.is_empty());
    if entries.len() <= FEW {
        let first = |key: &str| entries.iter().position(|entry| entry.key.value == key);
        let firsts = keys.filter_map(|(again, key)| Some((first(key)?, again)));
        return firsts.filter(|(first, again)| first < again).collect();
    }
    let mut seen: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    let firsts = keys.map(|(again, key)| (*seen.entry(key).or_insert(again), again));
    firsts.filter(|(first, again)| first < again).collect()
}
