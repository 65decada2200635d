//! At most so many calls at a time, and fewer while the CRM asks for it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_engine::CrmName;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Lets at most so many calls through at a time; the others wait in the order they came.
///
/// It gives way: a call that the CRM throttles takes its place away with it, down to one place, and a place comes back
/// after as many calls went well as there are places. All executions on one `Limit` share what it has learned.
#[derive(Debug)]
pub struct Limit<A: ?Sized> {
    permits: Semaphore,
    pace: Mutex<Pace>,
    most: usize,
    inner: Arc<A>,
}

#[derive(Debug)]
struct Pace {
    places: usize,
    /// Calls that went well since the number of places changed.
    well: usize,
}

impl<A: Adapter + ?Sized> Limit<A> {
    /// Around an adapter; `most` is taken to be at least 1.
    pub fn new(inner: Arc<A>, most: usize) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        Self { permits: Semaphore::new(most), pace: Mutex::new(Pace { places: most, well: 0 }), most, inner }
    }

    /// How many calls it lets through at a time now.
    pub fn places(&self) -> usize {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner).places
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, AdapterError> {
        // Nobody closes the semaphore; were it closed, nothing would have been sent.
        self.permits.acquire().await.map_err(|_| AdapterError::new(AdapterErrorKind::Unavailable))
    }

    /// Learns from the end of a call. A call that is dropped gives its place back and teaches nothing.
    fn learn(&self, permit: SemaphorePermit<'_>, failure: Option<&AdapterErrorKind>) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        match failure {
            Some(AdapterErrorKind::Throttled { .. }) => {
                pace.well = 0;
                if pace.places > 1 {
                    pace.places -= 1;
                    permit.forget();
                }
            }
            Some(_) => {}
            None if pace.places < self.most => {
                pace.well += 1;
                if pace.well >= pace.places {
                    (pace.places, pace.well) = (pace.places + 1, 0);
                    self.permits.add_permits(1);
                }
            }
            None => {}
        }
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
        let permit = self.permit().await?;
        let answer = self.inner.read(call, queries).await;
        self.learn(permit, answer.as_ref().err().map(|error| &error.kind));
        answer
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let permit = self.permit().await?;
        let answer = self.inner.write(call, group).await;
        let throttled = |error: &&AdapterError| matches!(error.kind, AdapterErrorKind::Throttled { .. });
        let failure = match &answer {
            Ok(results) => results.iter().filter_map(|result| result.as_ref().err()).find(throttled),
            Err(failed) => Some(&failed.error),
        };
        self.learn(permit, failure.map(|error| &error.kind));
        answer
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}
