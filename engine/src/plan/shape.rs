//! What the planner must know of an input: which instances there are and which fields they have, but no value.

/// The shape of an input. Parts by position in [`Pattern::parts`](crate::catalog::Pattern::parts).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputShape {
    /// One entry per part; `None`: not mentioned.
    pub parts: Vec<Option<PartShape>>,
}

/// The shape of one part's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartShape {
    /// Instances, in order.
    Given {
        /// The instances.
        instances: Vec<InstanceShape>,
        /// Of a `replace` part: how many existing records are to go; `None`: not looked up yet.
        stale: Option<usize>,
    },
    /// A condition.
    Filter {
        /// Field positions of a declared key, sorted, when the condition is exactly Equals on each of them.
        key: Option<Vec<usize>>,
    },
}

/// The shape of one instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceShape {
    /// Positions of the fields that are there (null counts), sorted, without `Id`.
    pub fields: Vec<usize>,
    /// What is known about its record.
    pub record: RecordShape,
}

/// What is known about the record behind an instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RecordShape {
    /// No Id: to be made, or to be found by `match`.
    #[default]
    New,
    /// The caller gave the Id.
    Given,
    /// A look-up by `match` found it.
    Found,
    /// A look-up by `match` found none.
    Missing,
}
