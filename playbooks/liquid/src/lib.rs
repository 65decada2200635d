#![doc = include_str!("../README.md")]

mod error;
mod filters;
mod limits;
mod parse;
mod problem;
#[cfg(test)]
mod readme;
mod render;
mod tree;
mod value;
mod variables;

pub use error::{RenderError, RenderErrorKind};
pub use limits::Limits;
pub use problem::{MAX_PROBLEMS, Problem, ProblemKind};
pub use render::{Absent, Render};
pub use variables::{Use, Variable, Variables};

/// A template that was read and found right.
#[derive(Debug)]
pub struct Template {
    source: Box<str>,
    body: tree::Body,
    variables: Variables,
}

impl Template {
    /// Reads a template within the default limits.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the source, at most [`MAX_PROBLEMS`].
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        Self::parse_within(source, &Limits::default())
    }

    /// Reads a template within limits: `max_source_bytes` and `max_nesting` apply.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the source, at most [`MAX_PROBLEMS`].
    pub fn parse_within(source: &str, limits: &Limits) -> Result<Self, Vec<Problem>> {
        let body = parse::parse(source, limits)?;
        let variables = variables::variables(&body);
        Ok(Self { source: source.into(), body, variables })
    }

    /// What the template reads of its input.
    #[must_use]
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// The text for an input, which is an object. The same template, input and context give the same text.
    ///
    /// # Errors
    /// A limit that was reached, or a filter, comparison or loop that cannot work on what it was given; and where.
    pub fn render(&self, input: &serde_json::Value, context: &Render) -> Result<String, RenderError> {
        render::render(&self.source, &self.body, input, context)
    }
}
