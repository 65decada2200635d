//! FieldMapping: one `source path → destination path` with the transformations between.

use engage_engine::ids::RefId;

use super::{Path, Segment};

/// One value on its way into a block.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldMapping {
    /// Where in the block's input it goes: `lead.Subject`; `None`: it is the whole input.
    pub destination: Option<Path>,
    /// Where it comes from.
    pub source: Source,
}

/// Where a value comes from, and what happens to it on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The start.
    pub origin: Origin,
    /// What is done to it, in order.
    pub transformations: Vec<Transformation>,
}

/// Where a value starts.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// The output of a block, or what stands at a path of it.
    Block {
        /// The block.
        block: RefId,
        /// The path; `None`: the whole output.
        path: Option<Path>,
    },
    /// A constant.
    Constant(serde_json::Value),
}

/// A step within a mapping. Each has a type: what it takes and what it gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Transformation {
    /// The same.
    Identity,
    /// An object: the value at the path.
    Extract(Path),
    /// An object, or each object of a list: these fields alone.
    Project(Vec<String>),
    /// A list as text; `, ` where nothing else is said.
    Join {
        /// What stands between two elements.
        separator: String,
    },
    /// Text as a list, its elements trimmed; `,` where nothing else is said.
    Split {
        /// What stands between two elements.
        separator: String,
    },
    /// Anything as compact JSON text, keys sorted.
    Serialize,
    /// Base64 text decoded to text.
    Base64Decode,
    /// A value where there is none.
    Default(serde_json::Value),
    /// A value for a value.
    Map {
        /// From and to; texts are compared without regard to case.
        table: Vec<(serde_json::Value, serde_json::Value)>,
        /// For every other value; `None`: absent.
        otherwise: Option<serde_json::Value>,
    },
    /// A date or an instant as text.
    Format {
        /// A `strftime` pattern: `%d.%m.%Y %H:%M`.
        pattern: String,
        /// The IANA zone in which an instant is shown; `None`: UTC.
        zone: Option<String>,
    },
    /// A list of objects: those whose field is one of these values.
    Where {
        /// The field.
        field: String,
        /// What it may be; null: absent. Texts are compared without regard to case.
        values: Vec<serde_json::Value>,
    },
    /// The first element of a list; absent when it is empty.
    First,
    /// How many elements a list has.
    Count,
    /// Stops the run when there is no value: `!`.
    Require,
}

impl Transformation {
    /// The name in messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Identity => "Identity",
            Self::Extract(_) => "Extract",
            Self::Project(_) => "Project",
            Self::Join { .. } => "Join",
            Self::Split { .. } => "Split",
            Self::Serialize => "Serialize",
            Self::Base64Decode => "Base64Decode",
            Self::Default(_) => "Default",
            Self::Map { .. } => "Map",
            Self::Format { .. } => "Format",
            Self::Where { .. } => "Where",
            Self::First => "First",
            Self::Count => "Count",
            Self::Require => "Require",
        }
    }

    /// The word in both spellings.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Extract(_) => "extract",
            Self::Project(_) => "project",
            Self::Join { .. } => "join",
            Self::Split { .. } => "split",
            Self::Serialize => "serialize",
            Self::Base64Decode => "base64decode",
            Self::Default(_) => "default",
            Self::Map { .. } => "map",
            Self::Format { .. } => "format",
            Self::Where { .. } => "where",
            Self::First => "first",
            Self::Count => "count",
            Self::Require => "require",
        }
    }
}

impl Source {
    /// A path of a block's output, untouched.
    pub fn block(block: RefId, path: Option<Path>) -> Self {
        Self { origin: Origin::Block { block, path }, transformations: Vec::new() }
    }

    /// A constant.
    pub fn constant(value: serde_json::Value) -> Self {
        Self { origin: Origin::Constant(value), transformations: Vec::new() }
    }

    /// How it is called in messages, without its transformations: `` `block.path` ``, or `the constant`.
    pub fn written(&self) -> String {
        match &self.origin {
            Origin::Constant(_) => "the constant".to_owned(),
            Origin::Block { block, path: None } => format!("`{block}`"),
            Origin::Block { block, path: Some(path) } => {
                let dot = if matches!(path.segments().first(), Some(Segment::Key(_))) { "." } else { "" };
                format!("`{block}{dot}{path}`")
            }
        }
    }
}
