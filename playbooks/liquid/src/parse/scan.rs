//! Cuts a source into text, outputs and tags. Knows `raw`, `comment`, `doc`, `liquid` and `#`, whose insides are no
//! ordinary Liquid, and the dashes that take whitespace away.

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

    fn hashes(&mut self, inner: &str, start: usize) {
        let mut at = start;
        for line in inner.split('\n') {
            if !line.trim_matches(is_space).is_empty() && !line.trim_start_matches(is_space).starts_with('#') {
                let span = at..at + line.len();
                self.refuse(
                    ProblemKind::Syntax,
                    span,
                    "this line is no comment",
                    "begin each line of the comment with `#`",
                );
            }
            at += line.len() + 1;
        }
    }

    /// `raw` and `doc`: everything up to the end tag is text, or nothing.
    fn verbatim(&mut self, tag: &Tag, dash: bool, printed: bool) {
        let name = self.slice(tag.name.clone());
        if !self.slice(tag.markup.clone()).trim_matches(is_space).is_empty() {
            let message = format!("`{name}` takes no arguments");
            self.findings.push(Finding::new(ProblemKind::Arguments, tag.markup.clone(), message));
        }
        let from = self.at;
        let Some(end) = self.end_tag(from, &format!("end{name}")) else { return self.unclosed(tag) };
        if !printed && self.slice(from..end.start).contains("{% doc") {
            self.refuse(
                ProblemKind::Misplaced,
                tag.whole.clone(),
                "a `doc` stands in another",
                "end the first with `{% enddoc %}`",
            );
        }
        self.trim = dash;
        if printed {
            self.text(from..end.start, true);
        }
        self.at = end.end;
        self.trim = self.source.as_bytes().get(end.end.saturating_sub(3)) == Some(&b'-');
    }

    /// The first tag of that name and nothing else.
    fn end_tag(&self, from: usize, name: &str) -> Option<Range<usize>> {
        let text = self.source.get(from..)?;
        text.match_indices("{%").find_map(|(open, _)| {
            let rest = text.get(open + 2..)?;
            let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(is_space).strip_prefix(name)?;
            let rest = rest.trim_start_matches(is_space);
            let rest = rest.strip_prefix('-').unwrap_or(rest).strip_prefix("%}")?;
            Some(from + open..self.source.len() - rest.len())
        })
    }

    fn unclosed(&mut self, tag: &Tag) {
        let name = self.slice(tag.name.clone());
        let message = format!("`{name}` is not closed");
        self.refuse(
            ProblemKind::Unclosed,
            tag.whole.clone(),
            &message,
            &format!("write `{{% end{name} %}}` where it ends"),
        );
        self.at = self.source.len();
    }

    /// Comments nest, and what is raw in them is not looked at.
    fn comment(&mut self, tag: &Tag) {
        let mut depth = 1_usize;
        while depth > 0 {
            let Some(open) = self.find(self.at, "{%") else { return self.unclosed(tag) };
            let Some(close) = self.find(open, "%}") else { return self.unclosed(tag) };
            self.at = close + 2;
            let start = open + 2 + usize::from(self.source.as_bytes().get(open + 2) == Some(&b'-'));
            let inner = self.named(start.min(close)..close, open..close);
            match self.slice(inner.name) {
                "comment" => depth += 1,
                "endcomment" => depth -= 1,
                "raw" => match self.end_tag(self.at, "endraw") {
                    Some(end) => self.at = end.end,
                    None => return self.unclosed(tag),
                },
                _ => {}
            }
            self.trim = self.source.as_bytes().get(close.saturating_sub(1)) == Some(&b'-');
        }
    }

    /// A `liquid` tag: every line is a tag.
    fn liquid(&mut self, tag: &Tag) {
        self.push(tag.whole.start, Piece::LiquidStart);
        let (mut at, mut comments) = (tag.markup.start, 0_usize);
        for line in self.slice(tag.markup.clone()).split('\n') {
            let span = at..at + line.len();
            at += line.len() + 1;
            comments = self.liquid_line(span, comments);
        }
        if comments > 0 {
            self.unclosed_comment(tag);
        }
        self.push(tag.whole.end, Piece::LiquidEnd);
    }

    fn unclosed_comment(&mut self, tag: &Tag) {
        self.refuse(
            ProblemKind::Unclosed,
            tag.whole.clone(),
            "`comment` is not closed",
            "write `endcomment` on a line of its own",
        );
    }

    /// One line; gives back how many comments are open after it.
    fn liquid_line(&mut self, mut span: Range<usize>, comments: usize) -> usize {
        let mut nested = false;
        let tag = loop {
            let tag = self.named(span.clone(), span.clone());
            if comments > 0 || self.slice(tag.name.clone()) != "liquid" {
                break tag;
            }
            nested = true;
            span = tag.markup;
        };
        let whole = tag.name.start..span.end;
        let name = self.slice(tag.name.clone());
        match name {
            "comment" => return comments + 1,
            "endcomment" if comments > 0 => return comments - 1,
            _ if comments > 0 || self.slice(whole.clone()).trim_matches(is_space).is_empty() => return comments,
            "raw" | "doc" => {
                let message = format!("`{name}` cannot stand in a `liquid` tag");
                self.refuse(ProblemKind::Misplaced, whole, &message, "write it as a tag of its own");
            }
            "" if self.slice(whole.clone()).starts_with('#') => {}
            "" => self.refuse(
                ProblemKind::Syntax,
                whole,
                "a line of a `liquid` tag begins with a tag",
                "write a tag's name first",
            ),
            _ => self.liquid_tag(Tag { whole, ..tag }, nested),
        }
        comments
    }

    fn liquid_tag(&mut self, tag: Tag, nested: bool) {
        let at = tag.whole.start;
        if nested {
            self.push(at, Piece::LiquidStart);
        }
        self.push(at, Piece::Tag(tag));
        if nested {
            self.push(at, Piece::LiquidEnd);
        }
    }
}
