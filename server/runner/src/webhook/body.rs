//! Whether a body is what the playbook declares.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::WebhookError;

/// The longest place that an error names, in characters.
const MAX_PATH: usize = 200;

/// The declared schema of a body, ready to be held against one.
#[derive(Debug)]
pub struct BodySchema(Validator);

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema of the body cannot be used, see `{0}` in it")]
pub struct SchemaProblem(pub String);

impl BodySchema {
    /// Compiles a schema. It refers to nothing outside itself, and its regular expressions are those that take linear time.
    ///
    /// # Errors
    /// [`SchemaProblem`] when it is no schema, or needs more than that.
    pub fn new(schema: &Value) -> Result<Self, SchemaProblem> {
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
        options.build(schema).map(Self).map_err(|error| SchemaProblem(error.instance_path().to_string()))
    }

    /// Holds a body against the schema.
    ///
    /// # Errors
    /// [`WebhookError::Schema`] with the first place that does not fit.
    pub fn check(&self, body: &Value) -> Result<(), WebhookError> {
        self.0.validate(body).map_err(|error| WebhookError::Schema {
            path: error.instance_path().to_string().chars().take(MAX_PATH).collect(),
            keyword: error.kind().keyword().to_owned(),
        })
    }
}
