//! What a caller gives an operation: per part, instances or a condition.
//!
//! As JSON (and as YAML, which reads as the same values):
//!
//! ```json
//! {"account":  {"Id": "…"},
//!  "advisors": [{"Id": "…"}, {"Id": "…"}],
//!  "event":    {"Subject": "…", "Start": null},
//!  "owner":    {"$filter": {"field": "Email", "operator": "Equals", "value": "…"}}}
//! ```
//!
//! An absent field is left untouched, `null` clears it. A list for a single part holds exactly one instance.

pub mod filter;
mod json;
mod problem;

use std::collections::BTreeMap;

pub use problem::{InputProblem, codes};

use crate::catalog::Pattern;
use crate::ids::RefId;
use crate::model::Condition;
use crate::value::{Instance, Value};

/// The input of one operation. A part that is absent was not mentioned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    /// By reference id.
    pub parts: BTreeMap<RefId, PartInput>,
}

/// What is given for one part.
#[derive(Debug, Clone, PartialEq)]
pub enum PartInput {
    /// One instance of a single part.
    One(Instance),
    /// Instances of a multiple part, in order; may be empty.
    Many(Vec<Instance>),
    /// The records that meet the condition; for parts that are found, not given.
    Filter(Condition<Value>),
}

impl PartInput {
    /// The given instances; none for a filter.
    pub fn instances(&self) -> &[Instance] {
        match self {
            Self::One(instance) => std::slice::from_ref(instance),
            Self::Many(instances) => instances,
            Self::Filter(_) => &[],
        }
    }
}

impl Input {
    /// Reads and types the input of a pattern. What depends on the operation is the planner's to say.
    ///
    /// ```
    /// use engage_engine::check::check;
    /// use engage_engine::model::{EntityDefinition, EntityPattern, Field, FieldKind, Model, PatternPart};
    /// use engage_engine::{CrmName, FieldName, Input, RefId, SemanticId};
    ///
    /// let account = SemanticId::new("account").unwrap();
    /// let name = Field::new(FieldName::new("Name").unwrap(), "name", FieldKind::String { allowed: Vec::new() });
    /// let definition = EntityDefinition {
    ///     id: account.clone(),
    ///     name: "Account".into(),
    ///     description: String::new(),
    ///     crm: CrmName::new("crm-a").unwrap(),
    ///     crm_type: "account".into(),
    ///     fields: vec![name],
    ///     idempotency: None,
    ///     keys: Vec::new(),
    ///     embedded: None,
    /// };
    /// let pattern = EntityPattern {
    ///     id: SemanticId::new("add-account").unwrap(),
    ///     name: "Add an account".into(),
    ///     description: String::new(),
    ///     escalation: None,
    ///     parts: vec![PatternPart::new(RefId::new("account").unwrap(), account)],
    ///     requirements: Vec::new(),
    /// };
    /// let model = Model { definitions: vec![definition], patterns: vec![pattern] };
    /// let catalog = check(&model).catalog.unwrap();
    /// let pattern = catalog.pattern("crm-a", "add-account").unwrap();
    ///
    /// let input = Input::from_json(pattern, &serde_json::json!({"account": {"Name": "Contoso"}})).unwrap();
    /// assert_eq!(input.parts["account"].instances().len(), 1);
    /// let problems = Input::from_json(pattern, &serde_json::json!({"account": {"Nmae": "Contoso"}})).unwrap_err();
    /// assert_eq!(problems[0].to_string(), "account.Nmae: `account` has no field `Nmae`");
    /// ```
    ///
    /// # Errors
    /// Every [`InputProblem`] at once, in the order of the input; after a thousand the rest is not told.
    pub fn from_json(pattern: &Pattern, json: &serde_json::Value) -> Result<Self, Vec<InputProblem>> {
        json::read(pattern, json)
    }

    /// The input as JSON, in the form that [`Input::from_json`] reads.
    pub fn to_json(&self) -> serde_json::Value {
        let parts = self.parts.iter().map(|(label, part)| (label.to_string(), part.to_json()));
        serde_json::Value::Object(parts.collect())
    }
}

impl PartInput {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::One(instance) => instance_to_json(instance),
            Self::Many(instances) => serde_json::Value::Array(instances.iter().map(instance_to_json).collect()),
            Self::Filter(condition) => serde_json::json!({ json::FILTER: filter::to_json(condition) }),
        }
    }
}

/// An instance as JSON: its fields by name.
pub fn instance_to_json(instance: &Instance) -> serde_json::Value {
    let fields = instance.iter().map(|(name, value)| (name.to_string(), value.to_json()));
    serde_json::Value::Object(fields.collect())
}

#[cfg(test)]
mod tests;
