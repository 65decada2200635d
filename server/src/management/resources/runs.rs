//! Runs of playbooks: looked at, let go on, stopped.

use std::sync::Arc;

use axum::http::StatusCode;
use engage_playbooks::ports::{EngineError, RunPage, RunQuery, RunRecord};
use engage_playbooks::run::{self, BlockFailure, Fact, FactKind, RunKey};
use engage_playbooks::timeline::{self, Lane, Phase};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::Reason;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::http::Outage;
use crate::management::Management;
use crate::management::page::{self, Page, Paged as _, words};
use crate::management::ports::Runs;
use crate::management::values::Told;
use crate::openapi::{Body, Described, Shape};

/// A run of a playbook, at a glance. No value of a record is in it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Run {
    /// Its id.
    id: Uuid,
    /// The playbook.
    playbook: String,
    /// What started it, such as `MeetingBooked`.
    trigger: String,
    /// Where it stands.
    state: RunState,
    /// When it began.
    started_at: Told<Timestamp>,
    /// When what is said here last changed.
    updated_at: Told<Timestamp>,
    /// When it goes on by itself, of one that waits for a time.
    wake_at: Option<Told<Timestamp>>,
    /// The block that failed, of one that did.
    failed_block: Option<String>,
    /// Why it failed, in a word that programs may decide by.
    reason: Option<String>,
    /// How many facts are known of it.
    facts: u32,
}

/// Where a run stands. Read in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub(in crate::management) enum RunState {
    /// It waits for its turn.
    Queued,
    /// It is under way.
    Running,
    /// It waits for its employee to sign in.
    NeedsIdentity,
    /// It ended well.
    Succeeded,
    /// It failed.
    Failed,
    /// Somebody has stopped it.
    Cancelled,
}

/// A run, block by block. No value of a record is in it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct RunDetail {
    /// The run at a glance.
    run: Run,
    /// By which the version of its playbook is known.
    digest: Option<String>,
    /// When it ended, or now.
    until: Told<Timestamp>,
    /// Requests that its blocks took.
    round_trips: u32,
    /// Why it failed.
    failure: Option<Failure>,
    /// Who stopped it.
    cancelled_by: Option<String>,
    /// Whether its blocks are shown: those of a proprietary package are not.
    blocks_shown: bool,
    /// Its blocks, in display order.
    blocks: Vec<RunBlock>,
}

/// A block of a run.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct RunBlock {
    /// Its name.
    block: String,
    /// Its title for people; may be empty.
    title: String,
    /// What kind of block it is; empty where the version of the playbook is not known any more.
    kind: &'static str,
    /// Where it stands: `waiting`, `ready`, `running`, `paused`, `needs-identity`, `done`, `skipped`, `failed` or `stopped`.
    state: &'static str,
    /// The blocks that it waits for.
    after: Vec<String>,
    /// Of those, the one that was done last.
    held_by: Option<String>,
    /// When it was done or skipped.
    settled_at: Option<Told<Timestamp>>,
    /// When it is tried again.
    retry_at: Option<Told<Timestamp>>,
    /// Attempts so far.
    attempts: u32,
    /// Requests that it took.
    round_trips: u32,
    /// Why its last attempt failed.
    failure: Option<Failure>,
    /// Whether it is on the path that decided how long the run took.
    critical: bool,
    /// What it did when, in order.
    spans: Vec<RunSpan>,
}

/// A stretch of time of a block.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct RunSpan {
    /// What it did: `waiting`, `ready`, `running`, `failed`, `paused` or `needs-identity`.
    phase: &'static str,
    /// Which attempt, of one that ran.
    attempt: Option<u32>,
    /// From when.
    from: Told<Timestamp>,
    /// Until when.
    to: Told<Timestamp>,
}

/// How something failed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RunFailure")]
pub(in crate::management) struct Failure {
    /// What can be done about it.
    kind: FailureKind,
    /// A word that says more, for programs.
    reason: String,
    /// For people. It holds no value but of fields that are public.
    message: String,
}

/// What can be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "RunFailureKind")]
pub(in crate::management) enum FailureKind {
    /// Trying again may help.
    Transient,
    /// Trying again gives the same: the input, the playbook or the CRM has to change first.
    Permanent,
    /// Whether it took effect is not known, and a repeat could do it twice: a person has to look.
    Unknown,
    /// The employee has to sign in.
    NeedsIdentity,
}

/// The values of a run: what started it, what its blocks took and gave. They are customers' data.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct RunValues {
    /// The event.
    event: Value,
    /// What was given beside it.
    given: Value,
    /// The employee who acts, as the event names them.
    employee: Value,
    /// What it gave, of one that ended well.
    outputs: Value,
    /// What each block was prepared with and gave, by block; `null` where blocks are not shown.
    blocks: Value,
}

/// From where a run goes on.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct RunRetryRequest {
    /// The block from which on what there is is forgotten; left out: from what failed.
    from: Option<String>,
}

const STATES: [(&str, run::RunState); 6] = [
    ("Queued", run::RunState::Queued),
    ("Running", run::RunState::Running),
    ("NeedsIdentity", run::RunState::NeedsIdentity),
    ("Succeeded", run::RunState::Succeeded),
    ("Failed", run::RunState::Failed),
    ("Cancelled", run::RunState::Cancelled),
];

impl From<run::RunState> for RunState {
    fn from(state: run::RunState) -> Self {
        match state {
            run::RunState::Queued => Self::Queued,
            run::RunState::Running => Self::Running,
            run::RunState::NeedsIdentity => Self::NeedsIdentity,
            run::RunState::Succeeded => Self::Succeeded,
            run::RunState::Failed => Self::Failed,
            run::RunState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<&RunRecord> for Run {
    fn from(record: &RunRecord) -> Self {
        Self {
            id: record.key.run,
            playbook: record.playbook.to_string(),
            trigger: record.trigger.name().to_owned(),
            state: record.state.into(),
            started_at: Told(record.started_at),
            updated_at: Told(record.updated_at),
            wake_at: record.wake_at.map(Told),
            failed_block: record.failed_block.as_ref().map(ToString::to_string),
            reason: record.reason.clone(),
            facts: record.entries,
        }
    }
}

impl From<&BlockFailure> for Failure {
    fn from(BlockFailure { kind, reason, message, .. }: &BlockFailure) -> Self {
        let kind = match kind {
            run::FailureKind::Transient => FailureKind::Transient,
            run::FailureKind::Permanent => FailureKind::Permanent,
            run::FailureKind::Unknown => FailureKind::Unknown,
            run::FailureKind::NeedsIdentity => FailureKind::NeedsIdentity,
        };
        Self { kind, reason: reason.clone(), message: message.clone() }
    }
}

impl RunBlock {
    fn of(lane: &Lane, lanes: &[Lane]) -> Self {
        let name = |at: &usize| lanes.get(*at).map(|lane| lane.block.to_string());
        Self {
            block: lane.block.to_string(),
            title: lane.title.clone(),
            kind: lane.kind,
            state: lane.state.name(),
            after: lane.after.iter().filter_map(name).collect(),
            held_by: lane.held_by.as_ref().and_then(name),
            settled_at: lane.settled.map(Told),
            retry_at: lane.retry_at.map(Told),
            attempts: lane.attempts,
            round_trips: lane.trips,
            failure: lane.failure.as_ref().map(Failure::from),
            critical: lane.critical,
            spans: lane.spans.iter().map(RunSpan::from).collect(),
        }
    }
}

impl From<&timeline::Span> for RunSpan {
    fn from(timeline::Span { phase, from, to }: &timeline::Span) -> Self {
        let attempt = match phase {
            Phase::Running { attempt, .. } => Some(*attempt),
            _ => None,
        };
        Self { phase: phase.name(), attempt, from: Told(*from), to: Told(*to) }
    }
}

fn key(runs: &Runs, run: Uuid) -> RunKey {
    RunKey { tenant: runs.tenant.clone(), run }
}

/// The run that the address names, at a glance.
async fn record(runs: &Runs, call: &Call) -> Result<RunRecord, Fault> {
    let found = runs.engine.status(&key(runs, call.id()?)).await.map_err(refused)?;
    found.ok_or_else(Fault::absent)
}

fn refused(error: EngineError) -> Fault {
    match error {
        EngineError::NoSuchRun(_) => Fault::absent(),
        EngineError::NotAtAnEnd(_) => {
            Fault::new(StatusCode::CONFLICT, "the run is still under way").because(Reason::RunUnderWay)
        }
        EngineError::Refused(why) => Fault::new(StatusCode::CONFLICT, why).because(Reason::RunRefused),
        EngineError::Unsupported(what) => Fault::not_implemented(format!("the engine does not support {what}")),
        error @ EngineError::Unavailable(_) => Fault::away(
            "the engine cannot be reached just now; send the request again later",
            Outage::of("the engine does not answer", &error),
        ),
    }
}

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    let playbook = call.query.value("playbook");
    let states = states(&mut call);
    let (most, after) = (page::limit(&mut call.query), page::after(&mut call.query));
    call.query.finish()?;
    let runs = &management.served(&call)?.runs;
    let query = RunQuery { playbook, states, after, most };
    let RunPage { runs: mut found, more } = runs.engine.runs(&runs.tenant, &query).await.map_err(refused)?;
    found.truncate(most);
    // It may be gone when the next page is asked for: the place says when it began too.
    Reply::of(&Page::known(
        found,
        more,
        |record| page::place(record.started_at, record.key.run),
        |record| Run::from(&record),
    ))
}

/// The states that are asked for.
fn states(call: &mut Call) -> Vec<run::RunState> {
    let words = call.query.texts("state");
    let known = |word: &str| STATES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, state)| *state);
    let found: Vec<run::RunState> = words.iter().filter_map(|word| known(word)).collect();
    if found.len() < words.len() {
        let names: Vec<String> = STATES.iter().map(|(name, _)| format!("`{name}`")).collect();
        call.query.add("state", &format!("each is one of {}", names.join(", ")));
    }
    found
}

pub(super) async fn get(management: Arc<Management>, call: Call) -> Answer {
    let runs = &management.served(&call)?.runs;
    let record = record(runs, &call).await?;
    let facts = runs.engine.history(&record.key).await.map_err(refused)?;
    let digest = digest(&facts);
    let shape = digest.and_then(|digest| (runs.shapes)(digest));
    let line = timeline::Timeline::of(&facts, shape.as_ref(), management.time.timestamp());
    Reply::of(&RunDetail {
        run: Run::from(&record),
        digest: digest.map(str::to_owned),
        until: Told(line.to),
        round_trips: line.trips,
        failure: line.failure.as_ref().map(Failure::from),
        cancelled_by: line.cancelled_by.clone(),
        blocks_shown: !line.closed,
        blocks: line.lanes.iter().map(|lane| RunBlock::of(lane, &line.lanes)).collect(),
    })
}

fn digest(facts: &[Fact]) -> Option<&str> {
    match facts.first().map(|fact| &fact.kind) {
        Some(FactKind::Started(beginning)) => Some(&beginning.digest),
        _ => None,
    }
}

pub(super) async fn values(management: Arc<Management>, call: Call) -> Answer {
    let runs = &management.served(&call)?.runs;
    let record = record(runs, &call).await?;
    let facts = runs.engine.history(&record.key).await.map_err(refused)?;
    let shape = digest(&facts).and_then(|digest| (runs.shapes)(digest));
    let closed = timeline::Timeline::of(&facts, shape.as_ref(), management.time.timestamp()).closed;
    // Before it is told: what somebody has seen is written down.
    noted(&management, &call, "run.values-shown", &record).await?;
    let mut told = timeline::values(&facts, closed);
    let mut take = |name: &str| told.remove(name).unwrap_or(Value::Null);
    let (event, given, employee) = (take("event"), take("given"), take("employee"));
    Reply::of(&RunValues { event, given, employee, outputs: take("outputs"), blocks: take("blocks") })
}

async fn noted(management: &Management, call: &Call, event: &str, record: &RunRecord) -> Result<(), Fault> {
    let details = json!({ "run": record.key.run, "playbook": record.playbook.to_string() });
    Ok(management.admin(call)?.note(call.tenancy.organisation, event, details).await?)
}

impl RunRetryRequest {
    fn read(given: &mut Given<'_>) -> Self {
        Self { from: given.text("from") }
    }
}

pub(super) async fn retry(management: Arc<Management>, call: Call) -> Answer {
    let runs = &management.served(&call)?.runs;
    // Nothing has to be said.
    let sent = if call.sent()?.is_none() { NOTHING.clone() } else { call.object()? };
    let mut given = Given::new(&sent, &NOTHING);
    let read = RunRetryRequest::read(&mut given);
    let from = read.from.as_deref().map(str::parse).transpose();
    if from.is_err() {
        given.wrong("from", "it is the name of a block");
    }
    let from = given.finish(from.ok())?;
    let record = record(runs, &call).await?;
    noted(&management, &call, "run.retry-asked", &record).await?;
    runs.engine.retry(&record.key, from, &call.origin.actor().who).await.map_err(refused)?;
    Ok(Reply::Nothing(StatusCode::ACCEPTED))
}

pub(super) async fn cancel(management: Arc<Management>, call: Call) -> Answer {
    let runs = &management.served(&call)?.runs;
    let record = record(runs, &call).await?;
    noted(&management, &call, "run.cancel-asked", &record).await?;
    runs.engine.cancel(&record.key, &call.origin.actor().who).await.map_err(refused)?;
    Ok(Reply::Nothing(StatusCode::ACCEPTED))
}

const TAG: &str = "Runs";

/// What operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let page = Shape::of::<Page<Run>>();
    vec![
        Described::new("Runs_list", TAG, "List runs")
            .says("The newest first.")
            .query::<String>("playbook", "Runs of this playbook alone, by its id.")
            .query::<Vec<StateName>>("state", "Runs alone that stand in one of these.")
            .paged()
            .answers(200, page, json!({"items": [example()], "next": null})),
        Described::new("Runs_get", TAG, "Read a run, block by block")
            .says("No value of a record is in it.")
            .answers(200, Shape::of::<RunDetail>(), detail()),
        Described::new("Runs_values", TAG, "Read the values of a run")
            .says("They are customers' data: who has read which stands in the audit log.")
            .answers(
                200,
                Shape::of::<RunValues>(),
                json!({"event": {"Meeting": {"Title": "Pension"}}, "given": {}, "employee": null, "outputs": {}, "blocks": {}}),
            ),
        Described::new("Runs_retry", TAG, "Let a run go on that failed or was stopped")
            .says("From what failed, or from a block on. The engine does it when it comes to it.")
            .body(Body {
                media: "application/json",
                shape: Shape::of::<RunRetryRequest>(),
                required: false,
                example: Some(json!({"from": "lead"})),
            })
            .done(202)
            .refuses([409]),
        Described::new("Runs_cancel", TAG, "Stop a run")
            .says("The engine does it when it comes to it. Nothing happens to one that is at its end.")
            .done(202),
    ]
}

words! {
    StateName: ["Queued", "Running", "NeedsIdentity", "Succeeded", "Failed", "Cancelled"], "Where a run stands.";
}

fn example() -> Value {
    json!({
        "id": "0b8a6f6e-2f0a-5c55-9d55-7a5a4c0e0001",
        "playbook": "book-meeting",
        "trigger": "MeetingBooked",
        "state": "Succeeded",
        "startedAt": "2026-05-28T06:00:00Z",
        "updatedAt": "2026-05-28T06:00:01Z",
        "wakeAt": null,
        "failedBlock": null,
        "reason": null,
        "facts": 9,
    })
}

fn detail() -> Value {
    json!({
        "run": example(),
        "digest": null,
        "until": "2026-05-28T06:00:01Z",
        "roundTrips": 2,
        "failure": null,
        "cancelledBy": null,
        "blocksShown": true,
        "blocks": [],
    })
}
