//! One function per tag.

use std::ops::Range;

use super::expression::Cursor;
use super::frame::{CaseAt, Frame, IfAt, Open};
use super::lex::Token;
use super::loops::{loop_head, loop_over};
use super::scan::{Tag, is_space};
use super::{Halt, MAX_VARIABLES, Parser, TAGS};
use crate::problem::{Finding, ProblemKind};
use crate::tree::{Case, Cycle, Group, If, Node, NodeKind, Term};

type Read = Result<Result<(), Halt>, Finding>;

impl<'s> Parser<'s> {
    /// The tag is wrong, or it is read; then reading may have to end.
    pub(super) fn read_tag(&mut self, line: usize, tag: &Tag) -> Read {
        let name = self.text(&tag.name);
        match name {
            "if" | "unless" => return self.if_tag(line, tag, name == "unless"),
            "case" => return self.case_tag(line, tag),
            "for" | "tablerow" => return self.for_tag(line, tag, name == "tablerow"),
            "capture" => return self.capture(line, tag),
            "ifchanged" => {
                self.nothing(tag)?;
                return Ok(self.open(Frame::new(line, tag.whole.clone(), Open::IfChanged)));
            }
            "elsif" | "else" | "when" => self.branch(tag, name)?,
            "echo" => self.output(line, tag.markup.clone()),
            "assign" => self.assign(line, tag)?,
            "cycle" => self.cycle(line, tag)?,
            "increment" | "decrement" => self.count(line, tag, name == "increment")?,
            "break" | "continue" => self.interrupt(line, tag, name == "break")?,
            "include" | "render" | "layout" | "section" => return Err(self.partial(tag, name)),
            _ => match name.strip_prefix("end") {
                Some(block) => self.end(tag, block)?,
                None => return Err(self.unknown_tag(tag, name)),
            },
        }
        Ok(Ok(()))
    }

    fn markup(&self, tag: &Tag) -> Result<Cursor<'s>, Finding> {
        self.cursor(tag.markup.clone())
    }

    fn nothing(&self, tag: &Tag) -> Result<(), Finding> {
        if self.text(&tag.markup).trim_matches(is_space).is_empty() {
            return Ok(());
        }
        let message = format!("`{}` takes no arguments", self.text(&tag.name));
        Err(Finding::new(ProblemKind::Arguments, tag.markup.clone(), message))
    }

    fn partial(&self, tag: &Tag, name: &str) -> Finding {
        let message = format!("`{name}` of another template is not allowed");
        let help = "a template is one text and sees only its input: render the other one in a block of its own";
        Finding::new(ProblemKind::Refused, tag.whole.clone(), message).help(help)
    }

    fn unknown_tag(&mut self, tag: &Tag, name: &'s str) -> Finding {
        self.unknown.push(name);
        let finding = Finding::new(ProblemKind::UnknownTag, tag.name.clone(), format!("there is no tag `{name}`"));
        let ends = ["else", "elsif", "when", "endif", "endfor", "endcase", "endunless", "endcapture"];
        finding.nearest(name, TAGS.into_iter().chain(ends))
    }

    /// A tag that makes a variable: they are counted, whatever their names.
    fn made(&mut self, span: Range<usize>) -> Result<(), Finding> {
        self.variables += 1;
        if self.variables == MAX_VARIABLES + 1 {
            let message = format!("more than {MAX_VARIABLES} tags make variables");
            return Err(Finding::new(ProblemKind::TooLarge, span, message));
        }
        Ok(())
    }

    fn if_tag(&mut self, line: usize, tag: &Tag, unless: bool) -> Read {
        let condition = self.markup(tag).and_then(|mut cursor| cursor.condition());
        let at = self.if_at(condition, unless);
        let open = Open::If { unless, tag: If { branches: Vec::new(), otherwise: None }, at };
        Ok(self.open(Frame::new(line, tag.whole.clone(), open)))
    }

    /// A wrong condition opens its block all the same, so that its end is in its place.
    fn if_at(&mut self, condition: Result<crate::tree::Condition, Finding>, negated: bool) -> IfAt {
        match condition {
            Ok(condition) => IfAt::Branch { condition, negated },
            Err(finding) => {
                self.findings.push(finding);
                IfAt::Broken
            }
        }
    }

    fn case_tag(&mut self, line: usize, tag: &Tag) -> Read {
        let subject = self.markup(tag).and_then(|mut cursor| {
            let subject = cursor.term()?;
            cursor.finish()?;
            Ok(subject)
        });
        let subject = self.or_nil(subject);
        let open = Open::Case { tag: Case { subject, whens: Vec::new(), otherwise: None }, at: CaseAt::Before };
        Ok(self.open(Frame::new(line, tag.whole.clone(), open)))
    }

    fn or_nil(&mut self, term: Result<Term, Finding>) -> Term {
        term.unwrap_or_else(|finding| {
            self.findings.push(finding);
            Term::Literal(crate::tree::Literal::Nil)
        })
    }

    fn capture(&mut self, line: usize, tag: &Tag) -> Read {
        let name = self.markup(tag).and_then(|mut cursor| {
            // Some write the name in quotes.
            let name = match cursor.peek() {
                Some(Token::Text(name)) => {
                    cursor.advance();
                    name.into()
                }
                _ => cursor.name()?,
            };
            cursor.finish()?;
            Ok(name)
        });
        let name = name.and_then(|name| self.made(tag.markup.clone()).map(|()| name));
        let name = name.unwrap_or_else(|finding| {
            self.findings.push(finding);
            "".into()
        });
        Ok(self.open(Frame::new(line, tag.whole.clone(), Open::Capture(name))))
    }

    fn assign(&mut self, line: usize, tag: &Tag) -> Result<(), Finding> {
        let mut cursor = self.markup(tag)?;
        let span = cursor.span();
        let name = cursor.name()?;
        if name.ends_with('?') {
            return Err(Finding::syntax(span, "the name of a variable ends with a letter, digit, `_` or `-`"));
        }
        cursor.expect("=")?;
        let value = cursor.chain()?;
        cursor.finish()?;
        self.push(Node { line, kind: NodeKind::Assign { name, value } });
        self.made(span)
    }

    fn cycle(&mut self, line: usize, tag: &Tag) -> Result<(), Finding> {
        let mut cursor = self.markup(tag)?;
        let start = cursor.span().start;
        let first = cursor.term()?;
        let (named, mut values) =
            if cursor.take(":") { (Some(first), vec![cursor.term()?]) } else { (None, vec![first]) };
        while cursor.take(",") {
            values.push(cursor.term()?);
        }
        cursor.finish()?;
        let group = named.map_or_else(|| Group::Written(cursor.written(start).into()), Group::Named);
        self.push(Node { line, kind: NodeKind::Cycle(Cycle { group, values }) });
        Ok(())
    }

    fn count(&mut self, line: usize, tag: &Tag, up: bool) -> Result<(), Finding> {
        let mut cursor = self.markup(tag)?;
        let name = cursor.name()?;
        cursor.finish()?;
        self.push(Node { line, kind: NodeKind::Count { name, up } });
        self.made(tag.markup.clone())
    }

    fn interrupt(&mut self, line: usize, tag: &Tag, ends: bool) -> Result<(), Finding> {
        self.nothing(tag)?;
        if !self.frames.iter().any(|frame| matches!(frame.open, Open::For { otherwise: false, .. })) {
            let message = format!("`{}` stands outside a loop", self.text(&tag.name));
            return Err(Finding::new(ProblemKind::Misplaced, tag.whole.clone(), message));
        }
        self.push(Node { line, kind: if ends { NodeKind::Break } else { NodeKind::Continue } });
        Ok(())
    }

    fn for_tag(&mut self, line: usize, tag: &Tag, table: bool) -> Read {
        let read = self.markup(tag).and_then(|mut cursor| loop_head(&mut cursor, table));
        let tag_read = read.unwrap_or_else(|finding| {
            self.findings.push(finding);
            loop_over("".into(), Term::Literal(crate::tree::Literal::Nil), "".into(), table)
        });
        let open = Open::For { tag: Box::new(tag_read), otherwise: false };
        Ok(self.open(Frame::new(line, tag.whole.clone(), open)))
    }

    /// `elsif`, `else` and `when` begin another branch of the block that is open.
    fn branch(&mut self, tag: &Tag, name: &str) -> Result<(), Finding> {
        let cursor = self.markup(tag);
        if name == "else" {
            let filled = cursor.as_ref().map_or(true, |cursor| cursor.peek().is_some());
            if filled {
                let finding = Finding::new(ProblemKind::Refused, tag.markup.clone(), "`else` takes no condition");
                return Err(finding.help("Liquid ignores it; write `elsif` for a condition"));
            }
        }
        let misplaced = |message: &str| Finding::new(ProblemKind::Misplaced, tag.whole.clone(), message);
        let Some(frame) = self.frames.last_mut() else {
            return Err(misplaced(&format!("`{name}` stands outside a block")));
        };
        let after_else = matches!(
            frame.open,
            Open::If { at: IfAt::Otherwise, .. }
                | Open::Case { at: CaseAt::Otherwise, .. }
                | Open::For { otherwise: true, .. }
        );
        if after_else {
            let finding = misplaced(&format!("`{name}` stands after `else`"));
            return Err(finding.help("other engines ignore it or render both: the `else` comes last"));
        }
        frame.end_branch();
        match (&mut frame.open, name) {
            (Open::If { at, .. }, "else") => *at = IfAt::Otherwise,
            (Open::Case { at, .. }, "else") => *at = CaseAt::Otherwise,
            (Open::For { tag, otherwise }, "else") if tag.table.is_none() => *otherwise = true,
            (Open::If { at, .. }, "elsif") => *at = IfAt::Branch { condition: cursor?.condition()?, negated: false },
            (Open::Case { at, .. }, "when") => *at = CaseAt::When(when(&mut cursor?)?),
            _ => return Err(misplaced(&format!("`{name}` does not belong to the block that is open"))),
        }
        Ok(())
    }

    fn end(&mut self, tag: &Tag, block: &'s str) -> Result<(), Finding> {
        if self.unknown.contains(&block) {
            return Ok(());
        }
        let open = self.frames.last().and_then(|frame| frame.open.name());
        if open == Some(block) {
            let Some(frame) = self.frames.pop() else { return Ok(()) };
            let line = frame.line;
            if let Some(kind) = frame.close(self.source) {
                self.push(Node { line, kind });
            }
            return self.nothing(tag);
        }
        let message = format!("`end{block}` closes nothing that is open");
        let finding = Finding::new(ProblemKind::Misplaced, tag.whole.clone(), message);
        Err(match open {
            Some(open) => finding.help(format!("the block that is open is `{open}`: it ends with `end{open}`")),
            None => finding.help("blocks end in the tag or `liquid` tag where they begin"),
        })
    }
}

/// The terms of a `when`, by `,` or `or`.
fn when(cursor: &mut Cursor<'_>) -> Result<Vec<Term>, Finding> {
    let mut terms = vec![cursor.term()?];
    while cursor.take(",") || cursor.take_word("or") {
        terms.push(cursor.term()?);
    }
    cursor.finish()?;
    Ok(terms)
}
