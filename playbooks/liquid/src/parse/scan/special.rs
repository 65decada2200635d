//! Tags whose insides are no ordinary Liquid.

use std::ops::Range;

use super::{Piece, Scanner, Tag, is_space};
use crate::problem::{Finding, ProblemKind};

impl Scanner<'_> {
    pub(super) fn hashes(&mut self, inner: &str, start: usize) {
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
    pub(super) fn verbatim(&mut self, tag: &Tag, dash: bool, printed: bool) {
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
    pub(super) fn comment(&mut self, tag: &Tag) {
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
    pub(super) fn liquid(&mut self, tag: &Tag) {
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
