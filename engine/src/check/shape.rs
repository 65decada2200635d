//! A pattern as the rules see it: first what holds on every CRM (parts and edges), then with the entities of one CRM.

use std::collections::{BTreeSet, HashMap};

use super::definitions::{Definitions, Entry};
use super::suggest::Suggestions;
use crate::catalog::EntityField;
use crate::graph::Edge;
use crate::ids::{CrmName, FieldName, RefId, SemanticId};
use crate::model::{EntityPattern, FieldRef, FieldRequirement, Item, PatternPart, Place, Subject};
use crate::nearest::nearest;
use crate::value::FieldType;

/// A pattern with its parts by reference id; of duplicates the first counts.
#[derive(Debug)]
pub(super) struct Shape<'m> {
    item: Item,
    /// As written.
    pub(super) pattern: &'m EntityPattern,
    by_ref: HashMap<&'m RefId, usize>,
    /// Whether a requirement has a dependent that is no part.
    astray: bool,
    /// The dependents of requirements with a source that is no part.
    dangling: BTreeSet<&'m RefId>,
    suggestions: Suggestions,
}

/// One source of one requirement, both sides known: the source comes first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'m> {
    /// The requirement.
    pub(super) requirement: usize,
    /// Which of its sources.
    pub(super) source: usize,
    /// The part of the source.
    pub(super) from: usize,
    /// The part of the dependent.
    pub(super) to: usize,
    /// The requirement as written.
    pub(super) written: &'m FieldRequirement,
}

impl<'m> Shape<'m> {
    pub(super) fn new(index: usize, pattern: &'m EntityPattern) -> Self {
        let mut by_ref = HashMap::with_capacity(pattern.parts.len());
        for (position, part) in pattern.parts.iter().enumerate() {
            by_ref.entry(&part.ref_id).or_insert(position);
        }
        let known = |field: &FieldRef| by_ref.contains_key(&field.part);
        let astray = pattern.requirements.iter().any(|requirement| !known(&requirement.dependent));
        let dangling = pattern.requirements.iter().filter(|requirement| !requirement.sources.iter().all(known));
        let dangling = dangling.map(|requirement| &requirement.dependent.part).collect();
        let (item, suggestions) = (Item::Pattern(index), Suggestions::default());
        Self { item, pattern, by_ref, astray, dangling, suggestions }
    }

    /// A place in the pattern.
    pub(super) fn at(&self, place: Place) -> Subject {
        Subject { item: self.item, place }
    }

    /// The index of a part.
    pub(super) fn position(&self, ref_id: &RefId) -> Option<usize> {
        self.by_ref.get(ref_id).copied()
    }

    /// The label nearest to one that is not there.
    pub(super) fn nearest(&self, ref_id: &RefId) -> Option<String> {
        self.suggestions.take()?;
        // Who writes the entity's name means the part of that entity, when there is one alone.
        let mut of_entity = self.pattern.parts.iter().filter(|part| part.entity.as_str() == ref_id.as_str());
        match (of_entity.next(), of_entity.next()) {
            (Some(only), None) => Some(only.ref_id.to_string()),
            _ => nearest(ref_id.as_str(), self.pattern.parts.iter().map(|part| part.ref_id.as_str())),
        }
    }

    /// A part by index.
    pub(super) fn part(&self, position: usize) -> Option<&'m PatternPart> {
        self.pattern.parts.get(position)
    }

    /// The parts, each with its index.
    pub(super) fn parts(&self) -> impl Iterator<Item = (usize, &'m PatternPart)> + use<'m> {
        self.pattern.parts.iter().enumerate()
    }

    /// The requirements, each with its index.
    pub(super) fn requirements(&self) -> impl Iterator<Item = (usize, &'m FieldRequirement)> + use<'m> {
        self.pattern.requirements.iter().enumerate()
    }

    /// The requirements whose dependent part is known, with that part.
    pub(super) fn dependents(&self) -> impl Iterator<Item = (usize, &'m FieldRequirement, &'m PatternPart)> {
        self.requirements().filter_map(|(index, requirement)| {
            Some((index, requirement, self.part(self.position(&requirement.dependent.part)?)?))
        })
    }

    /// Every source of every requirement, where both parts are known.
    pub(super) fn links(&self) -> impl Iterator<Item = Link<'m>> {
        self.requirements().flat_map(move |(requirement, written)| {
            let to = self.position(&written.dependent.part);
            written.sources.iter().enumerate().filter_map(move |(source, field)| {
                Some(Link { requirement, source, from: self.position(&field.part)?, to: to?, written })
            })
        })
    }

    /// Whether a requirement that names no part of the pattern may be the one that a part lacks: then that is said,
    /// and no more.
    pub(super) fn may_hide(&self, part: &RefId) -> bool {
        self.astray || self.dangling.contains(part)
    }

    /// The edges of links, for the graph.
    pub(super) fn edges(links: &[Link<'m>]) -> Vec<Edge> {
        links.iter().map(|link| (link.from, link.to)).collect()
    }
}

/// A pattern on one CRM.
#[derive(Debug)]
pub(super) struct OnCrm<'a, 'm> {
    /// The pattern.
    pub(super) shape: &'a Shape<'m>,
    all: &'a Definitions<'m>,
    /// The definition of each part; `None` where no CRM has it.
    entries: Vec<Option<&'a Entry<'m>>>,
}

impl<'a, 'm> OnCrm<'a, 'm> {
    pub(super) fn new(shape: &'a Shape<'m>, all: &'a Definitions<'m>, crm: &'m CrmName) -> Self {
        let entries = shape.pattern.parts.iter().map(|part| all.get(crm, &part.entity)).collect();
        Self { shape, all, entries }
    }

    /// The CRMs that define every entity of the pattern that is defined anywhere: there its fields are looked at.
    pub(super) fn candidates(shape: &Shape<'m>, all: &Definitions<'m>) -> Vec<&'m CrmName> {
        let entities: BTreeSet<_> = shape.pattern.parts.iter().map(|part| &part.entity).collect();
        let known: Vec<_> = entities.into_iter().filter(|entity| !all.crms_of(entity).is_empty()).collect();
        if known.is_empty() {
            return Vec::new();
        }
        all.crms().filter(|crm| known.iter().all(|entity| all.get(crm, entity).is_some())).collect()
    }

    /// A place in the pattern.
    pub(super) fn at(&self, place: Place) -> Subject {
        self.shape.at(place)
    }

    /// The definition of a part.
    pub(super) fn entry(&self, part: usize) -> Option<&'a Entry<'m>> {
        self.entries.get(part).copied().flatten()
    }

    /// The parts whose definition is known.
    pub(super) fn parts(&self) -> impl Iterator<Item = (usize, &'m PatternPart, &'a Entry<'m>)> {
        self.shape.parts().filter_map(|(index, part)| Some((index, part, self.entry(index)?)))
    }

    /// A field of a part, where both are there.
    pub(super) fn field(&self, part: usize, name: &FieldName) -> Option<&'a EntityField> {
        self.entry(part)?.entity.field(name.as_str())
    }

    /// Whether a type is one: not a reference to an entity that is defined nowhere, which is said at its definition.
    pub(super) fn is_known(&self, field_type: &FieldType) -> bool {
        !matches!(field_type, FieldType::Ref(entity) if !self.is_defined(entity))
    }

    /// Whether an entity is defined somewhere.
    pub(super) fn is_defined(&self, entity: &SemanticId) -> bool {
        !self.all.crms_of(entity).is_empty()
    }

    /// The field that a reference means, where it is there.
    pub(super) fn referred(&self, reference: &FieldRef) -> Option<&'a EntityField> {
        self.field(self.shape.position(&reference.part)?, &reference.field)
    }
}
