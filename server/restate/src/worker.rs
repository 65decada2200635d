//! A worker: serves the services that Restate calls.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engage_engine::run::{Jitter, RandomJitter};
use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::{BlockExecutor, Time};
use engage_playbooks::run::{Beginning, Tenant};
use engage_runner::{Config, Metrics, NoMetrics, Shelf};
use restate_sdk::endpoint::ServiceOptions;
use restate_sdk::prelude::{Endpoint, IntoServiceDefinition as _, TerminalError};
use tokio::net::TcpListener;

use crate::block::EngageBlock;
use crate::listener;
use crate::run::EngageRun;
use crate::schedule::{EngageCalendar, EngageSchedule};
use crate::subject::EngageSubject;

/// The longest pause between two calls of Restate that a worker did not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What the services of one worker share.
#[derive(Clone)]
pub struct Worker {
    pub(crate) shelf: Arc<dyn Shelf>,
    pub(crate) executor: Arc<dyn BlockExecutor>,
    pub(crate) time: Arc<dyn Time>,
    pub(crate) jitter: Arc<dyn Jitter>,
    pub(crate) metrics: Arc<dyn Metrics>,
    pub(crate) config: Arc<Config>,
    signed_by: Option<String>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A key that is no public key of a Restate server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the public key of a Restate server begins with `publickeyv1_`")]
pub struct NoKey;

impl Worker {
    /// A worker on the playbooks of a shelf. Every worker of one Restate has to have every version that an unfinished
    /// run began with; one that lacks it makes Restate ask again, later or elsewhere.
    pub fn new(shelf: Arc<dyn Shelf>, executor: Arc<dyn BlockExecutor>, time: Arc<dyn Time>) -> Self {
        let (jitter, metrics, config) = (Arc::new(RandomJitter), Arc::new(NoMetrics), Arc::default());
        Self { shelf, executor, time, jitter, metrics, config, signed_by: None }
    }

    /// Sets what an operator may set. Of the limits, those of blocks and outputs alone count here.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = Arc::new(config);
        self
    }

    /// Tells of its attempts, and of runs that it brings to their end.
    #[must_use]
    pub fn metrics(mut self, metrics: Arc<dyn Metrics>) -> Self {
        self.metrics = metrics;
        self
    }

    /// Answers calls alone that were signed with a server's key (`publickeyv1_…`): else whoever reaches the worker can
    /// make it run blocks.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn signed_by(mut self, key: &str) -> Result<Self, NoKey> {
        Endpoint::builder().identity_key(key).map_err(|_| NoKey)?;
        self.signed_by = Some(key.to_owned());
        Ok(self)
    }

    /// Serves Restate's calls until `stop` is done; calls under way then have ten seconds to end. Dropping the future is a
    /// crash.
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
        listener::serve(listener, self.endpoint(), stop).await;
    }

    fn endpoint(self) -> Endpoint {
        // The server gives up after an hour without workers, until a person lets every run and schedule go on.
        let patient = || {
            let options = ServiceOptions::new().retry_policy_max_interval(LONGEST_PAUSE);
            options.retry_policy_max_attempts(u64::from(u32::MAX))
        };
        let within = || patient().ingress_private(true);
        let endpoint = Endpoint::builder()
            .bind(EngageRun(self.clone()).into_service_definition().options(patient()))
            .bind(EngageBlock(self.clone()).into_service_definition().options(within()))
            .bind(EngageSubject.into_service_definition().options(patient()))
            .bind(EngageCalendar.into_service_definition().options(patient()))
            .bind(EngageSchedule(self.clone()).into_service_definition().options(within()));
        match &self.signed_by {
            // INVARIANT: it was found to be a key. Were it none, nothing would be served.
            Some(key) => endpoint.identity_key(key).unwrap_or_default().build(),
            None => endpoint.build(),
        }
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
