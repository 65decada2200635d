//! What goes into the next append, and what waits for it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use engage_engine::SemanticId;
use engage_playbooks::ports::{Batch, JournalError, OfferId, RunRecord};
use engage_playbooks::run::{Fact, RunKey, RunState, to_entry};
use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::call::Call;
use crate::leader::GivenUp;

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
    /// Runs that never ended: they go once it is durable that they were given up.
    pub(crate) given_up: Vec<GivenUp>,
    /// How many entries the batch has.
    pub(crate) entries: usize,
}

impl Pending {
    /// Adds a fact to the journal of a run. A value in it above `inline` bytes goes beside it.
    pub(crate) fn fact(&mut self, key: &RunKey, sequence: u32, fact: &Fact, inline: usize) -> Result<(), JournalError> {
        let (entry, blobs) = to_entry(key, sequence, fact, inline)?;
        self.bytes += entry.fact.len() + blobs.iter().map(|blob| blob.bytes.len()).sum::<usize>();
        self.batch.entries.push(entry);
        self.batch.blobs.extend(blobs);
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

    /// Removes a run once this batch is durable, which says that it was given up.
    pub(crate) fn given_up(&mut self, run: GivenUp) {
        self.held.given_up.push(run);
    }

    /// Closes a batch that is long enough. What has to be there whole or not at all is in it: what was added last may be no part
    /// of such a whole.
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
