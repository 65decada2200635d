//! Resources as they are kept: JSON objects in the normal form of their schemas.
//!
//! In normal form names have their canonical spelling and stand in the order of the schemas; nothing is unassigned, empty or
//! unknown; values have the types of their attributes and are otherwise byte for byte what the client sent; at most one
//! element of a list is primary, and none stands there twice; `schemas` says what there is.

pub(crate) mod coerce;
mod compare;
mod read;
mod user;

use serde_json::{Map, Value, json};

use compare::same;
pub(crate) use compare::{is_empty, key};
pub use user::User;

use crate::error::{ScimError, ScimType};
use crate::schema::{Mutability, ResourceType, Slot};

/// How many elements a list holds at most.
pub const MAX_ELEMENTS: usize = 250;
/// How many elements a list holds at most whose elements are told apart by an id: members of groups.
pub const MAX_MEMBERS: usize = 100_000;
/// How long a text may be, in bytes.
pub const MAX_STRING: usize = 64 << 10;

/// A resource in normal form.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    kind: &'static ResourceType,
    body: Map<String, Value>,
}

/// What the server knows of a resource (RFC 7643 §3.1, `meta`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// When it was made, as RFC 3339 writes it.
    pub created: String,
    /// When it last changed, as RFC 3339 writes it.
    pub last_modified: String,
    /// Its URL.
    pub location: String,
    /// Its version, from which the weak entity tag is made.
    pub version: u64,
}

impl Meta {
    /// The weak entity tag of a version (RFC 7644 §3.14).
    ///
    /// ```
    /// assert_eq!(engage_scim::Meta::etag(7), "W/\"7\"");
    /// ```
    #[must_use]
    pub fn etag(version: u64) -> String {
        format!("W/\"{version}\"")
    }
}

/// What a change makes of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The resource afterwards.
    pub resource: Resource,
    /// Whether it differs. The order of a list is no difference: then the resource is the one of before.
    pub changed: bool,
}

impl Resource {
    /// The type.
    #[must_use]
    pub fn kind(&self) -> &'static ResourceType {
        self.kind
    }

    /// All of it, what is never returned included; [`Projection`](crate::projection::Projection) makes the response.
    #[must_use]
    pub fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// All of it, to be kept.
    #[must_use]
    pub fn into_json(self) -> Value {
        Value::Object(self.body)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, slot: &Slot) -> Option<&Value> {
        match slot.extension {
            Some(schema) => self.body.get(schema.urn)?.get(slot.attribute.name),
            None => self.body.get(slot.attribute.name),
        }
    }

    /// A text at the top, by its canonical name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// Sets what only the server says: the id and what it knows. `id` is never the text `bulkId`, which the protocol keeps
    /// for itself; whoever makes ids sees to that.
    #[must_use]
    pub fn identified(mut self, id: &str, meta: &Meta) -> Self {
        let Meta { created, last_modified, location, version } = meta;
        let meta = json!({
            "resourceType": self.kind.name,
            "created": created,
            "lastModified": last_modified,
            "location": location,
            "version": Meta::etag(*version),
        });
        self.body.insert("id".to_owned(), id.into());
        self.body.insert("meta".to_owned(), meta);
        self.seal();
        self
    }

    /// Sets another attribute that only the server writes, such as the groups of a user.
    ///
    /// # Errors
    /// `invalidValue` where the value does not have the type of the attribute.
    pub fn with(mut self, slot: &Slot, value: Value) -> Result<Self, ScimError> {
        let value = coerce::attribute(slot.attribute, value, coerce::Origin::Server)?;
        let values = match slot.extension {
            Some(schema) => {
                let object = self.body.entry(schema.urn).or_insert_with(|| Value::Object(Map::new()));
                object.as_object_mut()
            }
            None => Some(&mut self.body),
        };
        if let Some(values) = values {
            values.remove(slot.attribute.name);
            values.extend(value.map(|value| (slot.attribute.name.to_owned(), value)));
        }
        self.seal();
        Ok(self)
    }

    /// Replaces the resource (RFC 7644 §3.5.1): what the client leaves out is cleared; what only the server writes stays.
    ///
    /// # Errors
    /// `mutability` where an attribute would change that is written once.
    pub fn replaced_by(&self, input: Self) -> Result<Outcome, ScimError> {
        let mut resource = input;
        for slot in self.kind.slots() {
            let Some(value) = self.get(&slot) else { continue };
            match slot.attribute.mutability {
                Mutability::ReadOnly => resource = resource.with(&slot, value.clone())?,
                Mutability::Immutable if resource.get(&slot) != Some(value) => return Err(once(&slot)),
                _ => {}
            }
        }
        Ok(self.turned_into(resource))
    }

    /// What it means that the resource is to be that one.
    pub(crate) fn turned_into(&self, resource: Self) -> Outcome {
        if same(&self.body, &resource.body) {
            return Outcome { resource: self.clone(), changed: false };
        }
        Outcome { resource, changed: true }
    }
}

fn once(slot: &Slot) -> ScimError {
    ScimError::new(ScimType::Mutability, format!("`{slot}` is written once and has another value already"))
}
