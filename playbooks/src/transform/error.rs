//! Why a value did not come through, and why a type does not.

use crate::model::Path;
use crate::types::{Missing, MissingKind, Type};

/// A transformation that failed. It holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{transformation}{}: {kind}", self.place())]
pub struct TransformError {
    /// What is wrong.
    pub kind: TransformErrorKind,
    /// Which transformation of its mapping, from 0; `None` where one was applied by itself.
    pub step: Option<usize>,
    /// Which element, from 0, of a list whose elements are looked at one by one.
    pub element: Option<usize>,
    /// Where the value comes from, as messages call it: `` `block.path` ``.
    pub origin: Option<String>,
    /// The name of the transformation.
    pub transformation: &'static str,
}

impl TransformError {
    /// ` of SOURCE at [n]`, as far as it is known.
    fn place(&self) -> String {
        let origin = self.origin.as_ref().map(|origin| format!(" of {origin}")).unwrap_or_default();
        let element = self.element.map(|element| format!(" at [{element}]")).unwrap_or_default();
        origin + &element
    }
}

/// The ways in which a transformation fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformErrorKind {
    /// `Require` found no value.
    #[error("there is no value")]
    Absent,
    /// A value of a kind that the transformation does not take.
    #[error("expected {expected}, found {found}")]
    Type {
        /// What it takes.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// The text is no base64.
    #[error("the text is not base64")]
    Base64,
    /// The bytes are no UTF-8.
    #[error("the bytes are not UTF-8 text")]
    Utf8,
    /// The text is neither a day nor an instant.
    #[error("the text is neither a day nor an instant")]
    Date,
    /// The pattern cannot be used on this value: it does not exist, or asks a day for its hour.
    #[error("the pattern does not fit the value")]
    Pattern,
    /// There is no such time zone.
    #[error("there is no such time zone")]
    Zone,
    /// The value is nested too deeply.
    #[error("the value is nested too deeply")]
    Depth,
}

impl TransformErrorKind {
    /// A word for programs: the `reason` of a block's failure.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Type { .. } => "type",
            Self::Base64 => "base64",
            Self::Utf8 => "utf-8",
            Self::Date => "date",
            Self::Pattern => "pattern",
            Self::Zone => "zone",
            Self::Depth => "depth",
        }
    }
}

/// Why a transformation does not take values of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untyped {
    /// What is wrong: lower case, no final stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The nearest name to one that does not exist.
    pub suggestion: Option<String>,
}

impl Untyped {
    pub(super) fn other(message: &str, help: &str) -> Self {
        Self { message: message.to_owned(), help: Some(help.to_owned()), suggestion: None }
    }

    pub(super) fn takes(expected: &str, found: &Type) -> Self {
        Self { message: format!("takes {expected}, found {}", found.shape), help: None, suggestion: None }
    }

    pub(super) fn missing(kind: MissingKind) -> Self {
        let (message, help, suggestion) = kind.told();
        Self { message, help, suggestion }
    }

    pub(super) fn path(path: &Path, missing: Missing) -> Self {
        let mut wrong = Self::missing(missing.kind);
        wrong.message = format!("`{path}` leads nowhere: {}", wrong.message);
        wrong
    }
}
