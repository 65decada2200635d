//! One statement: on one line where it fits, else with its braces broken into lines.

use crate::syntax::token::{Kind, Lexer, Token};

/// The longest line that is written where breaking is possible.
const WIDTH: usize = 120;

/// A token, or a bracket with what it holds.
#[derive(Debug)]
pub(super) enum Piece<'t> {
    Token(Kind, &'t str),
    Group(Group<'t>),
}

#[derive(Debug)]
pub(super) struct Group<'t> {
    open: &'t str,
    close: &'t str,
    inside: Vec<Piece<'t>>,
    /// Newlines beside `and` and `or` separate nothing.
    condition: bool,
}

/// Reads the pieces of a part of the text. Nesting is bounded: deeper text has a syntax error.
pub(super) fn pieces(text: &str, start: usize, end: usize) -> Vec<Piece<'_>> {
    until_close(text, &mut Lexer::of(text, start, end)).0
}

fn until_close<'t>(text: &'t str, lexer: &mut Lexer<'t>) -> (Vec<Piece<'t>>, &'t str) {
    let mut pieces = Vec::new();
    while let Some(Token { kind, start, end, .. }) = lexer.next() {
        let written = text.get(start..end).unwrap_or("");
        match kind {
            Kind::Close => return (pieces, written),
            Kind::Open => {
                let names = matches!(pieces.last(), Some(Piece::Token(_, "match" | "key" | "in")));
                let (inside, close) = until_close(text, lexer);
                pieces.push(Piece::Group(Group { open: written, close, inside, condition: written == "(" && !names }));
            }
            Kind::Comment => pieces.push(Piece::Token(kind, written.trim_end())),
            _ => pieces.push(Piece::Token(kind, written)),
        }
    }
    (pieces, "")
}

impl Piece<'_> {
    fn is_separator(&self) -> bool {
        matches!(self, Self::Token(Kind::Newline | Kind::Comma, _))
    }

    fn is_joint(&self) -> bool {
        matches!(self, Self::Token(Kind::Word, "and" | "or"))
    }

    fn is_dot(&self) -> bool {
        matches!(self, Self::Token(Kind::Symbol, "."))
    }

    fn has_comment(&self) -> bool {
        match self {
            Self::Token(kind, _) => *kind == Kind::Comment,
            Self::Group(group) => group.inside.iter().any(Self::has_comment),
        }
    }
}

/// Whether a blank stands between two neighbours.
fn spaced(before: &Piece<'_>, after: &Piece<'_>) -> bool {
    let label = matches!(after, Piece::Group(group) if group.open == "[" && group.inside.is_empty())
        && matches!(before, Piece::Token(Kind::Word | Kind::Quoted, _));
    !(label || before.is_dot() || after.is_dot())
}

/// All pieces on one line.
pub(super) fn flat(pieces: &[Piece<'_>]) -> String {
    let mut out = String::new();
    flat_into(pieces, false, &mut out);
    out
}

fn flat_into(pieces: &[Piece<'_>], condition: bool, out: &mut String) {
    let mut before: Option<&Piece<'_>> = None;
    let mut separated = false;
    for piece in pieces {
        if piece.is_separator() {
            separated = true;
            continue;
        }
        if let Some(before) = before {
            let joint = condition && (before.is_joint() || piece.is_joint());
            if separated && !joint {
                out.push_str(", ");
            } else if spaced(before, piece) {
                out.push(' ');
            }
        }
        match piece {
            Piece::Token(_, text) => out.push_str(text),
            Piece::Group(group) => group.flat(out),
        }
        (before, separated) = (Some(piece), false);
    }
}

impl Group<'_> {
    fn flat(&self, out: &mut String) {
        let padding = if self.open == "{" && self.inside.iter().any(|piece| !piece.is_separator()) { " " } else { "" };
        out.push_str(self.open);
        out.push_str(padding);
        flat_into(&self.inside, self.condition, out);
        out.push_str(padding);
        out.push_str(self.close);
    }

    /// One line for each entry, and for each comment that had one.
    fn broken(&self, out: &mut String, indent: usize) {
        out.push_str(self.open);
        let mut before: Option<&Piece<'_>> = None;
        let (mut newline, mut own_line) = (true, false);
        for piece in &self.inside {
            match piece {
                Piece::Token(Kind::Newline, _) => (newline, own_line) = (true, true),
                Piece::Token(Kind::Comma, _) => newline = true,
                Piece::Token(Kind::Comment, comment) => {
                    out.push_str("  ");
                    if own_line {
                        out.truncate(out.len() - 2);
                        break_line(out, indent + 2);
                    }
                    out.push_str(comment);
                    newline = true;
                }
                _ => {
                    if newline {
                        break_line(out, indent + 2);
                    } else if before.is_some_and(|before| spaced(before, piece)) {
                        out.push(' ');
                    }
                    write_piece(piece, out, indent + 2, false);
                    (newline, own_line, before) = (false, false, Some(piece));
                }
            }
        }
        break_line(out, indent);
        out.push_str(self.close);
    }
}

fn break_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn write_piece(piece: &Piece<'_>, out: &mut String, indent: usize, long: bool) {
    match piece {
        Piece::Token(_, text) => out.push_str(text),
        Piece::Group(group) if piece.has_comment() || (long && group.open == "{") => group.broken(out, indent),
        Piece::Group(group) => group.flat(out),
    }
}

/// Writes pieces behind what stands on the line already, `column` characters of it.
pub(super) fn write(pieces: &[Piece<'_>], out: &mut String, column: usize, indent: usize) {
    let comments = pieces.iter().any(Piece::has_comment);
    if !comments {
        let line = flat(pieces);
        if column + line.chars().count() <= WIDTH {
            return out.push_str(&line);
        }
    }
    let long = !comments || column + flat(pieces).chars().count() > WIDTH;
    let mut before: Option<&Piece<'_>> = None;
    for piece in pieces.iter().filter(|piece| !piece.is_separator()) {
        if before.is_some_and(|before| spaced(before, piece)) {
            out.push(' ');
        }
        write_piece(piece, out, indent, long);
        before = Some(piece);
    }
}
