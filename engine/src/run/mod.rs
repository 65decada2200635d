//! Executes plans: reads, writes, and what to do when a CRM answers late, twice or not at all.
//!
//! An [`Execution`] reads what has to be known first, plans again with it, and sends the writes. Guarantees:
//!
//! * **Nothing is written on a doubt.** All that can be wrong with an input is found before the first write.
//! * **Once.** The keys of written records come from the operation key, so that executing the same operation again
//!   finds what an earlier attempt made. A write that carries no key is never repeated blindly.
//! * **Retries** only for what [`is_retryable`](crate::AdapterError::is_retryable) says, within the policy, the deadline
//!   and the [`Budget`].
//! * **Later.** An execution that ran out of its budget, or of the CRM's quota, keeps what it has written where the plan
//!   says `once: yes`: executing again with the same operation key goes on from there.
//! * **Dropping the future** abandons what is on its way: the call under way may or may not take effect, nothing
//!   further is sent and nothing is undone. Executing again with the same operation key continues from there.
//! * **No values** in errors, events and audit records.

mod absorb;
mod assemble;
mod batch;
mod budget;
mod check;
mod clock;
mod compensate;
mod distinct;
mod dry;
mod error;
mod fetch;
mod keys;
mod lower;
mod observe;
mod order;
mod outcome;
mod progress;
mod query;
mod retry;
mod send;
mod session;
mod settle;
mod state;
mod values;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tracing::Instrument;
use uuid::Uuid;

use crate::acting::Identity;
use crate::adapter::Adapter;
use crate::catalog::Pattern;
use crate::ids::{FieldName, RefId};
use crate::input::Input;
use crate::plan::{Answer, GroupKind, Operation, Plan, plan};

pub use budget::{Budget, Spent};
pub(crate) use check::codes;
pub use clock::{Clock, SystemClock};
pub use dry::{DryRun, Planned};
pub use error::{Compensated, Later, RunContext, RunError, RunErrorKind, Undo};
pub use observe::{Audit, AuditAction, BeforeWrite, Observer};
pub use outcome::{Done, Effect, Effects, Match, Outcome, Results};
pub use retry::{Jitter, RandomJitter, RetryPolicy};

use budget::Purse;
use error::Failure;
use keys::Keys;
use lower::Lowering;
use progress::Progress;
use send::Sender;
use session::Session;
use state::State;
use values::Values;

/// Requests that go out at the same time, where nothing else is said.
const CONCURRENCY: usize = 8;

/// One operation on one pattern, ready to be executed.
///
/// ```
/// # use engage_engine::adapter::Adapter;
/// # use engage_engine::catalog::Pattern;
/// use engage_engine::run::Execution;
/// use engage_engine::{Identity, Input, Operation};
///
/// # async fn example(pattern: &Pattern, adapter: &dyn Adapter, input: Input) -> Result<(), Box<dyn std::error::Error>> {
/// let outcome = Execution::new(pattern, Operation::Create, input, adapter, Identity::Employee("ann".into()))
///     .execute()
///     .await?;
/// println!("{}", outcome.to_json());
/// # Ok(())
/// # }
/// ```
#[must_use = "an execution does nothing until it is executed"]
pub struct Execution<'a> {
    pattern: &'a Pattern,
    operation: Operation,
    input: Input,
    adapter: &'a dyn Adapter,
    identity: Identity,
    operation_key: Option<Uuid>,
    block: String,
    run: Option<String>,
    deadline: Option<Duration>,
    concurrency: usize,
    retry: RetryPolicy,
    budget: Budget,
    clock: Option<&'a dyn Clock>,
    jitter: &'a dyn Jitter,
    observer: Option<&'a dyn Observer>,
    select: BTreeMap<RefId, Vec<FieldName>>,
}

impl std::fmt::Debug for Execution<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Execution")
            .field("pattern", &self.pattern.id)
            .field("operation", &self.operation)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl<'a> Execution<'a> {
    /// An operation under an identity. The pattern says which kind of identity: the application where it declares so,
    /// else an employee.
    pub fn new(
        pattern: &'a Pattern,
        operation: Operation,
        input: Input,
        adapter: &'a dyn Adapter,
        identity: Identity,
    ) -> Self {
        Self {
            pattern,
            operation,
            input,
            adapter,
            identity,
            operation_key: None,
            block: String::new(),
            run: None,
            deadline: None,
            concurrency: CONCURRENCY,
            retry: RetryPolicy::default(),
            budget: Budget::default(),
            clock: None,
            jitter: &RandomJitter,
            observer: None,
            select: BTreeMap::new(),
        }
    }

    /// What makes this operation the same as an earlier one: records written under one operation key are written
    /// once. Without it the key is random, and a repeat is another operation.
    pub fn operation_key(mut self, key: Uuid) -> Self {
        self.operation_key = Some(key);
        self
    }

    /// The block of a run that executes: it tells the keys of two blocks with one operation key apart.
    pub fn block(mut self, block: &str) -> Self {
        block.clone_into(&mut self.block);
        self
    }

    /// The run, for the audit log and correlation; the operation key where nothing is said.
    pub fn run(mut self, run: &str) -> Self {
        self.run = Some(run.to_owned());
        self
    }

    /// How long the caller will wait, retries included. Undoing has time of its own.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The most requests at the same time; 8 where nothing is said, and never less than one.
    pub fn concurrency(mut self, most: usize) -> Self {
        self.concurrency = most.max(1);
        self
    }

    /// How often a call that had no effect is sent again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// What this execution may spend before it stops; [`Budget::default`] where nothing is said. Undoing has a budget of
    /// its own.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// The clock; the machine's where nothing is said.
    pub fn clock(mut self, clock: &'a dyn Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Chance for the pauses between retries; the operating system's where nothing is said.
    pub fn jitter(mut self, jitter: &'a dyn Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// Who follows: a journal, an audit log.
    pub fn observer(mut self, observer: &'a dyn Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Of a read: the fields wanted of a part, beside `Id`; every field where nothing is said. Names that the entity
    /// does not have select nothing.
    pub fn select(mut self, part: &RefId, fields: impl IntoIterator<Item = FieldName>) -> Self {
        self.select.insert(part.clone(), fields.into_iter().collect());
        self
    }

    /// Executes the operation.
    ///
    /// # Errors
    /// [`RunError`]: why it stopped, where, what had taken effect and what of it was undone.
    pub async fn execute(self) -> Result<Outcome, RunError> {
        let system;
        let clock: &dyn Clock = match self.clock {
            Some(clock) => clock,
            None => {
                system = SystemClock::default();
                &system
            }
        };
        let (session, work) = self.split(clock);
        let span = tracing::info_span!(
            "execute", run = %session.run, pattern = %work.pattern.id, operation = %work.operation
        );
        work.execute(&session).instrument(span).await
    }

    /// Plans the operation and shows the exact requests, sending nothing: the operation `test`.
    ///
    /// What only the CRM can tell is shown as a placeholder, `<account.Id>`; of records that a filter would find,
    /// one.
    ///
    /// # Errors
    /// [`RunError`] where the operation itself would be refused before it sends anything.
    pub fn dry_run(self) -> Result<DryRun, RunError> {
        let (session, mut work) = self.split(&dry::Still);
        work.dry_run(&session)
    }

    fn split(self, clock: &'a dyn Clock) -> (Session<'a>, Work<'a>)
    where
        Self: 'a,
    {
        let key = self.operation_key.unwrap_or_else(Uuid::new_v4);
        let session = Session {
            adapter: self.adapter,
            identity: self.identity,
            run: self.run.unwrap_or_else(|| key.to_string()),
            keys: Keys::new(key, self.block),
            concurrency: self.concurrency,
            retry: self.retry,
            purse: Purse::new(self.budget, clock.now()),
            clock,
            jitter: self.jitter,
            observer: self.observer,
            deadline: self.deadline.map(|deadline| clock.now().saturating_add(deadline)),
        };
        let work = Work { pattern: self.pattern, operation: self.operation, input: self.input, select: self.select };
        (session, work)
    }
}

/// What is to be done, without the surroundings.
struct Work<'a> {
    pattern: &'a Pattern,
    operation: Operation,
    input: Input,
    select: BTreeMap<RefId, Vec<FieldName>>,
}

impl Work<'_> {
    async fn execute(mut self, session: &Session<'_>) -> Result<Outcome, RunError> {
        let pattern = self.pattern;
        let mut state = match self.start(session) {
            Ok(state) => state,
            Err(failure) => return Err(failed(session, failure)),
        };
        if self.operation == Operation::Read {
            let results = read(session, pattern, &state).await;
            return results.map(Outcome::Read).map_err(|failure| failed(session, failure));
        }
        let ready = match prepare(session, pattern, self.operation, &mut state).await {
            Ok(ready) => ready,
            Err(failure) => return Err(failed(session, failure)),
        };
        write(session, pattern, &ready, &state).await.map(Outcome::Write)
    }

    /// Everything that can be said before a plan.
    fn start(&mut self, session: &Session<'_>) -> Result<State, Failure> {
        let (pattern, adapter) = (self.pattern, session.adapter.crm());
        if pattern.crm != *adapter {
            let kind = RunErrorKind::Crm { pattern: pattern.crm.clone(), adapter: adapter.clone() };
            return Err(kind.into());
        }
        let needs = match (&pattern.escalation, &session.identity) {
            (Some(_), Identity::Employee(_)) => Some("the application"),
            (None, Identity::Application) => Some("an employee"),
            _ => None,
        };
        if let Some(needs) = needs {
            return Err(RunErrorKind::Acting { needs }.into());
        }
        check::input(pattern, &self.input).map_err(RunErrorKind::Input)?;
        let mut state = State::new(pattern, std::mem::take(&mut self.input));
        if self.operation != Operation::Read {
            let problems = check::matches(pattern, &state);
            if !problems.is_empty() {
                return Err(RunErrorKind::Input(problems).into());
            }
        }
        state.select(pattern, &self.select);
        Ok(state)
    }
}

fn failed(session: &Session<'_>, failure: Failure) -> RunError {
    let Failure { kind, place } = failure;
    let mut context = RunContext { run: session.run.clone(), ..RunContext::default() };
    if let Some(place) = place {
        let error::Place { part, step, positions } = *place;
        (context.part, context.step, context.positions) = (Some(part), step, positions);
    }
    let part = context.part.as_ref().map(tracing::field::display);
    tracing::info!(run = %session.run, part, cause = %kind, "stopped");
    RunError { kind, context: Box::new(context) }
}

fn planned(session: &Session<'_>, pattern: &Pattern, operation: Operation, state: &State) -> Result<Plan, Failure> {
    let plan = plan(pattern, operation, &state.shape, session.capabilities());
    plan.map_err(|problems| RunErrorKind::Plan(problems).into())
}

async fn read(session: &Session<'_>, pattern: &Pattern, state: &State) -> Result<Results, Failure> {
    let plan = planned(session, pattern, Operation::Read, state)?;
    let rows = fetch::fetch(session, pattern, &plan, state).await?;
    assemble::assemble(pattern, &plan, state, rows)
}

/// A plan that holds writes alone.
struct Ready {
    plan: Plan,
    /// Whether anything was read on the way to it.
    read: bool,
}

/// Reads and plans again until the plan holds writes alone.
async fn prepare(
    session: &Session<'_>,
    pattern: &Pattern,
    operation: Operation,
    state: &mut State,
) -> Result<Ready, Failure> {
    // Every round settles a part at least.
    for round in 0..=pattern.parts.len().saturating_mul(2) {
        let plan = planned(session, pattern, operation, state)?;
        if plan.groups.iter().all(|group| group.kind != GroupKind::Read) {
            return Ok(Ready { plan, read: round > 0 });
        }
        let rows = fetch::fetch(session, pattern, &plan, state).await?;
        absorb::absorb(pattern, &plan, state, rows, &session.keys)?;
    }
    Err(RunErrorKind::Internal("the plan asks for the same reads again and again").into())
}

async fn write(session: &Session<'_>, pattern: &Pattern, ready: &Ready, state: &State) -> Result<Effects, RunError> {
    let Ready { plan, read } = ready;
    let values = Values::settle(pattern, plan, state);
    let problems = check::values(pattern, plan, state, &values, false);
    if !problems.is_empty() {
        return Err(failed(session, RunErrorKind::Input(problems).into()));
    }
    if !plan.groups.is_empty()
        && let Some(observer) = session.observer
    {
        let before = BeforeWrite {
            run: &session.run,
            block: session.keys.block(),
            operation_key: session.keys.operation(),
            input: &state.input(pattern),
            plan,
            read: *read,
        };
        let allowed = observer.before_write(&before).await;
        allowed.map_err(|error| failed(session, RunErrorKind::Refused(error).into()))?;
    }
    let lowering = Lowering::new(pattern, plan, state, &values, &session.keys, session.capabilities());
    let progress = Mutex::new(Progress::default());
    let sender = Sender { session, lowering: &lowering, progress: &progress };
    let sent = sender.all().await;
    let mut progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    let effects = |progress: &Progress| progress.effects(pattern, Some(plan), state);
    match sent {
        Ok(()) => Ok(effects(&progress)),
        Err(failure) => {
            progress.stopped(plan, &values);
            let effects = effects(&progress);
            // What carries a key is found again by whoever goes on later, and undoing would cost what there is none of.
            let goes_on = failure.kind.waits_for_more() && plan.figures.once == Answer::Yes;
            let undo = !failure.kind.is_unsure() && !goes_on;
            let mut error = failed(session, failure);
            error.context.effects = effects;
            if undo {
                error.context.compensated = compensate::compensate(session, pattern, progress, &error.kind).await;
            }
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests;
