//! A workspace with a bundle in it, for the check: what the bundle brings is placed in the bundle, the rest where it stands.

use std::collections::BTreeMap;

use engage_engine::ids::SemanticId;
use engage_engine::model::Item;
use engage_playbooks::bundle::{Action, Import, ItemId, numbered};

use super::Workspace;
use crate::bundle::BundleFile;

impl Workspace {
    /// The workspace that an import would give. Its files are as they are; the bundle stands behind them.
    pub(crate) fn with_bundle(&self, bundle: &BundleFile, import: &Import) -> Self {
        let (model, library) = import.merged();
        let mut merged = Self { model: model.clone(), library: library.clone(), ..self.clone() };
        let file = merged.sources.add(bundle.source().clone());
        let here = positions(numbered(model, library));
        let theirs = positions(numbered(&bundle.bundle.model, &bundle.bundle.library));
        for line in import.items.iter().filter(|line| line.action != Action::Unchanged) {
            if let (Some(here), Some(theirs)) = (here.get(&line.item), theirs.get(&line.item)) {
                merged.map.replace(*here, &bundle.map, *theirs, file);
            }
        }
        merged.map.finish();
        merged
    }

    /// The items that a bundle can hold, each with its number.
    pub(crate) fn numbered(&self) -> BTreeMap<ItemId, Item> {
        positions(numbered(&self.model, &self.library))
    }

    /// The proprietary package that an item stands in.
    pub fn closed_package(&self, item: Item) -> Option<&SemanticId> {
        let package = self.file_of(item).and_then(|file| self.package_of(file));
        let closed = package.filter(|package| package.visibility == engage_playbooks::model::Visibility::Proprietary);
        closed.map(|package| &package.name)
    }
}

/// Where each item is; the first of several.
fn positions(items: Vec<(ItemId, Item)>) -> BTreeMap<ItemId, Item> {
    items.into_iter().rev().collect()
}
