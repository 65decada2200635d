//! Capabilities and mappers.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{FieldOfPart, Slug};

#[derive(JsonSchema)]
pub(in crate::schema) enum CapabilityKind {
    AiCapability,
}

#[derive(JsonSchema)]
pub(in crate::schema) enum MapperKind {
    Mapper,
}

/// Something that an AI does for playbooks: a prompt with a typed input and a typed answer.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct AiCapability {
    kind: CapabilityKind,
    /// Identity: unique in the workspace.
    id: Slug,
    /// Name for people; the id where none is given.
    #[schemars(default)]
    name: Option<String>,
    /// What it is for.
    #[schemars(default)]
    description: Option<String>,
    /// The versions; the greatest number is the latest.
    versions: Vec<Version>,
}

/// One version of a capability.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::schema) struct Version {
    /// Its number.
    #[schemars(range(max = u32::MAX))]
    version: u32,
    /// The model's name, as the endpoint knows it.
    model: String,
    /// What the model is told to do.
    prompt: String,
    /// The most tokens of an answer.
    #[schemars(default, range(max = u32::MAX))]
    max_tokens: Option<u32>,
    /// The JSON Schema of the input.
    input: Schema,
    /// The JSON Schema of the answer.
    output: Schema,
}

/// A JSON Schema.
#[derive(JsonSchema)]
#[schemars(transparent, extend("not" = json!({ "type": "null" })))]
pub(in crate::schema) struct Schema(Value);

/// Which pattern serves a use case.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::schema) struct Mapper {
    kind: MapperKind,
    /// The use case: `BookMeMeeting`.
    use_case: String,
    /// The pattern.
    pattern: Slug,
    /// The one value that the use case needs back: `account.Id`.
    #[schemars(default)]
    field: Option<FieldOfPart>,
}
