//! What is wrong with a template, before it is ever rendered.

use std::fmt;
use std::ops::Range;

/// The most problems that are told of one template.
pub const MAX_PROBLEMS: usize = 100;

/// One thing that is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What sort of thing.
    pub kind: ProblemKind,
    /// The bytes of the source that it is about.
    pub span: Range<usize>,
    /// The line where they begin, from 1.
    pub line: usize,
    /// The character of the line where they begin, from 1.
    pub column: usize,
    /// What is wrong: lower case, one line, no final stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The nearest name that exists, where a name does not.
    pub suggestion: Option<String>,
}

/// What sort of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The source is larger than allowed.
    TooLarge,
    /// Blocks or brackets are nested deeper than allowed.
    TooDeep,
    /// An expression that is no Liquid.
    Syntax,
    /// A tag or output that does not end, or a block without its end.
    Unclosed,
    /// A tag where it cannot stand, as an `else` outside a block.
    Misplaced,
    /// A tag that does not exist.
    UnknownTag,
    /// A filter that does not exist.
    UnknownFilter,
    /// A filter or tag with too many, too few or unknown arguments.
    Arguments,
    /// Liquid that other engines take and this one refuses on purpose.
    Refused,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// A problem whose line and column are not counted yet.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) kind: ProblemKind,
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) suggestion: Option<String>,
}

impl Finding {
    pub(crate) fn new(kind: ProblemKind, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { kind, span, message: message.into(), help: None, suggestion: None }
    }

    pub(crate) fn syntax(span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(ProblemKind::Syntax, span, message)
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names the nearest of `names`, if one is near.
    pub(crate) fn nearest<'a>(mut self, name: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.suggestion = nearest(name, names);
        if let Some(suggestion) = &self.suggestion {
            self.help = Some(format!("did you mean `{suggestion}`?"));
        }
        self
    }

    pub(crate) fn place(self, source: &str) -> Problem {
        let before = source.get(..self.span.start).unwrap_or(source);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        let line = line_of(source, self.span.start);
        let Self { kind, span, message, help, suggestion } = self;
        Problem { kind, span, line, column, message, help, suggestion }
    }
}

/// The line of a byte of the source, from 1.
pub(crate) fn line_of(source: &str, at: usize) -> usize {
    source.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Names as long as this are not compared: no name of ours is.
const MAX_COMPARED: usize = 64;

fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if name.len() > MAX_COMPARED {
        return None;
    }
    let lower = name.to_lowercase();
    let near = names.into_iter().map(|other| (strsim::osa_distance(&lower, other), other)).min()?;
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    (near.0 <= allowed).then(|| near.1.to_owned())
}
