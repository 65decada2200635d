//! What goes into the next append, and what waits for it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use aws_lc_rs::digest;
use engage_engine::SemanticId;
use engage_playbooks::ports::{Batch, Blob, Entry, OfferId, RunRecord};
use engage_playbooks::run::{Fact, FactKind, RunKey, RunOutcome, RunState};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::call::Call;

/// The name of the one field of what stands in for a long value.
const BLOB: &str = "$blob";

/// What a batch may come to in bytes before the next one begins.
const FULL: usize = 8 * 1024 * 1024;

/// Batches in the making: one mostly, more when much comes at once.
#[derive(Default)]
pub(crate) struct Pending {
    full: VecDeque<(Batch, Held)>,
    batch: Batch,
    /// Where in the batch the record of a run stands.
    records: HashMap<RunKey, usize>,
    bytes: usize,
    held: Held,
}

/// What may happen once a batch is durable, and not before.
#[derive(Default)]
pub(crate) struct Held {
    /// Blocks to be sent on their way.
    pub(crate) calls: Vec<Call>,
    /// Those who wait for their entry.
    pub(crate) replies: Vec<oneshot::Sender<()>>,
    /// Offers that are dealt with then.
    pub(crate) taken: Vec<OfferId>,
    /// Runs that are at an end: their playbook, how they ended, and how long they took.
    pub(crate) ended: Vec<(SemanticId, RunState, Duration)>,
    /// How many entries the batch has.
    pub(crate) entries: usize,
}

impl Pending {
    /// Adds a fact to the journal of a run. A value in it above `inline` bytes goes beside it.
    pub(crate) fn fact(
        &mut self,
        key: &RunKey,
        sequence: u32,
        fact: &Fact,
        inline: usize,
    ) -> Result<(), serde_json::Error> {
        let (fact, blob) = written(key, fact, inline)?;
        self.bytes += fact.len() + blob.as_ref().map_or(0, |blob| blob.bytes.len());
        self.batch.entries.push(Entry { key: key.clone(), sequence, fact });
        self.batch.blobs.extend(blob);
        Ok(())
    }

    /// Says what is known of a run, in place of what this batch said of it before.
    pub(crate) fn record(&mut self, record: RunRecord) {
        let next = self.batch.runs.len();
        let position = *self.records.entry(record.key.clone()).or_insert(next);
        match self.batch.runs.get_mut(position) {
            Some(was) => *was = record,
            None => self.batch.runs.push(record),
        }
    }

    /// Keeps an instant under a name.
    pub(crate) fn mark(&mut self, name: String, at: Timestamp) {
        self.batch.marks.push((name, at));
    }

    /// Says that an offer is dealt with.
    pub(crate) fn taken(&mut self, offer: OfferId) {
        self.batch.taken.push(offer);
    }

    /// Sends a block on its way once this batch is durable.
    pub(crate) fn call(&mut self, call: Call) {
        self.held.calls.push(call);
    }

    /// Answers once this batch is durable.
    pub(crate) fn reply(&mut self, to: oneshot::Sender<()>) {
        self.held.replies.push(to);
    }

    /// Tells that a run is at an end once this batch is durable.
    pub(crate) fn ended(&mut self, playbook: SemanticId, state: RunState, took: Duration) {
        self.held.ended.push((playbook, state, took));
    }

    /// Closes a batch that is long enough. What has to be there whole or not at all is in it.
    pub(crate) fn part(&mut self) {
        if self.bytes >= FULL {
            let closed = self.close();
            self.full.push_back(closed);
        }
    }

    /// Whether there is nothing to append.
    pub(crate) fn is_empty(&self) -> bool {
        let Batch { entries, runs, taken, marks, blobs } = &self.batch;
        let open = entries.is_empty() && runs.is_empty() && taken.is_empty() && marks.is_empty() && blobs.is_empty();
        open && self.full.is_empty()
    }

    /// Takes the first batch, and what waits for it.
    pub(crate) fn take(&mut self) -> (Batch, Held) {
        self.full.pop_front().unwrap_or_else(|| self.close())
    }

    fn close(&mut self) -> (Batch, Held) {
        let batch = std::mem::take(&mut self.batch);
        let held = std::mem::take(&mut self.held);
        (self.bytes, self.records) = (0, HashMap::new());
        let held = Held { taken: batch.taken.clone(), entries: batch.entries.len(), ..held };
        (batch, held)
    }
}

/// A fact as it stands in the journal, and the value that stands beside it.
fn written(key: &RunKey, fact: &Fact, inline: usize) -> Result<(String, Option<Blob>), serde_json::Error> {
    let text = serde_json::to_string(fact)?;
    // What looks like a stand-in and is none would be taken for one.
    if text.len() <= inline && value_in(&fact.kind).is_none_or(|value| digest_in(value).is_none()) {
        return Ok((text, None));
    }
    let mut fact = fact.clone();
    let Some(value) = value_in_mut(&mut fact.kind) else { return Ok((text, None)) };
    let bytes = serde_json::to_vec(value)?;
    let digest = hex(digest::digest(&digest::SHA256, &bytes).as_ref());
    *value = json!({ BLOB: digest });
    Ok((serde_json::to_string(&fact)?, Some(Blob { key: key.clone(), digest, bytes })))
}

/// The one value of a fact that may be long.
fn value_in(fact: &FactKind) -> Option<&Value> {
    match fact {
        FactKind::Started(beginning) => Some(&beginning.data),
        FactKind::Prepared { input, .. } => Some(input),
        FactKind::Done { output, .. } => Some(output),
        FactKind::Finished { outcome: RunOutcome::Succeeded { outputs } } => Some(outputs),
        _ => None,
    }
}

/// [`value_in`], to be put in or taken out.
pub(crate) fn value_in_mut(fact: &mut FactKind) -> Option<&mut Value> {
    match fact {
        FactKind::Started(beginning) => Some(&mut beginning.data),
        FactKind::Prepared { input, .. } => Some(input),
        FactKind::Done { output, .. } => Some(output),
        FactKind::Finished { outcome: RunOutcome::Succeeded { outputs } } => Some(outputs),
        _ => None,
    }
}

/// The digest of the value that this one stands in for.
pub(crate) fn digest_in(value: &Value) -> Option<&str> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    fields.get(BLOB)?.as_str()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use engage_engine::ids::RefId;
    use engage_playbooks::run::Tenant;

    use super::*;

    fn key() -> RunKey {
        RunKey::of_event(&Tenant::new("contoso").unwrap(), &SemanticId::new("book").unwrap(), "event-1")
    }

    fn done(output: Value) -> Fact {
        let kind = FactKind::Done { block: RefId::new("read").unwrap(), output, trips: 1 };
        Fact { at: Timestamp::UNIX_EPOCH, kind }
    }

    fn stored(output: Value) -> (Fact, Option<Blob>) {
        let (text, blob) = written(&key(), &done(output), 200).unwrap();
        (serde_json::from_str(&text).unwrap(), blob)
    }

    #[test]
    fn a_short_output_stands_in_its_entry() {
        assert_eq!(stored(json!({"a": 1})), (done(json!({"a": 1})), None));
    }

    #[test]
    fn a_long_output_stands_beside_it_under_its_digest() {
        let (fact, blob) = stored(json!("x".repeat(300)));
        let blob = blob.unwrap();
        assert_eq!(blob.bytes.len(), 302);
        let FactKind::Done { output, trips: 1, .. } = fact.kind else { panic!("{fact:?}") };
        assert_eq!(digest_in(&output), Some(blob.digest.as_str()));
        assert!(blob.digest.len() == 64 && blob.digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn what_only_looks_like_a_stand_in_is_not_taken_for_one() {
        let (fact, blob) = stored(json!({"$blob": "0".repeat(64)}));
        assert_eq!(blob.unwrap().bytes, serde_json::to_vec(&json!({"$blob": "0".repeat(64)})).unwrap());
        let FactKind::Done { output, .. } = fact.kind else { panic!("no output") };
        assert_ne!(digest_in(&output), Some("0".repeat(64).as_str()));
    }
}
