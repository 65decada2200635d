//! A journal that says what it does, and at which a process can end or be stopped.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use engage_playbooks::ports::{
    Batch, Entry, Journal, JournalError, Lease, Offer, OfferId, RunPage, RunQuery, RunRecord,
};
use engage_playbooks::run::{RunKey, Tenant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What happens to a process at one of its appends, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum At {
    /// It ends before the append is durable.
    DieBefore(u64),
    /// It ends once the append is durable and before anybody hears of it.
    DieAfter(u64),
    /// It is stopped before the append, and may be let on later.
    StopBefore(u64),
}

/// A line in one piece.
pub fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush()).unwrap();
}

/// A journal that says `append`, `appended` and `sends`.
pub struct Dying {
    inner: Arc<dyn Journal>,
    at: Option<At>,
    appends: AtomicU64,
}

impl Dying {
    pub fn new(inner: Arc<dyn Journal>, at: Option<At>) -> Self {
        Self { inner, at, appends: AtomicU64::new(0) }
    }
}

/// Stops this process until somebody lets it on.
fn stop() {
    let process = std::process::id().to_string();
    assert!(Command::new("kill").args(["-STOP", &process]).status().unwrap().success());
}

#[async_trait]
impl Journal for Dying {
    async fn append(&self, lease: &Lease, batch: &Batch) -> Result<(), JournalError> {
        let nth = self.appends.fetch_add(1, Ordering::SeqCst);
        say("append");
        match self.at {
            Some(At::DieBefore(at)) if at == nth => std::process::abort(),
            Some(At::StopBefore(at)) if at == nth => stop(),
            _ => {}
        }
        let answer = self.inner.append(lease, batch).await;
        if matches!(self.at, Some(At::DieAfter(at)) if at == nth) {
            std::process::abort();
        }
        say("appended");
        answer
    }

    async fn holds(&self, lease: &Lease) -> Result<(), JournalError> {
        let answer = self.inner.holds(lease).await;
        say("sends");
        answer
    }

    async fn lead(&self, holder: &str) -> Result<Option<Lease>, JournalError> {
        self.inner.lead(holder).await
    }

    async fn resign(&self, lease: Lease) -> Result<(), JournalError> {
        self.inner.resign(lease).await
    }

    async fn entries(&self, key: &RunKey) -> Result<Vec<Entry>, JournalError> {
        self.inner.entries(key).await
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
        self.inner.news().await;
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
        self.inner.erase(lease, key).await
    }
}
