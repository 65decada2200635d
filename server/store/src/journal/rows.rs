//! A batch as rows, the same for every database, and what is read back.

use std::collections::{BTreeMap, BTreeSet};

use engage_playbooks::ports::{Batch, Entry, JournalError, Offer, RunPage, RunQuery, RunRecord};
use engage_playbooks::run::{RunKey, RunState, Tenant};
use jiff::Timestamp;

/// The most rows of one answer.
const MAX_PAGE: usize = 1000;

/// An instant as a text of one length, so that texts sort as instants do.
pub(super) fn text(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// An instant that was kept.
pub(super) fn instant(text: &str) -> Result<Timestamp, JournalError> {
    text.parse().map_err(|_| JournalError::Corrupt("an instant is none".to_owned()))
}

/// A text of any characters as one that every database takes as a key: JSON, which spells control characters out.
pub(super) fn key_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A number that a database keeps with a sign.
pub(super) fn signed(number: u64) -> Option<i64> {
    i64::try_from(number).ok()
}

/// How many rows to ask for.
pub(super) fn page(most: usize) -> usize {
    most.clamp(1, MAX_PAGE)
}

/// The same as a database counts.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The word for a state.
pub(super) fn word(state: RunState) -> &'static str {
    match state {
        RunState::Queued => "queued",
        RunState::Running => "running",
        RunState::NeedsIdentity => "needs-identity",
        RunState::Succeeded => "succeeded",
        RunState::Failed => "failed",
        RunState::Cancelled => "cancelled",
    }
}

/// What is known of a run, and what it is looked for by.
pub(super) struct RunRow {
    pub(super) playbook: String,
    pub(super) state: &'static str,
    pub(super) started: String,
    pub(super) ended: Option<String>,
    pub(super) record: String,
}

impl RunRow {
    fn of(record: &RunRecord) -> Result<Self, JournalError> {
        Ok(Self {
            playbook: record.playbook.to_string(),
            state: word(record.state),
            started: text(record.started_at),
            ended: record.state.at_an_end().then(|| text(record.updated_at)),
            record: serde_json::to_string(record).map_err(|error| JournalError::Corrupt(error.to_string()))?,
        })
    }
}

/// What is known of a run, read back.
pub(super) fn record(json: &str) -> Result<RunRecord, JournalError> {
    serde_json::from_str(json).map_err(|error| unreadable("what is known of a run", &error))
}

/// An offer, read back.
pub(super) fn offer(json: &str) -> Result<Offer, JournalError> {
    serde_json::from_str(json).map_err(|error| unreadable("an offer", &error))
}

/// The error's own words may show a value.
fn unreadable(what: &str, error: &serde_json::Error) -> JournalError {
    JournalError::Corrupt(format!("{what}: not as it was written, at byte {}", error.column()))
}

/// The entries of a run, read back in order.
pub(super) fn entries(key: &RunKey, rows: Vec<(i64, String)>) -> Result<Vec<Entry>, JournalError> {
    let numbered = (0u32..).zip(rows);
    numbered
        .map(|(sequence, (found, fact))| {
            if found != i64::from(sequence) {
                return Err(JournalError::Corrupt(format!("run {key}: entry {found} stands where {sequence} should")));
            }
            Ok(Entry { key: key.clone(), sequence, fact })
        })
        .collect()
}

/// The states to ask for, one question each: an index then gives every page in its order.
pub(super) fn states(query: &RunQuery) -> Vec<RunState> {
    use RunState::{Cancelled, Failed, NeedsIdentity, Queued, Running, Succeeded};
    let all = [Queued, Running, NeedsIdentity, Succeeded, Failed, Cancelled];
    all.into_iter().filter(|state| query.states.is_empty() || query.states.contains(state)).collect()
}

/// The page that the answers for each state make together.
pub(super) fn merged(mut runs: Vec<RunRecord>, most: usize) -> RunPage {
    runs.sort_by_key(|run| std::cmp::Reverse((run.started_at, run.key.run)));
    let more = runs.len() > most;
    runs.truncate(most);
    RunPage { runs, more }
}

/// A batch, or several that are written together.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) entries: Vec<Entry>,
    pub(super) runs: BTreeMap<RunKey, RunRow>,
    pub(super) taken: Vec<i64>,
    pub(super) marks: BTreeMap<String, String>,
    pub(super) blobs: BTreeMap<(Tenant, String), Vec<u8>>,
    pub(super) brought: BTreeSet<(RunKey, String)>,
    bytes: usize,
}

impl Rows {
    /// The rows of a batch.
    pub(super) fn of(batch: &Batch) -> Result<Self, JournalError> {
        batch.check_limits()?;
        // JSON spells it out; as it is, a database could refuse it together with what others append.
        if batch.entries.iter().any(|entry| entry.fact.contains('\0')) {
            return Err(JournalError::Corrupt("a fact with a zero byte is no JSON".to_owned()));
        }
        let runs = batch.runs.iter().map(|record| Ok((record.key.clone(), RunRow::of(record)?)));
        let blob = |blob: &engage_playbooks::ports::Blob| {
            ((blob.key.tenant.clone(), key_text(&blob.digest)), blob.bytes.clone())
        };
        Ok(Self {
            entries: batch.entries.clone(),
            runs: runs.collect::<Result<_, JournalError>>()?,
            taken: batch.taken.iter().filter_map(|offer| signed(offer.0)).collect(),
            marks: batch.marks.iter().map(|(name, at)| (key_text(name), text(*at))).collect(),
            blobs: batch.blobs.iter().map(blob).collect(),
            brought: batch.blobs.iter().map(|blob| (blob.key.clone(), key_text(&blob.digest))).collect(),
            bytes: batch.bytes(),
        })
    }

    /// Adds what comes behind; of what replaces, the later stays.
    pub(super) fn absorb(&mut self, later: Self) {
        let Self { entries, runs, taken, marks, blobs, brought, bytes } = later;
        self.entries.extend(entries);
        self.runs.extend(runs);
        self.taken.extend(taken);
        self.marks.extend(marks);
        self.blobs.extend(blobs);
        self.brought.extend(brought);
        self.bytes += bytes;
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        let Self { entries, runs, taken, marks, blobs, brought, bytes: _ } = self;
        let beside = taken.is_empty() && marks.is_empty() && blobs.is_empty() && brought.is_empty();
        entries.is_empty() && runs.is_empty() && beside
    }

    /// Facts and blobs, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// An offer as a row.
pub(super) struct OfferRow {
    pub(super) tenant: Tenant,
    /// The id of an event, as [`key_text`].
    pub(super) event: Option<String>,
    pub(super) body: String,
}

impl OfferRow {
    /// The row of an offer.
    pub(super) fn of(offer: &Offer) -> Result<Self, JournalError> {
        let event = match offer {
            Offer::Event(event) => Some(key_text(&event.id)),
            Offer::Request(_) => None,
        };
        Ok(Self { tenant: offer.tenant().clone(), event, body: offer.to_json()? })
    }
}

/// Offers of a group: of events with one id the first alone is asked for.
#[derive(Default)]
pub(super) struct Offers<'a> {
    /// What to take in, where it is new.
    pub(super) rows: Vec<&'a OfferRow>,
    firsts: BTreeSet<(&'a Tenant, &'a str)>,
}

impl<'a> Offers<'a> {
    /// Adds offers and says which of them are first.
    pub(super) fn add(&mut self, offers: &'a [OfferRow]) -> Vec<bool> {
        let mut first = Vec::with_capacity(offers.len());
        for row in offers {
            let new = row.event.as_deref().is_none_or(|event| self.firsts.insert((&row.tenant, event)));
            if new {
                self.rows.push(row);
            }
            first.push(new);
        }
        first
    }
}

/// Events that had not been offered before, as a database says.
#[derive(Default)]
pub(super) struct NewEvents(BTreeSet<(String, String)>);

impl From<Vec<(String, String)>> for NewEvents {
    fn from(new: Vec<(String, String)>) -> Self {
        Self(new.into_iter().collect())
    }
}

impl NewEvents {
    /// Whether an offer is to be kept: a new event or a request.
    pub(super) fn has(&self, row: &OfferRow) -> bool {
        let new = |event: &String| self.0.contains(&(row.tenant.as_str().to_owned(), event.clone()));
        row.event.as_ref().is_none_or(new)
    }

    /// Which offers of one caller are new, of those that were the first of their group.
    pub(super) fn of(&self, offers: &[OfferRow], first: Vec<bool>) -> Vec<bool> {
        offers.iter().zip(first).map(|(row, first)| first && self.has(row)).collect()
    }
}
