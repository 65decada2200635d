//! Lineage: where every value of a playbook comes from, and where it goes. From the fields of the event and of records that
//! are read, through mappings, templates and capabilities, to the columns, prompts, texts and results that they end in.

mod end;
mod follow;

use std::collections::BTreeSet;

use engage_engine::ids::{CrmName, RefId, SemanticId};

use crate::compiled::Compiled;

pub use end::{Column, Sink, SinkKind, Start, StartKind};

/// All that flows in a playbook on one CRM.
#[derive(Debug, Clone, PartialEq)]
pub struct Lineage {
    /// The playbook.
    pub playbook: SemanticId,
    /// The CRM.
    pub crm: CrmName,
    /// From each start to each sink that it reaches; in the order of the playbook's blocks.
    pub flows: Vec<Flow>,
}

/// One value on its whole way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// Where it comes from.
    pub start: Start,
    /// The blocks that make something else of it, in order: templates and capabilities.
    pub through: Vec<RefId>,
    /// What mappings do to it on the way, in order, by name.
    pub transformations: Vec<&'static str>,
    /// Where it goes.
    pub sink: Sink,
}

/// What becomes of a sensitive field at an Ai block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed<'f> {
    /// The field, as `entity.Field`.
    pub field: &'f str,
    /// Why it may reach the block; a playbook in which nothing says why is not compiled.
    pub reason: &'f str,
}

impl Lineage {
    /// What flows in a playbook.
    ///
    /// ```
    /// use engage_playbooks::lineage::{Lineage, SinkKind};
    /// # mod greeting { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/greeting.rs")); }
    /// # use greeting::*;
    /// let lineage = Lineage::of(&compiled());
    /// let flows = lineage.about("trigger.name");
    /// assert_eq!(flows.len(), 1);
    /// assert_eq!(flows[0].sink.kind, SinkKind::Output { name: "name".into() });
    /// assert!(lineage.sensitive().is_empty());
    /// ```
    pub fn of(compiled: &Compiled) -> Self {
        let flows = follow::flows(compiled);
        Self { playbook: compiled.id.clone(), crm: compiled.crm.clone(), flows }
    }

    /// The sensitive fields that something reads, as `entity.Field`.
    pub fn sensitive(&self) -> BTreeSet<&str> {
        self.flows.iter().filter(|flow| flow.start.sensitive).filter_map(|flow| flow.start.field.as_deref()).collect()
    }

    /// The flows that begin or end at a name: a field (`contact.Email`), a path of the event (`trigger.Meeting.Title`), a
    /// block, a column (`contact.emailaddress1`). Case is ignored.
    pub fn about(&self, name: &str) -> Vec<&Flow> {
        self.flows.iter().filter(|flow| flow.start.is(name) || flow.sink.is(name)).collect()
    }
}

impl Flow {
    /// Whether the value only decides: which records are found, whether a block runs.
    pub fn decides(&self) -> bool {
        matches!(self.sink.kind, SinkKind::Search { .. } | SinkKind::Condition)
    }

    /// Of a sensitive field that reaches an Ai block: that it may, and why.
    pub fn allowed(&self) -> Option<Allowed<'_>> {
        let SinkKind::Ai { allowed: Some(reason), .. } = &self.sink.kind else { return None };
        let field = self.start.field.as_deref().filter(|_| self.start.sensitive)?;
        Some(Allowed { field, reason })
    }
}

#[cfg(test)]
mod tests;
