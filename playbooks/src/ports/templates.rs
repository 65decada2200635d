//! What renders templates.

use jiff::Timestamp;
use serde_json::Value;

use crate::types::Type;

/// Renders templates. A template sees its input and nothing else.
///
/// # Contract
/// Both methods are pure: the same arguments give the same answer. Neither panics, recurses without a limit, nor takes
/// time or memory out of proportion, whatever the source says. The checker asks for one template several times; who
/// parses keeps what was parsed.
pub trait Templates: Send + Sync {
    /// What a template takes: an object with its variables. A variable without which it can say nothing is not
    /// optional; one that it tests or gives a default is.
    ///
    /// # Errors
    /// Everything that keeps it from being rendered, and everything in it that is not supported.
    fn inspect(&self, source: &str) -> Result<Type, Vec<TemplateProblem>>;

    /// The text of a template with an input that fits what [`inspect`](Templates::inspect) said. `now` is what it knows
    /// of the time.
    ///
    /// # Errors
    /// [`TemplateError`].
    fn render(&self, source: &str, input: &Value, now: Timestamp) -> Result<String, TemplateError>;
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateProblem {
    /// Where in the source, in bytes.
    pub offset: usize,
    /// What is wrong: lower case, no final stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The nearest name to one that does not exist.
    pub suggestion: Option<String>,
}

/// Why a template was not rendered. It holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A limit of time, memory or output was reached.
    #[error("the template exceeds a limit: {0}")]
    Limit(&'static str),
    /// It cannot be rendered with this input.
    #[error("the template cannot be rendered: {0}")]
    Render(String),
}
