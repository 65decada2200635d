//! The catalog: a workspace resolved and checked.
//!
//! INVARIANT: a catalog is made by [`crate::check()`] alone, and every index in it points at something. Parts and
//! fields are sorted by name, so that two workspaces that differ only in the order of their declarations give equal
//! catalogs, and with them equal plans.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::{CrmName, FieldName, RefId, SemanticId};
use crate::model::{Choice, Condition, Direction, Embedded, Escalation};
use crate::value::{FieldType, Value};

/// Everything a workspace declares, resolved: entities and patterns per CRM.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    pub(crate) entities: BTreeMap<CrmName, BTreeMap<SemanticId, Arc<Entity>>>,
    pub(crate) patterns: BTreeMap<CrmName, BTreeMap<SemanticId, Arc<Pattern>>>,
}

impl Catalog {
    /// The CRMs for which there is a definition.
    pub fn crms(&self) -> impl Iterator<Item = &CrmName> {
        self.entities.keys()
    }

    /// An entity of a CRM.
    pub fn entity(&self, crm: &str, id: &str) -> Option<&Arc<Entity>> {
        self.entities.get(crm)?.get(id)
    }

    /// The entities of a CRM, by id.
    pub fn entities(&self, crm: &str) -> impl Iterator<Item = &Arc<Entity>> {
        self.entities.get(crm).into_iter().flat_map(BTreeMap::values)
    }

    /// A pattern on a CRM: there for every CRM that defines all the entities the pattern names.
    pub fn pattern(&self, crm: &str, id: &str) -> Option<&Arc<Pattern>> {
        self.patterns.get(crm)?.get(id)
    }

    /// The patterns of a CRM, by id.
    pub fn patterns(&self, crm: &str) -> impl Iterator<Item = &Arc<Pattern>> {
        self.patterns.get(crm).into_iter().flat_map(BTreeMap::values)
    }
}

/// An entity definition, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Its semantic id.
    pub id: SemanticId,
    /// Its name for people.
    pub name: String,
    /// The CRM.
    pub crm: CrmName,
    /// The CRM's entity.
    pub crm_type: String,
    /// Fields sorted by name; `Id` is always among them. Its column is `None` where the adapter's primary key is
    /// meant.
    pub fields: Vec<EntityField>,
    /// Alternate keys; each a sorted list of field positions.
    pub keys: Vec<Vec<usize>>,
    /// Position of the field that carries the key of a create.
    pub idempotency: Option<usize>,
    /// Where instances travel inside their parent's write.
    pub embedded: Option<Embedded>,
}

impl Entity {
    /// The position of a field.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok()
    }

    /// A field by name.
    pub fn field(&self, name: &str) -> Option<&EntityField> {
        self.position(name).and_then(|position| self.fields.get(position))
    }

    /// Whether a set of fields is one of the declared keys.
    pub fn is_key(&self, positions: &[usize]) -> bool {
        self.keys.iter().any(|key| key == positions)
    }
}

/// A field, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityField {
    /// Abstract name.
    pub name: FieldName,
    /// The column that is read; `None` only for an `Id` whose column is the adapter's primary key.
    pub read_column: Option<String>,
    /// The column that is written; `None` when the field is read-only.
    pub write_column: Option<String>,
    /// The type.
    pub field_type: FieldType,
    /// The choices of a Choice or MultiChoice.
    pub choices: Vec<Choice>,
    /// The allowed texts of a String; empty: any.
    pub allowed: Vec<String>,
    /// The relationship of a Ref.
    pub via: Option<String>,
    /// Must have a value on create.
    pub required: bool,
    /// Longest text, in characters.
    pub max_length: Option<u32>,
    /// Values may appear in messages.
    pub public: bool,
    /// Values may not reach an Ai block without an `allow`.
    pub sensitive: bool,
}

impl EntityField {
    /// Whether the field is never written.
    pub fn read_only(&self) -> bool {
        self.write_column.is_none()
    }
}

/// A pattern on one CRM, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// Its semantic id.
    pub id: SemanticId,
    /// Its name for people.
    pub name: String,
    /// The CRM this resolution is for.
    pub crm: CrmName,
    /// Declared escalation to the application's identity.
    pub escalation: Option<Escalation>,
    /// Parts sorted by reference id.
    pub parts: Vec<Part>,
    /// Requirements sorted by dependent part and field.
    pub requirements: Vec<Requirement>,
    /// Part positions, sources before dependents (deferred requirements ignored), ties by reference id.
    pub order: Vec<usize>,
}

impl Pattern {
    /// The position of a part.
    pub fn position(&self, ref_id: &str) -> Option<usize> {
        self.parts.binary_search_by(|part| part.ref_id.as_str().cmp(ref_id)).ok()
    }

    /// A part by reference id.
    pub fn part(&self, ref_id: &str) -> Option<&Part> {
        self.position(ref_id).and_then(|position| self.parts.get(position))
    }
}

/// A part, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The label.
    pub ref_id: RefId,
    /// The entity.
    pub entity: Arc<Entity>,
    /// Queried, never written.
    pub read_only: bool,
    /// Any number of instances.
    pub multiple: bool,
    /// May have no instance.
    pub optional: bool,
    /// Makes one match per instance when not the sole anchor.
    pub root: bool,
    /// On update the given instances are the whole set.
    pub replace: bool,
    /// Positions of the match fields, sorted.
    pub match_on: Vec<usize>,
    /// Field position and value, by field.
    pub defaults: Vec<(usize, Value)>,
    /// Field position and value, by field.
    pub fixed: Vec<(usize, Value)>,
    /// Which records at all.
    pub filter: Option<Condition<Value>>,
    /// Field position and direction.
    pub sort: Option<(usize, Direction)>,
    /// The most records.
    pub limit: Option<u32>,
    /// Positions in [`Pattern::requirements`] whose dependent this part is.
    pub incoming: Vec<usize>,
    /// Positions in [`Pattern::requirements`] in which this part is a source.
    pub outgoing: Vec<usize>,
}

/// A requirement, resolved: positions of parts and fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The dependent side.
    pub dependent: Slot,
    /// The sources, first one with a value wins. At least one.
    pub sources: Vec<Slot>,
    /// No error when no source has a value.
    pub optional: bool,
    /// Set after both records exist.
    pub deferred: bool,
}

/// A field of a part, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// Position in [`Pattern::parts`].
    pub part: usize,
    /// Position in [`Entity::fields`].
    pub field: usize,
}
