//! Playbook: a typed graph of blocks.

use std::time::Duration;

use engage_engine::ids::SemanticId;

use super::{Block, Fork};

/// Blocks, started by a trigger, each taking its input from what others give. What depends on nothing runs at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Playbook {
    /// Identity; unique in a workspace.
    pub id: SemanticId,
    /// Name for people.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The package that it belongs to and cannot be changed in; `None`: it is the workspace's own.
    pub package: Option<SemanticId>,
    /// What it was copied from.
    pub fork: Option<Fork>,
    /// The most time from start to end of a run; `None`: the host's default.
    pub deadline: Option<Duration>,
    /// The most runs of this playbook at the same time within an organisation; `None`: the host's default.
    pub concurrency: Option<u32>,
    /// Blocks in display order. Exactly one is a trigger, and it is the first.
    pub blocks: Vec<Block>,
}
