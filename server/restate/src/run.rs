//! One run: its facts are the state of an object, and the machine says what is next.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use engage_playbooks::ports::RunRecord;
use engage_playbooks::run::{Attempt, Command, Fact, FactKind, FailureKind, Machine, RunKey, RunState};
use jiff::Timestamp;
use restate_sdk::context::DurableFuture;
use restate_sdk::prelude::*;

use crate::block::EngageBlockClient;
use crate::convert::{Ask, Asked, Ended, EndedResult, Go, fact_name, of_run_key};
use crate::worker::{Worker, broken};

pub(crate) struct EngageRun(pub(crate) Worker);

/// The signals that a run which is under way listens to.
const CANCEL: &str = "cancel";
const IDENTIFY: &str = "identify";

/// Where the object keeps what the run is at a glance, and which invocation drives it.
pub(crate) const RECORD: &str = "record";
const INVOCATION: &str = "invocation";

#[object]
impl EngageRun {
    /// Begins the run, or lets it go on after its end; returns when it is at an end.
    #[handler]
    async fn go(&self, ctx: ObjectContext<'_>, Json(go): Json<Go>) -> Result<(), HandlerError> {
        let key = of_run_key(ctx.key()).ok_or_else(|| TerminalError::new("this is no key of a run"))?;
        let facts = facts(&ctx).await?;
        let beginning = match (&go, facts.first()) {
            // The same event came again.
            (Go::Begin { .. }, Some(_)) => return Ok(()),
            (Go::Begin { beginning }, None) => (**beginning).clone(),
            (Go::Retry { .. }, Some(Fact { kind: FactKind::Started(beginning), .. })) => (**beginning).clone(),
            (Go::Retry { .. }, _) => return Err(TerminalError::new_with_code(404, "there is no such run").into()),
        };
        let compiled = self.0.pinned(&key.tenant, &beginning)?;
        let mut machine = Machine::new(compiled).most_at_once(self.0.most_at_once);
        for fact in &facts {
            machine.step(fact).map_err(|error| broken(&error))?;
        }
        ctx.set(INVOCATION, ctx.invocation_id().to_owned());
        let Json(now) = ctx.run(|| now(self.0.clone())).name("now").await?;
        let deadline = go_deadline(&beginning, machine.started_at(), now);
        let kind = match go {
            Go::Begin { beginning } => FactKind::Started(beginning),
            Go::Retry { from, by } => FactKind::RetryRequested { by, from, deadline },
        };
        let mut driving = Driving::new(&ctx, key, machine, facts.len(), now);
        driving.note(kind, now).map_err(|error| broken(&error))?;
        driving.finish().await?;
        ctx.clear(INVOCATION);
        Ok(())
    }

    /// Stops the run, if it is under way.
    #[handler]
    async fn stop(&self, ctx: SharedObjectContext<'_>, by: String) -> Result<(), HandlerError> {
        self.signal(&ctx, CANCEL, by).await
    }

    /// The employee is there again.
    #[handler]
    async fn identify(&self, ctx: SharedObjectContext<'_>, by: String) -> Result<(), HandlerError> {
        self.signal(&ctx, IDENTIFY, by).await
    }

    /// The facts, in order.
    #[handler]
    async fn history(&self, ctx: SharedObjectContext<'_>) -> Result<Json<Vec<Fact>>, HandlerError> {
        let mut facts = Vec::new();
        while let Some(Json(fact)) = ctx.get::<Json<Fact>>(&fact_name(facts.len())).await? {
            facts.push(fact);
        }
        Ok(Json(facts))
    }

    /// The run at a glance.
    #[handler]
    async fn status(&self, ctx: SharedObjectContext<'_>) -> Result<Json<Option<serde_json::Value>>, HandlerError> {
        Ok(Json(ctx.get::<Json<serde_json::Value>>(RECORD).await?.map(|Json(record)| record)))
    }
}

impl EngageRun {
    async fn signal(&self, ctx: &SharedObjectContext<'_>, name: &str, by: String) -> Result<(), HandlerError> {
        let Some(invocation) = ctx.get::<String>(INVOCATION).await? else { return Ok(()) };
        let Json(at) = ctx.run(|| now(self.0.clone())).name("now").await?;
        ctx.invocation_handle(invocation).signal(name).resolve(Json(Asked { by, at }));
        Ok(())
    }
}

async fn now(worker: Worker) -> HandlerResult<Json<Timestamp>> {
    Ok(Json(worker.time.timestamp()))
}

/// A run that goes on gets as much time as it had at first.
fn go_deadline(
    beginning: &engage_playbooks::run::Beginning,
    started_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let given = beginning.deadline?.duration_since(started_at?);
    now.checked_add(given).ok()
}

async fn facts(ctx: &ObjectContext<'_>) -> Result<Vec<Fact>, TerminalError> {
    let mut facts = Vec::new();
    while let Some(Json(fact)) = ctx.get::<Json<Fact>>(&fact_name(facts.len())).await? {
        facts.push(fact);
    }
    Ok(facts)
}

enum Happened {
    Ended(Box<Ended>),
    TimeCame,
    Cancel(Asked),
    Identify(Asked),
}

type Pending<'a> = Pin<Box<dyn DurableFuture<Output = Result<Happened, TerminalError>> + Send + 'a>>;

/// A run that is under way.
struct Driving<'a, 'ctx> {
    ctx: &'a ObjectContext<'ctx>,
    key: RunKey,
    machine: Machine,
    facts: usize,
    /// The time of the last fact: facts never go back.
    at: Timestamp,
    attempts: Vec<Attempt>,
    wakes: BTreeSet<Timestamp>,
}

impl<'a, 'ctx> Driving<'a, 'ctx> {
    fn new(ctx: &'a ObjectContext<'ctx>, key: RunKey, machine: Machine, facts: usize, at: Timestamp) -> Self {
        Self { ctx, key, machine, facts, at, attempts: Vec::new(), wakes: BTreeSet::new() }
    }

    /// Keeps a fact, and those that its commands ask for at once.
    fn note(&mut self, kind: FactKind, at: Timestamp) -> Result<(), engage_playbooks::run::IllegalFact> {
        self.at = self.at.max(at);
        let commands = self.keep(kind)?;
        self.follow(commands)
    }

    fn keep(&mut self, kind: FactKind) -> Result<Vec<Command>, engage_playbooks::run::IllegalFact> {
        let fact = Fact { at: self.at, kind };
        let commands = self.machine.step(&fact)?;
        self.ctx.set(&fact_name(self.facts), Json(fact));
        self.facts += 1;
        Ok(commands)
    }

    fn follow(&mut self, commands: Vec<Command>) -> Result<(), engage_playbooks::run::IllegalFact> {
        let mut queue = std::collections::VecDeque::from(commands);
        while let Some(command) = queue.pop_front() {
            let kind = match command {
                Command::WakeAt { at, .. } => {
                    self.wakes.insert(at);
                    continue;
                }
                Command::Run(attempt) => {
                    let (block, number) = (attempt.block.clone(), attempt.attempt);
                    self.attempts.push(attempt);
                    FactKind::Attempted { block, attempt: number }
                }
                Command::Finish { outcome } => FactKind::Finished { outcome },
            };
            queue.extend(self.keep(kind)?);
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), TerminalError> {
        let mut pending: DurableFuturesUnordered<Pending<'_>> = DurableFuturesUnordered::new();
        // What stands behind the n-th future: an attempt, or something else.
        let mut asked = vec![None, None];
        let mut slept = BTreeSet::new();
        pending.push(listen(self.ctx, CANCEL, Happened::Cancel));
        pending.push(listen(self.ctx, IDENTIFY, Happened::Identify));
        loop {
            for attempt in std::mem::take(&mut self.attempts) {
                pending.push(self.send(&attempt));
                asked.push(Some(attempt));
            }
            if let Some(wake) = self.wakes.first().copied().filter(|wake| slept.insert(*wake)) {
                let pause = Duration::try_from(wake.duration_since(self.at)).unwrap_or_default();
                pending.push(Box::pin(self.ctx.sleep(pause).map_ok(|()| Happened::TimeCame)));
                asked.push(None);
            }
            self.remember();
            if self.machine.outcome().is_some() {
                return Ok(());
            }
            let Some((index, happened)) = pending.next().await? else { return Ok(()) };
            let happened = happened?;
            if let Happened::Identify(_) = happened {
                // The employee may have to sign in more than once.
                pending.push(listen(self.ctx, IDENTIFY, Happened::Identify));
                asked.push(None);
            }
            let attempt = asked.get_mut(index).and_then(Option::take);
            self.happened(happened, attempt).map_err(|error| broken(&error))?;
        }
    }

    fn send(&self, attempt: &Attempt) -> Pending<'a> {
        let Attempt { block, attempt, failures, input, prepared, in_doubt } = attempt.clone();
        let (beginning, started_at) = (self.machine.beginning(), self.machine.started_at());
        let ask = beginning.zip(started_at).map(|(beginning, started_at)| Ask {
            key: self.key.clone(),
            beginning: Box::new(beginning.clone()),
            started_at,
            deadline: self.machine.deadline(),
            block,
            attempt,
            failures,
            input,
            prepared,
            in_doubt,
        });
        let client = self.ctx.service_client::<EngageBlockClient<'_>>();
        match ask {
            Some(ask) => {
                Box::pin(client.attempt(Json(ask)).call().map_ok(|Json(ended)| Happened::Ended(Box::new(ended))))
            }
            // INVARIANT: no attempt comes from a run that has not begun.
            None => Box::pin(self.ctx.sleep(Duration::ZERO).map_ok(|()| Happened::TimeCame)),
        }
    }

    fn happened(
        &mut self,
        happened: Happened,
        attempt: Option<Attempt>,
    ) -> Result<(), engage_playbooks::run::IllegalFact> {
        match (happened, attempt) {
            (Happened::Ended(ended), Some(attempt)) => self.ended(*ended, attempt),
            (Happened::Cancel(asked), _) => self.note(FactKind::CancelRequested { by: asked.by }, asked.at),
            (Happened::Identify(asked), _) if self.machine.state() == RunState::NeedsIdentity => {
                self.note(FactKind::Identified, asked.at)
            }
            (Happened::TimeCame, _) => {
                let now = self.wakes.pop_first().map_or(self.at, |wake| wake.max(self.at));
                self.at = now;
                let commands = self.machine.due(now);
                self.follow(commands)
            }
            _ => Ok(()),
        }
    }

    fn ended(&mut self, ended: Ended, attempt: Attempt) -> Result<(), engage_playbooks::run::IllegalFact> {
        let Ended { at, prepared, result } = ended;
        let block = attempt.block;
        if let (Some(input), None) = (prepared, attempt.prepared) {
            self.note(FactKind::Prepared { block: block.clone(), input }, at)?;
        }
        let kind = match result {
            EndedResult::Done { output, trips } => FactKind::Done { block, output, trips },
            EndedResult::Failed { failure, .. } if failure.kind == FailureKind::NeedsIdentity => {
                FactKind::NeedsIdentity { block }
            }
            EndedResult::Failed { failure, retry_at } => {
                FactKind::Failed { block, attempt: attempt.attempt, failure, retry_at }
            }
        };
        self.note(kind, at)
    }

    /// Keeps what the run is at a glance.
    fn remember(&self) {
        let entries = u32::try_from(self.facts).unwrap_or(u32::MAX);
        if let Some(record) = RunRecord::of(&self.key, &self.machine, self.at, entries) {
            self.ctx.set(RECORD, Json(record));
        }
    }
}

fn listen<'a>(ctx: &'a ObjectContext<'_>, name: &str, what: fn(Asked) -> Happened) -> Pending<'a> {
    Box::pin(ctx.signal::<Json<Asked>>(name).map_ok(move |Json(asked)| what(asked)))
}
