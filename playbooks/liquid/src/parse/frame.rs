//! The blocks that are open while a template is read.

use std::ops::Range;

use crate::tree::{Body, Branch, Case, Condition, For, If, NodeKind, When, strip};

/// An open block and the nodes read since its last branch began.
pub(super) struct Frame {
    pub(super) line: usize,
    pub(super) span: Range<usize>,
    pub(super) open: Open,
    pub(super) body: Body,
}

pub(super) enum Open {
    Liquid,
    If { unless: bool, tag: If, at: IfAt },
    Case { tag: Case, at: CaseAt },
    For { tag: Box<For>, otherwise: bool },
    Capture(Box<str>),
    IfChanged,
}

/// The branch that is read.
pub(super) enum IfAt {
    Branch {
        condition: Condition,
        negated: bool,
    },
    /// A branch whose condition is wrong: told, and no more a tree.
    Broken,
    Otherwise,
}

pub(super) enum CaseAt {
    /// Before the first `when`: nothing that is printed.
    Before,
    When(Vec<crate::tree::Term>),
    Otherwise,
}

impl Open {
    /// The name of the tag that opened the block.
    pub(super) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Liquid => None,
            Self::If { unless: false, .. } => Some("if"),
            Self::If { unless: true, .. } => Some("unless"),
            Self::Case { .. } => Some("case"),
            Self::For { tag, .. } if tag.table.is_some() => Some("tablerow"),
            Self::For { .. } => Some("for"),
            Self::Capture(_) => Some("capture"),
            Self::IfChanged => Some("ifchanged"),
        }
    }
}

impl Frame {
    pub(super) fn new(line: usize, span: Range<usize>, open: Open) -> Self {
        Self { line, span, open, body: Vec::new() }
    }

    /// Ends the branch that is read.
    pub(super) fn end_branch(&mut self) {
        let body = std::mem::take(&mut self.body);
        match &mut self.open {
            Open::If { tag, at, .. } => match std::mem::replace(at, IfAt::Broken) {
                IfAt::Branch { condition, negated } => tag.branches.push(Branch { condition, negated, body }),
                IfAt::Broken => {}
                IfAt::Otherwise => tag.otherwise = Some(body),
            },
            Open::Case { tag, at } => match std::mem::replace(at, CaseAt::Before) {
                CaseAt::When(terms) => tag.whens.push(When { terms, body }),
                CaseAt::Before => {}
                CaseAt::Otherwise => tag.otherwise = Some(body),
            },
            Open::For { tag, otherwise: false } => tag.body = body,
            Open::For { tag, otherwise: true } => tag.otherwise = Some(body),
            Open::Liquid | Open::Capture(_) | Open::IfChanged => self.body = body,
        }
    }

    /// The node of the whole block. Blocks that print nothing but whitespace print nothing.
    pub(super) fn close(mut self, source: &str) -> Option<NodeKind> {
        self.end_branch();
        match self.open {
            Open::Liquid => None,
            Open::If { mut tag, .. } => {
                strip(tag.branches.iter_mut().map(|branch| &mut branch.body).chain(&mut tag.otherwise), source);
                Some(NodeKind::If(tag))
            }
            Open::Case { mut tag, .. } => {
                strip(tag.whens.iter_mut().map(|when| &mut when.body).chain(&mut tag.otherwise), source);
                Some(NodeKind::Case(tag))
            }
            Open::For { mut tag, .. } => {
                if tag.table.is_none() {
                    let tag = &mut *tag;
                    strip([&mut tag.body].into_iter().chain(&mut tag.otherwise), source);
                }
                Some(NodeKind::For(tag))
            }
            Open::Capture(name) => Some(NodeKind::Capture { name, body: self.body }),
            Open::IfChanged => Some(NodeKind::IfChanged(self.body)),
        }
    }
}
