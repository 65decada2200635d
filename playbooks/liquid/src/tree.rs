//! A template as it is meant.

use std::ops::Range;

use crate::filters::Filter;
use crate::value::Number;

/// Nodes one after the other.
pub(crate) type Body = Vec<Node>;

/// One node and the line it stands on.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) kind: NodeKind,
}

#[derive(Debug)]
pub(crate) enum NodeKind {
    /// Bytes of the source. What is raw is printed even where a block has nothing but whitespace.
    Text {
        span: Range<usize>,
        raw: bool,
    },
    Output(Chain),
    Assign {
        name: Box<str>,
        value: Chain,
    },
    Capture {
        name: Box<str>,
        body: Body,
    },
    If(If),
    Case(Case),
    For(Box<For>),
    Cycle(Cycle),
    /// `increment` and `decrement`.
    Count {
        name: Box<str>,
        up: bool,
    },
    IfChanged(Body),
    Break,
    Continue,
}

/// A value and the filters that it goes through.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) value: Term,
    pub(crate) filters: Vec<Call>,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) filter: &'static Filter,
    pub(crate) arguments: Vec<Term>,
    pub(crate) options: Vec<(Box<str>, Term)>,
}

#[derive(Debug)]
pub(crate) enum Term {
    Literal(Literal),
    Path(Box<Path>),
    Range(Box<(Term, Term)>),
}

#[derive(Debug)]
pub(crate) enum Literal {
    Nil,
    Bool(bool),
    Empty,
    Blank,
    Number { number: Number<'static>, written: Box<str> },
    Text(Box<str>),
}

/// A path into the input or a local variable.
#[derive(Debug)]
pub(crate) struct Path {
    /// The name of the variable.
    pub(crate) root: Segment,
    pub(crate) segments: Vec<Segment>,
    /// As it is written.
    pub(crate) written: Box<str>,
}

#[derive(Debug)]
pub(crate) enum Segment {
    /// `.name`; also `.first`, `.last` and `.size`.
    Name(Box<str>),
    /// `[term]`
    Index(Term),
}

/// Comparisons joined by `and` and `or`, read from the right as Liquid does: `a and b or c` is `a and (b or c)`.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) first: Comparison,
    pub(crate) rest: Vec<(Join, Comparison)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    And,
    Or,
}

#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) left: Term,
    /// None: whether `left` is anything but nil and false.
    pub(crate) right: Option<(Operator, Term)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

/// `if` and `unless` with their branches.
#[derive(Debug)]
pub(crate) struct If {
    pub(crate) branches: Vec<Branch>,
    pub(crate) otherwise: Option<Body>,
}

#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) condition: Condition,
    /// The branch is taken if the condition does not hold: the first of `unless`.
    pub(crate) negated: bool,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) subject: Term,
    pub(crate) whens: Vec<When>,
    pub(crate) otherwise: Option<Body>,
}

/// The body is rendered once for each term that is equal to the subject, as Liquid does.
#[derive(Debug)]
pub(crate) struct When {
    pub(crate) terms: Vec<Term>,
    pub(crate) body: Body,
}

/// `for` and `tablerow`.
#[derive(Debug)]
pub(crate) struct For {
    pub(crate) variable: Box<str>,
    pub(crate) list: Term,
    /// Variable and list as they are written: what `offset: continue` and `forloop.name` go by.
    pub(crate) name: Box<str>,
    pub(crate) limit: Option<Term>,
    pub(crate) offset: Option<Offset>,
    pub(crate) reversed: bool,
    /// None: a `for`.
    pub(crate) table: Option<Table>,
    pub(crate) body: Body,
    pub(crate) otherwise: Option<Body>,
}

#[derive(Debug)]
pub(crate) enum Offset {
    /// Where the loop of the same name before ended.
    Continue,
    At(Term),
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Option<Term>,
}

#[derive(Debug)]
pub(crate) struct Cycle {
    pub(crate) group: Group,
    pub(crate) values: Vec<Term>,
}

/// What cycles together.
#[derive(Debug)]
pub(crate) enum Group {
    /// The values as they are written.
    Written(Box<str>),
    Named(Term),
}

impl Node {
    /// Prints nothing but whitespace, whatever the input.
    pub(crate) fn is_blank(&self, source: &str) -> bool {
        match &self.kind {
            NodeKind::Text { span, raw } => {
                !raw && source.get(span.clone()).unwrap_or_default().trim_ascii().is_empty()
            }
            NodeKind::Assign { .. } | NodeKind::Capture { .. } => true,
            NodeKind::If(tag) => {
                tag.branches.iter().map(|branch| &branch.body).chain(&tag.otherwise).all(|body| is_blank(body, source))
            }
            NodeKind::Case(tag) => {
                tag.whens.iter().map(|when| &when.body).chain(&tag.otherwise).all(|body| is_blank(body, source))
            }
            NodeKind::For(tag) => {
                tag.table.is_none() && [&tag.body].into_iter().chain(&tag.otherwise).all(|body| is_blank(body, source))
            }
            NodeKind::IfChanged(body) => is_blank(body, source),
            NodeKind::Output(_)
            | NodeKind::Cycle(_)
            | NodeKind::Count { .. }
            | NodeKind::Break
            | NodeKind::Continue => false,
        }
    }
}

/// Whether all nodes are blank.
pub(crate) fn is_blank(body: &Body, source: &str) -> bool {
    body.iter().all(|node| node.is_blank(source))
}

/// Takes the text out of blank bodies: a block that prints nothing leaves no empty lines behind.
pub(crate) fn strip<'b>(bodies: impl IntoIterator<Item = &'b mut Body>, source: &str) {
    let mut bodies: Vec<&mut Body> = bodies.into_iter().collect();
    if bodies.iter().all(|body| is_blank(body, source)) {
        for body in &mut bodies {
            body.retain(|node| !matches!(node.kind, NodeKind::Text { .. }));
        }
    }
}
