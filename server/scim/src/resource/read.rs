//! From JSON to a resource in normal form.

use serde_json::{Map, Value};

use super::Resource;
use super::coerce::{self, Origin, distinct};
use super::is_empty;
use crate::error::ScimError;
use crate::json::{self, Limits};
use crate::schema::{COMMON, ResourceType, Schema, Slot};

impl Resource {
    /// Reads the body of a POST or PUT.
    ///
    /// ```
    /// use engage_scim::{Resource, json::Limits, schema::USER};
    ///
    /// let sent = br#"{"USERNAME":"bo@x.dk","active":"False","shoeSize":40,"emails":null,"id":"mine"}"#;
    /// let user = Resource::from_bytes(&USER, sent, &Limits::default()).unwrap().into_json();
    /// assert_eq!(user["userName"], "bo@x.dk");
    /// assert_eq!(user["active"], false);
    /// assert_eq!(user.as_object().unwrap().len(), 3, "schemas, userName, active");
    /// ```
    ///
    /// # Errors
    /// Those of [`json::read`] and [`read`](Self::read).
    pub fn from_bytes(kind: &'static ResourceType, bytes: &[u8], limits: &Limits) -> Result<Self, ScimError> {
        Self::read(kind, json::read(bytes, limits)?)
    }

    /// Takes what a client sent. Unknown attributes and schemas, and what only the server writes, are dropped; a boolean at
    /// the top that is unassigned is what the schema says.
    ///
    /// # Errors
    /// `invalidSyntax` where it is no object or names an attribute twice; `invalidValue` where a required attribute is missing
    /// or a value does not fit.
    pub fn read(kind: &'static ResourceType, sent: Value) -> Result<Self, ScimError> {
        let mut resource = Self::normal(kind, sent, Origin::Client)?;
        for slot in kind.slots().filter(|slot| slot.extension.is_none()) {
            if let Some(absent) = slot.attribute.absent {
                resource.body.entry(slot.attribute.name).or_insert(Value::Bool(absent));
            }
        }
        resource.seal();
        resource.require()?;
        Ok(resource)
    }

    /// Takes what a store kept: what only the server writes stays.
    ///
    /// # Errors
    /// `invalidSyntax` and `invalidValue` where it was not made by this library; to a client that is an error of the server.
    pub fn from_stored(kind: &'static ResourceType, kept: Value) -> Result<Self, ScimError> {
        let mut resource = Self::normal(kind, kept, Origin::Server)?;
        resource.seal();
        Ok(resource)
    }

    fn normal(kind: &'static ResourceType, value: Value, origin: Origin) -> Result<Self, ScimError> {
        let Value::Object(fields) = value else {
            return Err(ScimError::syntax(format!("a {} is a JSON object", kind.name)));
        };
        let mut body = Map::new();
        for (name, value) in distinct(fields)? {
            if let Some(schema) = kind.extension(&name) {
                let values = extension(schema, value, origin)?;
                body.extend(values.map(|values| (schema.urn.to_owned(), values)));
            } else if let Some(attribute) = kind.attribute(&name) {
                body.extend(coerce::named(attribute, value, origin)?);
            }
        }
        Ok(Self { kind, body })
    }

    /// A resource of what is in normal form but for order and `schemas`.
    pub(crate) fn sealed(kind: &'static ResourceType, body: Map<String, Value>) -> Self {
        let mut resource = Self { kind, body };
        resource.seal();
        resource
    }

    /// Drops what is empty, sets `schemas`, and puts everything in the order of the schemas.
    pub(super) fn seal(&mut self) {
        let mut loose = std::mem::take(&mut self.body);
        loose.retain(|_, value| !is_empty(value));
        let extensions = self.kind.extensions.iter().map(|extension| extension.schema.urn);
        let extensions: Vec<&str> = extensions.filter(|urn| loose.contains_key(*urn)).collect();
        let schemas = std::iter::once(self.kind.schema.urn).chain(extensions.iter().copied());
        loose.insert("schemas".to_owned(), schemas.collect());
        let common = COMMON.iter().map(|attribute| attribute.name);
        let own = self.kind.schema.attributes.iter().map(|attribute| attribute.name);
        let order = common.filter(|name| *name != "meta").chain(own).chain(extensions).chain(["meta"]);
        self.body = order.filter_map(|name| loose.remove_entry(name)).collect();
    }

    /// # Errors
    /// `invalidValue` where a required attribute is missing.
    pub(crate) fn require(&self) -> Result<(), ScimError> {
        let missing = |slot: &Slot| slot.attribute.required && self.get(slot).is_none();
        // Of an extension that is not there nothing is required.
        let there = |slot: &Slot| slot.extension.is_none_or(|schema| self.body.contains_key(schema.urn));
        match self.kind.slots().find(|slot| missing(slot) && there(slot)) {
            Some(slot) => {
                Err(ScimError::value(format!("`{slot}` is required; map it to an attribute that has a value")))
            }
            None => Ok(()),
        }
    }
}

/// The attributes of an extension in its object.
fn extension(schema: &'static Schema, value: Value, origin: Origin) -> Result<Option<Value>, ScimError> {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Null => return Ok(None),
        _ => return Err(ScimError::value(format!("`{}` takes an object", schema.urn))),
    };
    let mut values = Map::new();
    for (name, value) in distinct(fields)? {
        if let Some(attribute) = schema.attribute(&name) {
            values.extend(coerce::named(attribute, value, origin)?);
        }
    }
    Ok((!values.is_empty()).then_some(Value::Object(values)))
}
