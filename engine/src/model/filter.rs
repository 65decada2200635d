//! Conditions: which records of one part are meant.

use std::fmt;

use crate::ids::FieldName;

/// A typed condition tree over the fields of one part. `V` is [`Literal`](crate::model::Literal) as written and
/// [`Value`](crate::Value) once checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition<V> {
    /// One comparison.
    Test(Test<V>),
    /// All hold; the empty group holds.
    And(Vec<Condition<V>>),
    /// One holds at least; the empty group does not hold.
    Or(Vec<Condition<V>>),
    /// Does not hold.
    Not(Box<Condition<V>>),
}

/// `Field operator operands`.
#[derive(Debug, Clone, PartialEq)]
pub struct Test<V> {
    /// The field compared.
    pub field: FieldName,
    /// The comparison.
    pub operator: Operator,
    /// None for `IsNull` and `IsNotNull`, any number for `In` and `NotIn`, else one.
    pub operands: Vec<V>,
}

/// A comparison. Text ignores case everywhere; `NotEquals` and `NotIn` include null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The same value.
    Equals,
    /// Another value, or none.
    NotEquals,
    /// The text holds the operand.
    Contains,
    /// The text starts with the operand.
    StartsWith,
    /// The text ends with the operand.
    EndsWith,
    /// Greater.
    GreaterThan,
    /// Greater or the same.
    GreaterThanOrEqual,
    /// Less.
    LessThan,
    /// Less or the same.
    LessThanOrEqual,
    /// One of the operands; false for none.
    In,
    /// None of the operands, or no value.
    NotIn,
    /// No value.
    IsNull,
    /// Some value.
    IsNotNull,
}

impl Operator {
    /// Every operator, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::Equals,
        Self::NotEquals,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::GreaterThan,
        Self::GreaterThanOrEqual,
        Self::LessThan,
        Self::LessThanOrEqual,
        Self::In,
        Self::NotIn,
        Self::IsNull,
        Self::IsNotNull,
    ];

    /// The name in YAML, JSON and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equals => "Equals",
            Self::NotEquals => "NotEquals",
            Self::Contains => "Contains",
            Self::StartsWith => "StartsWith",
            Self::EndsWith => "EndsWith",
            Self::GreaterThan => "GreaterThan",
            Self::GreaterThanOrEqual => "GreaterThanOrEqual",
            Self::LessThan => "LessThan",
            Self::LessThanOrEqual => "LessThanOrEqual",
            Self::In => "In",
            Self::NotIn => "NotIn",
            Self::IsNull => "IsNull",
            Self::IsNotNull => "IsNotNull",
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
