//! The tree as written: items, statements and flags in the author's order, each with its place.

use engage_engine::model::{Direction, Literal, Operator};

use crate::source::{FileId, Span, Spanned};

pub(super) mod playbook;

use playbook::{Capability, Mapper, Playbook};

/// A word, a name in backticks or a text, decoded.
pub type Name = Spanned<String>;

/// One file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The file.
    pub file: FileId,
    /// Its items in order.
    pub items: Vec<Item>,
}

/// An item of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `entity …`.
    Entity(Entity),
    /// `pattern …`.
    Pattern(Pattern),
    /// `playbook …`.
    Playbook(Playbook),
    /// `capability …`.
    Capability(Capability),
    /// `mapper …`.
    Mapper(Mapper),
}

/// `entity contact "Contact" on dataverse contact { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// The header.
    pub span: Span,
    /// The semantic id.
    pub id: Name,
    /// The name for people; the id where none is written.
    pub name: Option<Name>,
    /// The CRM.
    pub crm: Name,
    /// The CRM's entity.
    pub crm_type: Name,
    /// The statements.
    pub body: Vec<EntityStatement>,
}

/// A statement of an entity.
#[derive(Debug, Clone, PartialEq)]
pub enum EntityStatement {
    /// `description "…"`.
    Description(Name),
    /// `key (First, Last)`.
    Key(Span, Vec<Name>),
    /// `idempotency ExternalKey`, with the place of the statement.
    Idempotency(Span, Name),
    /// `embedded in event as appointment_activity_parties`.
    Embedded {
        /// The statement.
        span: Span,
        /// The parent.
        parent: Name,
        /// The collection.
        collection: Name,
    },
    /// `Name -> column …`.
    Field(Field),
}

/// `Name -> column flags…`.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The abstract name.
    pub name: Name,
    /// The column.
    pub mapped: Name,
    /// Type and flags in the order written.
    pub flags: Vec<FieldFlag>,
}

/// A type or flag of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldFlag {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub kind: FieldFlagKind,
}

/// The types and flags of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldFlagKind {
    /// `required`.
    Required,
    /// `readonly`.
    ReadOnly,
    /// `public`.
    Public,
    /// `sensitive`.
    Sensitive,
    /// `max 50`.
    Max(Name),
    /// `write WhatId`.
    Write(Name),
    /// `boolean`, `int`, `double`, `decimal`, `date` or `datetime`.
    Plain(PlainType),
    /// `string` or `string { "red", "blue" }`.
    Text(Vec<Name>),
    /// `choice { … }`.
    Choice(Vec<Choice>),
    /// `multichoice { … }`.
    MultiChoice(Vec<Choice>),
    /// `ref account via What`.
    Ref(Name, Option<Name>),
}

/// A type that is one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainType {
    /// `boolean`.
    Boolean,
    /// `int`.
    Int,
    /// `double`.
    Double,
    /// `decimal`.
    Decimal,
    /// `date`.
    Date,
    /// `datetime`.
    DateTime,
}

/// `Open = 1`, or `Open` alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The abstract name.
    pub name: Name,
    /// The CRM's value.
    pub wire: Option<Spanned<Literal>>,
}

/// `pattern id "Name" { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// The header.
    pub span: Span,
    /// The semantic id.
    pub id: Name,
    /// The name for people; the id where none is written.
    pub name: Option<Name>,
    /// The statements.
    pub body: Vec<PatternStatement>,
}

/// A statement of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum PatternStatement {
    /// `description "…"`.
    Description(Name),
    /// `as application "reason"`, with the place of the statement.
    Escalation(Span, Name),
    /// `account : account …`.
    Part(Part),
    /// `event.AccountId = account.Id …`.
    Requirement(Requirement),
}

/// `notes[] : note flags… { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The label.
    pub name: Name,
    /// Whether `[]` follows the label.
    pub multiple: bool,
    /// The entity.
    pub entity: Name,
    /// Flags in the order written.
    pub flags: Vec<PartFlag>,
    /// Defaults and fixed values in the order written.
    pub assignments: Vec<Assignment>,
}

/// A flag of a part.
#[derive(Debug, Clone, PartialEq)]
pub struct PartFlag {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub kind: PartFlagKind,
}

/// The flags of a part.
#[derive(Debug, Clone, PartialEq)]
pub enum PartFlagKind {
    /// `readonly`.
    ReadOnly,
    /// `optional`.
    Optional,
    /// `root`.
    Root,
    /// `replace`.
    Replace,
    /// `match (Email)`.
    Match(Vec<Name>),
    /// `sort CreatedOn desc`.
    Sort(Name, Direction),
    /// `limit 10`.
    Limit(Name),
    /// `where …`.
    Where(Condition),
}

/// `Field = literal` or `Field := literal`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The field.
    pub field: Name,
    /// Whether it is `:=`.
    pub fixed: bool,
    /// The value.
    pub value: Spanned<Literal>,
}

/// A condition. INVARIANT: nested no deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// One comparison.
    Test {
        /// The field.
        field: Name,
        /// The comparison.
        operator: Operator,
        /// What it is compared with.
        operands: Vec<Spanned<Literal>>,
    },
    /// `a and b`, `all (…)`.
    And(Vec<Condition>),
    /// `a or b`, `any (…)`.
    Or(Vec<Condition>),
    /// `not a`.
    Not(Box<Condition>),
}

/// `dependent.Field = source.Field ?? other.Field flags…`.
#[derive(Debug, Clone, PartialEq)]
pub struct Requirement {
    /// The statement.
    pub span: Span,
    /// The side that takes the value.
    pub dependent: Reference,
    /// The alternatives it comes from; at least one.
    pub sources: Vec<Reference>,
    /// The places of `optional`; more than one is a mistake.
    pub optional: Vec<Span>,
    /// The places of `deferred`; more than one is a mistake.
    pub deferred: Vec<Span>,
}

/// `part.Field`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Its place.
    pub span: Span,
    /// The part.
    pub part: Name,
    /// The field.
    pub field: Name,
}
