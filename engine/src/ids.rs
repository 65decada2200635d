//! Identifiers: small, cheap to clone, valid by construction.
//!
//! Every identifier is checked where it enters; past that border a `SemanticId` is a slug and a `FieldName` is a
//! name, so nothing further in has to look again.

use std::fmt;
use std::sync::Arc;

/// The longest identifier that is accepted, in characters.
pub const MAX_NAME: usize = 128;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a name may not be empty")]
    Empty,
    /// The text is longer than [`MAX_NAME`] characters.
    #[error("a name has at most {MAX_NAME} characters, this one has {0}")]
    TooLong(usize),
    /// A character that this kind of name may not hold.
    #[error("{character:?} may not stand in {kind}")]
    Character {
        /// The first offending character.
        character: char,
        /// The kind of name, with its article: `a semantic id`.
        kind: &'static str,
    },
}

impl NameError {
    /// What to write instead.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Empty => "give it a name",
            Self::TooLong(_) => "shorten it",
            Self::Character { kind, .. } if *kind == SemanticId::KIND => {
                "use lower-case letters, digits and hyphens, starting with a letter or a digit: `customer-overview`"
            }
            Self::Character { .. } => {
                "use letters, digits, `_`, `-` and spaces, starting with a letter or `_`: `StartTime`"
            }
        }
    }
}

fn check(text: &str, kind: &'static str, first: fn(char) -> bool, rest: fn(char) -> bool) -> Result<(), NameError> {
    let length = text.chars().count();
    if length > MAX_NAME {
        return Err(NameError::TooLong(length));
    }
    let mut characters = text.chars();
    let head = characters.next().ok_or(NameError::Empty)?;
    let bad = if first(head) { characters.find(|c| !rest(*c)) } else { Some(head) };
    let bad = bad.or_else(|| text.ends_with(' ').then_some(' '));
    bad.map_or(Ok(()), |character| Err(NameError::Character { character, kind }))
}

fn slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

fn slug_head(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-' || c == ' '
}

fn word_head(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $first:ident, $rest:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// What a person calls this kind of name, with its article.
            pub const KIND: &'static str = $kind;

            /// Checks a text and makes the name.
            ///
            /// # Errors
            /// [`NameError`] says which character or length is wrong.
            pub fn new(text: &str) -> Result<Self, NameError> {
                check(text, Self::KIND, $first, $rest)?;
                Ok(Self(Arc::from(text)))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "`{}`", self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }
    };
}

name!(
    /// The identity of a definition, pattern or playbook that survives export and import: a slug.
    SemanticId, "a semantic id", slug_head, slug
);
name!(
    /// The name of a registered adapter, and so of a kind of CRM: `dataverse`, `salesforce`, `memory`.
    CrmName, "a CRM name", slug_head, slug
);
name!(
    /// The label of a part inside its pattern, or of a block inside its playbook: `eventDetail`.
    RefId, "a reference id", word_head, word
);
name!(
    /// The abstract name of a field inside its definition: `Email`.
    FieldName, "a field name", word_head, word
);

impl FieldName {
    /// The name of the field that every definition has: the record's own identifier.
    pub const ID: &'static str = "Id";

    /// The record identifier `Id`.
    pub fn id() -> Self {
        Self(Arc::from(Self::ID))
    }

    /// Whether this is the record identifier `Id`.
    pub fn is_id(&self) -> bool {
        self.as_str() == Self::ID
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semantic_id_is_a_slug() {
        assert!(SemanticId::new("customer-overview").is_ok());
        for bad in ["", "Customer", "-a", "a b", "a_b", "kunde-🎉"] {
            assert!(SemanticId::new(bad).is_err(), "{bad}");
        }
        assert!(SemanticId::new(&"a".repeat(129)).is_err());
    }

    #[test]
    fn a_field_name_takes_letters_of_any_language_but_no_path_signs() {
        for good in ["Email", "Størrelse", "_x", "Start time", "a-b"] {
            assert!(FieldName::new(good).is_ok(), "{good}");
        }
        for bad in ["1a", "a.b", "a[0]", "a`b", "a\nb", "e🎉", "a "] {
            assert!(FieldName::new(bad).is_err(), "{bad}");
        }
    }
}
