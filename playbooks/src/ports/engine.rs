//! Where runs live: the one trait that an embedded runner and a distributed engine both serve.

use async_trait::async_trait;
use engage_engine::ids::RefId;

use super::{Event, JournalError, RunPage, RunQuery, RunRecord};
use crate::run::{Fact, RunKey, Tenant};

/// Something that runs playbooks and survives crashes.
///
/// # Contract
/// Whatever serves it drives the one [`Machine`](crate::run::Machine): what a run does, and in which order, is decided
/// there alone. The step in flight may be repeated after a crash, under the same keys.
#[async_trait]
pub trait DurableEngine: Send + Sync {
    /// Takes events in. Once this returns `Ok` they are durable, and each starts every playbook whose trigger it meets,
    /// once.
    ///
    /// # Errors
    /// [`EngineError`]; offering the same events again is safe.
    async fn offer(&self, events: Vec<Event>) -> Result<Vec<Started>, EngineError>;

    /// Stops a run. Nothing happens to one that is at an end.
    ///
    /// # Errors
    /// [`EngineError::NoSuchRun`].
    async fn cancel(&self, key: &RunKey, by: &str) -> Result<(), EngineError>;

    /// Lets a failed or cancelled run go on, from a block or from what failed.
    ///
    /// # Errors
    /// [`EngineError::NoSuchRun`], [`EngineError::NotAtAnEnd`].
    async fn retry(&self, key: &RunKey, from: Option<RefId>, by: &str) -> Result<(), EngineError>;

    /// What is known of a run at a glance.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`].
    async fn status(&self, key: &RunKey) -> Result<Option<RunRecord>, EngineError>;

    /// Runs of a tenant, newest first.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`].
    async fn runs(&self, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, EngineError>;

    /// The facts of a run, in order.
    ///
    /// # Errors
    /// [`EngineError::NoSuchRun`].
    async fn history(&self, key: &RunKey) -> Result<Vec<Fact>, EngineError>;
}

/// What became of an offered event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The event's id.
    pub event: String,
    /// Whether it was offered before.
    pub known: bool,
}

/// Why an engine did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The tenant has no such run.
    #[error("there is no run {0}")]
    NoSuchRun(RunKey),
    /// The run is still under way.
    #[error("run {0} is not at an end")]
    NotAtAnEnd(RunKey),
    /// What was given is refused; nothing was taken in.
    #[error("{0}")]
    Refused(String),
    /// The engine cannot be asked now.
    #[error("the engine is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<JournalError> for EngineError {
    fn from(error: JournalError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}
