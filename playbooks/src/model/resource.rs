//! What playbooks name beside patterns: templates, AI capabilities; and mappers, which name patterns.

use engage_engine::ids::SemanticId;
use engage_engine::model::FieldRef;

use super::{Package, Playbook};

/// Everything that a workspace declares beside definitions and patterns, in the order it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Library {
    /// The packages whose content is part of the workspace.
    pub packages: Vec<Package>,
    /// Playbooks.
    pub playbooks: Vec<Playbook>,
    /// Templates.
    pub templates: Vec<Template>,
    /// AI capabilities.
    pub capabilities: Vec<Capability>,
    /// Mappers. They belong to an environment and are left out of bundles.
    pub mappers: Vec<Mapper>,
}

/// A Liquid template: the text of a `.liquid` file, whose name is its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Identity; unique in a workspace.
    pub id: SemanticId,
    /// Its text.
    pub source: String,
}

/// Something that an AI does for playbooks: a prompt with a typed input and a typed answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Capability {
    /// Identity; unique in a workspace.
    pub id: SemanticId,
    /// Name for people.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Versions, each with a number of its own.
    pub versions: Vec<CapabilityVersion>,
}

/// One version of a capability.
#[derive(Debug, Clone, PartialEq)]
pub struct CapabilityVersion {
    /// Its number, from 1; the greatest is the latest.
    pub number: u32,
    /// The model's name, as the endpoint knows it.
    pub model: String,
    /// What the model is told to do: data, in which nothing is filled in.
    pub prompt: String,
    /// The JSON Schema of the input; an object.
    pub input: serde_json::Value,
    /// The JSON Schema of the answer; an object.
    pub output: serde_json::Value,
    /// The most tokens of an answer; `None`: the host's default.
    pub max_tokens: Option<u32>,
}

/// Which pattern serves a use case, and where in it the one value stands that the use case needs back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapper {
    /// The use case: `BookMeMeeting`.
    pub use_case: String,
    /// The pattern.
    pub pattern: SemanticId,
    /// The value that is needed back.
    pub field: Option<FieldRef>,
}
