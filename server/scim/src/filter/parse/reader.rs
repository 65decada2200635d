//! The text of a filter, word by word, with its limits.

use super::{MAX_DEPTH, MAX_TERMS, MAX_TEXT, invalid};
use crate::error::ScimError;

/// A text that is being read.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    terms: usize,
}

/// A value as written.
pub(super) enum Written<'a> {
    /// In quotes.
    Quoted(String),
    /// Without: a number, `true`, `false`, `null`, or a text of a client that forgot the quotes.
    Bare(&'a str),
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, ScimError> {
        if text.len() > MAX_TEXT {
            return Err(invalid(format!("the filter is longer than {MAX_TEXT} bytes")));
        }
        Ok(Self { text, at: 0, depth: 0, terms: 0 })
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_ascii_start().len();
    }

    /// Whether this comes next, with nothing between.
    pub(super) fn follows(&self, c: char) -> bool {
        self.rest().starts_with(c)
    }

    /// Whether this comes next.
    pub(super) fn peek(&mut self, c: char) -> bool {
        self.blank();
        self.follows(c)
    }

    pub(super) fn skip(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    /// Steps over an opening bracket.
    pub(super) fn open(&mut self, c: char) -> Result<(), ScimError> {
        if !self.peek(c) {
            return Err(self.expected(&format!("`{c}`")));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(invalid(format!("the filter is nested deeper than {MAX_DEPTH} levels")));
        }
        self.skip(c);
        Ok(())
    }

    /// Steps over a closing bracket.
    pub(super) fn close(&mut self, c: char) -> Result<(), ScimError> {
        if !self.peek(c) {
            return Err(self.expected(&format!("`and`, `or` or `{c}`")));
        }
        self.depth -= 1;
        self.skip(c);
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), ScimError> {
        self.blank();
        if self.rest().is_empty() { Ok(()) } else { Err(self.expected("`and`, `or` or the end")) }
    }

    /// Steps over a word if it comes next: a blank, a bracket or the end has to follow.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        self.blank();
        let rest = self.rest();
        let found = rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
            && rest.get(word.len()..).is_some_and(|after| after.is_empty() || after.starts_with(ends_word));
        if found {
            self.at += word.len();
        }
        found
    }

    /// Steps over `not` if it stands before a parenthesis.
    pub(super) fn negation(&mut self) -> bool {
        let before = self.at;
        if self.keyword("not") && self.peek('(') {
            return true;
        }
        self.at = before;
        false
    }

    /// The next word, which ends at a blank or bracket; none where one of those comes next.
    pub(super) fn word(&mut self) -> &'a str {
        self.blank();
        let rest = self.rest();
        let word = rest.split(ends_word).next().unwrap_or_default();
        self.at += word.len();
        word
    }

    pub(super) fn value(&mut self, name: &str) -> Result<Written<'a>, ScimError> {
        if !self.peek('"') {
            let word = self.word();
            let missing = || self.expected(&format!("a value to compare `{name}` with"));
            return if word.is_empty() { Err(missing()) } else { Ok(Written::Bare(word)) };
        }
        let text = self.quoted().ok_or_else(|| self.expected(&format!("a JSON string to compare `{name}` with")))?;
        Ok(Written::Quoted(text))
    }

    /// A JSON string; nothing where it does not end or holds what JSON has not.
    fn quoted(&mut self) -> Option<String> {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|&(_, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let token = rest.get(..=end?.0)?;
        let text = serde_json::from_str(token).ok()?;
        self.at += token.len();
        Some(text)
    }

    pub(super) fn count_term(&mut self) -> Result<(), ScimError> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(invalid(format!("the filter has more than {MAX_TERMS} tests")));
        }
        Ok(())
    }

    /// An error about what comes next; it tells the place and not the text, which may hold values.
    pub(super) fn expected(&self, what: &str) -> ScimError {
        let place = self.text.get(..self.at).unwrap_or_default().chars().count() + 1;
        invalid(format!("the filter needs {what} at character {place}"))
    }
}

fn ends_word(c: char) -> bool {
    c.is_ascii_whitespace() || matches!(c, '(' | ')' | '[' | ']')
}
