//! The items of a workspace, one by one.

use std::collections::BTreeSet;
use std::path::Path;

use engage_dsl::print;
use engage_engine::SemanticId;
use engage_engine::model::{Item as Number, Model, Place, Subject};
use engage_playbooks::Library;
use engage_playbooks::model::{BlockKind, Fork, Mapper, Package, Playbook, Visibility};
use engage_server::management::ports::{Forked, Item, ItemDetail, ItemKind, MapperFacts, PlaybookFacts};
use serde_json::Value as Json;

use crate::workspace::Loaded;

/// What is told of items is told below this folder; and which playbooks events start.
pub(super) struct Items<'l> {
    pub(super) loaded: &'l Loaded,
    pub(super) folder: &'l Path,
    pub(super) on: &'l BTreeSet<SemanticId>,
}

impl Items<'_> {
    /// Those of a kind, by id, and of one id by CRM.
    pub(super) fn all(&self, kind: ItemKind) -> Vec<Item> {
        let mut all: Vec<Item> = self.listed(kind).collect();
        all.sort_by(|one, other| (&one.id, &one.crm).cmp(&(&other.id, &other.crm)));
        all
    }

    /// One of them, with its text where it is shown.
    pub(super) fn one(&self, kind: ItemKind, id: &str, crm: Option<&str>) -> Option<ItemDetail> {
        let is = |item: &Item| item.id == id && item.crm.as_deref() == crm;
        let (at, item) = self.listed(kind).enumerate().find(|(_, item)| is(item))?;
        if !item.shown {
            return Some(ItemDetail { item, source: None, model: None });
        }
        let (model, library) = self.alone(kind, at);
        if let [template] = library.templates.as_slice() {
            return Some(ItemDetail { item, source: Some(template.source.clone()), model: None });
        }
        let source = Some(print::dsl(&model, &library));
        let data = serde_json::from_str::<Json>(&print::json(&model, &library));
        let data = data.inspect_err(|error| tracing::error!(%error, "an item that is printed as no JSON"));
        Some(ItemDetail { item, source, model: data.ok() })
    }

    /// Those of a kind, in the order of the model.
    fn listed(&self, kind: ItemKind) -> Box<dyn Iterator<Item = Item> + '_> {
        let (model, library) = (&self.loaded.workspace.model, &self.loaded.workspace.library);
        match kind {
            ItemKind::Definition => Box::new(model.definitions.iter().enumerate().map(move |(at, one)| {
                let item = self.item(kind, Number::Definition(at), (one.id.as_str(), &one.name, &one.description));
                Item { crm: Some(one.crm.to_string()), ..item }
            })),
            ItemKind::Pattern => Box::new(model.patterns.iter().enumerate().map(move |(at, one)| {
                let item = self.item(kind, Number::Pattern(at), (one.id.as_str(), &one.name, &one.description));
                let usable = |crm: &str| self.loaded.catalog.pattern(crm, one.id.as_str()).is_some();
                Item { crms: self.crms(usable), ..item }
            })),
            ItemKind::Playbook => {
                Box::new(library.playbooks.iter().enumerate().map(move |(at, one)| self.playbook(at, one)))
            }
            ItemKind::Template => Box::new(
                library
                    .templates
                    .iter()
                    .enumerate()
                    .map(move |(at, one)| self.item(kind, Number::Template(at), (one.id.as_str(), "", ""))),
            ),
            ItemKind::Capability => Box::new(library.capabilities.iter().enumerate().map(move |(at, one)| {
                self.item(kind, Number::Capability(at), (one.id.as_str(), &one.name, &one.description))
            })),
            ItemKind::Mapper => Box::new(library.mappers.iter().enumerate().map(move |(at, one)| self.mapper(at, one))),
        }
    }

    /// A model and a library with one item of a kind, by its place.
    fn alone(&self, kind: ItemKind, at: usize) -> (Model, Library) {
        fn of<T: Clone>(all: &[T], at: usize) -> Vec<T> {
            all.get(at).cloned().into_iter().collect()
        }
        let (model, library) = (&self.loaded.workspace.model, &self.loaded.workspace.library);
        let (mut alone, mut rest) = (Model::default(), Library::default());
        match kind {
            ItemKind::Definition => alone.definitions = of(&model.definitions, at),
            ItemKind::Pattern => alone.patterns = of(&model.patterns, at),
            ItemKind::Playbook => rest.playbooks = of(&library.playbooks, at),
            ItemKind::Template => rest.templates = of(&library.templates, at),
            ItemKind::Capability => rest.capabilities = of(&library.capabilities, at),
            ItemKind::Mapper => rest.mappers = of(&library.mappers, at),
        }
        (alone, rest)
    }

    fn playbook(&self, at: usize, one: &Playbook) -> Item {
        let item = self.item(ItemKind::Playbook, Number::Playbook(at), (one.id.as_str(), &one.name, &one.description));
        let usable = |crm: &str| self.loaded.compiled.get(crm, one.id.as_str()).is_some();
        let trigger = one.blocks.iter().find_map(|block| match &block.kind {
            BlockKind::Trigger(trigger) => Some(trigger.kind.name().to_owned()),
            _ => None,
        });
        let facts = PlaybookFacts {
            trigger: trigger.unwrap_or_default(),
            started_by_events: self.on.contains(&one.id),
            blocks: item.shown.then_some(one.blocks.len()),
            fork: one.fork.as_ref().map(forked),
        };
        Item { crms: self.crms(usable), playbook: Some(facts), ..item }
    }

    fn mapper(&self, at: usize, one: &Mapper) -> Item {
        let item = self.item(ItemKind::Mapper, Number::Mapper(at), (&one.use_case, "", ""));
        let field = one.field.as_ref().map(|of| format!("{}.{}", of.part, of.field));
        Item { mapper: Some(MapperFacts { pattern: one.pattern.to_string(), field }), ..item }
    }

    /// What every item has.
    fn item(&self, kind: ItemKind, number: Number, (id, name, description): (&str, &str, &str)) -> Item {
        let package = self.package(number);
        let (file, line) = if package.is_none() { self.place(number) } else { (None, None) };
        Item {
            kind,
            id: id.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            crm: None,
            crms: Vec::new(),
            package: package.map(|package| package.name.to_string()),
            shown: package.is_none_or(|package| package.visibility == Visibility::Open),
            file,
            line,
            playbook: None,
            mapper: None,
        }
    }

    fn package(&self, number: Number) -> Option<&Package> {
        let workspace = &self.loaded.workspace;
        workspace.file_of(number).and_then(|file| workspace.package_of(file))
    }

    /// The file of an item below the workspace, and its line there.
    fn place(&self, number: Number) -> (Option<String>, Option<usize>) {
        let workspace = &self.loaded.workspace;
        let whole = Subject { item: number, place: Place::Whole };
        let Some(span) = workspace.map.span(&whole) else { return (None, None) };
        let Some(source) = workspace.sources.get(span.file) else { return (None, None) };
        let below = source.path().strip_prefix(self.folder).ok().map(|path| path.display().to_string());
        (below, Some(source.position(span.start).line))
    }

    fn crms(&self, usable: impl Fn(&str) -> bool) -> Vec<String> {
        let mut crms: Vec<String> =
            self.loaded.catalog.crms().filter(|crm| usable(crm.as_str())).map(ToString::to_string).collect();
        crms.sort();
        crms
    }
}

fn forked(Fork { package, version, playbook, replaces }: &Fork) -> Forked {
    Forked {
        package: package.to_string(),
        playbook: playbook.to_string(),
        version: version.to_string(),
        replaces: *replaces,
    }
}
