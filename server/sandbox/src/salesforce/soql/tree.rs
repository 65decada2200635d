//! A query as written.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::function::Of;

/// Names joined by dots, with the place where they stand and the function they stand in, if any.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) names: Vec<String>,
    pub(super) at: usize,
    pub(super) of: Option<Of>,
}

impl Path {
    pub(super) fn text(&self) -> String {
        self.names.join(".")
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) select: Vec<Item>,
    pub(super) from: Path,
    pub(super) alias: Option<String>,
    /// Only rows that the user owns: `USING SCOPE mine`.
    pub(super) mine: bool,
    pub(super) filter: Option<Condition>,
    pub(super) group: Vec<Path>,
    pub(super) having: Option<Condition>,
    pub(super) order: Vec<Order>,
    pub(super) limit: Option<u64>,
    pub(super) offset: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Field {
        path: Path,
        alias: Option<String>,
    },
    /// `FIELDS(…)`, with its place.
    Fields(Fields, usize),
    /// `COUNT()`, alone.
    Count,
    Aggregate {
        call: Call,
        alias: Option<String>,
    },
    TypeOf(TypeOf),
    Children(Box<Query>),
}

/// Which fields `FIELDS()` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fields {
    All,
    Custom,
    Standard,
}

/// An aggregate function over a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) path: Option<Path>,
    pub(super) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct TypeOf {
    pub(super) path: Path,
    pub(super) when: Vec<(Path, Vec<Path>)>,
    pub(super) otherwise: Option<Vec<Path>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) by: Operand,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Path(Path),
    Call(Call),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare { operand: Operand, sign: Sign, literal: Literal, at: usize },
    In { path: Path, not: bool, list: Vec<Literal> },
    Semi { path: Path, not: bool, query: Box<Query> },
    Includes { path: Path, not: bool, list: Vec<Literal> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    /// Text, and the same as a pattern of `LIKE` in which escaped wildcards are marked.
    Text {
        text: String,
        pattern: String,
    },
    Number(Decimal),
    Bool(bool),
    Null,
    Date(Date),
    Moment(Timestamp),
    /// `TODAY`, `LAST_N_DAYS:7`.
    Range(String, Option<i64>),
}
