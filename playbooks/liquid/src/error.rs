//! Why a rendering ended without a text. No error tells a value of the input.

use thiserror::Error;

/// A rendering that ended without a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {kind}")]
pub struct RenderError {
    /// The line of the template, from 1.
    pub line: usize,
    /// What was wrong.
    pub kind: RenderErrorKind,
}

/// What ended a rendering.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RenderErrorKind {
    /// More work than [`crate::Limits::max_steps`].
    #[error("the template takes more than {max} steps")]
    StepLimit {
        /// The limit.
        max: u64,
    },
    /// A longer text than [`crate::Limits::max_output_bytes`].
    #[error("the text is longer than {max} bytes")]
    OutputLimit {
        /// The limit.
        max: usize,
    },
    /// A larger intermediate value than [`crate::Limits::max_value_bytes`].
    #[error("a value is larger than {max} bytes")]
    ValueLimit {
        /// The limit.
        max: usize,
    },
    /// A value nested deeper than [`crate::Limits::max_nesting`] would be printed or compared.
    #[error("a value is nested deeper than {max}")]
    DepthLimit {
        /// The limit.
        max: usize,
    },
    /// The input is no object.
    #[error("the input of a template is an object")]
    Input,
    /// A field that the template reads is not there. Only when [`crate::Absent::Refused`].
    #[error("there is no `{path}`")]
    Missing {
        /// The path as the template writes it.
        path: String,
    },
    /// A filter cannot do its work on this value or with these arguments.
    #[error("`{name}`: {reason}")]
    Filter {
        /// The filter.
        name: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A text stands before or after a number in `<`, `<=`, `>` or `>=`.
    #[error("a text and a number have no order")]
    Order,
    /// An option of a loop is no whole number.
    #[error("`{name}` is no whole number")]
    Option {
        /// The option.
        name: &'static str,
    },
}
