//! Paths of attributes: `[URN ":"] NAME ["." NAME]` (RFC 7644 §3.10), resolved against the schemas of a type.

use std::fmt;

use crate::error::echo;
use crate::schema::{Attribute, ResourceType, Schema, Slot};

/// An attribute, or one of its sub-attributes.
#[derive(Debug, Clone, Copy)]
pub struct AttrPath {
    /// The attribute and where it stands.
    pub slot: Slot,
    /// The sub-attribute.
    pub part: Option<&'static Attribute>,
}

impl AttrPath {
    /// The attribute that the path ends at.
    #[must_use]
    pub fn leaf(&self) -> &'static Attribute {
        self.part.unwrap_or(self.slot.attribute)
    }
}

impl PartialEq for AttrPath {
    fn eq(&self, other: &Self) -> bool {
        self.slot == other.slot && self.part.map(|part| part.name) == other.part.map(|part| part.name)
    }
}

impl Eq for AttrPath {}

/// Prints the canonical spelling; an attribute of an extension has its URN before it.
impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slot.fmt(f)?;
        self.part.map_or(Ok(()), |part| write!(f, ".{}", part.name))
    }
}

/// Prints the canonical spelling; an attribute of an extension has its URN before it.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.extension {
            Some(schema) => write!(f, "{}:{}", schema.urn, self.attribute.name),
            None => f.write_str(self.attribute.name),
        }
    }
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// All attributes of an extension; `None` for those at the top.
    Schema(Option<&'static Schema>),
    /// One attribute.
    Attribute(AttrPath),
}

/// Why a path names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathError {
    /// It cannot be a path.
    #[error("this is not a path of an attribute: a name, or two with `.` between, after a URN and `:` or without")]
    Malformed,
    /// It is a path, of something that resources of this type do not have.
    #[error("{} has no attribute {}", .kind, echo(.path))]
    Unknown {
        /// Name of the type.
        kind: &'static str,
        /// The path.
        path: String,
    },
}

/// Resolves a path; every part of it in any case.
pub(crate) fn resolve(kind: &'static ResourceType, text: &str) -> Result<Named, PathError> {
    let mut schemas = kind.extensions.iter().map(|extension| Some(extension.schema)).chain([None]);
    let urn = |scope: Option<&'static Schema>| scope.map_or(kind.schema.urn, |schema| schema.urn);
    let named = schemas.find_map(|scope| Some((scope, below(text, urn(scope))?)));
    match named {
        Some((scope, "")) => Ok(Named::Schema(scope)),
        Some((scope, rest)) => resolve_in(kind, scope, rest).map(Named::Attribute),
        None => resolve_in(kind, None, text).map(Named::Attribute),
    }
}

/// What follows a URN and a colon; nothing where the text is the URN.
fn below<'a>(text: &'a str, urn: &str) -> Option<&'a str> {
    let head = text.get(..urn.len()).filter(|head| head.eq_ignore_ascii_case(urn))?;
    match text.get(head.len()..)? {
        "" => Some(""),
        rest => rest.strip_prefix(':').filter(|rest| !rest.is_empty()),
    }
}

/// Resolves a path without a URN among the attributes of one schema.
pub(crate) fn resolve_in(
    kind: &'static ResourceType,
    scope: Option<&'static Schema>,
    text: &str,
) -> Result<AttrPath, PathError> {
    let (name, part) = match text.split_once('.') {
        Some((name, part)) => (name, Some(part)),
        None => (text, None),
    };
    let unknown = || PathError::Unknown { kind: kind.name, path: text.to_owned() };
    if !is_name(name) || part.is_some_and(|part| !is_name(part)) {
        // A URN that no schema here has is a path all the same, whatever its version looks like.
        let urn = text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"));
        return Err(if urn { unknown() } else { PathError::Malformed });
    }
    let attribute = match scope {
        Some(schema) => schema.attribute(name),
        None => kind.attribute(name),
    };
    let attribute = attribute.ok_or_else(unknown)?;
    let part = part.map(|part| attribute.part(part).ok_or_else(unknown)).transpose()?;
    Ok(AttrPath { slot: Slot { extension: scope, attribute }, part })
}

/// A letter, then letters, digits, `-`, `_`; `$` too, for `$ref`.
pub(crate) fn is_name(text: &str) -> bool {
    let follows = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$');
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$') && text.chars().all(follows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::USER;

    fn check(text: &str) -> Result<String, String> {
        match resolve(&USER, text) {
            Ok(Named::Attribute(path)) => Ok(path.to_string()),
            Ok(Named::Schema(scope)) => Ok(format!("all of {}", scope.map_or("the top", |schema| schema.name))),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn names_are_read_in_any_case_and_printed_in_one() {
        assert_eq!(check("USERNAME").unwrap(), "userName");
        assert_eq!(check("Name.givenname").unwrap(), "name.givenName");
        assert_eq!(check("meta.lastmodified").unwrap(), "meta.lastModified");
        assert_eq!(check("URN:ietf:params:scim:schemas:CORE:2.0:user:emails.value").unwrap(), "emails.value");
        let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref";
        assert_eq!(check(&manager.to_uppercase()).unwrap(), manager);
        assert_eq!(check("urn:ietf:params:scim:schemas:core:2.0:User").unwrap(), "all of the top");
        let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        assert_eq!(check(extension).unwrap(), "all of EnterpriseUser");
    }

    #[test]
    fn what_is_not_there_is_told_from_what_cannot_be() {
        assert_eq!(check("shoeSize").unwrap_err(), "User has no attribute `shoeSize`");
        assert_eq!(check("name.first").unwrap_err(), "User has no attribute `name.first`");
        assert_eq!(check("department").unwrap_err(), "User has no attribute `department`");
        assert!(check("urn:custom:2.0:User:tag").unwrap_err().contains("has no attribute"));
        for text in ["", ".", "a.", ".a", "a.b.c", "user name", "1a", "emails[", "é"] {
            assert!(check(text).unwrap_err().contains("is not a path"), "{text}");
        }
    }
}
