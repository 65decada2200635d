//! What an operation says of itself.

use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde_json::Value;
use uuid::Uuid;

/// A type, as what it is on the wire.
#[derive(Clone, Copy)]
pub struct Shape(pub(super) fn(&mut SchemaGenerator) -> Schema);

impl Shape {
    /// The shape of a type.
    #[must_use]
    pub fn of<T: JsonSchema>() -> Self {
        Self(SchemaGenerator::subschema_for::<T>)
    }

    /// Bytes that are no text.
    pub const BYTES: Self = Self(|_| schemars::json_schema!({"type": "string", "format": "binary"}));

    /// An object of which nothing else is said.
    pub const OBJECT: Self = Self(|_| schemars::json_schema!({"type": "object"}));

    /// The same without a name of its own.
    fn nameless<T: JsonSchema>() -> Self {
        Self(T::json_schema)
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shape")
    }
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// Behind the question mark.
    Query,
}

/// A parameter of an address.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// What it is for.
    pub description: &'static str,
    /// What it looks like; a list is written with commas.
    pub shape: Shape,
    /// Whether it has to be there.
    pub required: bool,
    /// What counts where it is not there.
    pub default: Option<Value>,
    /// A value that makes sense.
    pub example: Option<Value>,
}

/// A body that may be sent.
#[derive(Debug, Clone)]
pub struct Body {
    /// Its media type.
    pub media: &'static str,
    /// What it looks like.
    pub shape: Shape,
    /// Whether it has to be sent.
    pub required: bool,
    /// One that is accepted; nothing of what is no text.
    pub example: Option<Value>,
}

/// What is answered where all is well.
#[derive(Debug, Clone)]
pub struct Success {
    /// The status.
    pub status: u16,
    /// Media type and look; nothing where there is no body.
    pub content: Option<(&'static str, Shape)>,
    /// An answer; nothing of what is no text.
    pub example: Option<Value>,
}

/// An operation, as it says of itself. What every operation has (refusals, headers, the token) is added by the document.
#[derive(Debug, Clone)]
pub struct Described {
    /// The name of the operation, as its row has it.
    pub id: &'static str,
    /// Which of the surface's groups it belongs to.
    pub tag: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// The rules, in Markdown.
    pub description: &'static str,
    /// Parameters. Names of the path that are left out are ids.
    pub parameters: Vec<Parameter>,
    /// Types whose members are parameters of the query.
    pub queries: Vec<Shape>,
    /// Bodies, one for each media type.
    pub bodies: Vec<Body>,
    /// What is answered, one for each status and media type.
    pub successes: Vec<Success>,
    /// Refusals beside those that every operation has, such as 409.
    pub refusals: Vec<u16>,
}

impl Described {
    /// An operation of a group, and what it does in a few words.
    #[must_use]
    pub const fn new(id: &'static str, tag: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            tag,
            summary,
            description: "",
            parameters: Vec::new(),
            queries: Vec::new(),
            bodies: Vec::new(),
            successes: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// The rules, in Markdown.
    #[must_use]
    pub fn says(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// Parameters of the query: the members of a type, with what each says, its default and its first example.
    #[must_use]
    pub fn asks<T: JsonSchema>(mut self) -> Self {
        self.queries.push(Shape::nameless::<T>());
        self
    }

    /// A parameter of the query, that may be left out.
    #[must_use]
    pub fn query<T: JsonSchema>(mut self, name: &'static str, description: &'static str) -> Self {
        let (place, shape) = (Place::Query, Shape::of::<T>());
        let parameter = Parameter { name, place, description, shape, required: false, default: None, example: None };
        self.parameters.push(parameter);
        self
    }

    /// A parameter that is `true` or `false`.
    #[must_use]
    pub fn flag(self, name: &'static str, description: &'static str) -> Self {
        self.query::<bool>(name, description)
    }

    /// What the last parameter is where it is not there.
    #[must_use]
    pub fn otherwise(mut self, default: impl Into<Value>) -> Self {
        if let Some(last) = self.parameters.last_mut() {
            last.default = Some(default.into());
        }
        self
    }

    /// The last parameter has to be there; a value that makes sense.
    #[must_use]
    pub fn needed(mut self, example: impl Into<Value>) -> Self {
        if let Some(last) = self.parameters.last_mut() {
            (last.required, last.example) = (true, Some(example.into()));
        }
        self
    }

    /// A value of the last parameter that makes sense.
    #[must_use]
    pub fn such_as(mut self, example: impl Into<Value>) -> Self {
        if let Some(last) = self.parameters.last_mut() {
            last.example = Some(example.into());
        }
        self
    }

    /// A name of the path that is no id.
    #[must_use]
    pub fn path<T: JsonSchema>(mut self, name: &'static str, description: &'static str) -> Self {
        let (place, shape) = (Place::Path, Shape::of::<T>());
        let parameter = Parameter { name, place, description, shape, required: true, default: None, example: None };
        self.parameters.push(parameter);
        self
    }

    /// An id of the path, and of what.
    #[must_use]
    pub fn id(self, name: &'static str, description: &'static str) -> Self {
        self.path::<Uuid>(name, description)
    }

    /// A body in JSON, that has to be sent.
    #[must_use]
    pub fn takes(self, shape: Shape, example: Value) -> Self {
        self.body(Body { media: "application/json", shape, required: true, example: Some(example) })
    }

    /// Any body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.bodies.push(body);
        self
    }

    /// An answer in JSON.
    #[must_use]
    pub fn answers(self, status: u16, shape: Shape, example: Value) -> Self {
        self.success(Success { status, content: Some(("application/json", shape)), example: Some(example) })
    }

    /// An answer without a body.
    #[must_use]
    pub fn done(self, status: u16) -> Self {
        self.success(Success { status, content: None, example: None })
    }

    /// Any answer.
    #[must_use]
    pub fn success(mut self, success: Success) -> Self {
        self.successes.push(success);
        self
    }

    /// Refusals beside those that every operation has.
    #[must_use]
    pub fn refuses(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.refusals.extend(statuses);
        self
    }
}
