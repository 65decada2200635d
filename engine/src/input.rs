//! What a caller gives an operation: per part, instances or a condition.

use std::collections::BTreeMap;

use crate::ids::RefId;
use crate::model::Condition;
use crate::value::{Instance, Value};

/// The input of one operation. A part that is absent was not mentioned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    /// By reference id.
    pub parts: BTreeMap<RefId, PartInput>,
}

/// What is given for one part.
#[derive(Debug, Clone, PartialEq)]
pub enum PartInput {
    /// One instance of a single part.
    One(Instance),
    /// Instances of a multiple part, in order; may be empty.
    Many(Vec<Instance>),
    /// The records that meet the condition; for parts that are found, not given.
    Filter(Condition<Value>),
}

impl PartInput {
    /// The given instances; none for a filter.
    pub fn instances(&self) -> &[Instance] {
        match self {
            Self::One(instance) => std::slice::from_ref(instance),
            Self::Many(instances) => instances,
            Self::Filter(_) => &[],
        }
    }
}
