//! What a pattern or a playbook needs, and what those need in turn.

use std::collections::BTreeSet;

use engage_engine::ids::SemanticId;
use engage_engine::model::{EntityDefinition, EntityPattern, FieldKind, Model};

use super::{Bundle, ItemId};
use crate::model::{BlockKind, Library, Playbook};

/// Something that is needed and not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} needs {kind} `{id}`, which is not there", .needed_by.as_ref().map_or("the export".to_owned(), ToString::to_string))]
pub struct Missing {
    /// What needs it; `None` for what was asked for by name.
    pub needed_by: Option<ItemId>,
    /// What kind of thing it is.
    pub kind: &'static str,
    /// Its id.
    pub id: SemanticId,
}

impl Bundle {
    /// Some items of a workspace with all that they need: a pattern brings its definitions, on every CRM; a playbook its
    /// patterns, templates and capabilities.
    ///
    /// # Errors
    /// Everything that is named and not there, the items themselves included.
    pub fn of(model: &Model, library: &Library, items: &[ItemId]) -> Result<Self, Vec<Missing>> {
        let mut need = Need::new(model, library);
        for item in items {
            match item {
                ItemId::Definition(id, _) => need.entity(None, id),
                ItemId::Pattern(id) => need.pattern(None, id),
                ItemId::Template(id) => need.template(None, id),
                ItemId::Capability(id) => need.capability(None, id),
                ItemId::Playbook(id) => need.playbook(id),
            }
        }
        need.bundle()
    }
}

/// What is needed so far. What was looked at once is not looked at again, so a circle of references ends.
struct Need<'a> {
    model: &'a Model,
    library: &'a Library,
    entities: BTreeSet<SemanticId>,
    patterns: BTreeSet<SemanticId>,
    templates: BTreeSet<SemanticId>,
    capabilities: BTreeSet<SemanticId>,
    playbooks: BTreeSet<SemanticId>,
    missing: Vec<Missing>,
}

impl<'a> Need<'a> {
    fn new(model: &'a Model, library: &'a Library) -> Self {
        Self {
            model,
            library,
            entities: BTreeSet::new(),
            patterns: BTreeSet::new(),
            templates: BTreeSet::new(),
            capabilities: BTreeSet::new(),
            playbooks: BTreeSet::new(),
            missing: Vec::new(),
        }
    }

    fn miss(&mut self, needed_by: Option<&ItemId>, kind: &'static str, id: &SemanticId) {
        self.missing.push(Missing { needed_by: needed_by.cloned(), kind, id: id.clone() });
    }

    fn playbook(&mut self, id: &SemanticId) {
        if !self.playbooks.insert(id.clone()) {
            return;
        }
        let library = self.library;
        let found: Vec<&Playbook> = library.playbooks.iter().filter(|playbook| playbook.id == *id).collect();
        if found.is_empty() {
            self.miss(None, "playbook", id);
        }
        let name = ItemId::Playbook(id.clone());
        let name = Some(&name);
        for block in found.iter().flat_map(|playbook| &playbook.blocks) {
            match &block.kind {
                BlockKind::Read { pattern }
                | BlockKind::Filter { pattern, .. }
                | BlockKind::Create { pattern }
                | BlockKind::Update { pattern } => self.pattern(name, pattern),
                BlockKind::Template { template } => self.template(name, template),
                BlockKind::Ai { capability, .. } => self.capability(name, capability),
                BlockKind::Trigger(_) | BlockKind::Output { .. } | BlockKind::Input(_) | BlockKind::File { .. } => {}
            }
        }
    }

    fn template(&mut self, needed_by: Option<&ItemId>, id: &SemanticId) {
        if self.templates.insert(id.clone()) && !self.library.templates.iter().any(|template| template.id == *id) {
            self.miss(needed_by, "template", id);
        }
    }

    fn capability(&mut self, needed_by: Option<&ItemId>, id: &SemanticId) {
        let known = self.library.capabilities.iter().any(|capability| capability.id == *id);
        if self.capabilities.insert(id.clone()) && !known {
            self.miss(needed_by, "capability", id);
        }
    }

    fn pattern(&mut self, needed_by: Option<&ItemId>, id: &SemanticId) {
        if !self.patterns.insert(id.clone()) {
            return;
        }
        let model = self.model;
        let found: Vec<&EntityPattern> = model.patterns.iter().filter(|pattern| pattern.id == *id).collect();
        if found.is_empty() {
            self.miss(needed_by, "pattern", id);
        }
        let name = ItemId::Pattern(id.clone());
        for part in found.iter().flat_map(|pattern| &pattern.parts) {
            self.entity(Some(&name), &part.entity);
        }
    }

    /// An entity on every CRM, and with it the entities that its fields and its embedding name: a definition whose
    /// references lead nowhere is none.
    fn entity(&mut self, needed_by: Option<&ItemId>, id: &SemanticId) {
        let mut open = vec![(needed_by.cloned(), id.clone())];
        while let Some((needed_by, id)) = open.pop() {
            if !self.entities.insert(id.clone()) {
                continue;
            }
            let model = self.model;
            let found: Vec<&EntityDefinition> = model.definitions.iter().filter(|entity| entity.id == id).collect();
            if found.is_empty() {
                self.miss(needed_by.as_ref(), "definition", &id);
            }
            for entity in found {
                let name = ItemId::Definition(entity.id.clone(), entity.crm.clone());
                open.extend(named_by(entity).map(|named| (Some(name.clone()), named.clone())));
            }
        }
    }

    fn bundle(self) -> Result<Bundle, Vec<Missing>> {
        if !self.missing.is_empty() {
            return Err(self.missing);
        }
        let (model, library) = (self.model, self.library);
        let mut playbooks = kept(&library.playbooks, |playbook| self.playbooks.contains(&playbook.id));
        // Which package a playbook belongs to follows from where it is read.
        playbooks.iter_mut().for_each(|playbook| playbook.package = None);
        Ok(Bundle {
            model: Model {
                definitions: kept(&model.definitions, |entity| self.entities.contains(&entity.id)),
                patterns: kept(&model.patterns, |pattern| self.patterns.contains(&pattern.id)),
            },
            library: Library {
                playbooks,
                templates: kept(&library.templates, |template| self.templates.contains(&template.id)),
                capabilities: kept(&library.capabilities, |capability| self.capabilities.contains(&capability.id)),
                ..Library::default()
            },
        })
    }
}

fn named_by(entity: &EntityDefinition) -> impl Iterator<Item = &SemanticId> {
    let references = entity.fields.iter().filter_map(|field| match &field.kind {
        FieldKind::Ref { entity, .. } => Some(entity),
        _ => None,
    });
    references.chain(entity.embedded.as_ref().map(|embedded| &embedded.parent))
}

fn kept<T: Clone>(all: &[T], wanted: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().filter(|item| wanted(item)).cloned().collect()
}
