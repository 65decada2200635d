//! Schemas, and types of resources made of them.

use super::COMMON;
use super::attribute::{Attribute, find};

/// A set of attributes under a URN (RFC 7643 §7).
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// The URN, which is also its id.
    pub urn: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What it describes.
    pub description: &'static str,
    /// Its attributes.
    pub attributes: &'static [Attribute],
}

impl Schema {
    /// The attribute of this name, in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        find(self.attributes, name)
    }
}

/// A schema that resources of a type may have besides their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    /// The schema; its attributes stand in an object under its URN.
    pub schema: &'static Schema,
    /// Whether every resource has to have it.
    pub required: bool,
}

/// A type of resources (RFC 7643 §6).
#[derive(Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// Name and id.
    pub name: &'static str,
    /// Where its resources are, below the base URL.
    pub endpoint: &'static str,
    /// What its resources are.
    pub description: &'static str,
    /// The schema whose attributes stand at the top.
    pub schema: &'static Schema,
    /// Further schemas.
    pub extensions: &'static [Extension],
}

/// An attribute of a resource and where it stands: at the top, or in the object of an extension.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// The extension; `None` for the schema of the type itself and for [`COMMON`].
    pub extension: Option<&'static Schema>,
    /// The attribute.
    pub attribute: &'static Attribute,
}

/// INVARIANT: within one schema names are unique, so schema and name say which attribute it is.
impl PartialEq for Slot {
    fn eq(&self, other: &Self) -> bool {
        self.extension.map(|schema| schema.urn) == other.extension.map(|schema| schema.urn)
            && self.attribute.name == other.attribute.name
    }
}

impl Eq for Slot {}

impl ResourceType {
    /// The attribute at the top of this name, in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.schema.attribute(name).or_else(|| find(COMMON, name))
    }

    /// The extension of this URN, in any case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&'static Schema> {
        let mut schemas = self.extensions.iter().map(|extension| extension.schema);
        schemas.find(|schema| schema.urn.eq_ignore_ascii_case(urn))
    }

    /// Every attribute, in the order in which a resource shows them.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        let top = COMMON.iter().chain(self.schema.attributes).map(|attribute| Slot { extension: None, attribute });
        let more = self.extensions.iter().flat_map(|extension| {
            let slot = |attribute| Slot { extension: Some(extension.schema), attribute };
            extension.schema.attributes.iter().map(slot)
        });
        top.chain(more)
    }
}
