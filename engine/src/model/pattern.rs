//! Entity Pattern: several definitions as one operation.

use std::fmt;

use crate::ids::{FieldName, RefId, SemanticId};
use crate::model::{Condition, Literal};

/// Several entity definitions combined into one operation; the field requirements alone decide the order.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityPattern {
    /// Identity; unique in a workspace.
    pub id: SemanticId,
    /// Name for people.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Declared escalation to the application's own identity.
    pub escalation: Option<Escalation>,
    /// Parts in declaration order.
    pub parts: Vec<PatternPart>,
    /// Requirements in declaration order.
    pub requirements: Vec<FieldRequirement>,
}

/// `as application "reason"`: the pattern runs under the application's identity, and says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// The author's reason; goes to the audit log.
    pub reason: String,
}

/// A slot of a pattern: one entity under a label.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternPart {
    /// The label, unique in the pattern.
    pub ref_id: RefId,
    /// The entity.
    pub entity: SemanticId,
    /// Queried, never written.
    pub read_only: bool,
    /// Any number of instances.
    pub multiple: bool,
    /// May have no instance.
    pub optional: bool,
    /// Makes one match per instance when the part is not the sole anchor of a read.
    pub root: bool,
    /// On update the given instances are the whole set.
    pub replace: bool,
    /// Fields that identify an existing record: create becomes create-or-update.
    pub match_on: Vec<FieldName>,
    /// `Field = literal`: used when nothing else gives a value.
    pub defaults: Vec<Assignment>,
    /// `Field := literal`: always wins.
    pub fixed: Vec<Assignment>,
    /// How the part is read.
    pub query: Query,
}

impl PatternPart {
    /// A single, required, writable part.
    pub fn new(ref_id: RefId, entity: SemanticId) -> Self {
        Self {
            ref_id,
            entity,
            read_only: false,
            multiple: false,
            optional: false,
            root: false,
            replace: false,
            match_on: Vec::new(),
            defaults: Vec::new(),
            fixed: Vec::new(),
            query: Query::default(),
        }
    }
}

/// A field and the literal it is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The field.
    pub field: FieldName,
    /// The value as written.
    pub value: Literal,
}

/// How a part is read: which records at all, in which order, how many.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Restricts the part's records wherever it is read; it never makes the part an anchor.
    pub filter: Option<Condition<Literal>>,
    /// The order; ties sort by Id.
    pub sort: Option<Sort>,
    /// The most records; for the root of a read, the most matches.
    pub limit: Option<u32>,
}

/// A sort field with its direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The field.
    pub field: FieldName,
    /// Up or down.
    pub direction: Direction,
}

/// The direction of a sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Greatest first.
    Descending,
}

/// `part.Field`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldRef {
    /// The part.
    pub part: RefId,
    /// Its field.
    pub field: FieldName,
}

impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.part, self.field)
    }
}

/// `dependent.Field = source.Field`: an edge of the dependency graph; the source exists first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRequirement {
    /// The field that takes the value.
    pub dependent: FieldRef,
    /// Where it comes from: the first source that has a value (`a.Id ?? b.Id`). At least one.
    pub sources: Vec<FieldRef>,
    /// No error when no source has a value.
    pub optional: bool,
    /// Set after both records exist; the only legal edge of a cycle.
    pub deferred: bool,
}
