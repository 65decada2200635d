//! Schedules: each is an object that calls itself at its next time.
//!
//! INVARIANT: of the calls that an object has sent itself, one may fire: the one whose invocation it remembers. A schedule
//! that is set anew remembers another, and the call that it waited for comes to nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engage_engine::SemanticId;
use engage_playbooks::model;
use engage_playbooks::run::{Beginning, RunKey, Tenant};
use engage_playbooks::schedule::Schedule;
use engage_runner::{Measure, intake, schedule};
use jiff::{SignedDuration, Timestamp};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::convert::{Go, of_schedule_key, run_key, schedule_key};
use crate::run::EngageRunClient;
use crate::worker::Worker;

/// Which schedules of a tenant are switched on.
pub(crate) struct EngageCalendar;

/// One schedule.
pub(crate) struct EngageSchedule(pub(crate) Worker);

/// The playbooks of a calendar.
const ON: &str = "on";
/// What an object of a schedule keeps: the schedule, up to when it has fired, and the invocation that may fire next.
const WRITTEN: &str = "schedule";
const FIRED: &str = "fired";
const NEXT: &str = "next";
/// When to look again after a worker was asked that does not have the playbook: workers change one after the other.
const ELSEWHERE: SignedDuration = SignedDuration::from_secs(5);

/// A schedule, as it is written.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Written {
    cron: String,
    zone: String,
}

impl From<model::Schedule> for Written {
    fn from(model::Schedule { cron, zone }: model::Schedule) -> Self {
        Self { cron, zone }
    }
}

#[object]
impl EngageCalendar {
    /// These schedules are switched on, and no others of the tenant.
    #[handler]
    async fn put(
        &self,
        ctx: ObjectContext<'_>,
        Json(on): Json<BTreeMap<SemanticId, Written>>,
    ) -> Result<(), HandlerError> {
        let tenant = Tenant::new(ctx.key()).map_err(|_| TerminalError::new("this is no key of a calendar"))?;
        let object = |playbook| ctx.object_client::<EngageScheduleClient<'_>>(schedule_key(&tenant, playbook));
        let before = ctx.get::<Json<BTreeSet<SemanticId>>>(ON).await?.map(Json::into_inner).unwrap_or_default();
        for gone in before.iter().filter(|playbook| !on.contains_key(*playbook)) {
            object(gone).unset().send();
        }
        for (playbook, written) in &on {
            object(playbook).set(Json(written.clone())).send();
        }
        ctx.set(ON, Json(on.into_keys().collect::<BTreeSet<_>>()));
        Ok(())
    }
}

#[object]
impl EngageSchedule {
    /// The schedule is switched on, or is another from now on. Up to when it has fired stays: what was missed counts.
    #[handler]
    async fn set(&self, ctx: ObjectContext<'_>, Json(written): Json<Written>) -> Result<(), HandlerError> {
        ctx.set(WRITTEN, Json(written));
        self.turn(&ctx).await
    }

    /// The schedule is switched off. It has missed nothing when it is switched on again.
    #[handler]
    async fn unset(&self, ctx: ObjectContext<'_>) -> Result<(), HandlerError> {
        stop_waiting(&ctx).await?;
        ctx.clear_all();
        Ok(())
    }

    /// Its time may have come.
    #[handler]
    async fn fire(&self, ctx: ObjectContext<'_>) -> Result<(), HandlerError> {
        if ctx.get::<String>(NEXT).await?.as_deref() != Some(ctx.invocation_id()) {
            return Ok(());
        }
        self.turn(&ctx).await
    }
}

/// What is found at one look.
#[derive(Serialize, Deserialize)]
struct Turn {
    /// The run that begins.
    begins: Option<(RunKey, Box<Beginning>)>,
    /// Up to when the schedule has fired.
    fired: Timestamp,
    /// When to look again, from now; `None` where time ends.
    pause: Option<Duration>,
}

impl EngageSchedule {
    /// Fires if it is due, and waits for the next time.
    async fn turn(&self, ctx: &ObjectContext<'_>) -> Result<(), HandlerError> {
        let (tenant, playbook) =
            of_schedule_key(ctx.key()).ok_or_else(|| TerminalError::new("this is no key of a schedule"))?;
        let Some(Json(written)) = ctx.get::<Json<Written>>(WRITTEN).await? else { return Ok(()) };
        let fired = ctx.get::<Json<Timestamp>>(FIRED).await?.map(Json::into_inner);
        let look = Look { worker: self.0.clone(), tenant, playbook, written, fired };
        let Json(Turn { begins, fired, pause }) = ctx.run(|| look.look()).name("look").await?;
        if let Some((run, beginning)) = begins {
            ctx.object_client::<EngageRunClient<'_>>(run_key(&run)).go(Json(Go::Begin { beginning })).send();
        }
        ctx.set(FIRED, Json(fired));
        stop_waiting(ctx).await?;
        if let Some(pause) = pause {
            let call = ctx.object_client::<EngageScheduleClient<'_>>(ctx.key()).fire().send_after(pause).await?;
            ctx.set(NEXT, call.invocation_id().to_owned());
        }
        Ok(())
    }
}

/// The call that may fire next, may not.
async fn stop_waiting(ctx: &ObjectContext<'_>) -> Result<(), HandlerError> {
    if let Some(next) = ctx.get::<String>(NEXT).await? {
        if next != ctx.invocation_id() {
            ctx.invocation_handle(next).cancel();
        }
        ctx.clear(NEXT);
    }
    Ok(())
}

/// A look at the clock and at what this worker has.
struct Look {
    worker: Worker,
    tenant: Tenant,
    playbook: SemanticId,
    written: Written,
    fired: Option<Timestamp>,
}

impl Look {
    async fn look(self) -> HandlerResult<Json<Turn>> {
        let now = self.worker.time.timestamp();
        let fired = self.fired.unwrap_or(now);
        let Written { cron, zone } = self.written.clone();
        let times = match Schedule::read(&model::Schedule { cron, zone }) {
            Ok(times) => times,
            // It was found wrong when it was checked.
            Err(error) => {
                tracing::error!(tenant = %self.tenant, playbook = %self.playbook, %error, "a schedule cannot be read");
                return Ok(Json(Turn { begins: None, fired, pause: None }));
            }
        };
        let Some(at) = schedule::latest(&times, fired, now) else {
            return Ok(Json(Turn { begins: None, fired, pause: until(times.after(fired), now) }));
        };
        let Some(begins) = self.begins(at, now) else {
            return Ok(Json(Turn { begins: None, fired, pause: Duration::try_from(ELSEWHERE).ok() }));
        };
        Ok(Json(Turn { begins: Some(begins), fired: at, pause: until(times.after(at), now) }))
    }

    /// The run that a fire time starts; none where this worker does not have the playbook.
    fn begins(&self, at: Timestamp, now: Timestamp) -> Option<(RunKey, Box<Beginning>)> {
        let Worker { shelf, config, metrics, .. } = &self.worker;
        let event = schedule::event(&self.tenant, &self.playbook, at);
        let playbook = intake::started_by(&event, &**shelf).into_iter().next()?;
        metrics.record(Measure::Taken { started: 1 });
        let beginning = intake::beginning(&event, &playbook, now, config);
        Some((RunKey::of_event(&self.tenant, &self.playbook, &event.id), Box::new(beginning)))
    }
}

fn until(next: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    next.map(|next| Duration::try_from(next.duration_since(now)).unwrap_or_default())
}
