//! Identifiers as Dataverse writes them.

use uuid::Uuid;

use crate::store::RowId;

/// Reads a GUID in its usual spelling, with or without braces.
pub(crate) fn parse(text: &str) -> Option<RowId> {
    let inside = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    (inside.len() == 36).then(|| Uuid::try_parse(inside).ok()).flatten().map(|id| RowId::new(id.to_string()))
}

/// Whether it is all zeros, which stands for none ("Guid.Empty").
pub(crate) fn is_empty(id: &RowId) -> bool {
    Uuid::try_parse(id.as_str()).is_ok_and(|id| id.is_nil())
}

/// A new identifier from the maker of identifiers.
pub(crate) fn new(number: u128) -> RowId {
    RowId::new(Uuid::from_u128(number).to_string())
}
