//! The brackets of a statement, and what the lines behind a forgotten one give away.

use engage_playbooks::model::TriggerKind;

use crate::syntax::KEYWORDS;
use crate::syntax::playbook::BLOCKS;
use crate::syntax::token::{Kind, Lexer, Token};

/// An opening bracket inside a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) byte: u8,
    pub(super) at: usize,
    /// The indentation of its line.
    pub(super) indent: usize,
}

impl Open {
    pub(super) fn sign(&self) -> &'static str {
        match self.byte {
            b'{' => "{",
            b'(' => "(",
            _ => "[",
        }
    }
}

/// The open brackets of a statement, with their number by kind, so that no search goes through all of them.
#[derive(Debug, Default)]
pub(super) struct Nest {
    pub(super) opens: Vec<Open>,
    braces: usize,
    parentheses: usize,
    squares: usize,
}

impl Nest {
    pub(super) fn is_empty(&self) -> bool {
        self.opens.is_empty()
    }

    fn counter(&mut self, byte: u8) -> &mut usize {
        match byte {
            b'{' => &mut self.braces,
            b'(' => &mut self.parentheses,
            _ => &mut self.squares,
        }
    }

    pub(super) fn count(&self, byte: u8) -> usize {
        match byte {
            b'{' => self.braces,
            b'(' => self.parentheses,
            _ => self.squares,
        }
    }

    pub(super) fn push(&mut self, open: Open) {
        *self.counter(open.byte) += 1;
        self.opens.push(open);
    }

    pub(super) fn pop(&mut self) -> Option<Open> {
        let open = self.opens.pop()?;
        let counter = self.counter(open.byte);
        *counter = counter.saturating_sub(1);
        Some(open)
    }
}

/// What kind of item a statement stands in: lines look different there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Entity,
    Playbook,
    Capability,
    Mapper,
}

impl Owner {
    pub(super) fn of(keyword: &str) -> Self {
        match keyword {
            "playbook" => Self::Playbook,
            "capability" => Self::Capability,
            "mapper" => Self::Mapper,
            _ => Self::Entity,
        }
    }
}

/// Whether tokens can only be an item's header: `entity contact "Contact"`.
pub(super) fn item_follows(text: &str, mut tokens: impl Iterator<Item = Token>) -> bool {
    let keyword = tokens.next().is_some_and(|t| t.kind == Kind::Word && KEYWORDS.contains(&t.text(text)));
    let mut named = || tokens.next().is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Quoted));
    keyword
        && named()
        && tokens.next().is_some_and(|t| t.kind == Kind::Text || matches!(t.text(text), "{" | "on" | "->"))
}

/// Whether a line inside brackets can only be a statement of its own: `Email ->`, `contact :`, `event.OwnerId =`.
pub(super) fn statement_follows(text: &str, mut tokens: Lexer<'_>, inside: u8, owner: Owner) -> bool {
    match owner {
        Owner::Entity | Owner::Mapper => {}
        Owner::Playbook => return block_follows(text, tokens),
        Owner::Capability => {
            let mut next = || tokens.next();
            return next().is_some_and(|token| token.text(text) == "version")
                && next().is_some_and(|token| token.kind == Kind::Number)
                && next().is_some_and(|token| token.text(text) == "{");
        }
    }
    if !tokens.next().is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Quoted)) {
        return false;
    }
    let mut next = || tokens.next().map_or("", |token| token.text(text));
    match next() {
        "->" | ":" => true,
        "[" => next() == "]" && next() == ":",
        "." => {
            next();
            next() == "="
        }
        "=" | ":=" => inside != b'{',
        _ => false,
    }
}

/// Whether a line can only be a block: `read advisor =`, `trigger Manual(`.
fn block_follows(text: &str, mut tokens: Lexer<'_>) -> bool {
    let Some(verb) = tokens.next().map(|token| token.text(text)).filter(|word| BLOCKS.contains(word)) else {
        return false;
    };
    let Some(name) = tokens.next() else { return false };
    if verb == "trigger" && TriggerKind::of(name.text(text)).is_some() {
        return true;
    }
    let named = matches!(name.kind, Kind::Word | Kind::Quoted) || (verb == "trigger" && name.kind == Kind::Text);
    let sign = tokens.find(|token| token.kind != Kind::Text).map_or("", |token| token.text(text));
    named && matches!((verb, sign), (_, "=") | ("filter", "on") | ("input", ":") | ("input" | "output", "as"))
}
