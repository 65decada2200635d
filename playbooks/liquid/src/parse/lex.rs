//! Cuts what stands in a tag or an output into tokens.

use std::ops::Range;

use super::scan::is_space;
use crate::problem::Finding;

/// A token and its bytes in the source.
#[derive(Clone, Debug)]
pub(super) struct Spanned<'s> {
    pub(super) token: Token<'s>,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'s> {
    Name(&'s str),
    Number(&'s str),
    /// A text without its quotes.
    Text(&'s str),
    Symbol(&'static str),
}

/// A longer name is none of anything.
const MAX_NAME: usize = 256;
/// The longer before the shorter.
const SYMBOLS: [&str; 16] = ["==", "!=", "<>", "<=", ">=", "..", "<", ">", "=", "|", ":", ",", ".", "[", "]", "("];

/// The tokens of `text`, which begins at byte `start` of the source.
pub(super) fn lex(text: &str, start: usize) -> Result<Vec<Spanned<'_>>, Finding> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        let at = start + text.len() - rest.len();
        let (token, length) = token(rest, at)?;
        tokens.push(Spanned { token, span: at..at + length });
        rest = rest.get(length..).unwrap_or_default().trim_start_matches(is_space);
    }
    Ok(tokens)
}

/// The token at the beginning of `rest` and its bytes.
fn token(rest: &str, at: usize) -> Result<(Token<'_>, usize), Finding> {
    let first = rest.chars().next().unwrap_or_default();
    if first == '"' || first == '\'' {
        return quoted(rest, first, at);
    }
    if is_name_start(first) {
        let name = prefix(rest, name_length(rest));
        if name.len() > MAX_NAME {
            return Err(Finding::syntax(at..at + name.len(), format!("a name is longer than {MAX_NAME} bytes")));
        }
        return Ok((Token::Name(name), name.len()));
    }
    if let Some(length) = number_length(rest) {
        return Ok((Token::Number(prefix(rest, length)), length));
    }
    let symbol = SYMBOLS.into_iter().chain([")"]).find(|symbol| rest.starts_with(symbol));
    let unknown = || {
        let finding =
            Finding::syntax(at..at + first.len_utf8(), format!("`{}` has no meaning here", first.escape_debug()));
        if "+-*/%&!".contains(first) {
            finding.help("use filters to calculate (`plus`, `minus`, …), `and`, `or` and `!=` in conditions")
        } else {
            finding
        }
    };
    symbol.map(|symbol| (Token::Symbol(symbol), symbol.len())).ok_or_else(unknown)
}

fn prefix(text: &str, length: usize) -> &str {
    text.get(..length).unwrap_or(text)
}

fn quoted(rest: &str, quote: char, at: usize) -> Result<(Token<'_>, usize), Finding> {
    let inside = rest.get(1..).unwrap_or_default();
    let Some(length) = inside.find(quote) else {
        let help = "a tag ends at the first `%}` and an output at the first `}}`, within quotes too";
        return Err(Finding::syntax(at..at + rest.len(), "this text has no closing quote").help(help));
    };
    Ok((Token::Text(prefix(inside, length)), length + 2))
}

fn is_name_start(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

/// Letters, digits, `_` and `-`, and at most one `?` at the end.
fn name_length(rest: &str) -> usize {
    let inside = |c: char| c == '_' || c == '-' || c.is_alphanumeric();
    let length = rest.find(|c| !inside(c)).unwrap_or(rest.len());
    length + usize::from(rest.as_bytes().get(length) == Some(&b'?'))
}

/// Digits with an optional sign and fraction. `1..5` begins with `1`.
fn number_length(rest: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(rest.starts_with('-'));
    let whole = digits(rest.get(sign..)?);
    if whole == 0 {
        return None;
    }
    let length = sign + whole;
    let fraction = rest.get(length..)?.strip_prefix('.').map_or(0, digits);
    Some(if fraction == 0 { length } else { length + 1 + fraction })
}
