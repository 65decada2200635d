//! The tree of a YAML or JSON text: values with the bytes they were written at.

use std::fmt;

use crate::source::{Span, Spanned};

/// The documents of a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    /// One node per document; a document that could not be read is not among them.
    pub documents: Vec<Node>,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What stands there.
    pub kind: NodeKind,
}

/// A value. Its `Debug` shows the kind and hides the value: the tree also holds the input of operations.
#[derive(Clone, PartialEq)]
pub enum NodeKind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as written. What JSON does not call a number (`0123`, `+47`, `1_000`, `.inf`) is text.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the text; no key stands twice.
    Map(Vec<Entry>),
    /// Something that was reported already; who meets it stays silent.
    Broken,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Spanned<String>,
    /// The value.
    pub value: Node,
}

impl NodeKind {
    /// What a person calls it, with its article.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Broken => "something unreadable",
        }
    }
}

impl fmt::Debug for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(nodes) => f.debug_list().entries(nodes).finish(),
            Self::Map(entries) => f.debug_list().entries(entries).finish(),
            other => f.write_str(other.describe()),
        }
    }
}

impl Node {
    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let NodeKind::Map(entries) = &self.kind else { return None };
        entries.iter().find(|entry| entry.key.value == key)
    }

    /// The n-th element, if this is a list that has it.
    pub fn at(&self, position: usize) -> Option<&Self> {
        let NodeKind::List(nodes) = &self.kind else { return None };
        nodes.get(position)
    }
}
