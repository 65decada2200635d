//! One statement: on one line where it fits, else with its braces broken into lines.

use engage_playbooks::model::TriggerKind;

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
                let names = match pieces.as_slice() {
                    // Behind `|` it is a transformation, else it is in front of a condition.
                    [.., Piece::Token(_, "|"), Piece::Token(_, "where")] => true,
                    [.., Piece::Token(_, word)] => takes_a_list(word),
                    _ => false,
                };
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

    fn is_word(&self) -> bool {
        matches!(self, Self::Token(Kind::Word | Kind::Quoted, _))
    }

    /// Whether something in it ends a line: a comment, or a text over several lines.
    fn has_break(&self) -> bool {
        match self {
            Self::Token(Kind::Comment, _) => true,
            Self::Token(Kind::Text, text) => text.contains('\n'),
            Self::Token(..) => false,
            Self::Group(group) => group.inside.iter().any(Self::has_break),
        }
    }
}

/// Whether a blank stands between two neighbours.
fn spaced(before: &Piece<'_>, after: &Piece<'_>) -> bool {
    let tight = match after {
        Piece::Token(Kind::Symbol, ":" | "!") => true,
        Piece::Token(..) => false,
        Piece::Group(group) => match (group.open, before) {
            ("[", Piece::Group(before)) => before.open == "[",
            // `contains ["a"]` and `starts with ["a"]` are no paths.
            ("[", Piece::Token(_, "contains" | "with")) => false,
            ("[", _) => before.is_word(),
            ("(", Piece::Token(Kind::Word, "where")) => !group.condition,
            ("(", Piece::Token(Kind::Word, word)) => is_called(word),
            _ => false,
        },
    };
    !(tight || before.is_dot() || after.is_dot())
}

/// Whether parentheses behind a word are its arguments.
fn is_called(word: &str) -> bool {
    matches!(word, "extract" | "project" | "join" | "split" | "default" | "map" | "format")
        || TriggerKind::of(word).is_some()
}

/// Whether parentheses behind a word hold a list, in which a newline is always a separator.
fn takes_a_list(word: &str) -> bool {
    matches!(word, "match" | "key" | "in" | "after") || is_called(word)
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

    /// Whether the entry that starts at a piece is too long for its line.
    fn is_long(&self, at: usize, indent: usize) -> bool {
        let mut out = String::new();
        let mut before: Option<&Piece<'_>> = None;
        for piece in self.inside.iter().skip(at).take_while(|piece| !piece.is_separator() && !piece.has_break()) {
            out.push_str(if before.is_some_and(|before| spaced(before, piece)) { " " } else { "" });
            match piece {
                Piece::Token(_, text) => out.push_str(text),
                Piece::Group(group) => group.flat(&mut out),
            }
            before = Some(piece);
        }
        indent + out.chars().count() > WIDTH
    }

    /// One line for each entry, and for each comment that had one.
    fn broken(&self, out: &mut String, indent: usize) {
        out.push_str(self.open);
        let mut before: Option<&Piece<'_>> = None;
        let (mut newline, mut own_line, mut long) = (true, false, false);
        for (at, piece) in self.inside.iter().enumerate() {
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
                        long = self.is_long(at, indent + 2);
                    } else if before.is_some_and(|before| spaced(before, piece)) {
                        out.push(' ');
                    }
                    write_piece(piece, out, indent + 2, long);
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
        Piece::Group(group) if piece.has_break() || (long && group.open == "{") => group.broken(out, indent),
        Piece::Group(group) => group.flat(out),
    }
}

/// Writes pieces behind what stands on the line already, `column` characters of it.
pub(super) fn write(pieces: &[Piece<'_>], out: &mut String, column: usize, indent: usize) {
    let comments = pieces.iter().any(Piece::has_break);
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
