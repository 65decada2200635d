//! From source to tree: every problem of a template at once.

mod expression;
mod frame;
mod lex;
mod loops;
mod scan;
mod tags;

use std::ops::Range;

use crate::limits::Limits;
use crate::problem::{Finding, MAX_PROBLEMS, Problem, ProblemKind};
use crate::tree::{Body, Node, NodeKind};
use expression::Cursor;
use frame::{Frame, Open};
use scan::{Piece, Placed, Tag, scan};

/// Every tag that opens or continues something, or stands alone; what the scanner reads itself included.
pub(crate) const TAGS: [&str; 18] = [
    "assign",
    "break",
    "capture",
    "case",
    "comment",
    "continue",
    "cycle",
    "decrement",
    "doc",
    "echo",
    "for",
    "if",
    "ifchanged",
    "increment",
    "liquid",
    "raw",
    "tablerow",
    "unless",
];

/// The most tags that make variables. Where values come from is followed through all of them.
pub(crate) const MAX_VARIABLES: usize = 256;

/// Reads a source within limits.
pub(crate) fn parse(source: &str, limits: &Limits) -> Result<Body, Vec<Problem>> {
    if source.len() > limits.max_source_bytes {
        let message = format!("the template is larger than {} bytes", limits.max_source_bytes);
        return Err(vec![Finding::new(ProblemKind::TooLarge, 0..source.len(), message).place("")]);
    }
    let (pieces, findings) = scan(source);
    let mut parser =
        Parser { source, limits, frames: Vec::new(), root: Vec::new(), findings, unknown: Vec::new(), variables: 0 };
    for piece in pieces {
        if parser.piece(piece).is_err() {
            break;
        }
    }
    parser.finish()
}

/// Nothing more is read: what follows would only be misunderstood.
struct Halt;

struct Parser<'s> {
    source: &'s str,
    limits: &'s Limits,
    frames: Vec<Frame>,
    root: Body,
    findings: Vec<Finding>,
    /// Names of unknown tags, whose ends are no second problem.
    unknown: Vec<&'s str>,
    /// How many tags make variables.
    variables: usize,
}

impl<'s> Parser<'s> {
    fn piece(&mut self, placed: Placed) -> Result<(), Halt> {
        let line = placed.line;
        match placed.piece {
            Piece::Text { span, raw } => self.push(Node { line, kind: NodeKind::Text { span, raw } }),
            Piece::Output(markup) => self.output(line, markup),
            Piece::Tag(tag) => return self.tag(line, &tag),
            Piece::LiquidStart => return self.open(Frame::new(line, 0..0, Open::Liquid)),
            Piece::LiquidEnd => self.end_liquid(),
        }
        Ok(())
    }

    fn text(&self, span: &Range<usize>) -> &'s str {
        self.source.get(span.clone()).unwrap_or_default()
    }

    fn cursor(&self, markup: Range<usize>) -> Result<Cursor<'s>, Finding> {
        Cursor::new(self.source, markup, self.limits.depth())
    }

    /// Puts a node where nodes go now.
    fn push(&mut self, node: Node) {
        match self.frames.last_mut() {
            Some(frame) => frame.body.push(node),
            None => self.root.push(node),
        }
    }

    fn open(&mut self, frame: Frame) -> Result<(), Halt> {
        if self.frames.len() >= self.limits.depth() {
            let message = format!("blocks are nested deeper than {}", self.limits.depth());
            self.findings.push(Finding::new(ProblemKind::TooDeep, frame.span, message));
            // What is open now would only be told as not closed.
            self.frames.clear();
            return Err(Halt);
        }
        self.frames.push(frame);
        Ok(())
    }

    /// An output, or an `echo`: with nothing in it, it prints nothing.
    fn output(&mut self, line: usize, markup: Range<usize>) {
        let read = self.cursor(markup).and_then(|mut cursor| {
            if cursor.peek().is_none() {
                return Ok(None);
            }
            let chain = cursor.chain()?;
            cursor.finish()?;
            Ok(Some(chain))
        });
        match read {
            Ok(None) => self.push(Node { line, kind: NodeKind::Text { span: 0..0, raw: true } }),
            Ok(Some(chain)) => self.push(Node { line, kind: NodeKind::Output(chain) }),
            Err(finding) => self.findings.push(finding),
        }
    }

    fn tag(&mut self, line: usize, tag: &Tag) -> Result<(), Halt> {
        match self.read_tag(line, tag) {
            Ok(halt) => halt,
            Err(finding) => {
                self.findings.push(finding);
                Ok(())
            }
        }
    }

    /// A `liquid` tag ends what it began.
    fn end_liquid(&mut self) {
        while let Some(frame) = self.frames.pop() {
            if let Open::Liquid = frame.open {
                for node in frame.body {
                    self.push(node);
                }
                return;
            }
            self.unclosed(&frame);
        }
    }

    fn unclosed(&mut self, frame: &Frame) {
        if let Some(name) = frame.open.name() {
            let finding = Finding::new(ProblemKind::Unclosed, frame.span.clone(), format!("`{name}` is not closed"));
            self.findings.push(finding.help(format!("write `{{% end{name} %}}` where it ends")));
        }
    }

    fn finish(mut self) -> Result<Body, Vec<Problem>> {
        while let Some(frame) = self.frames.pop() {
            self.unclosed(&frame);
        }
        if self.findings.is_empty() {
            return Ok(self.root);
        }
        self.findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
        self.findings.truncate(MAX_PROBLEMS);
        let source = self.source;
        Err(self.findings.into_iter().map(|finding| finding.place(source)).collect())
    }
}
