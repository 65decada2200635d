//! A journal in memory: the reference of the contract, for tests and for programs whose runs may end with them.

mod store;

use std::fmt;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{RunKey, Tenant};
use crate::ports::{Batch, Entry, Journal, JournalError, Lease, Offer, OfferId, RunPage, RunQuery, RunRecord};

use store::{Held, Row, Store};

/// A journal in memory. Every handle that [`reopen`](MemoryJournal::reopen) gives stands for a process of its own on the same
/// store; a lease ends when the handle that holds it is dropped. Ids of events are kept for the life of the store.
pub struct MemoryJournal {
    store: Arc<Mutex<Store>>,
    /// Tells the handles of one store apart.
    handle: u64,
    /// Up to where this handle has heard of offers.
    heard: AtomicU64,
}

impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJournal").field("handle", &self.handle).finish_non_exhaustive()
    }
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self { store: Arc::default(), handle: 0, heard: AtomicU64::new(0) }
    }
}

impl Drop for MemoryJournal {
    fn drop(&mut self) {
        let mut store = self.store();
        store.lease.take_if(|held| held.handle == self.handle);
    }
}

impl MemoryJournal {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another process on the same store.
    #[must_use]
    pub fn reopen(&self) -> Self {
        let handle = {
            let mut store = self.store();
            store.handles += 1;
            store.handles
        };
        Self { store: Arc::clone(&self.store), handle, heard: AtomicU64::new(0) }
    }

    /// Locked for bookkeeping only.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store, under a lease of this handle.
    fn leading(&self, lease: &Lease) -> Result<MutexGuard<'_, Store>, JournalError> {
        let store = self.store();
        let valid = store.lease.as_ref().is_some_and(|held| held.lease == *lease && held.handle == self.handle);
        if valid { Ok(store) } else { Err(JournalError::Fenced) }
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn lead(&self, holder: &str) -> Result<Option<Lease>, JournalError> {
        let mut store = self.store();
        if store.lease.is_some() {
            return Ok(None);
        }
        store.token += 1;
        let lease = Lease { token: store.token, holder: holder.to_owned() };
        store.lease = Some(Held { lease: lease.clone(), handle: self.handle });
        Ok(Some(lease))
    }

    async fn holds(&self, lease: &Lease) -> Result<(), JournalError> {
        self.leading(lease).map(drop)
    }

    async fn resign(&self, lease: Lease) -> Result<(), JournalError> {
        self.leading(&lease)?.lease = None;
        Ok(())
    }

    async fn append(&self, lease: &Lease, batch: &Batch) -> Result<(), JournalError> {
        let mut store = self.leading(lease)?;
        batch.check_limits()?;
        store.check_sequence(&batch.entries)?;
        store.append(batch);
        Ok(())
    }

    async fn entries(&self, key: &RunKey) -> Result<Vec<Entry>, JournalError> {
        let store = self.store();
        let facts = store.runs.get(key).map_or(&[][..], |row| &row.facts);
        let numbered = (0..).zip(facts);
        Ok(numbered.map(|(sequence, fact)| Entry { key: key.clone(), sequence, fact: fact.clone() }).collect())
    }

    async fn run(&self, key: &RunKey) -> Result<Option<RunRecord>, JournalError> {
        Ok(self.store().runs.get(key).and_then(|row| row.record.clone()))
    }

    async fn runs(&self, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, JournalError> {
        let RunQuery { playbook, states, after, most } = query;
        let store = self.store();
        let wanted = store.of(tenant).filter(|run| {
            playbook.as_ref().is_none_or(|playbook| *playbook == run.playbook)
                && (states.is_empty() || states.contains(&run.state))
                && after.is_none_or(|after| (run.started_at, run.key.run) < after)
        });
        let mut runs: Vec<_> = wanted.collect();
        runs.sort_unstable_by_key(|run| std::cmp::Reverse((run.started_at, run.key.run)));
        let most = (*most).max(1);
        Ok(RunPage { more: runs.len() > most, runs: runs.into_iter().take(most).cloned().collect() })
    }

    async fn unfinished(
        &self,
        lease: &Lease,
        after: Option<&RunKey>,
        most: usize,
    ) -> Result<Vec<RunRecord>, JournalError> {
        let store = self.leading(lease)?;
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let records = store.runs.range::<RunKey, _>(behind).filter_map(|(_, row)| row.record.as_ref());
        Ok(records.filter(|record| !record.state.at_an_end()).take(most).cloned().collect())
    }

    async fn offer(&self, offers: &[Offer]) -> Result<Vec<bool>, JournalError> {
        for offer in offers {
            offer.to_json()?;
        }
        let (answers, listening) = {
            let mut store = self.store();
            let answers: Vec<bool> = offers.iter().map(|offer| store.offer(offer)).collect();
            let new = answers.contains(&true);
            (answers, if new { std::mem::take(&mut store.listening) } else { Vec::new() })
        };
        listening.into_iter().for_each(Waker::wake);
        Ok(answers)
    }

    async fn offered(
        &self,
        lease: &Lease,
        after: Option<OfferId>,
        most: usize,
    ) -> Result<Vec<(OfferId, Offer)>, JournalError> {
        let store = self.leading(lease)?;
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        Ok(store.offers.range(behind).take(most).map(|(id, offer)| (*id, offer.clone())).collect())
    }

    async fn news(&self) {
        std::future::poll_fn(|context| {
            let mut store = self.store();
            if self.heard.swap(store.offered, Ordering::Relaxed) < store.offered {
                return Poll::Ready(());
            }
            if !store.listening.iter().any(|waker| waker.will_wake(context.waker())) {
                store.listening.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    async fn mark(&self, lease: &Lease, name: &str) -> Result<Option<Timestamp>, JournalError> {
        Ok(self.leading(lease)?.marks.get(name).copied())
    }

    async fn blob(&self, tenant: &Tenant, digest: &str) -> Result<Option<Vec<u8>>, JournalError> {
        let name = (tenant.clone(), digest.to_owned());
        Ok(self.store().blobs.get(&name).map(|kept| kept.bytes.clone()))
    }

    async fn purge(&self, lease: &Lease, ended_before: Timestamp, most: usize) -> Result<usize, JournalError> {
        let mut store = self.leading(lease)?;
        let ended =
            |row: &Row| row.record.as_ref().is_some_and(|run| run.state.at_an_end() && run.updated_at < ended_before);
        let old = store.runs.iter().filter(|(_, row)| ended(row)).map(|(key, _)| key.clone());
        let old: Vec<_> = old.take(most).collect();
        old.iter().for_each(|key| store.remove(key));
        Ok(old.len())
    }

    async fn erase(&self, lease: &Lease, key: &RunKey) -> Result<bool, JournalError> {
        let mut store = self.leading(lease)?;
        let Some(row) = store.runs.get(key) else { return Ok(false) };
        if row.record.as_ref().is_none_or(|run| !run.state.at_an_end()) {
            return Err(JournalError::Busy(key.clone()));
        }
        store.remove(key);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::journal::{Fixture, Store as AnyStore, failures};

    struct Memory;

    struct Shared(MemoryJournal);

    #[async_trait]
    impl Fixture for Memory {
        async fn fresh(&self) -> Arc<dyn AnyStore> {
            Arc::new(Shared(MemoryJournal::new()))
        }
    }

    #[async_trait]
    impl AnyStore for Shared {
        async fn open(&self) -> Arc<dyn Journal> {
            Arc::new(self.0.reopen())
        }
    }

    #[test]
    fn the_journal_in_memory_conforms() {
        let failures = crate::run::testing::Virtual::default().run(failures(&Memory));
        assert!(failures.is_empty(), "{failures:#?}");
    }
}
