//! What all handles of a store in memory share, and the rules of a batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::task::Waker;

use jiff::Timestamp;
use uuid::Uuid;

use crate::ports::{Batch, Entry, JournalError, Lease, Offer, OfferId, RunRecord};
use crate::run::{RunKey, Tenant};

/// What all handles share.
#[derive(Default)]
pub(super) struct Store {
    pub(super) runs: BTreeMap<RunKey, Row>,
    pub(super) blobs: HashMap<(Tenant, String), Kept>,
    pub(super) offers: BTreeMap<OfferId, Offer>,
    pub(super) offered: u64,
    pub(super) known: BTreeSet<(Tenant, String)>,
    pub(super) marks: HashMap<String, Timestamp>,
    pub(super) lease: Option<Held>,
    /// The last token and the last handle that were given out.
    pub(super) token: u64,
    pub(super) handles: u64,
    pub(super) listening: Vec<Waker>,
}

#[derive(Default)]
pub(super) struct Row {
    pub(super) facts: Vec<String>,
    pub(super) record: Option<RunRecord>,
    /// Digests of the blobs it brought.
    pub(super) blobs: BTreeSet<String>,
}

pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) by: BTreeSet<Uuid>,
}

pub(super) struct Held {
    pub(super) lease: Lease,
    pub(super) handle: u64,
}

impl Store {
    /// Whether every entry follows the one before it.
    pub(super) fn check_sequence(&self, entries: &[Entry]) -> Result<(), JournalError> {
        let mut next: HashMap<&RunKey, u32> = HashMap::new();
        for entry in entries {
            let expected = next.entry(&entry.key).or_insert_with(|| self.length(&entry.key));
            if entry.sequence != *expected {
                let (key, expected, found) = (entry.key.clone(), *expected, entry.sequence);
                return Err(JournalError::Sequence { key, expected, found });
            }
            *expected = expected.saturating_add(1);
        }
        Ok(())
    }

    pub(super) fn length(&self, key: &RunKey) -> u32 {
        self.runs.get(key).map_or(0, |row| u32::try_from(row.facts.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn append(&mut self, batch: &Batch) {
        for Entry { key, fact, .. } in &batch.entries {
            self.runs.entry(key.clone()).or_default().facts.push(fact.clone());
        }
        for record in &batch.runs {
            self.runs.entry(record.key.clone()).or_default().record = Some(record.clone());
        }
        for blob in &batch.blobs {
            self.runs.entry(blob.key.clone()).or_default().blobs.insert(blob.digest.clone());
            let kept = self.blobs.entry((blob.key.tenant.clone(), blob.digest.clone()));
            let kept = kept.or_insert_with(|| Kept { bytes: blob.bytes.clone(), by: BTreeSet::new() });
            kept.by.insert(blob.key.run);
        }
        for taken in &batch.taken {
            self.offers.remove(taken);
        }
        self.marks.extend(batch.marks.iter().cloned());
    }

    /// Removes a run with the blobs that no other refers to.
    pub(super) fn remove(&mut self, key: &RunKey) {
        let Some(row) = self.runs.remove(key) else { return };
        for digest in row.blobs {
            let name = (key.tenant.clone(), digest);
            let unused = self.blobs.get_mut(&name).is_some_and(|kept| {
                kept.by.remove(&key.run);
                kept.by.is_empty()
            });
            if unused {
                self.blobs.remove(&name);
            }
        }
    }

    /// Takes one in, unless it is known.
    pub(super) fn offer(&mut self, offer: &Offer) -> bool {
        if let Offer::Event(event) = offer
            && !self.known.insert((event.tenant.clone(), event.id.clone()))
        {
            return false;
        }
        self.offered += 1;
        self.offers.insert(OfferId(self.offered), offer.clone());
        true
    }

    /// The runs of a tenant.
    pub(super) fn of(&self, tenant: &Tenant) -> impl Iterator<Item = &RunRecord> {
        let of = |run| RunKey { tenant: tenant.clone(), run };
        self.runs.range(of(Uuid::nil())..=of(Uuid::max())).filter_map(|(_, row)| row.record.as_ref())
    }
}
