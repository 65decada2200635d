//! The least privilege that patterns need on a CRM: entity by entity, right by right, column by column. Pure: nothing
//! is asked of a CRM. [`differences`] holds it against what somebody has.

mod grants;
mod used;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::adapter::Capabilities;
use crate::catalog::{Entity, Part, Pattern};
use crate::ids::SemanticId;
use crate::plan::{Answer, InputShape, Operation, plan};
use crate::value::FieldType;

pub use grants::{ColumnGrant, Columns, Difference, Differences, Grants, Privilege, differences};
pub use used::{Use, access_by_fields};

/// What may be done with the records of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Make records.
    Create,
    /// See records.
    Read,
    /// Change records.
    Write,
    /// Remove records: of a replaced set, or to undo where writes are not all or nothing.
    Delete,
    /// Set references on its records.
    Append,
    /// Be referred to.
    AppendTo,
}

/// Who needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// The employees on whose behalf patterns run.
    Employee,
    /// The application, for patterns that declare `as application`.
    Application,
}

/// What one holder needs of one entity of the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// Who.
    pub holder: Holder,
    /// The CRM's entity.
    pub crm_type: String,
    /// The entity whose write carries these records, where they have no rights of their own.
    pub inside: Option<String>,
    /// What has to be allowed.
    pub rights: BTreeSet<Right>,
    /// Columns that are read, beside the primary key.
    pub read: BTreeSet<String>,
    /// Columns that a create sets.
    pub create: BTreeSet<String>,
    /// Columns that an update sets.
    pub write: BTreeSet<String>,
    /// The patterns that need it.
    pub patterns: BTreeSet<SemanticId>,
}

/// The least that patterns need for these operations, by holder and entity.
///
/// A caller may give any field that a pattern takes, and a read fetches every field of its parts, so that all of them
/// count; [`access_by_fields`] counts those of known uses alone. A pattern without a written part is only ever read.
///
/// ```
/// use engage_engine::access::access;
/// use engage_engine::{Capabilities, Catalog, Operation};
///
/// fn show(catalog: &Catalog, capabilities: &Capabilities) {
///     for need in access(catalog.patterns("crm-a").map(|pattern| &**pattern), &Operation::ALL, capabilities) {
///         println!("{:?} {} {:?}", need.holder, need.crm_type, need.rights);
///     }
/// }
/// ```
pub fn access<'a>(
    patterns: impl IntoIterator<Item = &'a Pattern>,
    operations: &[Operation],
    capabilities: &Capabilities,
) -> Vec<Access> {
    let mut needs = Needs::default();
    for pattern in patterns {
        for operation in operations {
            if *operation == Operation::Read || pattern.parts.iter().any(|part| !part.read_only) {
                needs.operation(pattern, *operation, capabilities);
            }
        }
    }
    needs.found.into_values().collect()
}

/// Several lists of needs as one: a holder and an entity stand there once, with all that any of the lists says.
pub fn together(needs: impl IntoIterator<Item = Access>) -> Vec<Access> {
    let mut found: BTreeMap<(Holder, String), Access> = BTreeMap::new();
    for need in needs {
        match found.entry((need.holder, need.crm_type.clone())) {
            Entry::Vacant(vacant) => drop(vacant.insert(need)),
            Entry::Occupied(mut known) => known.get_mut().add(need),
        }
    }
    found.into_values().collect()
}

impl Access {
    fn add(&mut self, other: Self) {
        let Self { holder: _, crm_type: _, inside, rights, read, create, write, patterns } = other;
        self.inside = self.inside.take().or(inside);
        self.rights.extend(rights);
        self.read.extend(read);
        self.create.extend(create);
        self.write.extend(write);
        self.patterns.extend(patterns);
    }
}

#[derive(Default)]
struct Needs {
    found: BTreeMap<(Holder, String), Access>,
}

impl Needs {
    fn operation(&mut self, pattern: &Pattern, operation: Operation, capabilities: &Capabilities) {
        let undone = operation == Operation::Create && !is_atomic(pattern, capabilities);
        for part in &pattern.parts {
            if operation == Operation::Read || part.read_only {
                self.reads(pattern, part);
                continue;
            }
            self.writes(pattern, part, operation);
            if undone && part.entity.embedded.is_none() {
                self.right(pattern, &part.entity, Right::Delete);
            }
        }
    }

    fn of(&mut self, pattern: &Pattern, entity: &Entity) -> &mut Access {
        let holder = if pattern.escalation.is_some() { Holder::Application } else { Holder::Employee };
        let need = self.found.entry((holder, entity.crm_type.clone())).or_insert_with(|| Access {
            holder,
            crm_type: entity.crm_type.clone(),
            inside: None,
            rights: BTreeSet::new(),
            read: BTreeSet::new(),
            create: BTreeSet::new(),
            write: BTreeSet::new(),
            patterns: BTreeSet::new(),
        });
        need.patterns.insert(pattern.id.clone());
        need
    }

    fn right(&mut self, pattern: &Pattern, entity: &Entity, right: Right) {
        self.of(pattern, entity).rights.insert(right);
    }

    fn reads(&mut self, pattern: &Pattern, part: &Part) {
        let columns = part.entity.fields.iter().filter(|field| !field.name.is_id());
        let need = self.of(pattern, &part.entity);
        need.rights.insert(Right::Read);
        need.read.extend(columns.filter_map(|field| field.read_column.clone()));
    }

    fn writes(&mut self, pattern: &Pattern, part: &Part, operation: Operation) {
        let fields: Vec<usize> = (0..part.entity.fields.len()).collect();
        self.rights(pattern, part, operation, defers(pattern, part));
        self.columns(pattern, part, Ways::of(part, operation), &fields);
    }

    /// What has to be allowed of the records of a written part; `defers`: a create sets some field afterwards.
    fn rights(&mut self, pattern: &Pattern, part: &Part, operation: Operation, defers: bool) {
        let Ways { creates, updates } = Ways::of(part, operation);
        let entity = &part.entity;
        if entity.embedded.is_some() {
            return self.embedded(pattern, part, operation);
        }
        // An answer that got lost is looked for by its key, a matched record and a replaced set are looked up.
        self.right(pattern, entity, Right::Read);
        for (right, needed) in [
            (Right::Create, creates),
            (Right::Write, updates || defers),
            (Right::Delete, part.replace && operation == Operation::Update),
        ] {
            if needed {
                self.right(pattern, entity, right);
            }
        }
    }

    /// Records inside their parent's write need the parent's rights.
    fn embedded(&mut self, pattern: &Pattern, part: &Part, operation: Operation) {
        let Some(place) = &part.entity.embedded else { return };
        let parent = pattern.parts.iter().find(|other| other.entity.id == place.parent).map(|other| &other.entity);
        let Some(parent) = parent else { return };
        self.of(pattern, &part.entity).inside = Some(parent.crm_type.clone());
        let right = if operation == Operation::Create { Right::Create } else { Right::Write };
        self.right(pattern, parent, right);
    }

    /// The columns of these fields of a written part, and the references that they are.
    fn columns(&mut self, pattern: &Pattern, part: &Part, ways: Ways, fields: &[usize]) {
        let need = self.of(pattern, &part.entity);
        let mut refers = false;
        let mut targets = BTreeSet::new();
        let fields = fields.iter().filter_map(|position| part.entity.fields.get(*position));
        for field in fields.filter(|field| !field.name.is_id()) {
            let Some(column) = &field.write_column else { continue };
            if ways.creates {
                need.create.insert(column.clone());
            }
            if ways.updates {
                need.write.insert(column.clone());
            }
            if let FieldType::Ref(target) = &field.field_type {
                refers = true;
                targets.insert(target.clone());
            }
        }
        let looked_up = part.match_on.iter().filter_map(|position| part.entity.fields.get(*position));
        need.read.extend(looked_up.filter_map(|field| field.read_column.clone()));
        if refers && part.entity.embedded.is_none() {
            need.rights.insert(Right::Append);
        }
        for other in &pattern.parts {
            if targets.contains(&other.entity.id) {
                self.right(pattern, &other.entity, Right::AppendTo);
            }
        }
    }
}

/// How the records of a written part come to be what they are.
#[derive(Debug, Clone, Copy)]
struct Ways {
    creates: bool,
    updates: bool,
}

impl Ways {
    fn of(part: &Part, operation: Operation) -> Self {
        Self {
            creates: operation == Operation::Create || part.replace,
            updates: operation == Operation::Update || !part.match_on.is_empty(),
        }
    }
}

/// Whether a create sets some field afterwards.
fn defers(pattern: &Pattern, part: &Part) -> bool {
    let mut incoming = part.incoming.iter().filter_map(|position| pattern.requirements.get(*position));
    incoming.any(|requirement| requirement.deferred)
}

fn is_atomic(pattern: &Pattern, capabilities: &Capabilities) -> bool {
    let shape = InputShape::minimal(pattern, Operation::Create);
    let made = plan(pattern, Operation::Create, &shape, capabilities);
    made.is_ok_and(|made| made.figures.atomic != Answer::No)
}
