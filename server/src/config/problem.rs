//! What is wrong with a configuration, and where that comes from.

use std::fmt;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The default that is compiled in.
    Default,
    /// A file: its name, line and column, from 1.
    File(String, usize, usize),
    /// A variable of the environment.
    Variable(String),
    /// `--set` or a flag of its own.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name, line, column) => write!(f, "{name}:{line}:{column}"),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A mistake in a configuration. It names no value: one could be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {message}")]
pub struct Problem {
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Problem {
    /// A mistake at a place.
    pub(super) fn new(origin: Origin, message: impl Into<String>) -> Self {
        Self { origin, message: message.into() }
    }
}
