//! All definitions by CRM and id, with the entity that each stands for, as far as it can be told.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::suggest::Suggestions;
use crate::catalog::{Entity, EntityField};
use crate::ids::{CrmName, FieldName, SemanticId};
use crate::model::{EntityDefinition, Field, FieldKind, Item, Model, Place, Subject};
use crate::value::FieldType;

/// The definitions of a model. Of duplicates the first is the one that a name means.
#[derive(Debug)]
pub(super) struct Definitions<'m> {
    entries: Vec<Entry<'m>>,
    by_crm: BTreeMap<&'m CrmName, BTreeMap<&'m SemanticId, usize>>,
    by_id: BTreeMap<&'m SemanticId, Vec<&'m CrmName>>,
    suggestions: Suggestions,
}

/// One definition with its entity.
#[derive(Debug)]
pub(super) struct Entry<'m> {
    /// Its index in the model.
    pub(super) index: usize,
    /// As written.
    pub(super) definition: &'m EntityDefinition,
    /// As far as it could be resolved; whole when the definition has no error.
    pub(super) entity: Arc<Entity>,
    suggestions: Suggestions,
}

impl<'m> Entry<'m> {
    /// A place in the definition.
    pub(super) fn at(&self, place: Place) -> Subject {
        Subject { item: Item::Definition(self.index), place }
    }

    /// The fields as written, each with its index; of duplicates the first, and never `Id`.
    pub(super) fn fields(&self) -> impl Iterator<Item = (usize, &'m Field)> {
        let mut seen = HashSet::new();
        let fields = self.definition.fields.iter().enumerate();
        fields.filter(move |(_, field)| !field.name.is_id() && seen.insert(&field.name))
    }

    /// The declared index of a field.
    pub(super) fn declared(&self, name: &str) -> Option<usize> {
        self.definition.fields.iter().position(|field| field.name.as_str() == name)
    }

    /// The field that a name means, or the nearest name.
    pub(super) fn field(&self, name: &FieldName) -> Result<&EntityField, Option<String>> {
        let names = || self.entity.fields.iter().map(|field| field.name.as_str());
        self.entity.field(name.as_str()).ok_or_else(|| self.suggestions.nearest(name.as_str(), names()))
    }
}

impl<'m> Definitions<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let entries = model.definitions.iter().enumerate();
        let entries = entries.map(|(index, definition)| Entry {
            index,
            definition,
            entity: Arc::new(entity(definition)),
            suggestions: Suggestions::default(),
        });
        let mut all = Self {
            entries: entries.collect(),
            by_crm: BTreeMap::new(),
            by_id: BTreeMap::new(),
            suggestions: Suggestions::default(),
        };
        for (index, definition) in model.definitions.iter().enumerate() {
            let of_crm = all.by_crm.entry(&definition.crm).or_default();
            if of_crm.contains_key(&definition.id) {
                continue;
            }
            of_crm.insert(&definition.id, index);
            all.by_id.entry(&definition.id).or_default().push(&definition.crm);
        }
        for crms in all.by_id.values_mut() {
            crms.sort_unstable();
        }
        all
    }

    /// The CRMs that have a definition, sorted.
    pub(super) fn crms(&self) -> impl Iterator<Item = &'m CrmName> {
        self.by_crm.keys().copied()
    }

    /// The CRMs that define an entity, sorted; none when nothing does.
    pub(super) fn crms_of(&self, id: &SemanticId) -> &[&'m CrmName] {
        self.by_id.get(id).map_or(&[], Vec::as_slice)
    }

    /// A definition.
    pub(super) fn get(&self, crm: &CrmName, id: &SemanticId) -> Option<&Entry<'m>> {
        self.entries.get(*self.by_crm.get(crm)?.get(id)?)
    }

    /// All definitions as they were read, duplicates among them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry<'m>> {
        self.entries.iter()
    }

    /// The definitions that share an id, by CRM.
    pub(super) fn sharing(&self) -> impl Iterator<Item = Vec<&Entry<'m>>> {
        self.by_id.iter().map(|(id, crms)| crms.iter().filter_map(|crm| self.get(crm, id)).collect())
    }

    /// The id nearest to one that is not defined.
    pub(super) fn nearest(&self, id: &SemanticId) -> Option<String> {
        self.suggestions.nearest(id.as_str(), self.by_id.keys().map(|id| id.as_str()))
    }

    /// The entities of each CRM, for the catalog.
    pub(super) fn entities(&self) -> BTreeMap<CrmName, BTreeMap<SemanticId, Arc<Entity>>> {
        let entities = |of_crm: &BTreeMap<&SemanticId, usize>| {
            let entries = of_crm.values().filter_map(|index| self.entries.get(*index));
            entries.map(|entry| (entry.definition.id.clone(), Arc::clone(&entry.entity))).collect()
        };
        self.by_crm.iter().map(|(crm, of_crm)| ((*crm).clone(), entities(of_crm))).collect()
    }
}

/// The entity of a definition. What names nothing is left out, so that the rules can go on behind an error.
fn entity(definition: &EntityDefinition) -> Entity {
    let mut fields = fields(definition);
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    let mut entity = Entity {
        id: definition.id.clone(),
        name: definition.name.clone(),
        crm: definition.crm.clone(),
        crm_type: definition.crm_type.clone(),
        fields,
        keys: Vec::new(),
        idempotency: None,
        embedded: definition.embedded.clone(),
    };
    let mut keys: Vec<Vec<usize>> = definition.keys.iter().map(|key| positions(&entity, key)).collect();
    keys.sort();
    keys.dedup();
    entity.keys = keys;
    entity.idempotency = definition.idempotency.as_ref().and_then(|name| entity.position(name.as_str()));
    entity
}

fn positions(entity: &Entity, names: &[FieldName]) -> Vec<usize> {
    let mut positions: Vec<usize> = names.iter().filter_map(|name| entity.position(name.as_str())).collect();
    positions.sort_unstable();
    positions
}

fn fields(definition: &EntityDefinition) -> Vec<EntityField> {
    let mut seen = HashSet::new();
    let mut fields = Vec::with_capacity(definition.fields.len() + 1);
    let mut id = record_id(definition);
    for field in definition.fields.iter().filter(|field| seen.insert(&field.name)) {
        if field.name.is_id() {
            id.read_column = Some(field.mapped_name.clone());
            id.public = field.public;
            id.sensitive = field.sensitive;
        } else {
            fields.push(resolved(field));
        }
    }
    fields.push(id);
    fields
}

/// The `Id` that every definition has.
fn record_id(definition: &EntityDefinition) -> EntityField {
    EntityField {
        name: FieldName::id(),
        read_column: None,
        write_column: None,
        field_type: FieldType::Ref(definition.id.clone()),
        choices: Vec::new(),
        allowed: Vec::new(),
        via: None,
        required: false,
        max_length: None,
        public: false,
        sensitive: false,
    }
}

fn resolved(field: &Field) -> EntityField {
    let (mut choices, mut allowed, mut via) = (Vec::new(), Vec::new(), None);
    match &field.kind {
        FieldKind::String { allowed: texts } => allowed.clone_from(texts),
        FieldKind::Choice(declared) | FieldKind::MultiChoice(declared) => choices.clone_from(declared),
        FieldKind::Ref { via: relationship, .. } => via.clone_from(relationship),
        FieldKind::Boolean
        | FieldKind::Int
        | FieldKind::Double
        | FieldKind::Decimal
        | FieldKind::Date
        | FieldKind::DateTime => {}
    }
    choices.sort_by(|a, b| a.name.cmp(&b.name));
    allowed.sort_unstable();
    EntityField {
        name: field.name.clone(),
        read_column: Some(field.mapped_name.clone()),
        write_column: (!field.read_only).then(|| field.write_column().to_owned()),
        field_type: field.kind.field_type(),
        choices,
        allowed,
        via,
        required: field.required,
        max_length: field.max_length,
        public: field.public,
        sensitive: field.sensitive,
    }
}
