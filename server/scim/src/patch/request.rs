//! The body of a PATCH.

use serde_json::{Map, Value};

use crate::error::{ScimError, Status, echo};
use crate::json::{self, Limits};
use crate::resource::coerce::distinct;

/// The URN of PATCH bodies.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// How many operations one request may hold.
pub const MAX_OPERATIONS: usize = 1_000;

/// A list of operations; an empty one changes nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patch {
    /// The operations, in order.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What is done.
    pub op: PatchOp,
    /// Where, as written; the resource itself where there is none.
    pub path: Option<String>,
    /// With what. `null` is a value: it unassigns.
    pub value: Option<Value>,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchOp {
    /// Adds to what there is.
    Add,
    /// Sets, whatever there is.
    Replace,
    /// Unassigns.
    Remove,
}

impl PatchOp {
    /// The word of the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

impl Patch {
    /// Reads the body of a PATCH.
    ///
    /// # Errors
    /// Those of [`json::read`] and [`read`](Self::read).
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, ScimError> {
        Self::read(json::read(bytes, limits)?)
    }

    /// Takes the body of a PATCH. Names and operators are read in any case; `schemas` is not asked for.
    ///
    /// # Errors
    /// `invalidSyntax` where there are no `Operations` or one of them cannot be read; 413 where there are more than
    /// [`MAX_OPERATIONS`]. Paths are read when the patch is applied: what they may name depends on the resource.
    pub fn read(body: Value) -> Result<Self, ScimError> {
        let Some(Value::Array(operations)) = field(fields("a PATCH", body)?, "operations") else {
            return Err(ScimError::syntax("a PATCH has a list of `Operations`"));
        };
        if operations.len() > MAX_OPERATIONS {
            let detail = format!("a PATCH holds at most {MAX_OPERATIONS} operations; send the others in another one");
            return Err(ScimError::status(Status::PayloadTooLarge, detail));
        }
        let numbered = operations.into_iter().enumerate();
        let read = |(index, operation)| {
            Operation::read(operation).map_err(|error: ScimError| error.at(&format!("operation {}", index + 1)))
        };
        numbered.map(read).collect::<Result<_, _>>().map(|operations| Self { operations })
    }
}

impl Operation {
    fn read(body: Value) -> Result<Self, ScimError> {
        let (mut op, mut path, mut value) = (None, None, None);
        for (name, given) in fields("an operation", body)? {
            match name.to_ascii_lowercase().as_str() {
                "op" => op = Some(operator(&given)?),
                "path" => path = text(given)?,
                "value" => value = Some(given),
                _ => {}
            }
        }
        let op = op.ok_or_else(|| ScimError::syntax("`op` is missing; it is `add`, `replace` or `remove`"))?;
        Ok(Self { op, path, value })
    }
}

fn fields(what: &str, body: Value) -> Result<Map<String, Value>, ScimError> {
    match body {
        Value::Object(fields) => distinct(fields),
        _ => Err(ScimError::syntax(format!("{what} is a JSON object"))),
    }
}

fn field(fields: Map<String, Value>, wanted: &str) -> Option<Value> {
    fields.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}

fn operator(given: &Value) -> Result<PatchOp, ScimError> {
    let word = given.as_str().ok_or_else(|| ScimError::syntax("`op` is not a string"))?;
    let known = [PatchOp::Add, PatchOp::Replace, PatchOp::Remove];
    let found = known.into_iter().find(|op| op.name().eq_ignore_ascii_case(word));
    found.ok_or_else(|| ScimError::syntax(format!("there is no `op` {}; use `add`, `replace` or `remove`", echo(word))))
}

/// A path; one that is empty is none.
fn text(given: Value) -> Result<Option<String>, ScimError> {
    match given {
        Value::Null => Ok(None),
        Value::String(path) => Ok(Some(path).filter(|path| !path.trim().is_empty())),
        _ => Err(ScimError::syntax("`path` is not a string")),
    }
}
