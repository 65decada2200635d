//! Drives one run from its beginning, or from its facts, to its end: within one future, on any runtime.
//!
//! The command line, tests and embedding programs run a playbook with it; a server drives many at once, with leases and
//! one journal. Both do what the same machine says.

mod driver;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::run::{Jitter, RandomJitter};
use futures_util::future::Future;
use futures_util::lock::Mutex;
use tracing::Instrument;

use super::{Beginning, Fact, IllegalFact, Machine, RetryRule, RunKey};
use crate::compiled::Compiled;
use crate::ports::{BlockExecutor, Halt, Time};

use driver::{Driver, State};

/// Where the facts of one run go.
#[async_trait]
pub trait Record: Send + Sync {
    /// Keeps facts that belong together, in order. Once this returns `Ok` what follows from them may have effects.
    ///
    /// # Errors
    /// Whatever it fails with stops the run where it is; it goes on from the facts that were kept.
    async fn append(&self, facts: &[Fact]) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

    /// Whether a request may still go out.
    ///
    /// # Errors
    /// [`Halt`] when another drives the run.
    async fn may_send(&self) -> Result<(), Halt> {
        Ok(())
    }
}

/// Keeps facts in memory.
#[derive(Debug, Default)]
pub struct Facts(std::sync::Mutex<Vec<Fact>>);

impl Facts {
    /// What was kept so far.
    pub fn all(&self) -> Vec<Fact> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Record for Facts {
    async fn append(&self, facts: &[Fact]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(facts);
        Ok(())
    }
}

/// Why a run was left where it is.
#[derive(Debug, thiserror::Error)]
pub enum AloneError {
    /// Facts were not kept.
    #[error("the facts of the run were not kept")]
    Record(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another drives the run.
    #[error(transparent)]
    Halted(#[from] Halt),
    /// The facts that were given are not those of a run of this playbook, or an executor broke its contract.
    #[error("the facts do not fit together")]
    Illegal(#[from] IllegalFact),
}

/// One run, ready to be driven.
///
/// ```
/// use std::sync::Arc;
///
/// use engage_engine::run::SystemClock;
/// use engage_playbooks::ports::{BlockCall, BlockDone, BlockExecutor, Since};
/// use engage_playbooks::run::{Beginning, BlockFailure, Facts, Run, RunKey, RunOutcome};
/// use futures_util::FutureExt as _;
/// # mod greeting { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/greeting.rs")); }
/// # use greeting::*;
/// /// This playbook asks nobody; one that does is run with `engage_playbooks::blocks::Blocks`.
/// struct Nobody;
///
/// #[async_trait::async_trait]
/// impl BlockExecutor for Nobody {
///     async fn run(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
///         unreachable!("{} asks somebody", call.node.block.name)
///     }
/// }
///
/// let (compiled, event) = (compiled(), event());
/// let key = RunKey::of_event(&event.tenant, &compiled.id, &event.id);
/// let begins = Beginning::of(&event, &compiled, None);
/// let time = Since::new(Arc::new(SystemClock::default()), event.at);
/// let facts = Facts::default();
///
/// let run = Run::new(Arc::clone(&compiled), key, begins).execute(&Nobody, &time, &facts);
/// let machine = run.now_or_never().expect("it waits for nothing").unwrap();
/// let Some(RunOutcome::Succeeded { outputs }) = machine.outcome() else { panic!("it succeeds") };
/// assert_eq!(*outputs, serde_json::json!({"name": "Kari"}));
/// assert_eq!(facts.all().len(), 2, "it began and it ended: whoever has these can go on with the run");
/// ```
#[must_use = "a run does nothing until it is executed"]
pub struct Run<'a> {
    key: RunKey,
    machine: Machine,
    facts: Vec<Fact>,
    beginning: Option<Beginning>,
    rule: RetryRule,
    jitter: &'a dyn Jitter,
    cancelled: Option<Pin<Box<dyn Future<Output = String> + Send + 'a>>>,
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("key", &self.key).field("machine", &self.machine).finish_non_exhaustive()
    }
}

impl<'a> Run<'a> {
    /// A run that begins.
    pub fn new(compiled: Arc<Compiled>, key: RunKey, beginning: Beginning) -> Self {
        Self { beginning: Some(beginning), ..Self::from_facts(compiled, key, Vec::new()) }
    }

    /// A run that goes on from its facts, values in their places ([`from_entry`](super::from_entry)): after a crash, or because the
    /// last fact asks for it. They are not given to the record again.
    pub fn from_facts(compiled: Arc<Compiled>, key: RunKey, facts: Vec<Fact>) -> Self {
        let (machine, rule) = (Machine::new(compiled), RetryRule::default());
        Self { key, machine, facts, beginning: None, rule, jitter: &RandomJitter, cancelled: None }
    }

    /// The most blocks at the same time.
    pub fn most_at_once(mut self, most: usize) -> Self {
        self.machine = self.machine.most_at_once(most);
        self
    }

    /// When blocks are tried again.
    pub fn retry(mut self, rule: RetryRule) -> Self {
        self.rule = rule;
        self
    }

    /// Chance for the pauses between attempts; the operating system's where nothing is said.
    pub fn jitter(mut self, jitter: &'a dyn Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// Cancels the run once somebody asks for it: the future says who.
    pub fn cancel(mut self, asked: impl Future<Output = String> + Send + 'a) -> Self {
        self.cancelled = Some(Box::pin(asked));
        self
    }

    /// Drives the run until it is at an end or waits for its employee. Dropping the future is a crash: the run goes on from
    /// its facts.
    ///
    /// # Errors
    /// [`AloneError`]. A run that failed or was cancelled is no error: the machine tells.
    pub async fn execute(
        mut self,
        executor: &dyn BlockExecutor,
        time: &dyn Time,
        record: &dyn Record,
    ) -> Result<Machine, AloneError> {
        for fact in &self.facts {
            self.machine.step(fact)?;
        }
        let span = tracing::info_span!("run", run = %self.key.run, playbook = %self.machine.compiled().id);
        let driver = Driver {
            key: self.key,
            compiled: Arc::clone(self.machine.compiled()),
            rule: self.rule,
            jitter: self.jitter,
            executor,
            time,
            record,
            state: Mutex::new(State::new(self.machine)),
        };
        driver.drive(self.beginning, self.cancelled).instrument(span).await?;
        Ok(driver.state.into_inner().machine)
    }
}
