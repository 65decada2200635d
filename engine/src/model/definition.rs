//! Entity Definition: one abstract entity on one CRM entity, field by field.

use crate::ids::{CrmName, FieldName, SemanticId};
use crate::value::FieldType;

/// Maps one abstract entity to one entity of one CRM.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityDefinition {
    /// Identity; unique in a workspace per CRM.
    pub id: SemanticId,
    /// Abstract name for people: `Contact`.
    pub name: String,
    /// What the entity is for; may be empty.
    pub description: String,
    /// The target system.
    pub crm: CrmName,
    /// The CRM's entity: a logical name (`contact`) or an API name (`Event`).
    pub crm_type: String,
    /// Fields in declaration order. `Id` stands here only where its column is named.
    pub fields: Vec<Field>,
    /// The field that is a unique external id and carries the key of a create.
    pub idempotency: Option<FieldName>,
    /// Alternate keys that the CRM declares, each a list of fields.
    pub keys: Vec<Vec<FieldName>>,
    /// Where instances travel inside their parent's write.
    pub embedded: Option<Embedded>,
}

/// Instances of the entity live inside a collection of their parent (activity parties): they have no life of their
/// own, travel in the parent's write, and are replaced as a whole on update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedded {
    /// The parent entity.
    pub parent: SemanticId,
    /// The parent's collection, by its CRM name: `appointment_activity_parties`.
    pub collection: String,
}

/// One abstract field and the column it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Abstract name, unique in the definition.
    pub name: FieldName,
    /// CRM column that is read, and written unless `write` names another.
    pub mapped_name: String,
    /// CRM column that is written instead: `AccountId -> AccountId write WhatId`.
    pub write: Option<String>,
    /// The type and what belongs to it.
    pub kind: FieldKind,
    /// Must have a value on create.
    pub required: bool,
    /// Is never written.
    pub read_only: bool,
    /// Longest text, in characters.
    pub max_length: Option<u32>,
    /// Its values may appear in messages.
    pub public: bool,
    /// Its values may not reach an Ai block without an `allow`.
    pub sensitive: bool,
}

impl Field {
    /// A plain field of a type: nothing required, nothing restricted.
    pub fn new(name: FieldName, mapped_name: impl Into<String>, kind: FieldKind) -> Self {
        Self {
            name,
            mapped_name: mapped_name.into(),
            write: None,
            kind,
            required: false,
            read_only: false,
            max_length: None,
            public: false,
            sensitive: false,
        }
    }

    /// The column that a write goes to.
    pub fn write_column(&self) -> &str {
        self.write.as_deref().unwrap_or(&self.mapped_name)
    }
}

/// A field's type with what only that type has.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// Text, optionally one of a list of allowed texts.
    String {
        /// Allowed values; empty: any.
        allowed: Vec<String>,
    },
    /// True or false.
    Boolean,
    /// A whole number.
    Int,
    /// A floating-point number.
    Double,
    /// An exact decimal.
    Decimal,
    /// A day.
    Date,
    /// An instant.
    DateTime,
    /// One of the choices.
    Choice(Vec<Choice>),
    /// Any of the choices.
    MultiChoice(Vec<Choice>),
    /// A reference to another entity.
    Ref {
        /// The entity referred to.
        entity: SemanticId,
        /// The CRM's relationship (Dataverse: the navigation property; Salesforce: the relationship name). It
        /// decides which target of a polymorphic column this field is.
        via: Option<String>,
    },
}

impl FieldKind {
    /// The type alone.
    pub fn field_type(&self) -> FieldType {
        match self {
            Self::String { .. } => FieldType::String,
            Self::Boolean => FieldType::Boolean,
            Self::Int => FieldType::Int,
            Self::Double => FieldType::Double,
            Self::Decimal => FieldType::Decimal,
            Self::Date => FieldType::Date,
            Self::DateTime => FieldType::DateTime,
            Self::Choice(_) => FieldType::Choice,
            Self::MultiChoice(_) => FieldType::MultiChoice,
            Self::Ref { entity, .. } => FieldType::Ref(entity.clone()),
        }
    }
}

/// One choice: an abstract name that patterns use on every CRM, and the value that this CRM stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Abstract name: `Busy`.
    pub name: String,
    /// The CRM's value; the name itself where none is given.
    pub wire: Option<WireValue>,
}

impl Choice {
    /// The value that the CRM stores.
    pub fn wire_value(&self) -> WireValue {
        self.wire.clone().unwrap_or_else(|| WireValue::Text(self.name.clone()))
    }
}

/// The CRM's value of a choice. Boolean lets a two-valued column be a choice (`IsInvitee`: Invitee = true).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireValue {
    /// An option set number (Dataverse).
    Int(i64),
    /// A picklist value (Salesforce).
    Text(String),
    /// A two-valued column.
    Boolean(bool),
}
