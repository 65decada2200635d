//! Parts of patterns as destinations.

use std::sync::Arc;

use engage_engine::ids::{RefId, SemanticId};

use super::Object;

/// What a part takes in the input of a block that calls a CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instances {
    /// The pattern.
    pub pattern: SemanticId,
    /// The part.
    pub part: RefId,
    /// One instance.
    pub instance: Arc<Object>,
    /// A list of instances is taken as well.
    pub many: bool,
    /// A condition on the part is taken in place of instances.
    pub filter: bool,
}
