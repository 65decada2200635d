//! Block: a node of a playbook.

use engage_engine::ids::{RefId, SemanticId};
use engage_engine::model::{Condition, Escalation, Literal};

use super::{Coordinate, FieldMapping, Source, Trigger, When};

/// A node of a playbook: what it does, and where its input comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The label that other blocks name it by; unique in the playbook. A trigger is mostly called `trigger`.
    pub name: RefId,
    /// A title for people; may be empty.
    pub title: String,
    /// What it does.
    pub kind: BlockKind,
    /// Runs only when this holds; skipped else, and what it gives is then absent.
    pub when: Option<When>,
    /// Blocks that have to be done before, beside those that it takes values from: order without data.
    pub after: Vec<RefId>,
    /// `as application "reason"`: runs under the application's identity. Only for blocks that call a CRM.
    pub escalation: Option<Escalation>,
    /// Of an `Ai` block: why sensitive fields may reach it; `None`: they may not.
    pub allow_sensitive: Option<String>,
    /// Where its input comes from, in declaration order. A trigger, a filter, an input and a file have none.
    pub mappings: Vec<FieldMapping>,
    /// Where a drawing shows it.
    pub position: Option<Position>,
}

/// Where a drawing shows a block, in the units of whoever drew it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// To the right.
    pub x: Coordinate,
    /// Down.
    pub y: Coordinate,
}

/// What a block does.
#[derive(Debug, Clone, PartialEq)]
pub enum BlockKind {
    /// Starts the playbook; gives the event.
    Trigger(Trigger),
    /// Reads a pattern. Input: per part a condition (from a filter) or an `Id`. Gives `Results`.
    Read {
        /// The pattern.
        pattern: SemanticId,
    },
    /// Makes a condition on a part of a pattern.
    Filter {
        /// The pattern.
        pattern: SemanticId,
        /// The part.
        part: RefId,
        /// The condition; its operands are literals or come from other blocks.
        condition: Condition<Operand>,
    },
    /// Creates a pattern. Input: instances per part. Gives by part the instances with `Id` and `outcome`.
    Create {
        /// The pattern.
        pattern: SemanticId,
    },
    /// Updates a pattern. Input: instances with `Id` (or what the pattern matches on). Gives what a create gives.
    Update {
        /// The pattern.
        pattern: SemanticId,
    },
    /// Renders a template. Input: its variables. Gives text.
    Template {
        /// The template.
        template: SemanticId,
    },
    /// Asks an AI capability. Input and output as the capability says.
    Ai {
        /// The capability.
        capability: SemanticId,
        /// Which version of it.
        version: VersionChoice,
    },
    /// Names a result of the run. Input: anything, as a whole or by key.
    Output {
        /// The name of the result.
        name: String,
    },
    /// Gives a value that depends on no other block.
    Input(InputValue),
    /// Gives a stored file: `Id`, `Name`, `ContentType`, `Size` in bytes, `Content` in base64.
    File {
        /// The file's id in the host's store.
        file: String,
    },
}

/// Which version of a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VersionChoice {
    /// The newest when a run starts; the run keeps it.
    Latest,
    /// This one.
    Pinned(u32),
}

/// What an `Input` block gives.
#[derive(Debug, Clone, PartialEq)]
pub enum InputValue {
    /// A constant.
    Constant(serde_json::Value),
    /// A value that whoever starts the run gives beside the event.
    Given(super::Declared),
}

/// What a field or a value is compared with. A constant that nothing is done to is a `Literal` wherever a literal can
/// hold it.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A constant.
    Literal(Literal),
    /// What another block gives.
    Source(Source),
}
