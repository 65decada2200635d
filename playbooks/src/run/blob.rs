//! Values that are too long for an entry of a journal: kept once beside it, and referred to by their digest.
//!
//! In an entry `{"$blob": digest}` stands in for such a value. A machine is given facts with their values back in place.

use std::io;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Fact, FactKind, RunKey, RunOutcome};
use crate::ports::limits::MAX_ENTRY;
use crate::ports::{Blob, Entry, Journal, JournalError};

/// The longest value that stays in an entry, in bytes of JSON, where a host says nothing.
pub const MAX_INLINE: usize = 64 << 10;

/// The longest value that stays in an entry which would be too long else: of as many as a playbook has blocks all have room.
const SHORT: usize = 256;

/// The key that a reference has, and nothing beside it.
const REFERENCE: &str = "$blob";

/// The entry of a fact, and the values that stand beside it. What reads it back is [`from_entry`].
///
/// # Errors
/// [`JournalError::Corrupt`] where the fact cannot be written as JSON.
pub fn to_entry(key: &RunKey, sequence: u32, fact: &Fact, most: usize) -> Result<(Entry, Vec<Blob>), JournalError> {
    // A short text holds no long value, and without its word no reference: most facts are written once.
    let (fact, blobs) = match short(fact, most)?.filter(|text| !text.contains(REFERENCE)) {
        Some(text) => (text, Vec::new()),
        None => {
            let (packed, blobs) = pack(key, fact.clone(), most)?;
            match written(&packed)? {
                // Many outputs of a run may be short one by one and long together.
                text if text.len() > MAX_ENTRY => {
                    let (packed, blobs) = pack(key, fact.clone(), SHORT)?;
                    (written(&packed)?, blobs)
                }
                text => (text, blobs),
            }
        }
    };
    Ok((Entry { key: key.clone(), sequence, fact }, blobs))
}

/// The fact of an entry, its values in their places.
///
/// # Errors
/// [`JournalError`] when the journal cannot be asked, or holds what cannot be read.
pub async fn from_entry(journal: &dyn Journal, entry: &Entry) -> Result<Fact, JournalError> {
    let Entry { key, sequence, fact } = entry;
    // The parser's message may quote the text.
    let unreadable = |_| JournalError::Corrupt(format!("run {key}: entry {sequence} cannot be read"));
    let fact = serde_json::from_str(fact).map_err(unreadable)?;
    unpack(journal, key, fact).await
}

/// All facts of a run, in order, their values in their places; none where there is no such run.
///
/// # Errors
/// As [`from_entry`].
pub async fn facts_of(journal: &dyn Journal, key: &RunKey) -> Result<Vec<Fact>, JournalError> {
    let entries = journal.entries(key).await?;
    let mut facts = Vec::with_capacity(entries.len());
    for entry in &entries {
        facts.push(from_entry(journal, entry).await?);
    }
    Ok(facts)
}

fn written(fact: &Fact) -> Result<String, JournalError> {
    serde_json::to_string(fact).map_err(|error| unwritable(&error))
}

fn unwritable(error: &dyn std::error::Error) -> JournalError {
    JournalError::Corrupt(error.to_string())
}

/// A fact as text, if it has no more bytes than that; one that has is not written any further.
fn short(fact: &Fact, most: usize) -> Result<Option<String>, JournalError> {
    struct Short(Vec<u8>, usize);
    impl io::Write for Short {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.len().saturating_add(bytes.len()) > self.1 {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut text = Short(Vec::new(), most);
    match serde_json::to_writer(&mut text, fact) {
        Ok(()) => String::from_utf8(text.0).map(Some).map_err(|error| unwritable(&error)),
        Err(error) if error.is_io() => Ok(None),
        Err(error) => Err(unwritable(&error)),
    }
}

/// Puts references in the place of a fact's long values, and gives what they refer to. A value that looks like a reference is
/// kept apart too, whatever its length, so that what looks like one is one.
///
/// # Errors
/// [`JournalError::Corrupt`] where a value cannot be written as JSON.
fn pack(key: &RunKey, mut fact: Fact, most: usize) -> Result<(Fact, Vec<Blob>), JournalError> {
    let mut blobs = Vec::new();
    for value in values(&mut fact.kind) {
        let bytes = serde_json::to_vec(value).map_err(|error| unwritable(&error))?;
        if bytes.len() <= most && reference(value).is_none() {
            continue;
        }
        let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        *value = json!({ REFERENCE: digest });
        blobs.push(Blob { key: key.clone(), digest, bytes });
    }
    Ok((fact, blobs))
}

/// Puts a fact's long values back in their places.
///
/// # Errors
/// [`JournalError`] when the journal cannot be asked, does not have what the fact refers to, or has something else.
async fn unpack(journal: &dyn Journal, key: &RunKey, mut fact: Fact) -> Result<Fact, JournalError> {
    for value in values(&mut fact.kind) {
        let Some(digest) = reference(value) else { continue };
        let bytes = journal.blob(&key.tenant, digest).await?;
        let bytes = bytes.ok_or_else(|| JournalError::Corrupt(format!("run {key}: a value is not there")))?;
        // The message of a parser may quote what it read.
        let found = serde_json::from_slice(&bytes);
        *value = found.map_err(|_| JournalError::Corrupt(format!("run {key}: a value cannot be read")))?;
    }
    Ok(fact)
}

/// The bytes of a value as compact JSON.
pub(crate) fn length(value: &Value) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.saturating_add(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // What cannot be written has no length that would be short enough.
    if serde_json::to_writer(&mut count, value).is_ok() { count.0 } else { usize::MAX }
}

/// The values of a fact that may be long.
fn values(kind: &mut FactKind) -> Vec<&mut Value> {
    match kind {
        FactKind::Started(beginning) => vec![&mut beginning.data, &mut beginning.given],
        FactKind::Prepared { input, .. } => vec![input],
        FactKind::Done { output, .. } => vec![output],
        FactKind::Finished { outcome: RunOutcome::Succeeded { outputs: Value::Object(outputs) } } => {
            outputs.values_mut().collect()
        }
        _ => Vec::new(),
    }
}

fn reference(value: &Value) -> Option<&str> {
    let map: &Map<String, Value> = value.as_object()?;
    if map.len() == 1 { map.get(REFERENCE)?.as_str() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ports::Batch;
    use crate::run::MemoryJournal;
    use crate::run::testing::{Virtual, beginning, done, fact, key, prepared};

    /// Packs, appends what is apart, and gives back what comes out.
    fn there_and_back(of: &Fact, most: usize) -> (Fact, usize, Fact) {
        Virtual::default().run(async {
            let journal = MemoryJournal::new();
            let lease = journal.lead("test").await.unwrap().unwrap();
            let (entry, blobs) = to_entry(&key(), 0, of, most).unwrap();
            let apart = blobs.len();
            journal.append(&lease, &Batch { blobs, ..Batch::default() }).await.unwrap();
            let back = from_entry(&journal, &entry).await.unwrap();
            (serde_json::from_str(&entry.fact).unwrap(), apart, back)
        })
    }

    #[test]
    fn what_is_long_stands_apart_and_comes_back() {
        let long = "x".repeat(100);
        let facts = [
            (done(1, "a", json!(long)), 1),
            (done(1, "a", json!("short")), 0),
            (fact(1, FactKind::Started(Box::new(beginning(json!({ "a": long }))))), 1),
            (prepared(1, "a"), 0),
            (fact(1, FactKind::Finished { outcome: RunOutcome::Succeeded { outputs: json!({"o": long, "p": 1}) } }), 1),
        ];
        for (fact, expected) in facts {
            let (packed, apart, back) = there_and_back(&fact, 50);
            assert_eq!((apart, &back), (expected, &fact), "{fact:?}");
            assert!(serde_json::to_string(&packed).unwrap().len() < 500, "{fact:?}");
        }
    }

    #[test]
    fn many_short_outputs_do_not_make_a_long_entry() {
        let outputs: Map<String, Value> = (0..1_000).map(|nth| (format!("{nth}"), json!("x".repeat(2_000)))).collect();
        let fact = fact(1, FactKind::Finished { outcome: RunOutcome::Succeeded { outputs: Value::Object(outputs) } });
        let (entry, blobs) = to_entry(&key(), 0, &fact, MAX_INLINE).unwrap();
        Batch { entries: vec![entry], blobs, ..Batch::default() }.check_limits().unwrap();
        assert_eq!(there_and_back(&fact, MAX_INLINE).2, fact);
    }

    #[test]
    fn what_looks_like_a_reference_is_none() {
        for value in
            [json!({"$blob": "abc"}), json!({"$blob": "abc", "more": 1}), json!({"$blob": 1}), json!([{"$blob": "a"}])]
        {
            let fact = done(1, "a", value);
            assert_eq!(there_and_back(&fact, 1 << 20).2, fact);
        }
    }

    #[test]
    fn a_value_that_is_gone_is_an_error() {
        let fact = done(1, "a", json!({"$blob": "00"}));
        let got = Virtual::default().run(unpack(&MemoryJournal::new(), &key(), fact));
        assert!(matches!(got, Err(JournalError::Corrupt(_))));
    }

    proptest! {
        #[test]
        fn any_output_comes_back(texts in proptest::collection::vec(".{0,20}", 0..10), most in 0_usize..60) {
            let fact = done(1, "a", json!({ "texts": texts, "number": 1.50 }));
            prop_assert_eq!(there_and_back(&fact, most).2, fact);
        }

        #[test]
        fn length_is_that_of_the_text(text in ".{0,40}", number in any::<f64>()) {
            let value = json!([text, number, null, true]);
            prop_assert_eq!(length(&value), serde_json::to_string(&value).unwrap().len());
        }
    }
}
