//! Compiled playbooks: checked, resolved on one CRM, ready to run.
//!
//! INVARIANT: made by [`check`](crate::check()) alone. Every position in it points at a block that stands before, every
//! input of a block fits its type, and a block that calls a CRM has its pattern.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use engage_engine::Acting;
use engage_engine::catalog::Pattern;
use engage_engine::ids::{CrmName, FieldName, RefId, SemanticId};
use engage_engine::plan::{InputShape, Operation};
use jiff::{SignedDuration, Timestamp};

use crate::model::{Block, BlockKind, Capability, Template, Trigger};
use crate::types::Type;

/// A playbook on one CRM.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// Its semantic id.
    pub id: SemanticId,
    /// Its name for people.
    pub name: String,
    /// The CRM.
    pub crm: CrmName,
    /// SHA-256, as 64 hex digits, of the playbook with all that it names: patterns, entities, templates, capabilities.
    /// Equal for playbooks that do the same.
    pub digest: String,
    /// The most time from start to end of a run; `None`: the host's default.
    pub deadline: Option<Duration>,
    /// The most runs at the same time within an organisation; `None`: the host's default.
    pub concurrency: Option<u32>,
    /// Whether it belongs to a proprietary package: it runs as any other, and its blocks are not shown.
    pub closed: bool,
    /// In display order; the first is the trigger.
    pub blocks: Vec<Node>,
}

/// A block, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The block.
    pub block: Block,
    /// Sorted positions of the blocks that have to be at an end before: those that it takes values from and those that
    /// it comes `after`. Never empty but for the trigger: what needs nothing else needs the trigger.
    pub needs: Vec<usize>,
    /// What it takes.
    pub input: Type,
    /// What it gives, when it is not skipped.
    pub output: Type,
    /// Of a block that names a pattern, the pattern; where the block is escalated, its acting is the application's.
    pub pattern: Option<Arc<Pattern>>,
    /// Of a block whose own escalation lets the application stand in: the pattern on behalf of the employee, for runs in which
    /// one acts. A pattern that is escalated itself is the application's whoever acts.
    pub on_behalf: Option<Arc<Pattern>>,
    /// Of a `Template` block.
    pub template: Option<Arc<Template>>,
    /// Of an `Ai` block.
    pub capability: Option<Arc<Capability>>,
    /// Of a block that calls a CRM: under whose authority where nobody acts.
    pub acting: Option<Acting>,
    /// Of a block that calls a CRM: its input as the planner is told of it before there is one. Everything that may be
    /// given counts as given, and a list whose length is not known as one.
    pub planned: Option<InputShape>,
    /// Of a read: for every part the fields that something uses; sorted, without `Id`, which always comes.
    pub select: BTreeMap<RefId, Vec<FieldName>>,
}

impl Compiled {
    /// The position of a block.
    pub fn position(&self, name: &RefId) -> Option<usize> {
        self.blocks.iter().position(|node| node.block.name == *name)
    }

    /// A block by name.
    pub fn node(&self, name: &RefId) -> Option<&Node> {
        self.blocks.iter().find(|node| node.block.name == *name)
    }

    /// When a run is given up that begins, or goes on, now; `otherwise`: how long one may take of a playbook that says nothing.
    /// A time so far away that no calendar has it is none.
    pub fn deadline_from(&self, now: Timestamp, otherwise: Option<Duration>) -> Option<Timestamp> {
        let most = self.deadline.or(otherwise)?;
        now.checked_add(SignedDuration::try_from(most).ok()?).ok()
    }

    /// The trigger.
    pub fn trigger(&self) -> Option<&Trigger> {
        self.blocks.first().and_then(|node| match &node.block.kind {
            BlockKind::Trigger(trigger) => Some(trigger),
            _ => None,
        })
    }
}

impl Node {
    /// What it does to a CRM; `None` for a block that calls none.
    pub fn operation(&self) -> Option<Operation> {
        match self.block.kind {
            BlockKind::Read { .. } => Some(Operation::Read),
            BlockKind::Create { .. } => Some(Operation::Create),
            BlockKind::Update { .. } => Some(Operation::Update),
            _ => None,
        }
    }

    /// The pattern under the authority that holds in a run: where the block lets the application stand in, an employee who acts
    /// still goes on their own behalf, as the application may mostly do more than they. `employee`: one acts.
    pub fn pattern_for(&self, employee: bool) -> Option<&Arc<Pattern>> {
        self.on_behalf.as_ref().filter(|_| employee).or(self.pattern.as_ref())
    }

    /// Whether it asks the outside: a CRM or an AI. What does not takes no time to speak of.
    pub fn calls(&self) -> bool {
        self.operation().is_some() || matches!(self.block.kind, BlockKind::Ai { .. })
    }
}

/// Compiled playbooks by CRM and id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Playbooks {
    pub(crate) playbooks: BTreeMap<CrmName, BTreeMap<SemanticId, Arc<Compiled>>>,
}

impl Playbooks {
    /// A playbook on a CRM: there for every CRM that has all the patterns it names.
    pub fn get(&self, crm: &str, id: &str) -> Option<&Arc<Compiled>> {
        self.playbooks.get(crm)?.get(id)
    }

    /// The CRMs on which there is a playbook.
    pub fn crms(&self) -> impl Iterator<Item = &CrmName> {
        self.playbooks.keys()
    }

    /// The playbooks of a CRM, by id.
    pub fn on(&self, crm: &str) -> impl Iterator<Item = &Arc<Compiled>> {
        self.playbooks.get(crm).into_iter().flat_map(BTreeMap::values)
    }
}
