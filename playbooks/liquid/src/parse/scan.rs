//! Cuts a source into text, outputs and tags. Knows `raw`, `comment`, `doc`, `liquid` and `#`, whose insides are no
//! ordinary Liquid, and the dashes that take whitespace away.

mod special;

use std::ops::Range;

use crate::problem::{Finding, ProblemKind};

/// A piece of the source and its line.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) line: usize,
    pub(super) piece: Piece,
}

/// A piece of the source, as ranges of its bytes.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text {
        span: Range<usize>,
        raw: bool,
    },
    Output(Range<usize>),
    Tag(Tag),
    /// What stands up to the end belongs to one `liquid` tag: blocks end where they begin.
    LiquidStart,
    LiquidEnd,
}

/// A tag: its name, what follows it, and the whole from brace to brace.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) name: Range<usize>,
    pub(super) markup: Range<usize>,
    pub(super) whole: Range<usize>,
}

/// The pieces of a source in their order, and what is wrong with them.
pub(super) fn scan(source: &str) -> (Vec<Placed>, Vec<Finding>) {
    let mut scanner = Scanner { source, at: 0, trim: false, pieces: Vec::new(), findings: Vec::new(), counted: (0, 1) };
    while scanner.at < source.len() {
        scanner.next();
    }
    (scanner.pieces, scanner.findings)
}

struct Scanner<'s> {
    source: &'s str,
    at: usize,
    /// The tag before ended with a dash.
    trim: bool,
    pieces: Vec<Placed>,
    findings: Vec<Finding>,
    /// Up to where lines are counted, and the line there.
    counted: (usize, usize),
}

/// A tag or output from brace to brace.
struct Braces {
    whole: Range<usize>,
    inner: Range<usize>,
    dash_after: bool,
}

/// What Ruby's Liquid takes for whitespace.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

impl<'s> Scanner<'s> {
    fn slice(&self, span: Range<usize>) -> &'s str {
        self.source.get(span).unwrap_or_default()
    }

    fn find(&self, from: usize, what: &str) -> Option<usize> {
        self.source.get(from..)?.find(what).map(|at| from + at)
    }

    fn line(&mut self, at: usize) -> usize {
        let (from, line) = self.counted;
        let more = self.slice(from..at).bytes().filter(|byte| *byte == b'\n').count();
        self.counted = (at.max(from), line + more);
        self.counted.1
    }

    fn push(&mut self, at: usize, piece: Piece) {
        let line = self.line(at);
        self.pieces.push(Placed { line, piece });
    }

    fn refuse(&mut self, kind: ProblemKind, span: Range<usize>, message: &str, help: &str) {
        self.findings.push(Finding::new(kind, span, message).help(help));
    }

    fn next(&mut self) {
        let rest = self.slice(self.at..self.source.len());
        let mut opens = rest.match_indices('{').map(|(at, _)| self.at + at);
        let open = opens.find(|at| matches!(self.source.as_bytes().get(at + 1), Some(b'{' | b'%')));
        self.text(self.at..open.unwrap_or(self.source.len()), false);
        match open {
            None => self.at = self.source.len(),
            Some(open) if self.slice(open..open + 2) == "{{" => self.output(open),
            Some(open) => self.tag(open),
        }
    }

    /// Text up to what follows, without the whitespace that the dashes beside it take.
    fn text(&mut self, span: Range<usize>, raw: bool) {
        let (mut text, mut start) = (self.slice(span.clone()), span.start);
        if self.trim {
            let kept = text.trim_start_matches(is_space);
            start += text.len() - kept.len();
            text = kept;
        }
        if self.source.as_bytes().get(span.end + 2) == Some(&b'-') {
            text = text.trim_end_matches(is_space);
        }
        if !text.is_empty() {
            self.push(start, Piece::Text { span: start..start + text.len(), raw });
        }
    }

    /// The braces that open here; none if nothing closes them, which is told.
    fn braces(&mut self, open: usize, close: &str) -> Option<Braces> {
        let start = open + 2 + usize::from(self.source.as_bytes().get(open + 2) == Some(&b'-'));
        let found = self.find(open + 2, close);
        let Some(end) = found else {
            self.refuse(
                ProblemKind::Unclosed,
                open..open + 2,
                "this is not closed",
                &format!("write `{close}` where it ends"),
            );
            self.at = self.source.len();
            return None;
        };
        let whole = open..end + 2;
        self.at = whole.end;
        let dash_after = end > start && self.source.as_bytes().get(end - 1) == Some(&b'-');
        let inner = start.min(end)..end - usize::from(dash_after);
        self.trim = dash_after || start > end;
        Some(Braces { whole, inner, dash_after: self.trim })
    }

    fn output(&mut self, open: usize) {
        if let Some(braces) = self.braces(open, "}}") {
            self.push(open, Piece::Output(braces.inner));
        }
    }

    fn tag(&mut self, open: usize) {
        let Some(braces) = self.braces(open, "%}") else { return };
        let inner = self.slice(braces.inner.clone());
        if inner.trim_start_matches(is_space).starts_with('#') {
            return self.hashes(inner, braces.inner.start);
        }
        let tag = self.named(braces.inner.clone(), braces.whole.clone());
        match self.slice(tag.name.clone()) {
            "" => self.refuse(ProblemKind::Syntax, braces.whole, "a tag begins with its name", "write `{% name … %}`"),
            "raw" => self.verbatim(&tag, braces.dash_after, true),
            "doc" => self.verbatim(&tag, braces.dash_after, false),
            "comment" => self.comment(&tag),
            "liquid" => self.liquid(&tag),
            _ => self.push(open, Piece::Tag(tag)),
        }
    }

    /// Reads the name at the beginning of a tag.
    fn named(&self, inner: Range<usize>, whole: Range<usize>) -> Tag {
        let text = self.slice(inner.clone());
        let start = inner.start + text.len() - text.trim_start_matches(is_space).len();
        let rest = self.slice(start..inner.end);
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        Tag { name: start..start + length, markup: start + length..inner.end, whole }
    }
}
