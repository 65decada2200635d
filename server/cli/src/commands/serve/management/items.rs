//! The items of a workspace, one by one.

use std::collections::BTreeSet;
use std::path::Path;

use engage_dsl::print;
use engage_engine::SemanticId;
use engage_engine::model::{Item as Number, Model};
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

/// An item, and a model and a library of it alone.
type Whole = (Item, Model, Library);

impl Items<'_> {
    /// Those of a kind, by id, and of one id by CRM.
    pub(super) fn all(&self, kind: ItemKind) -> Vec<Item> {
        let mut all: Vec<Item> = self.wholes(kind).into_iter().map(|(item, ..)| item).collect();
        all.sort_by(|one, other| (&one.id, &one.crm).cmp(&(&other.id, &other.crm)));
        all
    }

    /// One of them, with its text where it is shown.
    pub(super) fn one(&self, kind: ItemKind, id: &str, crm: Option<&str>) -> Option<ItemDetail> {
        let is = |(item, ..): &Whole| item.id == id && item.crm.as_deref() == crm;
        let (item, model, library) = self.wholes(kind).into_iter().find(is)?;
        if !item.shown {
            return Some(ItemDetail { item, source: None, model: None });
        }
        if let [template] = library.templates.as_slice() {
            return Some(ItemDetail { item, source: Some(template.source.clone()), model: None });
        }
        let source = Some(print::dsl(&model, &library));
        // It was printed by us: what cannot be read of it is not told.
        let model = serde_json::from_str::<Json>(&print::json(&model, &library)).ok();
        Some(ItemDetail { item, source, model })
    }

    fn wholes(&self, kind: ItemKind) -> Vec<Whole> {
        let (model, library) = (&self.loaded.workspace.model, &self.loaded.workspace.library);
        let (no_model, nothing) = (Model::default, Library::default);
        match kind {
            ItemKind::Definition => Vec::from_iter(model.definitions.iter().enumerate().map(|(at, one)| {
                let item = self.item(kind, Number::Definition(at), (one.id.as_str(), &one.name, &one.description));
                let item = Item { crm: Some(one.crm.to_string()), ..item };
                (item, Model { definitions: vec![one.clone()], ..no_model() }, nothing())
            })),
            ItemKind::Pattern => Vec::from_iter(model.patterns.iter().enumerate().map(|(at, one)| {
                let item = self.item(kind, Number::Pattern(at), (one.id.as_str(), &one.name, &one.description));
                let usable = |crm: &str| self.loaded.catalog.pattern(crm, one.id.as_str()).is_some();
                let item = Item { crms: self.crms(usable), ..item };
                (item, Model { patterns: vec![one.clone()], ..no_model() }, nothing())
            })),
            ItemKind::Playbook => Vec::from_iter(library.playbooks.iter().enumerate().map(|(at, one)| {
                (self.playbook(at, one), no_model(), Library { playbooks: vec![one.clone()], ..nothing() })
            })),
            ItemKind::Template => Vec::from_iter(library.templates.iter().enumerate().map(|(at, one)| {
                let item = self.item(kind, Number::Template(at), (one.id.as_str(), "", ""));
                (item, no_model(), Library { templates: vec![one.clone()], ..nothing() })
            })),
            ItemKind::Capability => Vec::from_iter(library.capabilities.iter().enumerate().map(|(at, one)| {
                let item = self.item(kind, Number::Capability(at), (one.id.as_str(), &one.name, &one.description));
                (item, no_model(), Library { capabilities: vec![one.clone()], ..nothing() })
            })),
            ItemKind::Mapper => Vec::from_iter(library.mappers.iter().enumerate().map(|(at, one)| {
                (self.mapper(at, one), no_model(), Library { mappers: vec![one.clone()], ..nothing() })
            })),
        }
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
        let whole = engage_engine::model::Subject { item: number, place: engage_engine::model::Place::Whole };
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
