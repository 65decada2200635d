//! Types as people read them: short, lower case.

use std::fmt;

use super::{Shape, Type};

/// How many names of a choice are shown.
const SHOWN: usize = 5;

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.optional || self.nullable {
            f.write_str("optional ")?;
        }
        self.shape.fmt(f)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any value"),
            Self::Null => f.write_str("null"),
            Self::Text(_) => f.write_str("text"),
            Self::Choice(names) => {
                let more = if names.len() > SHOWN { ", …" } else { "" };
                let names: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
                write!(f, "one of {}{more}", names.join(", "))
            }
            Self::Boolean => f.write_str("boolean"),
            Self::Int => f.write_str("int"),
            Self::Double => f.write_str("double"),
            Self::Decimal => f.write_str("decimal"),
            Self::Date => f.write_str("date"),
            Self::DateTime => f.write_str("date-time"),
            Self::Id(None) => f.write_str("id"),
            Self::Id(Some(entity)) => write!(f, "id of {entity}"),
            Self::List(element) if element.shape == Self::Any => f.write_str("list"),
            Self::List(element) => write!(f, "list of {element}"),
            Self::Object(_) => f.write_str("object"),
            Self::Condition(pattern, part) => write!(f, "condition on {pattern}.{part}"),
            Self::Instances(of) if of.filter => write!(f, "record of {0}.{1} or condition on it", of.pattern, of.part),
            Self::Instances(of) => write!(f, "record of {}.{}", of.pattern, of.part),
        }
    }
}
