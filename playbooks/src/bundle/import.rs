//! What bringing a bundle into a workspace would do, and the workspace it would give.

use std::collections::BTreeMap;

use engage_engine::ids::SemanticId;
use engage_engine::model::Model;

use super::{Bundle, ItemId};
use crate::model::{Library, Playbook};

/// What happens to one item of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Create,
    /// It is there, and changes.
    Update,
    /// It is there as it is.
    Unchanged,
}

impl Action {
    /// The word for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One line of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportItem {
    /// The item.
    pub item: ItemId,
    /// What happens to it.
    pub action: Action,
}

/// A planned import. Items of the workspace that the bundle does not hold are never touched.
///
/// ```
/// use engage_engine::SemanticId;
/// use engage_engine::model::Model;
/// use engage_playbooks::bundle::{Action, Bundle, Import, ItemId};
/// use engage_playbooks::Library;
/// # mod greeting { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/greeting.rs")); }
/// # use greeting::*;
/// let greeting = ItemId::Playbook(SemanticId::new("greeting").unwrap());
/// let bundle = Bundle::of(&model(), &library(), &[greeting]).unwrap();
///
/// // Into a workspace that has nothing yet, and once more into what that gives.
/// let import = Import::plan(&bundle, &Model::default(), &Library::default());
/// assert_eq!(import.items[0].action, Action::Create);
/// let (model, library) = import.merged();
/// assert_eq!(library.playbooks[0].package, None, "it is the workspace's own");
/// assert!(Import::plan(&bundle, model, library).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Every item of the bundle, sorted.
    pub items: Vec<ImportItem>,
    /// The definitions and patterns that it would give.
    pub model: Model,
    /// The rest that it would give.
    pub library: Library,
}

impl Import {
    /// Plans the import of a bundle into a workspace: nothing is done yet. Whoever applies it checks
    /// [`merged`](Import::merged) first; what the check refuses may not be kept.
    pub fn plan(bundle: &Bundle, model: &Model, library: &Library) -> Self {
        let (mut model, mut library) = (model.clone(), library.clone());
        let mut items = BTreeMap::new();
        let Bundle { model: new, library: also } = bundle;
        // INVARIANT: every list that a bundle holds is named here.
        let Library { playbooks, templates, capabilities, mappers: _, packages: _ } = also;
        merge(&mut model.definitions, &new.definitions, ItemId::of_definition, &mut items);
        merge(&mut model.patterns, &new.patterns, |pattern| ItemId::Pattern(pattern.id.clone()), &mut items);
        merge(&mut library.templates, templates, |template| ItemId::Template(template.id.clone()), &mut items);
        merge(&mut library.capabilities, capabilities, |one| ItemId::Capability(one.id.clone()), &mut items);
        let playbooks = self::playbooks(playbooks, &library.playbooks);
        merge(&mut library.playbooks, &playbooks, |playbook| ItemId::Playbook(playbook.id.clone()), &mut items);
        let items = items.into_iter().map(|(item, action)| ImportItem { item, action }).collect();
        Self { items, model, library }
    }

    /// The workspace that the import would give.
    pub fn merged(&self) -> (&Model, &Library) {
        (&self.model, &self.library)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.items.iter().all(|item| item.action == Action::Unchanged)
    }
}

/// The playbooks of a bundle, each in the package of the one that it meets: a package is a place, and no part of what a
/// playbook says.
fn playbooks(new: &[Playbook], here: &[Playbook]) -> Vec<Playbook> {
    let places: BTreeMap<&SemanticId, &Option<SemanticId>> =
        here.iter().map(|playbook| (&playbook.id, &playbook.package)).collect();
    let package = |playbook: &Playbook| places.get(&playbook.id).copied().cloned().flatten();
    new.iter().map(|playbook| Playbook { package: package(playbook), ..playbook.clone() }).collect()
}

/// Puts the new items in the place of those they replace, or at the end.
fn merge<T: Clone + PartialEq>(
    here: &mut Vec<T>,
    new: &[T],
    id: impl Fn(&T) -> ItemId,
    items: &mut BTreeMap<ItemId, Action>,
) {
    let mut known: BTreeMap<ItemId, usize> = here.iter().enumerate().map(|(at, item)| (id(item), at)).collect();
    for item in new {
        let name = id(item);
        let action = match known.get(&name).and_then(|at| here.get_mut(*at)) {
            Some(old) if old == item => Action::Unchanged,
            Some(old) => {
                old.clone_from(item);
                Action::Update
            }
            None => {
                known.insert(name.clone(), here.len());
                here.push(item.clone());
                Action::Create
            }
        };
        items.insert(name, action);
    }
}
