//! The model as its author means it: plain data, no positions, no serialisation, nothing resolved yet.
//!
//! Both spellings lower to it and both printers start from it; [`crate::check()`] turns it into a
//! [`Catalog`](crate::Catalog), in which no reference can dangle.

mod definition;
mod filter;
mod literal;
mod pattern;
mod place;

pub use definition::{Choice, Embedded, EntityDefinition, Field, FieldKind, WireValue};
pub use filter::{Condition, Operator, Test};
pub use literal::Literal;
pub use pattern::{
    Assignment, Direction, EntityPattern, Escalation, FieldRef, FieldRequirement, PatternPart, Query, Sort,
};
pub use place::{InputAt, Item, Place, Subject};

/// Everything a workspace declares, in the order it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// Entity definitions; one semantic id may appear once per CRM.
    pub definitions: Vec<EntityDefinition>,
    /// Entity patterns.
    pub patterns: Vec<EntityPattern>,
}
