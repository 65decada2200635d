//! Whether a body is what the playbook declares.

use std::fmt;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use super::WebhookError;

/// The longest place that an error names, in characters.
const MAX_PATH: usize = 200;
/// The most misfits of a body that are told one by one.
const MOST_TOLD: usize = 20;
/// The most values of a body of which all misfits are looked for: of a longer one the first is told.
const MOST_VALUES: usize = 20_000;

/// The declared schema of a body, ready to be held against one.
#[derive(Debug)]
pub struct BodySchema(Validator);

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema of the body cannot be used, see `{0}` in it")]
pub struct SchemaProblem(pub String);

/// Where a body does not fit its schema. No values, but for the names that the sender gave them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyMisfits {
    /// The first 20, in the order of the schema.
    pub told: Vec<BodyMisfit>,
    /// How many there are beside those. A body of more than 20,000 values has its first misfit told alone.
    pub more: usize,
}

/// One place of a body that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyMisfit {
    /// Where in the body, as a JSON pointer; empty for the whole.
    pub path: String,
    /// The keyword of the schema that it does not keep.
    pub keyword: String,
    /// The field that is not there, where one has to be.
    pub missing: Option<String>,
}

impl BodyMisfit {
    fn of(error: &ValidationError<'_>) -> Self {
        let missing = match error.kind() {
            ValidationErrorKind::Required { property } => property.as_str().map(short),
            _ => None,
        };
        let path = short(&error.instance_path().to_string());
        Self { path, keyword: error.kind().keyword().to_owned(), missing }
    }

    /// The rule that is not kept, in the words of the schema.
    pub fn rule(&self) -> String {
        let Self { path: _, keyword, missing } = self;
        missing.as_ref().map_or_else(|| keyword.clone(), |missing| format!("{keyword} `{missing}`"))
    }
}

impl fmt::Display for BodyMisfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.path, self.rule())
    }
}

impl fmt::Display for BodyMisfits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, misfit) in self.told.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{misfit}")?;
        }
        if self.more > 0 {
            write!(f, " and {} more", self.more)?;
        }
        Ok(())
    }
}

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
    /// [`WebhookError::Schema`] with every place that does not fit.
    pub fn check(&self, body: &Value) -> Result<(), WebhookError> {
        let Err(first) = self.0.validate(body) else { return Ok(()) };
        if !has_at_most(body, MOST_VALUES) {
            return Err(WebhookError::Schema(BodyMisfits { told: vec![BodyMisfit::of(&first)], more: 0 }));
        }
        let mut misfits = self.0.iter_errors(body);
        let told: Vec<BodyMisfit> = misfits.by_ref().take(MOST_TOLD).map(|error| BodyMisfit::of(&error)).collect();
        Err(WebhookError::Schema(BodyMisfits { told, more: misfits.count() }))
    }
}

/// Whether a value has no more values in it than that, itself among them. No longer is looked.
fn has_at_most(value: &Value, most: usize) -> bool {
    let (mut open, mut found) = (vec![value], 0_usize);
    while let Some(value) = open.pop() {
        found += 1;
        if found + open.len() > most {
            return false;
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
    true
}

fn short(text: &str) -> String {
    text.chars().take(MAX_PATH).collect()
}
