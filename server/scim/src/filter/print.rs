//! The canonical text of a filter: it reads back to the same tree.

use std::fmt::{self, Display};

use serde_json::Value;

use super::{Expr, Literal, PartTerm, Term, Test};

impl<T: Display> Display for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(term) => term.fmt(f),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::And(all) => join(f, all, " and ", |one| matches!(one, Self::And(_) | Self::Or(_))),
            Self::Or(any) => join(f, any, " or ", |one| matches!(one, Self::Or(_))),
        }
    }
}

/// All of them, in parentheses where they would otherwise be read as belonging to their neighbours.
fn join<T: Display>(
    f: &mut fmt::Formatter<'_>,
    all: &[Expr<T>],
    word: &str,
    apart: fn(&Expr<T>) -> bool,
) -> fmt::Result {
    for (index, one) in all.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        if apart(one) {
            write!(f, "({one})")?;
        } else {
            one.fmt(f)?;
        }
    }
    Ok(())
}

impl Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute { path, test } => write!(f, "{path} {test}"),
            Self::Element { slot, filter } => write!(f, "{slot}[{filter}]"),
        }
    }
}

impl Display for PartTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.part.name, self.test)
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("pr"),
            Self::Compare(op, value) => write!(f, "{} {value}", op.name()),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => value.fmt(f),
            Self::String(text) => Value::from(text.as_str()).fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Instant(instant) => write!(f, "\"{instant}\""),
        }
    }
}
