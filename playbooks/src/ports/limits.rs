//! How large what a journal keeps may be: the same for every store, so that what one takes another takes too.

use serde_json::Value;

use super::{Batch, JournalError, Offer};
use crate::run::{RunKey, Tenant};

/// The longest fact of an entry, in bytes. Longer outputs travel as blobs.
pub const MAX_ENTRY: usize = 1 << 20;
/// The longest offer as JSON, in bytes.
pub const MAX_OFFER: usize = 1 << 20;
/// The longest id of an event, in bytes.
pub const MAX_EVENT_ID: usize = 200;
/// How deep the data of an event may be nested. A parser stops at 128, and an offer stands around the data.
pub const MAX_EVENT_DEPTH: usize = 100;
/// The longest blob, in bytes.
pub const MAX_BLOB: usize = 16 << 20;
/// The longest name of a mark, in bytes.
pub const MAX_MARK: usize = 1000;
/// What all of a batch may come to, in bytes of facts and blobs.
pub const MAX_BATCH: usize = 64 << 20;

fn at_most(what: &'static str, size: usize, most: usize) -> Result<(), JournalError> {
    if size <= most { Ok(()) } else { Err(JournalError::TooLarge { what, size, most }) }
}

impl Batch {
    /// Facts and blobs, in bytes.
    pub fn bytes(&self) -> usize {
        let facts = self.entries.iter().map(|entry| entry.fact.len()).sum::<usize>();
        facts + self.blobs.iter().map(|blob| blob.bytes.len()).sum::<usize>()
    }

    /// Whether every store takes the batch.
    ///
    /// # Errors
    /// [`JournalError::TooLarge`] for an entry, a blob, the name of a mark or the whole beyond its limit.
    pub fn check_limits(&self) -> Result<(), JournalError> {
        for entry in &self.entries {
            at_most("bytes in an entry", entry.fact.len(), MAX_ENTRY)?;
        }
        for blob in &self.blobs {
            at_most("bytes in a blob", blob.bytes.len(), MAX_BLOB)?;
        }
        for (name, _) in &self.marks {
            at_most("bytes in the name of a mark", name.len(), MAX_MARK)?;
        }
        at_most("bytes in a batch", self.bytes(), MAX_BATCH)
    }
}

impl Offer {
    /// Whose it is.
    pub fn tenant(&self) -> &Tenant {
        match self {
            Self::Event(event) => &event.tenant,
            Self::Request(request) => &request.key().tenant,
        }
    }

    /// The offer as JSON, of which every store knows that it can be read again.
    ///
    /// # Errors
    /// [`JournalError::TooLarge`] for an id of an event, the nesting of its data or the whole beyond its limit.
    pub fn to_json(&self) -> Result<String, JournalError> {
        if let Self::Event(event) = self {
            at_most("bytes in the id of an event", event.id.len(), MAX_EVENT_ID)?;
            for value in [&event.data, &event.given] {
                at_most("levels in the data of an event", depth(value), MAX_EVENT_DEPTH)?;
            }
        }
        let text = serde_json::to_string(self).map_err(|error| JournalError::Corrupt(error.to_string()))?;
        at_most("bytes in an offer", text.len(), MAX_OFFER)?;
        Ok(text)
    }
}

impl super::Request {
    /// The run it is about.
    pub fn key(&self) -> &RunKey {
        match self {
            Self::Cancel { key, .. } | Self::Retry { key, .. } | Self::Identify { key } | Self::Erase { key, .. } => {
                key
            }
        }
    }
}

/// Lists and objects within each other, counted without recursion.
fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 1)];
    while let Some((value, level)) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|field| (field, level + 1))),
            _ => continue,
        }
        deepest = deepest.max(level);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TriggerKind;
    use crate::ports::Event;

    fn nested(levels: usize) -> Offer {
        let data = (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        let event = Event {
            tenant: Tenant::new("contoso").unwrap(),
            id: "event-1".to_owned(),
            kind: TriggerKind::Manual,
            subject: None,
            playbook: None,
            employee: None,
            data,
            given: Value::Null,
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        Offer::Event(event)
    }

    #[test]
    fn what_is_taken_in_can_be_read_again() {
        let deepest = nested(MAX_EVENT_DEPTH);
        let text = deepest.to_json().unwrap();
        assert_eq!(serde_json::from_str::<Offer>(&text).unwrap(), deepest);
        let error = nested(MAX_EVENT_DEPTH + 1).to_json().unwrap_err();
        assert_eq!(error.to_string(), "101 levels in the data of an event, at most 100 are allowed");
    }
}
