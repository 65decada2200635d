//! Journals that break, and journals that freeze.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use engage_playbooks::ports::{
    Batch, Entry, Journal, JournalError, Lease, Offer, OfferId, RunPage, RunQuery, RunRecord,
};
use engage_playbooks::run::{RunKey, Tenant};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

/// What happens at the doors of a journal.
#[async_trait]
pub(crate) trait Hook: Send + Sync {
    async fn before_append(&self) {}
    async fn after_append(&self) {}
    async fn after_holds(&self) {}
    async fn after_entries(&self) {}
    async fn before_erase(&self, _: Option<RunRecord>) {}
}

/// A journal with something at its doors.
pub(crate) struct Hooked<H> {
    inner: Arc<dyn Journal>,
    lease: Mutex<Option<Lease>>,
    pub(crate) hook: H,
}

impl<H> Hooked<H> {
    /// The store sees the holder of the lease as gone.
    pub(crate) async fn depose(&self) {
        let lease = self.lease.lock().unwrap().clone().unwrap();
        self.inner.resign(lease).await.unwrap();
    }
}

/// When a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Before the n-th append is durable.
    Before(usize),
    /// After it is, and before anybody hears of it.
    After(usize),
}

/// A process dies at an append: it never hears of it, and of nothing that comes after.
pub(crate) struct Dying {
    when: When,
    appends: AtomicUsize,
    pub(crate) died: Notify,
}

pub(crate) type Breaking = Hooked<Dying>;

impl Breaking {
    pub(crate) fn new(inner: Arc<dyn Journal>, when: When) -> Arc<Self> {
        Arc::new(Self {
            inner,
            lease: Mutex::default(),
            hook: Dying { when, appends: AtomicUsize::new(0), died: Notify::new() },
        })
    }
}

impl Dying {
    async fn die(&self) {
        self.died.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl Hook for Dying {
    async fn before_append(&self) {
        let nth = self.appends.fetch_add(1, Ordering::SeqCst);
        if matches!(self.when, When::Before(at) if nth == at) {
            self.die().await;
        }
    }

    async fn after_append(&self) {
        let nth = self.appends.load(Ordering::SeqCst) - 1;
        if matches!(self.when, When::After(at) if nth == at) {
            self.die().await;
        }
    }
}

/// A process stops in the middle of what it does, and goes on later as if nothing had been.
#[derive(Default)]
pub(crate) struct Freezing {
    frozen: watch::Sender<bool>,
    /// Freezes with the next answer that says that something may be sent.
    pub(crate) at_holds: AtomicBool,
    /// Freezes before the next append.
    pub(crate) at_append: AtomicBool,
    pub(crate) stopped: Notify,
}

pub(crate) type Frozen = Hooked<Freezing>;

impl Frozen {
    pub(crate) fn new(inner: Arc<dyn Journal>) -> Arc<Self> {
        Arc::new(Self { inner, lease: Mutex::default(), hook: Freezing::default() })
    }
}

impl Freezing {
    /// Goes on.
    pub(crate) fn thaw(&self) {
        self.frozen.send_replace(false);
    }

    async fn pass(&self, at: &AtomicBool) {
        if at.swap(false, Ordering::SeqCst) {
            self.frozen.send_replace(true);
            self.stopped.notify_one();
        }
        let mut frozen = self.frozen.subscribe();
        frozen.wait_for(|frozen| !frozen).await.unwrap();
    }
}

#[async_trait]
impl Hook for Freezing {
    async fn before_append(&self) {
        self.pass(&self.at_append).await;
    }

    async fn after_holds(&self) {
        self.pass(&self.at_holds).await;
    }
}

/// What was read is told only after an append has come to its end that began with the reading.
pub(crate) struct Late;

pub(crate) type Lagging = Hooked<Late>;

impl Lagging {
    pub(crate) fn new(inner: Arc<dyn Journal>) -> Arc<Self> {
        Arc::new(Self { inner, lease: Mutex::default(), hook: Late })
    }
}

#[async_trait]
impl Hook for Late {
    async fn before_append(&self) {
        turns(50).await;
    }

    async fn after_entries(&self) {
        turns(500).await;
    }
}

/// Remembers what was erased, or never comes to erasing it.
#[derive(Default)]
pub(crate) struct Removals {
    /// What the journal said of each run before it was erased.
    pub(crate) runs: Mutex<Vec<RunRecord>>,
    /// The process dies before anything is erased.
    pub(crate) dies: AtomicBool,
}

pub(crate) type Erasing = Hooked<Removals>;

impl Erasing {
    pub(crate) fn new(inner: Arc<dyn Journal>) -> Arc<Self> {
        Arc::new(Self { inner, lease: Mutex::default(), hook: Removals::default() })
    }
}

#[async_trait]
impl Hook for Removals {
    async fn before_erase(&self, record: Option<RunRecord>) {
        self.runs.lock().unwrap().extend(record);
        if self.dies.load(Ordering::SeqCst) {
            std::future::pending().await
        }
    }
}

async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

#[async_trait]
impl<H: Hook> Journal for Hooked<H> {
    async fn holds(&self, lease: &Lease) -> Result<(), JournalError> {
        let answer = self.inner.holds(lease).await;
        self.hook.after_holds().await;
        answer
    }

    async fn append(&self, lease: &Lease, batch: &Batch) -> Result<(), JournalError> {
        self.hook.before_append().await;
        let answer = self.inner.append(lease, batch).await;
        self.hook.after_append().await;
        answer
    }

    async fn lead(&self, holder: &str) -> Result<Option<Lease>, JournalError> {
        let lease = self.inner.lead(holder).await?;
        if lease.is_some() {
            *self.lease.lock().unwrap() = lease.clone();
        }
        Ok(lease)
    }

    async fn resign(&self, lease: Lease) -> Result<(), JournalError> {
        self.inner.resign(lease).await
    }

    async fn entries(&self, key: &RunKey) -> Result<Vec<Entry>, JournalError> {
        let answer = self.inner.entries(key).await;
        self.hook.after_entries().await;
        answer
    }

    async fn run(&self, key: &RunKey) -> Result<Option<RunRecord>, JournalError> {
        self.inner.run(key).await
    }

    async fn runs(&self, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, JournalError> {
        self.inner.runs(tenant, query).await
    }

    async fn unfinished(
        &self,
        lease: &Lease,
        after: Option<&RunKey>,
        most: usize,
    ) -> Result<Vec<RunRecord>, JournalError> {
        self.inner.unfinished(lease, after, most).await
    }

    async fn offer(&self, offers: &[Offer]) -> Result<Vec<bool>, JournalError> {
        self.inner.offer(offers).await
    }

    async fn offered(
        &self,
        lease: &Lease,
        after: Option<OfferId>,
        most: usize,
    ) -> Result<Vec<(OfferId, Offer)>, JournalError> {
        self.inner.offered(lease, after, most).await
    }

    async fn news(&self) {
        self.inner.news().await
    }

    async fn mark(&self, lease: &Lease, name: &str) -> Result<Option<Timestamp>, JournalError> {
        self.inner.mark(lease, name).await
    }

    async fn blob(&self, tenant: &Tenant, digest: &str) -> Result<Option<Vec<u8>>, JournalError> {
        self.inner.blob(tenant, digest).await
    }

    async fn purge(&self, lease: &Lease, ended_before: Timestamp, most: usize) -> Result<usize, JournalError> {
        self.inner.purge(lease, ended_before, most).await
    }

    async fn erase(&self, lease: &Lease, key: &RunKey) -> Result<bool, JournalError> {
        self.hook.before_erase(self.inner.run(key).await?).await;
        self.inner.erase(lease, key).await
    }
}
