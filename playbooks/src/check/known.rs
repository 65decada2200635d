//! What a library declares beside playbooks, by name, each read once.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use engage_engine::Catalog;
use engage_engine::catalog::Pattern;
use engage_engine::nearest::nearest;

use crate::model::{Capability, Library, Template, VersionChoice};
use crate::ports::{TemplateProblem, Templates};
use crate::types::{SchemaProblem, Type, of_schema};
use crate::writer::UseCase;

/// How many wrong names are answered with a suggestion: each looks at all the names there are.
const SUGGESTIONS: usize = 200;

/// What a template turned out to be.
pub(super) enum Inspected {
    /// It takes an object of this type.
    Takes(Type),
    /// It cannot be rendered.
    Wrong(Vec<TemplateProblem>),
    /// This build reads no templates.
    Unread,
}

/// The types of a version of a capability, each as far as it can be read.
pub(super) struct Schemas {
    pub(super) input: Result<Type, Vec<SchemaProblem>>,
    pub(super) output: Result<Type, Vec<SchemaProblem>>,
}

/// A library and a catalog, by name. Of duplicates the first counts.
pub(super) struct Known<'a> {
    pub(super) library: &'a Library,
    pub(super) catalog: &'a Catalog,
    patterns: BTreeSet<&'a str>,
    templates: BTreeMap<&'a str, usize>,
    capabilities: BTreeMap<&'a str, usize>,
    /// By template.
    pub(super) inspected: Vec<Inspected>,
    /// By capability and version.
    pub(super) schemas: Vec<Vec<Schemas>>,
    suggestions: Cell<usize>,
}

impl<'a> Known<'a> {
    pub(super) fn new(library: &'a Library, catalog: &'a Catalog, templates: Option<&dyn Templates>) -> Self {
        let inspect = |template: &Template| match templates.map(|templates| templates.inspect(&template.source)) {
            Some(Ok(of)) => Inspected::Takes(of),
            Some(Err(problems)) => Inspected::Wrong(problems),
            None => Inspected::Unread,
        };
        let schemas = |capability: &Capability| {
            let versions = capability.versions.iter();
            versions.map(|of| Schemas { input: of_schema(&of.input), output: of_schema(&of.output) }).collect()
        };
        let named = |names: Vec<&'a str>| {
            let mut found = BTreeMap::new();
            for (index, name) in names.into_iter().enumerate() {
                found.entry(name).or_insert(index);
            }
            found
        };
        Self {
            library,
            catalog,
            patterns: catalog
                .crms()
                .flat_map(|crm| catalog.patterns(crm.as_str()).map(|pattern| pattern.id.as_str()))
                .collect(),
            templates: named(library.templates.iter().map(|template| template.id.as_str()).collect()),
            capabilities: named(library.capabilities.iter().map(|capability| capability.id.as_str()).collect()),
            inspected: library.templates.iter().map(inspect).collect(),
            schemas: library.capabilities.iter().map(schemas).collect(),
            suggestions: Cell::new(SUGGESTIONS),
        }
    }

    /// Whether some CRM has a pattern.
    pub(super) fn has_pattern(&self, id: &str) -> bool {
        self.patterns.contains(id)
    }

    /// Whether a mapper writes the meetings of a use case: no playbook stands in its place.
    pub(super) fn writes(&self, use_case: UseCase) -> bool {
        !self.library.playbooks.iter().any(|playbook| playbook.id.as_str() == use_case.writer())
    }

    /// Whether some CRM has an entity.
    pub(super) fn has_entity(&self, id: &str) -> bool {
        self.catalog.crms().any(|crm| self.catalog.entity(crm.as_str(), id).is_some())
    }

    pub(super) fn nearest_entity(&self, id: &str) -> Option<String> {
        let crms = self.catalog.crms();
        self.nearest(id, crms.flat_map(|crm| self.catalog.entities(crm.as_str()).map(|entity| entity.id.as_str())))
    }

    /// A pattern on whatever CRM: what is the same on every one may be asked of it.
    pub(super) fn any_pattern(&self, id: &str) -> Option<&'a Pattern> {
        self.catalog.crms().find_map(|crm| self.catalog.pattern(crm.as_str(), id)).map(AsRef::as_ref)
    }

    pub(super) fn template(&self, id: &str) -> Option<(usize, &'a Template)> {
        let index = *self.templates.get(id)?;
        Some((index, self.library.templates.get(index)?))
    }

    pub(super) fn capability(&self, id: &str) -> Option<(usize, &'a Capability)> {
        let index = *self.capabilities.get(id)?;
        Some((index, self.library.capabilities.get(index)?))
    }

    /// The schemas of a version of a capability.
    pub(super) fn version(&self, id: &str, choice: VersionChoice) -> Option<&Schemas> {
        let (index, capability) = self.capability(id)?;
        let versions = capability.versions.iter().enumerate();
        let (version, _) = match choice {
            VersionChoice::Latest => versions.max_by_key(|(_, version)| version.number)?,
            VersionChoice::Pinned(number) => versions.into_iter().find(|(_, version)| version.number == number)?,
        };
        self.schemas.get(index)?.get(version)
    }

    pub(super) fn nearest_pattern(&self, id: &str) -> Option<String> {
        self.nearest(id, self.patterns.iter().copied())
    }

    pub(super) fn nearest_template(&self, id: &str) -> Option<String> {
        self.nearest(id, self.templates.keys().copied())
    }

    pub(super) fn nearest_capability(&self, id: &str) -> Option<String> {
        self.nearest(id, self.capabilities.keys().copied())
    }

    /// The nearest of the names, while there are suggestions left.
    pub(super) fn nearest<'n>(&self, name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
        self.suggestions.set(self.suggestions.get().checked_sub(1)?);
        nearest(name, names)
    }
}
