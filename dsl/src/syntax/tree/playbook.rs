//! The tree of playbooks, capabilities and mappers.

use engage_engine::model::Operator;
use engage_playbooks::Path;
use engage_playbooks::model::{DeclaredType, Transformation};
use serde_json::Value;

use super::Name;
use crate::source::{Span, Spanned};

/// `playbook id "Name" { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Playbook {
    /// The header.
    pub span: Span,
    /// The semantic id.
    pub id: Name,
    /// The name for people; the id where none is written.
    pub name: Option<Name>,
    /// The statements.
    pub body: Vec<PlaybookStatement>,
}

/// A statement of a playbook.
#[derive(Debug, Clone, PartialEq)]
pub enum PlaybookStatement {
    /// `description "…"`.
    Description(Name),
    /// `fork package.playbook version "1.2.0" replaces`.
    Fork(Fork),
    /// `deadline 2h`, with the place of the statement.
    Deadline(Span, Name),
    /// `concurrency 4`, with the place of the statement.
    Concurrency(Span, Name),
    /// Any block.
    Block(Box<Block>),
}

/// What a playbook was copied from.
#[derive(Debug, Clone, PartialEq)]
pub struct Fork {
    /// The statement.
    pub span: Span,
    /// The package.
    pub package: Name,
    /// The playbook there.
    pub playbook: Name,
    /// The package's version.
    pub version: Name,
    /// Whether the original does not run.
    pub replaces: bool,
}

/// A block: `read advisor "The advisor" = advisor-lookup flags… { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The statement.
    pub span: Span,
    /// What other blocks call it; a trigger may go without.
    pub name: Option<Name>,
    /// The title.
    pub title: Option<Name>,
    /// What it does.
    pub kind: BlockKind,
    /// Flags in the order written.
    pub flags: Vec<BlockFlag>,
    /// Where its input comes from.
    pub mappings: Vec<Mapping>,
}

/// What a block does.
#[derive(Debug, Clone, PartialEq)]
pub enum BlockKind {
    /// `trigger Kind(arguments…)`.
    Trigger(Name, Vec<Argument>),
    /// `filter x on pattern.part: condition`.
    Filter {
        /// The pattern.
        pattern: Name,
        /// The part.
        part: Name,
        /// The condition; its left sides are names of fields.
        condition: Check,
    },
    /// `read x = pattern`.
    Read(Name),
    /// `create x = pattern`.
    Create(Name),
    /// `update x = pattern`.
    Update(Name),
    /// `template x = template`.
    Template(Name),
    /// `ai x = capability version 2`.
    Ai(Name, Option<Name>),
    /// `output x as "name" = …`.
    Output(Option<Name>),
    /// `input x = constant`.
    Constant(Spanned<Value>),
    /// `input x as "name": type optional`.
    Given(Option<Name>, Spanned<DeclaredType>, bool),
    /// `file x = "id"`.
    File(Name),
}

/// An argument of a trigger.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// `portals: ["retail"]`.
    Portals(Span, Vec<Name>),
    /// `"0 7 * * 1-5"`.
    Cron(Name),
    /// `zone: "Europe/Copenhagen"`.
    Zone(Name),
    /// `body: {…}`.
    Body(Spanned<Value>),
    /// `note: string optional`.
    Declared {
        /// The name.
        name: Name,
        /// The type.
        of: DeclaredType,
        /// May be absent.
        optional: bool,
    },
}

/// A flag of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockFlag {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub kind: BlockFlagKind,
}

/// The flags of a block.
#[derive(Debug, Clone, PartialEq)]
pub enum BlockFlagKind {
    /// `when condition`.
    When(Check),
    /// `after (a, b)`.
    After(Vec<Name>),
    /// `as application "reason"`.
    Escalation(Name),
    /// `allow "reason"`.
    Allow(Name),
    /// `at 10 20`.
    Position(Name, Name),
}

/// `lead.Subject: trigger.Meeting.Title`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Where it goes; `None`: `*`, the whole input.
    pub destination: Option<Spanned<Path>>,
    /// Where it comes from.
    pub source: Source,
}

/// `trigger.Meeting.Guests[*].Name | join(", ")`.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Where it starts from, without what is done to it.
    pub span: Span,
    /// The start.
    pub origin: Origin,
    /// The transformations, `!` first where there is one.
    pub steps: Vec<Spanned<Transformation>>,
}

/// Where a value starts.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A block, and a path of its output.
    Block(Name, Option<Path>),
    /// A constant.
    Constant(Value),
}

/// A condition over what blocks give. INVARIANT: nested no deeper than [`MAX_DEPTH`](crate::syntax::MAX_DEPTH).
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// One comparison.
    Test(Test),
    /// `a and b`, `all (…)`.
    And(Vec<Check>),
    /// `a or b`, `any (…)`.
    Or(Vec<Check>),
    /// `not a`.
    Not(Box<Check>),
}

/// `trigger.Meeting.Theme == "Mortgage"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// What is compared.
    pub left: Source,
    /// The comparison.
    pub operator: Operator,
    /// What it is compared with.
    pub operands: Vec<Source>,
}

/// `capability id "Name" { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Capability {
    /// The header.
    pub span: Span,
    /// The semantic id.
    pub id: Name,
    /// The name for people; the id where none is written.
    pub name: Option<Name>,
    /// The statements.
    pub body: Vec<CapabilityStatement>,
}

/// A statement of a capability.
#[derive(Debug, Clone, PartialEq)]
pub enum CapabilityStatement {
    /// `description "…"`.
    Description(Name),
    /// `version 1 { … }`.
    Version {
        /// The statement.
        span: Span,
        /// The number.
        number: Name,
        /// Its properties in the order written.
        properties: Vec<VersionProperty>,
        /// Nothing of it was left out for a slip.
        whole: bool,
    },
}

/// A property of a version.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionProperty {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub kind: VersionPropertyKind,
}

/// The properties of a version.
#[derive(Debug, Clone, PartialEq)]
pub enum VersionPropertyKind {
    /// `model "…"`.
    Model(Name),
    /// `prompt "…"`.
    Prompt(Name),
    /// `input {…}`.
    Input(Spanned<Value>),
    /// `output {…}`.
    Output(Spanned<Value>),
    /// `max_tokens 500`.
    MaxTokens(Name),
}

/// `mapper BookMeMeeting -> meeting.event.Id`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapper {
    /// The whole of it.
    pub span: Span,
    /// The use case.
    pub use_case: Name,
    /// The pattern.
    pub pattern: Name,
    /// The part and the field.
    pub field: Option<(Name, Name)>,
}
