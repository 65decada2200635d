//! The brackets of a statement, and what the lines behind a forgotten one give away.

use crate::syntax::KEYWORDS;
use crate::syntax::token::{Kind, Lexer, Token};

/// An opening bracket inside a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) byte: u8,
    pub(super) at: usize,
    /// The indentation of its line.
    pub(super) indent: usize,
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

/// Whether tokens can only be an item's header: `entity contact "Contact"`.
pub(super) fn item_follows(text: &str, mut tokens: impl Iterator<Item = Token>) -> bool {
    let keyword = tokens.next().is_some_and(|t| t.kind == Kind::Word && KEYWORDS.contains(&t.text(text)));
    let mut named = || tokens.next().is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Quoted));
    keyword && named() && tokens.next().is_some_and(|t| t.kind == Kind::Text || matches!(t.text(text), "{" | "on"))
}

/// Whether a line inside brackets can only be a statement of its own: `Email ->`, `contact :`, `event.OwnerId =`.
pub(super) fn statement_follows(text: &str, mut tokens: Lexer<'_>, inside: u8) -> bool {
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
