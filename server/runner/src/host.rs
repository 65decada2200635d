//! What a runner is given.

use std::sync::Arc;

use engage_engine::run::{Jitter, RandomJitter};
use engage_playbooks::ports::{BlockExecutor, Journal, Time};

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
}

impl Host {
    /// A host with the machine's time and chance, and no measures.
    pub fn new(journal: Arc<dyn Journal>, shelf: Arc<dyn Shelf>, executor: Arc<dyn BlockExecutor>) -> Self {
        let time = Arc::new(SystemTime::default());
        Self { journal, shelf, executor, time, jitter: Arc::new(RandomJitter), metrics: Arc::new(NoMetrics) }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}
