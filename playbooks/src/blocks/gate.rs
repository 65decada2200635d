//! What stands between an attempt and a CRM: nothing is sent once another leads, and requests are counted.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use engage_engine::ids::CrmName;

use crate::ports::BlockHost;

pub(super) struct Gate<'a> {
    inner: &'a dyn Adapter,
    host: &'a dyn BlockHost,
    trips: AtomicU32,
    halted: AtomicBool,
}

impl<'a> Gate<'a> {
    pub(super) fn new(inner: &'a dyn Adapter, host: &'a dyn BlockHost) -> Self {
        Self { inner, host, trips: AtomicU32::new(0), halted: AtomicBool::new(false) }
    }

    /// Requests that went out.
    pub(super) fn trips(&self) -> u32 {
        self.trips.load(Ordering::Relaxed)
    }

    /// Whether a request was held back.
    pub(super) fn halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    async fn pass(&self) -> Result<(), AdapterError> {
        if self.host.may_send().await.is_err() {
            self.halted.store(true, Ordering::Relaxed);
            // Of the kinds that say "nothing was sent", the one that is not tried again.
            let adapter = self.inner.crm().to_string();
            let operation = "be called by a process that no longer leads";
            return Err(AdapterError::new(AdapterErrorKind::Unsupported { operation, adapter }));
        }
        self.trips.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Adapter for Gate<'_> {
    fn crm(&self) -> &CrmName {
        self.inner.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        self.pass().await?;
        self.inner.read(call, queries).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        self.pass().await?;
        self.inner.write(call, group).await
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}
