//! When a block runs.

use engage_engine::model::Operator;

use super::{Operand, Source};

/// A condition on what other blocks give.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// One comparison.
    Test(Comparison),
    /// All hold; the empty group holds.
    And(Vec<When>),
    /// One holds at least; the empty group does not hold.
    Or(Vec<When>),
    /// Does not hold.
    Not(Box<When>),
}

/// `source operator operands`. An absent value is null: only `IsNull`, `NotEquals` and `NotIn` hold of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What is compared.
    pub left: Source,
    /// How.
    pub operator: Operator,
    /// None for `IsNull` and `IsNotNull`, any number for `In` and `NotIn`, else one.
    pub operands: Vec<Operand>,
}
