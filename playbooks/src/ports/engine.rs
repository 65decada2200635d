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
///
/// What an engine implements:
/// * **Commands become durable facts.** [`Run`](crate::run::Command::Run) is an attempt that may be made by any process,
///   [`WakeAt`](crate::run::Command::WakeAt) a timer that outlives all of them, and
///   [`Finish`](crate::run::Command::Finish) the end. A fact is durable before anything that follows from it is done.
/// * **Two steps for a write.** What a block has [prepared](super::BlockHost::prepared) is durable before the write; an
///   attempt that finds it prepared by another says so as [`in_doubt`](crate::run::Attempt::in_doubt). What every attempt
///   [prepares alike](super::BlockHost::prepared_again) and writes once may be kept with the attempt's end.
/// * **Ids that come from the event**: [`RunKey::of_event`] names a run, so that an event that comes twice starts it once.
/// * **Events about one subject** take effect in their order: runs of the next begin when those of the one before are at an end.
///   An engine that keeps this order only among the runs of one playbook says so.
/// * **Schedules** call at the next time of [`Schedule`](crate::schedule::Schedule), once however many processes there are,
///   and follow what is switched on.
/// * **A person's wishes** (cancel, retry) are facts like all others.
///
/// What it does not decide: which events are taken in and which playbooks they start, how a run begins, how long it may
/// take, which run may go on by request, and which of several missed times fires. `engage-runner` says so for every
/// engine, in its public modules `intake` and `schedule`; webhooks become events in its `webhook`.
///
/// What it cannot do it refuses as [`EngineError::Unsupported`]; it never answers with nothing instead.
#[async_trait]
pub trait DurableEngine: Send + Sync {
    /// Takes events in. Once this returns `Ok` they are durable, and each starts every playbook whose trigger it meets,
    /// once.
    ///
    /// # Errors
    /// [`EngineError`]; offering the same events again is safe.
    async fn offer(&self, events: Vec<Event>) -> Result<Vec<Started>, EngineError>;

    /// Whether events can be taken in now.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`].
    async fn ready(&self) -> Result<(), EngineError>;

    /// Stops a run. Nothing happens to one that is at an end.
    ///
    /// # Errors
    /// [`EngineError::NoSuchRun`].
    async fn cancel(&self, key: &RunKey, by: &str) -> Result<(), EngineError>;

    /// Lets a failed or cancelled run go on, from a block or from what failed.
    ///
    /// # Errors
    /// [`EngineError::NoSuchRun`], [`EngineError::NotAtAnEnd`]; [`EngineError::Refused`] for one that has succeeded and for
    /// a block that its playbook does not have.
    async fn retry(&self, key: &RunKey, from: Option<RefId>, by: &str) -> Result<(), EngineError>;

    /// An employee has signed in, and a run that waited for them goes on. Nothing happens to one that does not wait.
    ///
    /// # Errors
    /// [`EngineError::NoSuchRun`].
    async fn identified(&self, key: &RunKey) -> Result<(), EngineError>;

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
    /// The engine cannot do this, whoever asks and whenever; nothing was taken in.
    #[error("this engine does not support {0}")]
    Unsupported(String),
    /// The engine cannot be asked now.
    #[error("the engine is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<JournalError> for EngineError {
    fn from(error: JournalError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}
