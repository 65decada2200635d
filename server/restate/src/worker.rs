//! A worker: serves the services that Restate calls.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use engage_engine::run::{Jitter, RandomJitter};
use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::{BlockExecutor, Time};
use engage_playbooks::run::{Beginning, MOST_AT_ONCE, RetryRule, Tenant};
use engage_runner::Shelf;
use restate_sdk::prelude::{Endpoint, TerminalError};
use tokio::net::TcpListener;

use crate::block::EngageBlock;
use crate::listener;
use crate::run::EngageRun;
use crate::subject::EngageSubject;

/// What the services of one worker share.
#[derive(Clone)]
pub struct Worker {
    pub(crate) shelf: Arc<dyn Shelf>,
    pub(crate) executor: Arc<dyn BlockExecutor>,
    pub(crate) time: Arc<dyn Time>,
    pub(crate) jitter: Arc<dyn Jitter>,
    pub(crate) retry: RetryRule,
    pub(crate) most_at_once: usize,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("retry", &self.retry).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker on the playbooks of a shelf. Every worker of one Restate has to have every version that an unfinished
    /// run began with; one that lacks it makes Restate ask again, later or elsewhere.
    pub fn new(shelf: Arc<dyn Shelf>, executor: Arc<dyn BlockExecutor>, time: Arc<dyn Time>) -> Self {
        let (jitter, retry) = (Arc::new(RandomJitter), RetryRule::default());
        Self { shelf, executor, time, jitter, retry, most_at_once: MOST_AT_ONCE }
    }

    /// When blocks that failed are tried again.
    #[must_use]
    pub fn retry(mut self, rule: RetryRule) -> Self {
        self.retry = rule;
        self
    }

    /// Serves Restate's calls until `stop` is done; calls under way then have ten seconds to end.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn serve(self, address: SocketAddr, stop: impl Future<Output = ()> + Send) -> Result<(), std::io::Error> {
        let listener = TcpListener::bind(address).await?;
        self.serve_on(listener, stop).await;
        Ok(())
    }

    /// As [`serve`](Worker::serve), on a listener that is bound already.
    pub async fn serve_on(self, listener: TcpListener, stop: impl Future<Output = ()> + Send) {
        let endpoint = Endpoint::builder()
            .bind(EngageRun(self.clone()))
            .bind(EngageBlock(self.clone()))
            .bind(EngageSubject)
            .build();
        listener::serve(listener, endpoint, stop).await;
    }

    /// The version that a run began with.
    ///
    /// # Errors
    /// An error that Restate tries again, where this worker does not have it.
    pub(crate) fn pinned(&self, tenant: &Tenant, beginning: &Beginning) -> Result<Arc<Compiled>, Absent> {
        self.shelf.pinned(tenant, &beginning.digest).ok_or_else(|| Absent(beginning.playbook.to_string()))
    }
}

/// This worker does not have the version of a playbook that a run began with.
#[derive(Debug, thiserror::Error)]
#[error("this worker does not have the version of playbook `{0}` that the run began with")]
pub(crate) struct Absent(String);

/// An error that stays whoever tries.
pub(crate) fn broken(error: &dyn fmt::Display) -> TerminalError {
    TerminalError::new(format!("the facts of the run do not fit together: {error}"))
}
