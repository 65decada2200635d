//! Bundles: a pattern or a playbook with all that it needs, to be carried to another workspace.
//!
//! Exporting [selects](Bundle::of) a part of a workspace; importing is [planned](Import::plan) first, item by item, and then
//! gives the [merged](Import::merged) workspace, which is checked whole before anything is kept. Mappers belong to an
//! environment and are never in a bundle.

mod import;
mod select;

use engage_engine::ids::{CrmName, SemanticId};
use engage_engine::model::{EntityDefinition, Item, Model};

use crate::model::Library;

pub use import::{Action, Import, ImportItem};
pub use select::Missing;

/// A closed part of a workspace: nothing in it names what is not in it.
///
/// ```
/// use engage_engine::SemanticId;
/// use engage_playbooks::bundle::{Bundle, ItemId};
/// # mod greeting { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/greeting.rs")); }
/// # use greeting::*;
/// let (model, library) = (model(), library());
///
/// let greeting = ItemId::Playbook(SemanticId::new("greeting").unwrap());
/// let bundle = Bundle::of(&model, &library, &[greeting]).unwrap();
/// assert_eq!(bundle.items().map(|item| item.to_string()).collect::<Vec<_>>(), ["playbook `greeting`"]);
///
/// let absent = ItemId::Pattern(SemanticId::new("nobody").unwrap());
/// let missing = Bundle::of(&model, &library, &[absent]).unwrap_err();
/// assert_eq!(missing[0].to_string(), "the export needs pattern `nobody`, which is not there");
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bundle {
    /// Definitions and patterns.
    pub model: Model,
    /// Playbooks, templates and capabilities; no mappers and no packages.
    pub library: Library,
}

impl Bundle {
    /// What the bundle holds, in the order of its lists.
    pub fn items(&self) -> impl Iterator<Item = ItemId> {
        numbered(&self.model, &self.library).into_iter().map(|(id, _)| id)
    }
}

/// What a model and a library hold that a bundle can, each with its number there: all but mappers, which belong to an
/// environment.
pub fn numbered(model: &Model, library: &Library) -> Vec<(ItemId, Item)> {
    // INVARIANT: every list that a bundle holds is named here.
    let Model { definitions, patterns } = model;
    let Library { playbooks, templates, capabilities, mappers: _, packages: _ } = library;
    let mut items = Vec::new();
    let numbers = |item: fn(usize) -> Item| (0..).map(item);
    items.extend(definitions.iter().map(ItemId::of_definition).zip(numbers(Item::Definition)));
    items.extend(patterns.iter().map(|one| ItemId::Pattern(one.id.clone())).zip(numbers(Item::Pattern)));
    items.extend(templates.iter().map(|one| ItemId::Template(one.id.clone())).zip(numbers(Item::Template)));
    items.extend(capabilities.iter().map(|one| ItemId::Capability(one.id.clone())).zip(numbers(Item::Capability)));
    items.extend(playbooks.iter().map(|one| ItemId::Playbook(one.id.clone())).zip(numbers(Item::Playbook)));
    items
}

/// One thing that a bundle holds, by what identifies it everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemId {
    /// A definition on a CRM.
    Definition(SemanticId, CrmName),
    /// A pattern.
    Pattern(SemanticId),
    /// A template.
    Template(SemanticId),
    /// A capability.
    Capability(SemanticId),
    /// A playbook.
    Playbook(SemanticId),
}

impl ItemId {
    /// What identifies a definition.
    pub fn of_definition(definition: &EntityDefinition) -> Self {
        Self::Definition(definition.id.clone(), definition.crm.clone())
    }

    /// What a person calls this kind of thing.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Definition(..) => "definition",
            Self::Pattern(_) => "pattern",
            Self::Template(_) => "template",
            Self::Capability(_) => "capability",
            Self::Playbook(_) => "playbook",
        }
    }

    /// The semantic id.
    pub fn id(&self) -> &SemanticId {
        match self {
            Self::Definition(id, _)
            | Self::Pattern(id)
            | Self::Template(id)
            | Self::Capability(id)
            | Self::Playbook(id) => id,
        }
    }

    /// The CRM, of a definition.
    pub fn crm(&self) -> Option<&CrmName> {
        match self {
            Self::Definition(_, crm) => Some(crm),
            _ => None,
        }
    }
}

impl std::fmt::Display for ItemId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}`", self.kind(), self.id())?;
        match self.crm() {
            Some(crm) => write!(f, " on `{crm}`"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
