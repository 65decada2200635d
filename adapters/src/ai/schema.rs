//! The JSON Schema of an output: what is taken for one, and what is wrong with an answer under it.
//!
//! A schema may come with an imported capability and an answer comes from a model, so that both are limited: nothing is
//! fetched, patterns take linear time, references end (no recursion), and what a schema amounts to with its references written
//! out is bounded, so that checking an answer takes at most that many steps for each of its values, and that is bounded too.

mod rule;
mod walk;

use std::collections::HashSet;

use engage_playbooks::ports::ai::{AiErrorKind, AiLimit};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value as Json;

pub(super) use walk::{deeper_than, resolve, subschemas};

/// The deepest that a schema may be nested, references followed.
pub const MAX_DEPTH: usize = 64;
/// The most bytes of a schema, written as compact JSON.
pub const MAX_BYTES: usize = 64 * 1024;
/// The most schemas within a schema, counted as often as references lead to them.
pub const MAX_NODES: usize = 10_000;
/// The most problems of an answer that are told.
const MOST_PROBLEMS: usize = 20;
/// The most values of an answer times schemas that may look at them.
const MOST_STEPS: usize = 50_000_000;
/// The most where all problems are told.
const MOST_TOLD_STEPS: usize = 200_000;
/// The most bytes of one compiled pattern.
const PATTERN_BYTES: usize = 1 << 20;

/// Something in a schema that cannot stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{at}`: {kind}")]
pub struct SchemaProblem {
    /// Where, as a JSON pointer; empty for the whole.
    pub at: String,
    /// What.
    pub kind: SchemaProblemKind,
}

/// What can be wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaProblemKind {
    /// It is no JSON Schema.
    #[error("is no JSON Schema: {rule}")]
    Invalid {
        /// What it breaks.
        rule: String,
    },
    /// A reference to something outside of the schema: nothing is fetched.
    #[error("a reference has to lead within the schema: `#/…`")]
    Outside,
    /// A reference to something that is not there.
    #[error("the reference leads nowhere")]
    Dangling,
    /// A reference that leads back to itself.
    #[error("a schema may not hold itself")]
    Recursive,
    /// A keyword that changes what references mean, or a draft that is not known.
    #[error("`{keyword}` is not supported here")]
    Keyword {
        /// The keyword.
        keyword: &'static str,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("is nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// Larger than [`MAX_BYTES`].
    #[error("has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// More than [`MAX_NODES`] with its references written out.
    #[error("amounts to more than {MAX_NODES} schemas")]
    TooMuch,
}

/// What is wrong with a schema of an output; nothing, and it can be asked for.
///
/// ```
/// use engage_adapters::ai::schema_problems;
/// use serde_json::json;
///
/// assert!(schema_problems(&json!({"type": "object", "properties": {"summary": {"type": "string"}}})).is_empty());
/// let outside = json!({"properties": {"summary": {"$ref": "https://schemas.example/text.json"}}});
/// assert_eq!(schema_problems(&outside)[0].at, "/properties/summary/$ref");
/// ```
pub fn schema_problems(schema: &Json) -> Vec<SchemaProblem> {
    match walk::measure(schema) {
        Err(problems) => problems,
        Ok(_) => compile(schema).err().into_iter().collect(),
    }
}

/// A schema, ready to hold answers against.
#[derive(Debug)]
pub(super) struct Shape {
    validator: Validator,
    nodes: usize,
}

impl Shape {
    /// `None` for a schema that has [problems](schema_problems).
    pub(super) fn new(schema: &Json) -> Option<Self> {
        let nodes = walk::measure(schema).ok()?;
        Some(Self { validator: compile(schema).ok()?, nodes })
    }

    /// Holds an answer against the schema.
    ///
    /// # Errors
    /// `BadAnswer` with what is wrong, without a word of the answer: where in the schema, and the rule there. `Budget` where
    /// finding out would take too long.
    pub(super) fn check(&self, answer: &Json) -> Result<(), AiErrorKind> {
        let steps = walk::values(answer).saturating_mul(self.nodes);
        if steps > MOST_STEPS {
            return Err(AiErrorKind::Budget { which: AiLimit::AnswerBytes });
        }
        if self.validator.is_valid(answer) {
            return Ok(());
        }
        // Each alternative of each value says why it is not this one: where there are many, one problem has to do.
        let problems = if steps > MOST_TOLD_STEPS {
            self.validator.validate(answer).err().iter().map(told).collect()
        } else {
            let mut problems: Vec<String> = self.validator.iter_errors(answer).map(|error| told(&error)).collect();
            let mut seen = HashSet::new();
            problems.retain(|problem| seen.insert(problem.clone()));
            if let Some(more) = problems.len().checked_sub(MOST_PROBLEMS).filter(|more| *more > 0) {
                problems.truncate(MOST_PROBLEMS);
                problems.push(format!("and {more} more"));
            }
            problems
        };
        Err(AiErrorKind::BadAnswer { problems })
    }
}

/// The path within the answer may hold names that the model chose, values as far as anybody knows: the schema's is told.
fn told(error: &ValidationError<'_>) -> String {
    format!("`{}`: {}", error.schema_path().as_str(), rule::of(error.kind()))
}

fn compile(schema: &Json) -> Result<Validator, SchemaProblem> {
    let mut options = jsonschema::options()
        .should_validate_formats(true)
        .offline()
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES));
    if schema.get("$schema").is_none() {
        options = options.with_draft(Draft::Draft202012);
    }
    options.build(schema).map_err(|error| invalid(&error))
}

fn invalid(error: &ValidationError<'_>) -> SchemaProblem {
    let kind = SchemaProblemKind::Invalid { rule: rule::of(error.kind()) };
    SchemaProblem { at: error.instance_path().as_str().to_owned(), kind }
}

#[cfg(test)]
mod tests;
