//! At most so many calls at a time.

use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::CrmName;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Lets at most so many calls through at a time; the others wait in the order they came.
#[derive(Debug)]
pub struct Limit<A: ?Sized> {
    permits: Semaphore,
    inner: Arc<A>,
}

impl<A: Adapter + ?Sized> Limit<A> {
    /// Around an adapter; `most` is taken to be at least 1.
    pub fn new(inner: Arc<A>, most: usize) -> Self {
        Self { permits: Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)), inner }
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, AdapterError> {
        // Nobody closes the semaphore; were it closed, nothing would have been sent.
        self.permits.acquire().await.map_err(|_| AdapterError::new(AdapterErrorKind::Unavailable))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<A: Adapter + ?Sized> Adapter for Limit<A> {
    fn crm(&self) -> &CrmName {
        self.inner.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        let _permit = self.permit().await?;
        self.inner.read(call, queries).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let _permit = self.permit().await?;
        self.inner.write(call, group).await
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}
