//! One run: its facts are the state of an object, and the machine says what is next.

use std::time::Duration;

use engage_playbooks::run::{Beginning, Fact, FactKind, Machine, RunState};
use engage_runner::Measure;
use jiff::Timestamp;
use restate_sdk::prelude::*;

use crate::convert::{Asked, Go, fact_name, of_run_key};
use crate::driving::Driving;
use crate::worker::{Worker, broken};

pub(crate) struct EngageRun(pub(crate) Worker);

/// The signals that a run which is under way listens to.
pub(crate) const CANCEL: &str = "cancel";
pub(crate) const IDENTIFY: &str = "identify";

/// Where the object keeps what the run is at a glance, and which invocation drives it.
pub(crate) const RECORD: &str = "record";
const INVOCATION: &str = "invocation";

#[object]
impl EngageRun {
    /// The run stands in line; it begins when its turn comes.
    #[handler]
    async fn queue(&self, ctx: ObjectContext<'_>, Json(beginning): Json<Box<Beginning>>) -> Result<(), HandlerError> {
        if !facts(&ctx).await?.is_empty() {
            return Ok(());
        }
        let mut driving = self.driving(&ctx, &beginning, &[]).await?;
        // What follows is found again when its turn comes.
        driving.keep(FactKind::Started(beginning)).map_err(|error| broken(&error))?;
        driving.remember_as(RunState::Queued);
        Ok(())
    }

    /// Begins the run, or lets it go on after its end; returns when it is at an end.
    #[handler]
    async fn go(&self, ctx: ObjectContext<'_>, Json(go): Json<Go>) -> Result<(), HandlerError> {
        let facts = facts(&ctx).await?;
        let mut driving = match (go, facts.as_slice()) {
            (Go::Begin { beginning }, []) => {
                let mut driving = self.driving(&ctx, &beginning, &[]).await?;
                driving.note(FactKind::Started(beginning), driving.at).map_err(|error| broken(&error))?;
                driving
            }
            // It stood in line.
            (Go::Begin { .. }, [Fact { kind: FactKind::Started(beginning), .. }]) => {
                let mut driving = self.driving(&ctx, beginning, &facts).await?;
                let todo = driving.machine.pending(driving.at);
                driving.follow(todo).map_err(|error| broken(&error))?;
                driving
            }
            // The same event came again.
            (Go::Begin { .. }, _) => return Ok(()),
            (Go::Retry { from, by }, [Fact { kind: FactKind::Started(beginning), .. }, ..]) => {
                let mut driving = self.driving(&ctx, beginning, &facts).await?;
                let deadline = driving.machine.compiled().deadline_from(driving.at, Some(self.0.config.deadline));
                let kind = FactKind::RetryRequested { by, from, deadline };
                driving.note(kind, driving.at).map_err(|error| broken(&error))?;
                driving
            }
            (Go::Retry { .. }, _) => return Err(TerminalError::new_with_code(404, "there is no such run").into()),
        };
        ctx.set(INVOCATION, ctx.invocation_id().to_owned());
        driving.finish().await?;
        ctx.clear(INVOCATION);
        self.over(&ctx, &driving);
        Ok(())
    }

    /// Gives a run up that stands in line. Nothing happens to any other.
    #[handler]
    async fn withdraw(&self, ctx: ObjectContext<'_>, by: String) -> Result<(), HandlerError> {
        let facts = facts(&ctx).await?;
        let [Fact { kind: FactKind::Started(beginning), .. }] = facts.as_slice() else { return Ok(()) };
        let mut driving = self.driving(&ctx, beginning, &facts).await?;
        driving.note(FactKind::CancelRequested { by }, driving.at).map_err(|error| broken(&error))?;
        driving.remember_as(driving.machine.state());
        self.over(&ctx, &driving);
        Ok(())
    }

    /// Forgets a run that is at an end, where it has these facts and no more: it may have gone on since.
    #[handler]
    async fn forget(&self, ctx: ObjectContext<'_>, Json(facts): Json<usize>) -> Result<(), HandlerError> {
        if ctx.get::<Json<Fact>>(&fact_name(facts)).await?.is_none() {
            ctx.clear_all();
        }
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
    /// Takes a run in hand that begins so and has these facts.
    async fn driving<'a, 'ctx>(
        &self,
        ctx: &'a ObjectContext<'ctx>,
        beginning: &Beginning,
        facts: &[Fact],
    ) -> Result<Driving<'a, 'ctx>, HandlerError> {
        let key = of_run_key(ctx.key()).ok_or_else(|| TerminalError::new("this is no key of a run"))?;
        let compiled = self.0.pinned(&key.tenant, beginning)?;
        let mut machine = Machine::new(compiled).most_at_once(self.0.config.blocks_at_once);
        for fact in facts {
            machine.step(fact).map_err(|error| broken(&error))?;
        }
        let Json(now) = ctx.run(|| now(self.0.clone())).name("now").await?;
        let last = facts.last().map_or(now, |fact| fact.at.max(now));
        Ok(Driving::new(ctx, key, machine, facts.len(), last))
    }

    /// The run is at an end: it is told of, and forgotten when its time is over.
    fn over(&self, ctx: &ObjectContext<'_>, driving: &Driving<'_, '_>) {
        let Worker { metrics, config, .. } = &self.0;
        let (playbook, state) = (&driving.machine.compiled().id, driving.machine.state());
        if let Some(started_at) = driving.machine.started_at() {
            let took = Duration::try_from(driving.at.duration_since(started_at)).unwrap_or_default();
            metrics.record(Measure::Ended { playbook, state, took });
        }
        if let Some(retention) = config.retention {
            let run = ctx.object_client::<EngageRunClient<'_>>(ctx.key());
            run.forget(Json(driving.facts)).send_after(retention);
        }
    }

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

async fn facts(ctx: &ObjectContext<'_>) -> Result<Vec<Fact>, TerminalError> {
    let mut facts = Vec::new();
    while let Some(Json(fact)) = ctx.get::<Json<Fact>>(&fact_name(facts.len())).await? {
        facts.push(fact);
    }
    Ok(facts)
}
