//! What of a resource is in a response (RFC 7644 §3.9 and §3.4.2.5).

use serde_json::{Map, Value};

use crate::error::ScimError;
use crate::list::MAX_NAMES;
use crate::path::{AttrPath, Named, resolve};
use crate::resource::Resource;
use crate::schema::{Attribute, ResourceType, Returned, Schema, Slot};

/// Which attributes a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    kind: &'static ResourceType,
    choice: Choice,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    /// What is returned by default.
    Default,
    /// These, and what is always returned.
    Only(Vec<Named>),
    /// What is returned by default without these.
    Without(Vec<Named>),
}

impl Projection {
    /// What is returned unless a client asks for something else.
    #[must_use]
    pub fn whole(kind: &'static ResourceType) -> Self {
        Self { kind, choice: Choice::Default }
    }

    /// Reads the parameters of a URL: names with commas between.
    ///
    /// ```
    /// use engage_scim::{Resource, json::Limits, projection::Projection, schema::USER};
    ///
    /// let sent = br#"{"userName":"bo","name":{"givenName":"Bo","familyName":"Ek"},"title":"x"}"#;
    /// let user = Resource::from_bytes(&USER, sent, &Limits::default()).unwrap();
    /// let projection = Projection::parse(&USER, Some("userName,name.givenName"), None).unwrap();
    /// let shown = projection.apply(&user);
    /// assert_eq!(shown["name"], serde_json::json!({ "givenName": "Bo" }));
    /// assert!(shown.get("title").is_none() && shown.get("schemas").is_some());
    /// ```
    ///
    /// # Errors
    /// `invalidValue` where both are given, or too many names.
    pub fn parse(
        kind: &'static ResourceType,
        attributes: Option<&str>,
        excluded: Option<&str>,
    ) -> Result<Self, ScimError> {
        let split = |names: Option<&str>| names.map(|names| names.split(',').map(str::to_owned).collect::<Vec<_>>());
        Self::new(kind, &split(attributes).unwrap_or_default(), &split(excluded).unwrap_or_default())
    }

    /// The same from lists, as in a search. Names of what there is not are ignored, blank ones too.
    ///
    /// # Errors
    /// `invalidValue` where both name something, or too much.
    pub fn new(kind: &'static ResourceType, attributes: &[String], excluded: &[String]) -> Result<Self, ScimError> {
        let named = |names: &[String]| names.iter().any(|name| !name.trim().is_empty());
        let choice = match (named(attributes), named(excluded)) {
            (true, true) => {
                return Err(ScimError::value(
                    "`attributes` and `excludedAttributes` exclude each other; send one of them",
                ));
            }
            (true, false) => Choice::Only(read(kind, "attributes", attributes)?),
            (false, true) => Choice::Without(read(kind, "excludedAttributes", excluded)?),
            (false, false) => Choice::Default,
        };
        Ok(Self { kind, choice })
    }

    /// Whether the client named attributes to return; a PATCH is then answered with the resource.
    #[must_use]
    pub fn names_attributes(&self) -> bool {
        matches!(self.choice, Choice::Only(_))
    }

    /// Whether anything of an attribute at the top, by its canonical name, may be in the response: whoever keeps the members
    /// of a group elsewhere need not fetch them if not.
    ///
    /// ```
    /// use engage_scim::{projection::Projection, schema::GROUP};
    ///
    /// assert!(!Projection::parse(&GROUP, None, Some("MEMBERS")).unwrap().includes("members"));
    /// assert!(Projection::whole(&GROUP).includes("members"));
    /// ```
    #[must_use]
    pub fn includes(&self, name: &str) -> bool {
        let attribute = self.kind.attribute(name);
        attribute.is_some_and(|attribute| self.shows(&Slot { extension: None, attribute }))
    }

    /// The resource as the client is to see it.
    #[must_use]
    pub fn apply(&self, resource: &Resource) -> Value {
        let mut shown = Map::new();
        for (name, value) in resource.body() {
            let value = match self.kind.extension(name) {
                Some(schema) => self.object(schema, value),
                None => self.kind.attribute(name).and_then(|attribute| self.value(None, attribute, value)),
            };
            shown.extend(value.map(|value| (name.clone(), value)));
        }
        Value::Object(shown)
    }

    fn object(&self, schema: &'static Schema, value: &Value) -> Option<Value> {
        let fields = value.as_object()?.iter();
        let shown = fields.filter_map(|(name, value)| {
            let attribute = schema.attribute(name)?;
            Some((name.clone(), self.value(Some(schema), attribute, value)?))
        });
        some(shown.collect())
    }

    fn value(&self, extension: Option<&'static Schema>, attribute: &'static Attribute, value: &Value) -> Option<Value> {
        let slot = Slot { extension, attribute };
        if !self.shows(&slot) {
            return None;
        }
        match value {
            // Nothing within it is hidden, so nothing of it is looked at: groups may have many members.
            _ if self.whole_of(&slot) => Some(value.clone()),
            Value::Array(list) => {
                let shown: Vec<Value> = list.iter().filter_map(|element| self.parts(&slot, element)).collect();
                (!shown.is_empty()).then_some(Value::Array(shown))
            }
            _ => self.parts(&slot, value),
        }
    }

    fn parts(&self, slot: &Slot, value: &Value) -> Option<Value> {
        let Value::Object(fields) = value else { return Some(value.clone()) };
        let shown = fields.iter().filter(|(name, _)| {
            let part = slot.attribute.part(name);
            part.is_some_and(|part| self.shows_part(slot, part))
        });
        some(shown.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// Whether anything of an attribute is shown.
    fn shows(&self, slot: &Slot) -> bool {
        match (slot.attribute.returned, &self.choice) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (Returned::Request, Choice::Only(named)) | (Returned::Default, Choice::Only(named)) => {
                named.iter().any(|named| touches(named, slot))
            }
            (Returned::Request, _) => false,
            (Returned::Default, Choice::Without(named)) => !named.iter().any(|named| covers(named, slot, None)),
            (Returned::Default, Choice::Default) => true,
        }
    }

    fn shows_part(&self, slot: &Slot, part: &'static Attribute) -> bool {
        let covered = |named: &[Named]| named.iter().any(|named| covers(named, slot, Some(part)));
        match (part.returned, &self.choice) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (_, Choice::Only(named)) if slot.attribute.returned != Returned::Always => covered(named),
            (Returned::Request, Choice::Only(named)) => covered(named),
            (Returned::Request, _) => false,
            (Returned::Default, Choice::Without(named)) => !covered(named),
            (Returned::Default, _) => true,
        }
    }

    /// Whether every part is shown.
    fn whole_of(&self, slot: &Slot) -> bool {
        slot.attribute.parts().iter().all(|part| self.shows_part(slot, part))
    }
}

fn some(fields: Map<String, Value>) -> Option<Value> {
    (!fields.is_empty()).then_some(Value::Object(fields))
}

fn read(kind: &'static ResourceType, parameter: &str, names: &[String]) -> Result<Vec<Named>, ScimError> {
    if names.len() > MAX_NAMES {
        return Err(ScimError::value(format!("`{parameter}` names more than {MAX_NAMES} attributes")));
    }
    Ok(names.iter().filter_map(|name| resolve(kind, name.trim()).ok()).collect())
}

/// Whether a name stands for a part, or for all of an attribute that the part belongs to.
fn covers(named: &Named, slot: &Slot, part: Option<&'static Attribute>) -> bool {
    match named {
        Named::Schema(scope) => in_schema(*scope, slot),
        Named::Attribute(AttrPath { slot: wanted, part: None }) => wanted == slot,
        Named::Attribute(path) => part.is_some() && *path == AttrPath { slot: *slot, part },
    }
}

/// Whether a name stands for anything of an attribute.
fn touches(named: &Named, slot: &Slot) -> bool {
    match named {
        Named::Schema(scope) => in_schema(*scope, slot),
        Named::Attribute(path) => path.slot == *slot,
    }
}

fn in_schema(scope: Option<&'static Schema>, slot: &Slot) -> bool {
    scope.map(|schema| schema.urn) == slot.extension.map(|schema| schema.urn)
}
