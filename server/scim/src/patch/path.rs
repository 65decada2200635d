//! Where an operation takes effect: `PATH = attrPath / valuePath [subAttr]` (RFC 7644 §3.5.2).

use std::fmt;

use crate::error::{ScimError, ScimType, echo};
use crate::filter::{MAX_TEXT, ValueFilter, elements};
use crate::path::{AttrPath, Named, PathError, resolve, resolve_in};
use crate::schema::{Attribute, ResourceType, Schema, Slot};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// All attributes of an extension, or at the top where there is none.
    Schema(Option<&'static Schema>),
    /// An attribute or sub-attribute; of a list, that of all its elements.
    Attribute(AttrPath),
    /// Some elements of a list, or a sub-attribute of those.
    Elements {
        /// The list.
        slot: Slot,
        /// Which elements.
        filter: ValueFilter,
        /// The sub-attribute.
        part: Option<&'static Attribute>,
    },
}

/// Prints the canonical path; it reads back to the same target. The top as a whole has no path and prints nothing.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(scope) => f.write_str(scope.map_or("", |schema| schema.urn)),
            Self::Attribute(path) => path.fmt(f),
            Self::Elements { slot, filter, part } => {
                write!(f, "{slot}[{filter}]")?;
                part.map_or(Ok(()), |part| write!(f, ".{}", part.name))
            }
        }
    }
}

/// Why a path leads nowhere.
pub(super) enum Lost {
    /// It names what the type does not have.
    Unknown(ScimError),
    /// It cannot be read.
    Broken(ScimError),
}

impl From<Lost> for ScimError {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Unknown(error) | Lost::Broken(error) => error,
        }
    }
}

impl From<PathError> for Lost {
    fn from(error: PathError) -> Self {
        let told = ScimError::new(ScimType::InvalidPath, error.to_string());
        match error {
            PathError::Unknown { .. } => Self::Unknown(told),
            PathError::Malformed => Self::Broken(told),
        }
    }
}

impl Target {
    /// Reads a path.
    ///
    /// ```
    /// use engage_scim::{patch::Target, schema::USER};
    ///
    /// let target = Target::parse(&USER, r#"Emails[TYPE eq work].Value"#).unwrap();
    /// assert_eq!(target.to_string(), r#"emails[type eq "work"].value"#);
    /// ```
    ///
    /// # Errors
    /// `invalidPath` where it cannot be read or names no attribute; `invalidFilter` for what stands in brackets.
    pub fn parse(kind: &'static ResourceType, text: &str) -> Result<Self, ScimError> {
        Ok(Self::find(kind, None, text)?)
    }

    /// Reads a path among the attributes of one schema.
    pub(super) fn find(kind: &'static ResourceType, scope: Option<&'static Schema>, text: &str) -> Result<Self, Lost> {
        if text.len() > MAX_TEXT {
            return Err(broken(format!("the path is longer than {MAX_TEXT} bytes")));
        }
        let text = text.trim_ascii();
        let (name, rest) = text.split_at(text.find('[').unwrap_or(text.len()));
        let named = match scope {
            Some(_) => Named::Attribute(resolve_in(kind, scope, name)?),
            None => resolve(kind, name)?,
        };
        match named {
            Named::Attribute(path) if rest.is_empty() => Ok(Self::Attribute(path)),
            Named::Attribute(AttrPath { slot, part: None }) => selected(slot, rest),
            Named::Schema(scope) if rest.is_empty() => Ok(Self::Schema(scope)),
            _ => Err(broken(format!("{} has no elements to select with `[…]`", echo(name)))),
        }
    }
}

fn broken(detail: String) -> Lost {
    Lost::Broken(ScimError::new(ScimType::InvalidPath, detail))
}

fn selected(slot: Slot, text: &str) -> Result<Target, Lost> {
    let (filter, rest) = elements(slot, text).map_err(Lost::Broken)?;
    let part = match rest.strip_prefix('.') {
        None if rest.is_empty() => None,
        None => return Err(broken(format!("after `{slot}[…]` only `.` and a sub-attribute may follow"))),
        Some(name) => Some(
            slot.attribute.part(name).ok_or_else(|| broken(format!("`{slot}` has no sub-attribute {}", echo(name))))?,
        ),
    };
    Ok(Target::Elements { slot, filter, part })
}
