//! JSON Patch (RFC 6902).

use serde::{Deserialize, Serialize};
use serde_json::Value;

names! {
    /// What an operation of a patch does.
    Op in null {
        /// Adds a member, or an element of a list (`/-` is behind the last).
        Add = "add",
        /// Removes what is there.
        Remove = "remove",
        /// Puts another in its place. Texts in several languages are merged.
        Replace = "replace",
        /// Moves what is at `from`.
        Move = "move",
        /// Copies what is at `from`.
        Copy = "copy",
        /// Goes on only where the value is this one; otherwise nothing is changed, and the answer is 409.
        Test = "test",
    }
}

/// An operation of a patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchOperation {
    /// What it does.
    pub op: Op,
    /// A JSON Pointer to where. Names are read in any case.
    pub path: String,
    /// Where from, for `move` and `copy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The value, for `add`, `replace` and `test`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    pub value: Option<Value>,
}

/// A value that is `null` is there: it unsets.
fn there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Changes, in their order: all are made, or none is.
///
/// ```
/// use engage_client::model::{MeetingType, Patch};
///
/// let patch = Patch::new().test("/type", MeetingType::Online).replace("/title", "About the loan").unset("/videoLink");
/// assert_eq!(patch.operations().len(), 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Patch(Vec<PatchOperation>);

impl Patch {
    /// One that changes nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Its operations.
    #[must_use]
    pub fn operations(&self) -> &[PatchOperation] {
        &self.0
    }

    /// Puts a value in the place of another.
    #[must_use]
    pub fn replace(self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(Op::Replace, path, None, Some(value.into()))
    }

    /// Adds a value: a member, or an element of a list.
    #[must_use]
    pub fn add(self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(Op::Add, path, None, Some(value.into()))
    }

    /// Goes on only where the value is this one.
    #[must_use]
    pub fn test(self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(Op::Test, path, None, Some(value.into()))
    }

    /// Removes what is there.
    #[must_use]
    pub fn remove(self, path: impl Into<String>) -> Self {
        self.with(Op::Remove, path, None, None)
    }

    /// Leaves a member without a value.
    #[must_use]
    pub fn unset(self, path: impl Into<String>) -> Self {
        self.with(Op::Replace, path, None, Some(Value::Null))
    }

    /// Moves a value.
    #[must_use]
    pub fn moves(self, from: impl Into<String>, path: impl Into<String>) -> Self {
        self.with(Op::Move, path, Some(from.into()), None)
    }

    /// Copies a value.
    #[must_use]
    pub fn copy(self, from: impl Into<String>, path: impl Into<String>) -> Self {
        self.with(Op::Copy, path, Some(from.into()), None)
    }

    fn with(mut self, op: Op, path: impl Into<String>, from: Option<String>, value: Option<Value>) -> Self {
        self.0.push(PatchOperation { op, path: path.into(), from, value });
        self
    }
}

/// A list of operations; one alone is a list of one.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for Patch {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Patch".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = generator.subschema_for::<PatchOperation>();
        let description = "Changes (RFC 6902), in their order: all are made, or none is. One alone is a list of one.";
        schemars::json_schema!({
            "description": description,
            "anyOf": [{"type": "array", "items": one, "maxItems": 500}, one],
        })
    }
}

/// Some operations need a value, some need to know where from.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for PatchOperation {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PatchOperation".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let of = |ops: &[Op], needs: &[&str]| {
            let pattern = super::insensitive(ops.iter().map(|op| op.as_str()));
            serde_json::json!({"properties": {"op": {"pattern": pattern}}, "required": needs})
        };
        schemars::json_schema!({
            "type": "object",
            "description": "An operation of a patch.",
            "properties": {
                "op": generator.subschema_for::<Op>(),
                "path": {"type": "string", "pattern": "^/", "description": "A JSON Pointer to where. Names are read in any case."},
                "from": {"type": "string", "pattern": "^/", "description": "Where from, for `move` and `copy`."},
                "value": {"description": "The value, for `add`, `replace` and `test`."},
            },
            "required": ["op", "path"],
            "anyOf": [
                of(&[Op::Add, Op::Replace, Op::Test], &["value"]),
                of(&[Op::Remove], &[]),
                of(&[Op::Move, Op::Copy], &["from"]),
            ],
        })
    }
}
