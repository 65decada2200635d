//! What a runner is given.

use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::SemanticId;
use engage_engine::run::{Jitter, RandomJitter};
use engage_playbooks::ports::{BlockExecutor, Journal, Time};
use engage_playbooks::run::RunKey;
use jiff::Timestamp;

use crate::clock::SystemTime;
use crate::metrics::{Metrics, NoMetrics};
use crate::shelf::Shelf;

/// What a runner is given.
pub struct Host {
    /// Where runs live.
    pub journal: Arc<dyn Journal>,
    /// Where playbooks stand.
    pub shelf: Arc<dyn Shelf>,
    /// Who runs blocks.
    pub executor: Arc<dyn BlockExecutor>,
    /// The time.
    pub time: Arc<dyn Time>,
    /// Chance, for the pauses between attempts.
    pub jitter: Arc<dyn Jitter>,
    /// Who wants to know how it goes.
    pub metrics: Arc<dyn Metrics>,
    /// Who tells people what they have to know.
    pub alerts: Arc<dyn Alerts>,
}

/// Tells people what they have to know.
#[async_trait]
pub trait Alerts: Send + Sync {
    /// These runs are not at an end though their time is over ([`Config::unfinished`](crate::Config::unfinished)). Once this has
    /// returned they are given up and removed; it may be told of a run again.
    ///
    /// # Errors
    /// [`Unheard`] where people could not be told: the runs stay, and are told of again in an hour.
    async fn never_ended(&self, runs: &[NeverEnded]) -> Result<(), Unheard>;
}

/// A run that never ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeverEnded {
    /// The run.
    pub key: RunKey,
    /// Its playbook.
    pub playbook: SemanticId,
    /// When it began, or was last let go on.
    pub since: Timestamp,
}

/// Why people were not told, in words without values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unheard(pub String);

/// Tells nobody beside the log, which has an error for each run that is given up.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnlyLogged;

#[async_trait]
impl Alerts for OnlyLogged {
    async fn never_ended(&self, _: &[NeverEnded]) -> Result<(), Unheard> {
        Ok(())
    }
}

impl Host {
    /// A host with the machine's time and chance, no measures, and alerts that stand in the log alone.
    pub fn new(journal: Arc<dyn Journal>, shelf: Arc<dyn Shelf>, executor: Arc<dyn BlockExecutor>) -> Self {
        let time = Arc::new(SystemTime::default());
        let (jitter, metrics) = (Arc::new(RandomJitter), Arc::new(NoMetrics));
        Self { journal, shelf, executor, time, jitter, metrics, alerts: Arc::new(OnlyLogged) }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}
