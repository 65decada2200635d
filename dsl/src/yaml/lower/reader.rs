//! Reads the properties of one mapping; every complaint about a property as such is worded here.

use engage_engine::ids::NameError;
use engage_engine::model::Literal;
use engage_engine::problem::CodeInfo;
use engage_playbooks::model::Coordinate;

use super::super::tree::{Entry, Node, NodeKind};
use super::{codes, quote, start_of};
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::lower::codes as shared;
use crate::source::{Span, Spanned};
use engage_engine::nearest::nearest;

/// The key by which YAML 1.1 takes over the properties of an anchor.
const MERGE: &str = "<<";

/// A mapping whose properties are known.
pub(super) struct Reader<'t, 'o> {
    entries: &'t [Entry],
    /// Where a missing property is reported.
    at: Span,
    /// What the mapping is, with its article: `a field`.
    what: &'static str,
    /// Unknown properties, each under the name that was probably meant.
    meant: Vec<(String, &'t Entry)>,
    pub(super) out: &'o mut Findings,
}

impl<'t, 'o> Reader<'t, 'o> {
    /// A reader of a node, `None` when it is no mapping; unknown properties are reported at once.
    pub(super) fn open(
        node: &'t Node,
        what: &'static str,
        known: &[&'static str],
        out: &'o mut Findings,
    ) -> Option<Self> {
        let NodeKind::Map(entries) = &node.kind else {
            wrong_kind(node, &format!("a mapping for {what}"), "write it as `{name: value, …}`", out);
            return None;
        };
        let mut meant = Vec::new();
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.value.as_str())) {
            if entry.key.value == MERGE {
                let help = "write the properties out where they belong";
                out.error(&codes::ALIAS, entry.key.span, "merge keys are not supported", help);
            } else if !entry.key.value.is_empty() {
                meant.extend(unknown(entry, what, known, out).map(|meant| (meant, entry)));
            }
        }
        Some(Self { entries, at: start_of(node), what, meant, out })
    }

    /// The entry of a property, with a value or without; else the one that was probably meant to be it.
    pub(super) fn written(&self, key: &str) -> Option<&'t Entry> {
        let meant = || self.meant.iter().find(|(meant, _)| meant == key).map(|(_, entry)| *entry);
        self.entries.iter().find(|entry| entry.key.value == key).or_else(meant)
    }

    /// The entry of a property that has a value.
    pub(super) fn entry(&self, key: &str) -> Option<&'t Entry> {
        self.written(key).filter(|entry| !matches!(entry.value.kind, NodeKind::Null))
    }

    /// The value of a property.
    pub(super) fn node(&self, key: &str) -> Option<&'t Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The place of the first of some properties that is there.
    pub(super) fn first_of(&self, keys: &[&str]) -> Option<Span> {
        keys.iter().find_map(|key| self.entry(key)).map(|entry| entry.key.span.to(entry.value.span))
    }

    /// Whether a property is there, and, when it is not, the complaint.
    pub(super) fn require(&mut self, key: &str) -> bool {
        if self.entry(key).is_some() {
            return true;
        }
        // `key:` without a value is pointed at; else the mapping.
        let at = self.written(key).map_or(self.at, |entry| entry.key.span);
        let message = format!("{} needs `{key}`", self.what);
        self.out.error(&codes::MISSING, at, message, format!("add `{key}: …`"));
        false
    }

    /// A text that may be absent.
    pub(super) fn text(&mut self, key: &str) -> Option<Spanned<&'t str>> {
        let node = self.node(key)?;
        text(node, key, self.out)
    }

    /// A text that must be there.
    pub(super) fn required_text(&mut self, key: &str) -> Option<Spanned<&'t str>> {
        if self.require(key) { self.text(key) } else { None }
    }

    /// A name that may be absent.
    pub(super) fn name<T: Name>(&mut self, key: &str) -> Option<Spanned<T>> {
        self.text(key).and_then(|text| name(text, self.out))
    }

    /// A name that must be there.
    pub(super) fn required_name<T: Name>(&mut self, key: &str) -> Option<Spanned<T>> {
        self.required_text(key).and_then(|text| name(text, self.out))
    }

    /// `true` or `false`; false when absent.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        match self.node(key).map(|node| (&node.kind, node)) {
            Some((NodeKind::Boolean(value), _)) => *value,
            Some((_, node)) => {
                wrong_kind(node, &format!("true or false for `{key}`"), "write `true`, or leave it out", self.out);
                false
            }
            None => false,
        }
    }

    /// A whole number from 0.
    pub(super) fn count(&mut self, key: &str) -> Option<u32> {
        let node = self.node(key)?;
        let NodeKind::Number(spelling) = &node.kind else {
            wrong_kind(node, &format!("a whole number for `{key}`"), "write it with digits only", self.out);
            return None;
        };
        let count = spelling.parse().ok();
        if count.is_none() {
            let expected = format!("a whole number from 0 to {} for `{key}`", u32::MAX);
            wrong_kind(node, &expected, "write it with digits only", self.out);
        }
        count
    }

    /// A number of a drawing that must be there.
    pub(super) fn required_coordinate(&mut self, key: &str) -> Option<Coordinate> {
        let node = if self.require(key) { self.node(key)? } else { return None };
        let read = match &node.kind {
            NodeKind::Number(spelling) => spelling.parse().ok(),
            _ => None,
        };
        if read.is_none() {
            let help = "write it with digits and, where it is no whole number, a point";
            wrong_kind(node, &format!("a number of at most 28 digits for `{key}`"), help, self.out);
        }
        read
    }

    /// The elements of a list; none when absent. Anything else is reported.
    pub(super) fn list(&mut self, key: &str) -> &'t [Node] {
        match self.node(key).map(|node| (&node.kind, node)) {
            Some((NodeKind::List(nodes), _)) => nodes,
            Some((_, node)) => {
                let help = "write it as `[first, second]`, or one `- ` line for each";
                wrong_kind(node, &format!("a list for `{key}`"), help, self.out);
                &[]
            }
            None => &[],
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Spanned<&'t str>> {
        self.list(key).iter().filter_map(|node| text(node, key, self.out)).collect()
    }

    /// A list of names.
    pub(super) fn names<T: Name>(&mut self, key: &'static str) -> Vec<Spanned<T>> {
        self.texts(key).into_iter().filter_map(|text| name(text, self.out)).collect()
    }

    /// Complains about properties that do not go with the rest; says whether there are any.
    pub(super) fn misplaced(&mut self, keys: &[&str], belongs: &str) -> bool {
        let entries: Vec<&Entry> = keys.iter().filter_map(|key| self.entry(key)).collect();
        for entry in &entries {
            let message = format!("{} {belongs}", quote(&entry.key.value));
            self.out.error(&codes::MISPLACED, entry.key.span, message, "leave it out");
        }
        !entries.is_empty()
    }
}

/// The names of the model, as far as they are read from text.
pub(super) trait Name: Sized {
    fn read(text: &str) -> Result<Self, NameError>;
}

macro_rules! names {
    ($($name:ident)*) => {
        $(impl Name for engage_engine::ids::$name {
            fn read(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        })*
    };
}
names!(SemanticId CrmName RefId FieldName);

/// A checked name, or the complaint.
pub(super) fn name<T: Name>(text: Spanned<&str>, out: &mut Findings) -> Option<Spanned<T>> {
    match T::read(text.value) {
        Ok(name) => Some(Spanned::new(name, text.span)),
        Err(error) => {
            out.push(shared::bad_name(&error, text.value, text.span));
            None
        }
    }
}

/// A text, or the complaint. Numbers and booleans are not taken for text: their spelling may not be what is meant.
pub(super) fn text<'t>(node: &'t Node, key: &str, out: &mut Findings) -> Option<Spanned<&'t str>> {
    match &node.kind {
        NodeKind::Text(text) => Some(Spanned::new(text.as_str(), node.span)),
        NodeKind::Number(_) | NodeKind::Boolean(_) | NodeKind::Null => {
            wrong_kind(node, &format!("text for `{key}`"), "put it in quotes", out);
            None
        }
        _ => {
            wrong_kind(node, &format!("text for `{key}`"), "write a single text", out);
            None
        }
    }
}

/// A literal, or the complaint.
pub(super) fn literal(node: &Node, out: &mut Findings) -> Option<Literal> {
    Some(match &node.kind {
        NodeKind::Null => Literal::Null,
        NodeKind::Boolean(value) => Literal::Boolean(*value),
        NodeKind::Number(spelling) => Literal::Number(spelling.clone()),
        NodeKind::Text(text) => Literal::Text(text.clone()),
        NodeKind::List(nodes) => Literal::List(nodes.iter().filter_map(|node| literal(node, out)).collect()),
        NodeKind::Map(_) | NodeKind::Broken => {
            let help = "write text, a number, true, false, null or a list of these";
            wrong_kind(node, "a plain value or a list", help, out);
            return None;
        }
    })
}

/// One of some words, or the complaint with the word that was probably meant: the nearest one, or the one that
/// `synonyms` (in lower case) leads to.
pub(super) fn word<T: Copy>(
    text: Spanned<&str>,
    what: &str,
    words: &[(&'static str, T)],
    synonyms: &[(&str, &str)],
    out: &mut Findings,
) -> Option<T> {
    let value = |wanted: &str| words.iter().find(|(word, _)| *word == wanted).map(|(_, value)| *value);
    if let Some(value) = value(text.value) {
        return Some(value);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let synonym = synonyms.iter().find(|(word, _)| text.value.eq_ignore_ascii_case(word));
    let meant = synonym.map(|(_, meant)| (*meant).to_owned()).or_else(|| nearest(text.value, known.iter().copied()));
    complain(&codes::UNKNOWN_VALUE, text, &format!("unknown {what}"), &known, meant.clone(), out);
    // Read as it was meant, so that nothing else fails because of it.
    value(&meant?)
}

/// Complains about an unknown property and gives the one that was probably meant.
fn unknown(entry: &Entry, what: &str, known: &[&'static str], out: &mut Findings) -> Option<String> {
    let key = Spanned::new(entry.key.value.as_str(), entry.key.span);
    let meant = nearest(key.value, known.iter().copied());
    complain(&codes::UNKNOWN_PROPERTY, key, &format!("{what} has no property"), known, meant.clone(), out);
    meant
}

/// Complains about a word that is not one of the known ones.
pub(super) fn complain(
    info: &CodeInfo,
    word: Spanned<&str>,
    message: &str,
    known: &[&str],
    meant: Option<String>,
    out: &mut Findings,
) {
    let message = format!("{message} {}", quote(word.value));
    let help = format!("known are {}", known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "));
    let mut diagnostic = Diagnostic::error(info.code, word.span, message).help(help);
    diagnostic.suggestion = meant;
    out.push(diagnostic);
}

/// Complains about a value of the wrong kind, `expected` with its article; silent about what was reported before.
pub(super) fn wrong_kind(node: &Node, expected: &str, help: &str, out: &mut Findings) {
    if matches!(node.kind, NodeKind::Broken) {
        return;
    }
    let span = if matches!(node.kind, NodeKind::List(_) | NodeKind::Map(_)) { start_of(node) } else { node.span };
    out.push(shared::wrong_kind(expected, node.kind.describe(), span).help(help));
}
