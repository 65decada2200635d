//! The two ends of what flows.

use std::fmt;

use engage_engine::catalog::Pattern;
use engage_engine::ids::RefId;

/// A column of a CRM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// The CRM's name of the entity.
    pub crm_type: String,
    /// The column.
    pub column: String,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Start {
    /// What it is.
    pub kind: StartKind,
    /// The block that gives it.
    pub block: RefId,
    /// Where in what the block gives, without positions in lists; empty: all of it.
    pub path: String,
    /// The field of a record, as `entity.Field`.
    pub field: Option<String>,
    /// Its column.
    pub column: Option<Column>,
    /// Whether the field is sensitive.
    pub sensitive: bool,
}

/// What gives a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartKind {
    /// The event.
    Event,
    /// A record that is read.
    Record,
    /// What a write answers: the ids of records.
    Written,
    /// What whoever starts the run gives.
    Given,
    /// A constant.
    Constant,
    /// A stored file.
    File,
    /// An answer of an AI: beside what it is made of, the model's own.
    Answer,
}

/// Where a value goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sink {
    /// What it is.
    pub kind: SinkKind,
    /// The block that takes it.
    pub block: RefId,
    /// Where in what the block takes, without positions in lists; empty: all of it.
    pub path: String,
}

/// What takes a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SinkKind {
    /// A record that is written.
    Record {
        /// The field, as `entity.Field`; `None`: several.
        field: Option<String>,
        /// Its column; `None`: several, or one that is not written.
        column: Option<Column>,
    },
    /// What records are found by.
    Search {
        /// The field that is compared, as `entity.Field`, where it is one.
        field: Option<String>,
    },
    /// The input of a capability.
    Ai {
        /// The capability.
        capability: String,
        /// Why sensitive fields may reach it.
        allowed: Option<String>,
    },
    /// A variable of a template.
    Template {
        /// The template.
        template: String,
    },
    /// A result of the run.
    Output {
        /// Its name.
        name: String,
    },
    /// Whether a block runs.
    Condition,
}

impl StartKind {
    /// The word for people and for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Record => "record",
            Self::Written => "written",
            Self::Given => "given",
            Self::Constant => "constant",
            Self::File => "file",
            Self::Answer => "answer",
        }
    }
}

impl SinkKind {
    /// The word for people and for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Record { .. } => "record",
            Self::Search { .. } => "search",
            Self::Ai { .. } => "ai",
            Self::Template { .. } => "template",
            Self::Output { .. } => "output",
            Self::Condition => "condition",
        }
    }
}

/// A field of a part, by its names here and in the CRM.
pub(super) struct PartField {
    pub(super) field: String,
    pub(super) read: Option<Column>,
    pub(super) written: Option<Column>,
    pub(super) sensitive: bool,
}

/// A field of a part of a pattern.
pub(super) fn part_field(pattern: &Pattern, part: &str, field: &str) -> Option<PartField> {
    let part = pattern.parts.iter().find(|one| one.ref_id.as_str() == part)?;
    let found = part.entity.field(field)?;
    let column = |column: &Option<String>| {
        column.as_ref().map(|column| Column { crm_type: part.entity.crm_type.clone(), column: column.clone() })
    };
    Some(PartField {
        field: format!("{}.{}", part.entity.id, found.name),
        read: column(&found.read_column),
        written: column(&found.write_column),
        sensitive: found.sensitive,
    })
}

impl Start {
    /// Whether a name means this end.
    pub(super) fn is(&self, name: &str) -> bool {
        same(&self.to_string(), name)
            || same(self.block.as_str(), name)
            || self.field.as_ref().is_some_and(|field| same(field, name))
            || self.column.as_ref().is_some_and(|column| same(&column.to_string(), name))
    }
}

impl Sink {
    /// Whether a name means this end.
    pub(super) fn is(&self, name: &str) -> bool {
        let kind = match &self.kind {
            SinkKind::Record { field, column } => {
                field.as_ref().is_some_and(|field| same(field, name))
                    || column.as_ref().is_some_and(|column| same(&column.to_string(), name))
            }
            SinkKind::Search { field } => field.as_ref().is_some_and(|field| same(field, name)),
            SinkKind::Ai { capability, .. } => same(capability, name),
            SinkKind::Template { template } => same(template, name),
            SinkKind::Output { name: output } => same(output, name),
            SinkKind::Condition => false,
        };
        kind || same(&self.to_string(), name) || same(self.block.as_str(), name)
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// `block.path`, or the block alone.
fn place(block: &RefId, path: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if path.is_empty() { write!(f, "{block}") } else { write!(f, "{block}.{path}") }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        place(&self.block, &self.path, f)
    }
}

impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        place(&self.block, &self.path, f)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.crm_type, self.column)
    }
}
