//! Filters (RFC 7644 §3.4.2.2): read, resolved against the schemas, printed and evaluated.
//!
//! The tree is public, so that whoever keeps resources can turn it into a query of its own; [`Filter::matches`] says what
//! such a query has to yield.

mod evaluate;
mod parse;
mod print;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::path::AttrPath;
use crate::schema::{Attribute, Slot};

pub use evaluate::fold;
pub(crate) use evaluate::{equal, fold_text};
pub(crate) use parse::{boolean, elements};

/// The longest text of a filter or path, in bytes.
pub const MAX_TEXT: usize = 4 << 10;
/// How deep parentheses and brackets may be nested.
pub const MAX_DEPTH: usize = 10;
/// How many tests a filter may hold.
pub const MAX_TERMS: usize = 50;

/// A filter of resources.
pub type Filter = Expr<Term>;

/// A filter of the elements of one attribute: what stands in brackets.
pub type ValueFilter = Expr<PartTerm>;

/// Tests and how they are joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr<T> {
    /// A test.
    Term(T),
    /// What does not hold.
    Not(Box<Self>),
    /// All of two or more.
    And(Vec<Self>),
    /// At least one of two or more.
    Or(Vec<Self>),
}

/// A test of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A test of an attribute or sub-attribute. Of a list it holds if it does for any element; of a list without elements
    /// only `ne` and `eq null` hold.
    Attribute {
        /// What is tested; it ends at an attribute without parts, unless the test is [`Test::Present`].
        path: AttrPath,
        /// The test.
        test: Test,
    },
    /// Whether any element of a list is as the filter says. `a[x].b eq 1` is read as `a[x and b eq 1]`.
    Element {
        /// An attribute with several values and parts.
        slot: Slot,
        /// What one and the same element has to be.
        filter: ValueFilter,
    },
}

/// A test of a sub-attribute of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartTerm {
    /// The sub-attribute.
    pub part: &'static Attribute,
    /// The test.
    pub test: Test,
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `pr`: it is assigned.
    Present,
    /// It compares so with a value. What is unassigned differs from every value, is equal to `null`, and is neither less nor
    /// greater than anything; an unassigned boolean is what [`Attribute::absent`] says.
    Compare(Op, Literal),
}

/// The operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `co`: contains the text.
    Co,
    /// `sw`: starts with the text.
    Sw,
    /// `ew`: ends with the text.
    Ew,
    /// `gt`
    Gt,
    /// `ge`
    Ge,
    /// `lt`
    Lt,
    /// `le`
    Le,
}

impl Op {
    const ALL: [Self; 9] = [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The word of the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

/// A value, of the type of the attribute that it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `null`, for `eq` and `ne` alone.
    Null,
    /// For booleans, with `eq` and `ne` alone.
    Boolean(bool),
    /// For texts, references and Base64.
    String(String),
    /// For numbers.
    Number(Decimal),
    /// For times.
    Instant(Timestamp),
}

impl<T> Expr<T> {
    /// Whether it holds, where `term` says which tests do.
    pub fn holds(&self, term: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Term(test) => term(test),
            Self::Not(inner) => !inner.holds(term),
            Self::And(all) => all.iter().all(|one| one.holds(term)),
            Self::Or(any) => any.iter().any(|one| one.holds(term)),
        }
    }
}
